"""A fine-tune without a template is offered that of the model it came from."""

import json
from pathlib import Path

import pytest

from ladder.chat import check_context, propose_repairs
from ladder.templates.base_model import base_template, named_bases
from ladder.templates.template_files import read_template_files

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
OTHER = CHATML.replace("<|im_start|>", "<|turn|>")


def make(folder: Path, files: dict[str, object]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return make(tmp_path / "base", {"chat_template.jinja": CHATML, "config.json": {}})


CARD = "---\nlicense: mit\nbase_model: {}\n---\n# My model\nbase_model: not this one\n"
NAMINGS = {
    "adapter_config.json": {"base_model_name_or_path": "BASE"},
    "config.json": {"_name_or_path": "BASE"},
    "README.md": CARD.format("BASE"),
}


@pytest.mark.parametrize("file", NAMINGS)
def test_the_base_is_named_by_adapter_config_config_or_card(
    file: str, base: Path, tmp_path: Path
) -> None:
    content = json.loads(json.dumps(NAMINGS[file]).replace("BASE", str(base)))
    tuned = make(tmp_path / "tuned", {file: content})

    assert list(named_bases(tuned)) == [str(base)]
    found = base_template(tuned, may_download=False)
    assert found is not None
    assert (found.model, found.text) == (str(base), CHATML)


def test_a_base_in_a_list_beside_the_folder_and_in_quotes_is_found(
    base: Path, tmp_path: Path
) -> None:
    card = CARD.format(f"\n- '../{base.name}'")
    tuned = make(tmp_path / "tuned", {"README.md": card})

    found = base_template(tuned, may_download=False)

    assert found is not None
    assert found.text == CHATML


@pytest.mark.parametrize("name", ["", "./gone", "org/never-downloaded", "/nowhere", 7])
def test_a_base_that_is_not_at_hand_gives_none(name: object, tmp_path: Path) -> None:
    tuned = make(tmp_path / "tuned", {"config.json": {"_name_or_path": name}})

    assert base_template(tuned, may_download=False) is None


def test_a_missing_template_is_repaired_by_that_of_the_base_or_by_completion(
    base: Path, tmp_path: Path
) -> None:
    tuned = make(tmp_path / "tuned", {"config.json": {"_name_or_path": str(base)}})
    [file] = read_template_files(tuned)

    [finding] = [f for f in check_context(file.context) if f.severity == "error"]
    repairs = propose_repairs(file.context)

    assert finding.code == "L01 template-missing"
    assert str(base) in finding.evidence
    assert repairs[0].template == CHATML
    assert [each.mode for each in repairs] == ["chat", "completion"]


def test_without_a_base_a_missing_template_means_completion(tmp_path: Path) -> None:
    [file] = read_template_files(make(tmp_path / "tuned", {"config.json": {}}))

    assert [each.mode for each in propose_repairs(file.context)] == ["completion"]


def test_another_template_than_the_bases_is_a_warning_and_both_are_tried(
    base: Path, tmp_path: Path
) -> None:
    named = {"config.json": {"_name_or_path": str(base)}}
    [other] = read_template_files(make(tmp_path / "o", {**named, "chat_template.jinja": OTHER}))
    [same] = read_template_files(
        make(tmp_path / "s", {**named, "chat_template.jinja": CHATML + "\n"})
    )

    assert "L08" in [f.code[:3] for f in check_context(other.context)]
    assert CHATML in [each.template for each in propose_repairs(other.context)]
    assert check_context(same.context) == []


def test_completion_of_a_fine_tune_whose_base_is_a_chat_model_is_told(
    base: Path, tmp_path: Path
) -> None:
    import dataclasses

    tuned = make(tmp_path / "tuned", {"config.json": {"_name_or_path": str(base)}})
    [file] = read_template_files(tuned)
    setup = file.context.setup.replace(mode="completion")
    situation = dataclasses.replace(file.context, setup=setup)

    assert [f.code[:3] for f in check_context(situation)] == ["L09"]
    assert [each.template for each in propose_repairs(situation)] == [CHATML]
