"""Templates are found wherever they lie on disk."""

import json
from pathlib import Path

import pytest

from ladder.errors import DataError, SpecError
from ladder.templates.template_files import read_template_files
from ladder.templates.write_repair import repair_file, write_repair

SOUND = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SILENT = SOUND.replace("add_generation_prompt", "false")


def test_the_jinja_file_stands_before_the_config(tmp_path: Path) -> None:
    (tmp_path / "chat_template.jinja").write_text(SOUND)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": SILENT}))

    [file] = read_template_files(tmp_path)

    assert file.path == tmp_path / "chat_template.jinja"
    assert file.context.template == SOUND
    assert set(file.context.sources) == {"chat_template.jinja", "tokenizer_config.json"}


def test_named_templates_of_a_config_are_kept_apart(tmp_path: Path) -> None:
    named = [{"name": "default", "template": SOUND}, {"name": "rag", "template": SILENT}]
    path = tmp_path / "tokenizer_config.json"
    path.write_text(json.dumps({"chat_template": named}))

    [file] = read_template_files(path)

    assert file.context.named_templates == {"default": SOUND, "rag": SILENT}


def test_a_named_default_is_repaired_in_its_place(tmp_path: Path) -> None:
    named = [{"name": "rag", "template": SOUND}, {"name": "default", "template": SILENT}]
    path = tmp_path / "tokenizer_config.json"
    path.write_text(json.dumps({"chat_template": named}))
    [file] = read_template_files(path)

    repair = repair_file(file)

    assert repair is not None
    assert write_repair(repair) == path
    rag, default = json.loads(path.read_text())["chat_template"]
    assert rag == named[0]
    assert default["name"] == "default"
    assert "im_start|>assistant" in default["template"].partition("ladder")[0]


def test_a_config_without_a_template_has_nothing_to_check(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer_config.json"
    path.write_text('{"eos_token": "</s>"}')

    assert read_template_files(path) == []


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("model.bin", b"x", SpecError),
        ("tokenizer_config.json", b"{", DataError),
        ("a.jinja", b"\xff\xfe", DataError),
    ],
)
def test_what_holds_no_template_is_said(
    name: str, content: bytes, error: type[Exception], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(error):
        read_template_files(path)


def test_a_call_option_is_told_and_no_file_written(tmp_path: Path) -> None:
    strict = "{% if messages[0].role == 'system' %}{{ raise_exception('none') }}{% endif %}" + SOUND
    (tmp_path / "a.jinja").write_text(strict)

    [file] = read_template_files(tmp_path)

    assert repair_file(file) is None  # a plain chat has no system message


@pytest.mark.real
def test_an_adapter_is_compared_with_the_model_it_was_trained_on(
    tmp_path: Path, shared_data: Path
) -> None:
    base = shared_data / "tokenizers" / "minimind"
    (tmp_path / "adapter_config.json").write_text(
        json.dumps({"base_model_name_or_path": str(base)})
    )
    (tmp_path / "chat_template.jinja").write_text(SOUND)

    [file] = read_template_files(tmp_path)

    assert file.context.setup.template == SOUND
    assert file.context.template is not None
    assert file.context.template != SOUND
    assert file.context.tokenizer is not None


def test_a_folder_of_mistral_common_is_named(tmp_path: Path) -> None:
    (tmp_path / "tekken.json").write_text("{}")
    (tmp_path / "params.json").write_text("{}")

    [file] = read_template_files(tmp_path)
    mended = repair_file(file)

    assert file.context.is_mistral_common
    assert mended is not None
    assert (mended.diff, [each.code[:3] for each in mended.left]) == ("", ["L01"])


def test_what_no_program_repairs_is_told_beside_what_one_does(tmp_path: Path) -> None:
    path = tmp_path / "chat_template.jinja"
    path.write_text(
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{{ nobody }}<|im_end|>\n{% endfor %}"
    )

    [file] = read_template_files(path)
    mended = repair_file(file)

    assert mended is not None
    assert "add_generation_prompt" in mended.diff
    assert [each.code[:3] for each in mended.left] == ["R19"]
