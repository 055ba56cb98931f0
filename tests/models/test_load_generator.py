import subprocess
import sys
from pathlib import Path

from ladder.models import Recorded, load_generator
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.models.local.local_generator import LocalGenerator
from ladder.spec.candidate import ModelRef


def test_the_ref_says_what_kind_of_generator_is_meant(tiny: Path, tmp_path: Path) -> None:
    recording = tmp_path / "run.jsonl"
    recording.write_text('{"input": "a", "output": "b"}\n')

    local = load_generator(ModelRef(id=str(tiny)))
    remote = load_generator(ModelRef(id="m", base_url="http://localhost:1"))
    recorded = load_generator(ModelRef(id=f"recorded:{recording}"))

    assert isinstance(local, LocalGenerator)
    assert isinstance(remote, EndpointGenerator)
    assert isinstance(recorded, Recorded)
    assert (local.is_local, remote.is_local, recorded.is_local) == (True, False, True)
    remote.close()


def test_the_room_and_the_fakes_load_no_heavy_library() -> None:
    code = (
        "import sys, ladder.models, ladder.models.endpoint.endpoint, ladder.models.local.local_generator, ladder.testing;"
        "print([name for name in ('torch', 'transformers', 'peft', 'httpx2') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
