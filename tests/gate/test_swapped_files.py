"""What the training reads is what the record is about: links, folders, pipes, commands, code."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ladder.frozen import digest_of
from ladder.gate.subjects import digest_metric, digest_paths
from tests.gate.conftest import Case

MakeCase = Callable[[str], Case]


@pytest.fixture
def folder(make_case: MakeCase) -> Case:
    """Return a case whose training reads a folder, with a record for it."""
    case = make_case("fine_tune")
    Path("data").mkdir()
    shutil.move("train.jsonl", "data/train.jsonl")
    case.write_record("--train-data", "data", "--train-config", "train.yaml")
    assert case.gate("--train-data", "data") == 0
    return case


def test_a_linked_folder_among_the_train_data_is_refused(folder: Case) -> None:
    Path("more").mkdir()
    Path("more/train.jsonl").write_text("{}\n")
    Path("data/more").symlink_to(Path("more").absolute(), target_is_directory=True)

    assert folder.gate("--train-data", "data") != 0
    assert "neither a file nor a folder" in folder.out


def test_a_pipe_and_a_broken_link_among_the_train_data_are_refused(folder: Case) -> None:
    os.mkfifo("data/pipe.jsonl")
    assert folder.gate("--train-data", "data") != 0

    Path("data/pipe.jsonl").unlink()
    Path("data/later.jsonl").symlink_to("absent.jsonl")
    assert folder.gate("--train-data", "data") != 0


@pytest.mark.parametrize("name", ["more.jsonl", ".hidden.jsonl", "deep/er/more.jsonl"])
def test_a_file_more_among_the_train_data_is_refused(folder: Case, name: str) -> None:
    path = Path("data", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}\n")

    assert folder.gate("--train-data", "data") == 5
    assert "train data" in folder.out


def test_a_linked_file_counts_by_what_it_holds(folder: Case) -> None:
    shutil.move("data/train.jsonl", "held.jsonl")
    Path("data/train.jsonl").symlink_to(Path("held.jsonl").absolute())
    assert folder.gate("--train-data", "data") == 0

    Path("held.jsonl").write_text("{}\n")
    assert folder.gate("--train-data", "data") == 5


TRICKS = {
    "a link set elsewhere and back": (
        "import os; os.remove('link'); os.symlink('evil.jsonl', 'link'); os.remove('link'); "
        "os.symlink('train.jsonl', 'link')"
    ),
    "a link behind a link": (
        "import os; os.remove('hop'); os.symlink('evil.jsonl', 'hop'); os.remove('hop'); "
        "os.symlink('train.jsonl', 'hop')"
    ),
    "a file renamed and back": (
        "import os; os.rename('train.jsonl', 'x'); os.rename('evil.jsonl', 'train.jsonl'); "
        "os.rename('train.jsonl', 'evil.jsonl'); os.rename('x', 'train.jsonl')"
    ),
    "the file gone": "import os; os.remove('train.jsonl')",
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_a_swap_while_the_training_runs_is_noticed(case: Case, trick: str) -> None:
    shutil.copy("train.jsonl", "evil.jsonl")
    Path("hop").symlink_to("train.jsonl")
    Path("link").symlink_to("hop" if "'hop'" in trick else "train.jsonl")

    code = case.gate("--train-data", "link", "--", sys.executable, "-c", trick)

    assert code == 5
    assert "CHANGED" in case.out


def test_a_file_that_was_there_only_for_a_while_is_noticed(folder: Case) -> None:
    trick = "import os; open('data/evil.jsonl', 'w').close(); os.remove('data/evil.jsonl')"

    code = folder.gate("--train-data", "data", "--", sys.executable, "-c", trick)

    assert code == 5
    assert "CHANGED" in folder.out


def test_what_the_training_writes_elsewhere_is_no_swap(folder: Case) -> None:
    trick = "import pathlib; pathlib.Path('adapter').mkdir(); pathlib.Path('log').write_text('x')"

    assert folder.gate("--train-data", "data", "--", sys.executable, "-c", trick) == 0


COMMAND = (sys.executable, "-c", "open('started', 'w').close()")


@pytest.fixture
def bound(make_case: MakeCase) -> Case:
    """Return a case whose record is for one command."""
    case = make_case("fine_tune")
    case.write_record("--train-data", "train.jsonl", "--", *COMMAND)
    return case


def test_a_record_for_a_command_starts_that_command(bound: Case) -> None:
    assert bound.gate("--train-data", "train.jsonl", "--", *COMMAND) == 0
    assert "Not compared" in bound.out
    assert "command" not in bound.out.partition("Not compared")[2]
    assert Path("started").exists()


@pytest.mark.parametrize("more", [("--epochs", "30"), ("",)], ids=["larger", "an empty word"])
def test_a_record_for_a_command_starts_no_larger_training(
    bound: Case, more: tuple[str, ...]
) -> None:
    assert bound.gate("--train-data", "train.jsonl", "--", *COMMAND, *more) == 5
    assert "command" in bound.out
    assert not Path("started").exists()


def test_words_joined_otherwise_are_another_command(bound: Case) -> None:
    assert bound.gate("--", sys.executable, "-c open('started', 'w').close()") == 5


def test_a_command_that_was_not_compared_is_told(bound: Case) -> None:
    assert bound.gate("--train-data", "train.jsonl") == 0
    assert "Not compared: base model, training configuration, command" in bound.out


def test_a_policy_may_want_the_command_compared(case: Case) -> None:
    case.write_policy(require=["command"])
    assert case.gate() == 5
    assert "-- COMMAND" in case.out

    assert case.gate("--", *COMMAND) == 5
    assert "names no command" in case.out

    case.write_record("--train-data", "train.jsonl", "--", *COMMAND)
    assert case.gate("--", *COMMAND) == 0


@pytest.mark.parametrize(
    "name",
    ["modeling_evil.py", "pytorch_model.bin", "adapter_config.json", "chat_template.jinja",
     "additional_chat_templates/tool_use.jinja", "qwen.tiktoken", "model-00002.safetensors"],
)  # fmt: skip
def test_a_file_added_to_the_base_model_is_another_model(case: Case, name: str) -> None:
    from ladder.models import model_digest
    from ladder.spec.candidate import ModelRef

    base = Path("base")
    base.mkdir()
    (base / "config.json").write_text("{}")
    (base / "model.safetensors").write_bytes(b"weights")
    digest = {"sha256": model_digest(ModelRef(id="base"))}
    case.resign(
        lambda it: next(each for each in it["subject"] if each["name"] == "base").update(
            digest=digest
        )
    )
    assert case.gate("--base", "base") == 0

    (base / name).parent.mkdir(exist_ok=True)
    (base / name).write_text("x")

    assert case.gate("--base", "base") == 5
    assert "base model" in case.out


@pytest.mark.slow
def test_metric_code_is_compared_and_not_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text("raise SystemExit('executed')\n")
    package = Path("pack/age")
    package.mkdir(parents=True)
    for path in (Path("pack/__init__.py"), package / "__init__.py", package / "metric.py"):
        path.write_text(f"raise SystemExit('executed')  # {path}\n")
    script = (
        "import sys; sys.path.insert(0, ''); from ladder.gate.subjects import digest_metric as d; "
        "names = ['mine.py:f', 'mine:f', 'pack:f', 'pack.age:f', 'pack.age.metric:f']; "
        "print(*[d(name).sha256[:8] for name in names])"
    )
    root = str(Path(__file__).resolve().parents[2])

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip

    by_file, by_name, *packages = done.stdout.split()
    assert by_file == by_name == digest_metric("mine.py:f").sha256[:8]
    assert len({by_file, *packages}) == 4


CODE = "def same(answer, targets):\n    return float(answer in targets)\n"


@pytest.mark.slow
def test_metric_code_changed_after_the_run_is_refused(make_case: MakeCase) -> None:
    import json

    import ladder

    case = make_case("fine_tune")
    Path("mine.py").write_text(CODE)
    Path("eval.jsonl.looks.json").unlink()
    task = {**json.loads(Path("task.json").read_text()), "metric": "mine.py:same"}
    Path("coded.json").write_text(json.dumps(task))
    assert ladder.run("coded.json", allow_code=True).verdict == "fine_tune"
    case.run = ladder.run_folder_of("coded.json")
    case.write_policy(metrics=["mine.py:same"])
    case.write_record("--allow-code")
    assert case.gate("--spec", "coded.json") == 0, case.out

    Path("mine.py").write_text(CODE.replace("in targets", "not in targets"))

    assert case.gate("--spec", "coded.json") == 5
    assert "metric's code" in case.out


def convert(*paths: str) -> None:
    """Give files the line ends of a Windows checkout."""
    for each in map(Path, paths):
        each.write_bytes(each.read_bytes().replace(b"\n", b"\r\n"))


def test_converted_line_ends_in_a_folder_are_named(folder: Case) -> None:
    Path("data/deep").mkdir()
    Path("data/deep/more.jsonl").write_text("{}\n")
    folder.write_record("--train-data", "data")
    convert("data/train.jsonl", "data/deep/more.jsonl")

    assert folder.gate("--train-data", "data") == 5
    assert "only the line ends differ" in folder.out


@pytest.mark.parametrize("converted", [["train.yaml"], ["train.yaml", "train.py"]])
def test_converted_line_ends_in_some_of_several_files_are_named(
    folder: Case, converted: list[str]
) -> None:
    Path("train.py").write_text("print('train')\n")
    several = ("--train-config", "train.yaml", "--train-config", "train.py")
    folder.write_record("--train-data", "data", *several)
    convert(*converted)

    assert folder.gate(*several) == 5
    assert "only the line ends differ" in folder.out


def test_another_word_in_a_converted_file_is_not_told_as_line_ends(folder: Case) -> None:
    convert("data/train.jsonl")
    with Path("data/train.jsonl").open("a") as rows:
        rows.write("{}\n")

    assert folder.gate("--train-data", "data") == 5
    assert "line ends" not in folder.out


def test_a_folder_is_digested_by_names_that_every_system_writes_alike(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.jsonl").write_bytes(b"{}\n")
    held = hashlib.sha256(b"{}\n").hexdigest()

    assert digest_paths([tmp_path]).sha256 == digest_of({"deep/a.jsonl": held})
