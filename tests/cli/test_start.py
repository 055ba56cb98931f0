"""The command starts fast, because nothing heavy is loaded before it is needed."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ladder.cli import main
from tests.cli.conftest import Command

HEAVY = (
    "torch",
    "transformers",
    "datasets",
    "evaluate",
    "ray",
    "sentence_transformers",
    "faiss",
    "peft",
    "bitsandbytes",
)
LOADED = f"import sys; print([name for name in {HEAVY!r} if name in sys.modules])"


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "import ladder",
        "import ladder; ladder.run, ladder.decide, ladder.TaskSpec",
        "import ladder.cli",
        "import ladder.cli; assert ladder.cli.main(['gate', 'runs/absent']) == 5",
    ],
)
def test_no_heavy_library_is_loaded(code: str) -> None:
    assert python(f"{code}\n{LOADED}") == "[]"


def test_help_takes_less_than_half_a_second_of_work() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    subprocess.run([sys.executable, "-m", "ladder", "--help"], capture_output=True, check=True)

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_an_interrupted_run_says_how_to_continue(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    (tmp_path / "slow.py").write_text(
        "import json, sys, time\n"
        "from pathlib import Path\n"
        "from ladder.cli import main\n"
        "from ladder.testing import Scripted, register_scripted\n"
        "def answer(request):\n"
        "    Path('started').touch()\n"
        "    time.sleep(0.05)\n"
        "    return ''\n"
        "register_scripted(Scripted(answer, name='slow'))\n"
        "rows = [json.dumps({'input': str(i), 'target': 'x'}) for i in range(400)]\n"
        "rows[0] = json.dumps({'input': 'other', 'target': 'y'})\n"
        "Path('eval.jsonl').write_text('\\n'.join(rows))\n"
        "spec = {'name': 't', 'model': 'scripted:slow', 'data': 'eval.jsonl', 'target': 0.8}\n"
        "Path('task.json').write_text(json.dumps(spec))\n"
        "sys.exit(main(['run', 'task.json']))\n"
    )
    child = subprocess.Popen(
        [sys.executable, "slow.py"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        # A suite that a script runs in the background is deaf to Ctrl-C, and so is its child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    while not (tmp_path / "started").exists() and child.poll() is None:
        time.sleep(0.02)

    child.send_signal(number)
    _, told = child.communicate(timeout=20)

    assert child.returncode == code
    assert "the same command continues" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("words", [("show",), ("show", "runs/x"), ("train", "task.yaml")])
def test_a_missing_argument_is_named(command: Command, words: tuple[str, ...]) -> None:
    ended = command(*words)

    assert ended.code == 2
    assert "Missing" in ended.err


def test_the_bare_command_shows_its_help(command: Command) -> None:
    ended = command()

    assert ended.code == 0
    assert "train" in ended.out


def test_who_calls_the_command_line_as_a_function_keeps_its_own_way_to_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = signal.getsignal(signal.SIGTERM)

    assert main(["gate", "absent.json", "--policy", "absent.yaml"]) == 2

    assert signal.getsignal(signal.SIGTERM) is before
    assert "absent.yaml" in capsys.readouterr().err
