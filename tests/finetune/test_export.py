"""What is trained elsewhere carries the decision's digest, the clean rows and the same settings."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ladder.errors import DataError, SpecError
from ladder.finetune.export import Format, export
from tests.finetune.conftest import MakePermit, MakeTask

pytestmark = pytest.mark.slow


def _read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text("utf-8"))


@pytest.mark.parametrize("form", ["trl", "axolotl"])
def test_the_head_names_what_it_was_allowed_for(
    form: Format, make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    task = make_task()
    permit = make_permit(task)

    path = export(permit, task, tmp_path / "out", form=form)

    text = path.read_text("utf-8")
    for digest in (permit.decision, permit.spec, permit.eval_data, permit.base_model):
        assert digest in text
    settings = _read(path)
    assert (settings["lora_r"], settings["lora_alpha"], settings["max_steps"]) == (4, 32, 6)
    assert settings["load_in_4bit"] is False
    limit = settings["max_length" if form == "trl" else "sequence_len"]
    assert limit == 256  # the rows have about forty tokens: none that is longer is cut
    readme = (tmp_path / "out" / "README.md").read_text("utf-8")
    for written in (text, readme):
        assert str(tmp_path) not in written
        assert task.model.id not in written
        assert "./base-model" in written
    assert "Replay is not exported" in readme


def test_trl_gets_prompts_and_completions(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    task = make_task()

    export(make_permit(task), task, tmp_path / "out", form="trl")

    lines = (tmp_path / "out" / "data" / "train.jsonl").read_text("utf-8").splitlines()
    row = json.loads(lines[0])
    assert row["prompt"][-1]["role"] == "user"
    assert row["completion"][0]["role"] == "assistant"
    assert (tmp_path / "out" / "data" / "validation.jsonl").is_file()


def test_a_template_of_ones_own_goes_along(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    from ladder.testing import CHATML

    task = make_task()
    task = task.replace(chat=task.chat.replace(template=CHATML + "{# mine #}"))

    trl = _read(export(make_permit(task), task, tmp_path / "out", form="trl"))
    axolotl = _read(export(make_permit(task), task, tmp_path / "out", form="axolotl"))

    assert trl["chat_template_path"] == "./template.jinja"
    assert (tmp_path / "out" / "template.jinja").read_text("utf-8").endswith("{# mine #}")
    assert axolotl["chat_template_jinja"].endswith("{# mine #}")


def test_rows_that_leak_are_not_exported(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    task = make_task()
    assert task.training is not None
    path = Path(task.training.path)
    leak = json.dumps({"id": "bad", "input": "eval 3", "target": "red"})
    path.write_text(path.read_text("utf-8") + leak + "\n", "utf-8")

    with pytest.raises(DataError, match="D11"):
        export(make_permit(task), task, tmp_path / "out", form="trl")

    assert not (tmp_path / "out").exists()


def test_a_completion_model_is_not_exported(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    task = make_task()
    task = task.replace(chat=task.chat.replace(mode="completion"))

    with pytest.raises(SpecError, match="completion"):
        export(make_permit(task), task, tmp_path / "out", form="trl")
