import shutil
from pathlib import Path

import pytest

from ladder.errors import ModelLoadError
from ladder.models import model_digest
from ladder.spec.candidate import ModelRef


def test_a_model_is_its_content_wherever_it_lies(tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny, tmp_path / "elsewhere")

    assert model_digest(ModelRef(id=str(copy))) == model_digest(ModelRef(id=str(tiny)))


def test_a_changed_template_is_another_model(tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny, tmp_path / "model")
    before = model_digest(ModelRef(id=str(copy)))

    (copy / "chat_template.jinja").write_text("{{ messages }}")

    assert model_digest(ModelRef(id=str(copy))) != before


def test_an_endpoint_is_its_address_and_name_and_not_how_it_is_called() -> None:
    ref = ModelRef(id="m", base_url="http://localhost:1", concurrency=2)

    assert model_digest(ref) == model_digest(ref.replace(concurrency=8, timeout_seconds=1.0))
    assert model_digest(ref) == model_digest(ref.replace(base_url="HTTP://127.0.0.1:1/v1/"))
    assert model_digest(ref) != model_digest(ref.replace(base_url="http://localhost:2"))


def test_recorded_answers_are_their_file(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text("{}")
    before = model_digest(ModelRef(id=f"recorded:{path}"))
    path.write_text("{ }")

    assert model_digest(ModelRef(id=f"recorded:{path}")) != before
    with pytest.raises(ModelLoadError, match=r"There: run\.jsonl"):
        model_digest(ModelRef(id=f"recorded:{tmp_path}/other.jsonl"))
