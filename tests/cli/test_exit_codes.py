"""The exit codes are a contract: CI jobs are built on them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ladder import errors
from ladder.models.base import Request
from tests.cli.conftest import Command, WriteSpec, right, right_with_examples, wrong


def test_every_error_has_its_code() -> None:
    codes = {
        each.__name__: each.exit_code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.LadderError)
    }

    assert codes == {
        "LadderError": 2,
        "SpecError": 2,
        "DataError": 2,
        "LeakageError": 5,
        "MetricError": 2,
        "RenderError": 2,
        "NotJustifiedError": 1,
        "BlockedError": 1,
        "InconclusiveError": 3,
        "OutageError": 3,
        "InfrastructureError": 4,
        "ModelLoadError": 4,
        "ModelTooLargeError": 4,
        "RetrieverError": 4,
        "EndpointError": 4,
        "DivergedError": 4,
        "EvidenceError": 5,
        "OtherFingerprintError": 5,
        "DecisionFileError": 5,
        "CandidateRefusedError": 2,
        "WeakClassifierError": 2,
        "PromptLengthError": 2,
        "NoRowsError": 2,
        "MissingColumnError": 2,
        "ScoreError": 2,
        "UnscoredError": 2,
        "CallError": 4,
        "CallRefusedError": 4,
        "MalformedError": 4,
        "BusyError": 4,
        "CrowdedError": 4,
        "StartingError": 4,
        "LostError": 4,
        "EvidenceRefusedError": 5,
        "ExportRefusedError": 2,
        "UnsafeError": 6,
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "n", "expected"),
    [
        (right, 160, ("already_good", 0, 1)),
        (right_with_examples, 160, ("use_lever", 0, 1)),
        (wrong, 160, ("fine_tune", 0, 0)),
        (right, 12, ("inconclusive", 3, 3)),
    ],
)
def test_run_says_whether_there_is_a_verdict_and_gate_what_it_allows(
    command: Command,
    write_spec: WriteSpec,
    answer: Callable[[Request], str],
    n: int,
    expected: tuple[str, int, int],
) -> None:
    spec = write_spec(answer, n=n)

    ran = command("run", spec, "--json")
    (folder,) = Path("runs").glob("triples-*")
    Path("ladder-policy.yaml").write_text("unsigned: allow\n")
    gated = command("gate", folder, "--spec", spec)

    assert (json.loads(ran.out)["verdict"], ran.code, gated.code) == expected


def test_a_spent_budget_is_no_verdict_and_a_larger_one_continues(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)

    poor = command("run", spec, "--set", "budget.calls=40", "--json")
    rich = command("run", spec, "--json")

    assert (poor.code, rich.code) == (3, 0)
    assert len(list(Path("runs").glob("triples-*"))) == 1


def test_a_typo_is_named_with_its_cure_and_no_traceback(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right, taget=0.9)

    ended = command("check", spec)

    assert ended.code == 2
    assert "taget" in ended.err
    assert "Next: " in ended.err
    assert "Traceback" not in ended.err


def test_errors_are_one_json_document_where_json_is_asked_for(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right, target=80)

    ended = command("run", spec, "--json")

    error = json.loads(ended.out)["error"]
    assert ended.code == error["code"] == 2
    assert error["next_step"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run", "absent.yaml"], 2),
        (["run"], 2),
        (["climb"], 2),
        (["gate", "runs/absent"], 5),
        (["report", "runs/absent"], 5),
        (["--version"], 0),
        (["schema"], 0),
    ],
)
def test_what_is_not_there_is_said_by_code(command: Command, words: list[str], code: int) -> None:
    assert command(*words).code == code


def test_a_metric_that_is_code_runs_only_when_allowed(
    command: Command, write_spec: WriteSpec
) -> None:
    Path("own_metric.py").write_text("def same(text, targets):\n    return text in targets\n")
    spec = write_spec(right, metric={"name": "own_metric.py:same"})

    assert command("run", spec).code == 6


def test_a_leak_stops_a_run_before_the_first_call(command: Command, write_spec: WriteSpec) -> None:
    asked: list[Request] = []

    def note(request: Request) -> str:
        asked.append(request)
        return ""

    spec = write_spec(note)
    Path("pool.jsonl").write_text(Path("eval.jsonl").read_text())

    ended = command("run", spec)

    assert ended.code == 5
    assert "D11" in ended.err
    assert asked == []


def test_a_second_run_in_the_same_folder_is_refused(
    command: Command, write_spec: WriteSpec
) -> None:
    def run_again(_: Request) -> str:
        seen.append(command("run", "task.json"))
        raise KeyboardInterrupt

    seen: list[object] = []
    spec = write_spec(run_again)

    ended = command("run", spec)

    assert ended.code == 130
    assert getattr(seen[0], "code", None) == 2
    assert "is active (pid " in str(seen[0])


@pytest.mark.parametrize(
    ("raised", "code"),
    [(OSError(28, "No space left on device"), 4), (MemoryError(), 4), (BrokenPipeError(), 141)],
)
def test_a_machine_that_refuses_is_no_judgement(
    command: Command, write_spec: WriteSpec, raised: Exception, code: int
) -> None:
    spec = write_spec(right)

    def fail(*_: object, **__: object) -> None:
        raise raised

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ladder.api.check_task", fail)
        ended = command("check", spec)

    assert ended.code == code
    assert "Traceback" not in ended.err


@pytest.mark.slow
@pytest.mark.parametrize("words", [["schema"], ["check", "--json"]])
def test_a_reader_that_has_gone_is_no_judgement_and_hears_no_word(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    ended = subprocess.run(
        [sys.executable, "-m", "ladder", *words], stdout=writer, stderr=subprocess.PIPE, check=False
    )

    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_a_bug_ends_in_4_with_its_traceback_and_never_in_1(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ladder.api.check_task", fail)
        ended = command("check", spec, "--json")

    assert (ended.code, json.loads(ended.out)["error"]["code"]) == (4, 4)
    assert "ZeroDivisionError" in ended.err


@pytest.mark.slow
def test_what_the_streams_encoding_lacks_is_spelled_out(write_spec: WriteSpec) -> None:
    write_spec(right)
    spec = {"name": "lone", "model": "m", "data": "\u2192.jsonl", "target": 0.8}
    Path("lone.json").write_text(json.dumps(spec))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}

    ended = subprocess.run(
        [sys.executable, "-m", "ladder", "check", "lone.json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert "\\u2192.jsonl" in ended.stderr


@pytest.mark.parametrize(
    ("metric", "target", "code", "finding"),
    [
        ("exact_match", "yes", 3, "D04"),
        ("numeric", "many", 2, "D07"),
        ("json_equal", "{", 2, "D07"),
        ({"name": "choice", "labels": ["a", "b"]}, "c", 2, "D07"),
    ],
)
def test_data_on_which_no_score_means_anything_are_refused_before_the_first_call(
    command: Command, write_spec: WriteSpec, metric: object, target: str, code: int, finding: str
) -> None:
    spec = write_spec(right, metric=metric)
    ends = ["", "."] if finding == "D07" else [""]
    rows = [{"input": str(i), "target": target + ends[i % len(ends)]} for i in range(40)]
    Path("eval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    ended = command("run", spec)

    assert ended.code == code
    assert finding in ended.err
    assert "Next: " in ended.err


def test_the_gate_of_an_absent_run_says_where_runs_are_listed(
    command: Command, tmp_path: Path
) -> None:
    ended = command("gate", tmp_path / "nofolder")

    assert ended.code == 5
    assert "decision.json does not exist: there is no such run" in ended.err
    assert "ladder status" in ended.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("[" * 100_000, 5, "eval.jsonl.looks.json is not a record of confirmation tests"),
        (
            '{"sets": {"a": 5}}',
            3,
            "eval.jsonl.looks.json was edited, so its error budget counts as used up",
        ),
    ],
    ids=["no ledger", "no entry"],
)
def test_a_damaged_ledger_of_looks_gives_no_verdict(
    command: Command, write_spec: WriteSpec, text: str, code: int, said: str
) -> None:
    spec = write_spec(right)
    Path("eval.jsonl.looks.json").write_text(text)

    ended = command("run", spec)

    assert ended.code == code
    assert said in ended.out + ended.err


@pytest.mark.slow
def test_a_lower_target_opens_nothing_that_a_verdict_showed(
    command: Command, write_spec: WriteSpec
) -> None:
    left = []
    for target in (0.8, 0.7999, 0.7998, 0.7997):
        spec = write_spec(right, target=target)
        left.append(
            (
                command("run", spec).code,
                int(command("status", spec).out.split("    ")[-1].split()[0]),
            )
        )

    codes, untouched = zip(*left, strict=True)
    assert sorted(untouched, reverse=True) == list(dict.fromkeys(untouched))
    assert set(codes) <= {0, 3}


def test_a_run_is_the_same_from_another_folder(
    command: Command, write_spec: WriteSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = write_spec(right).resolve().parent
    Path("ladder-policy.yaml").write_text("unsigned: allow\n")
    Path("sub").mkdir()

    monkeypatch.chdir("sub")
    below = command("run", "../task.json", "--runs", "../runs")
    monkeypatch.chdir(home)
    (folder,) = Path("runs").iterdir()
    gated = command("gate", folder, "--spec", "task.json")
    shown = command("status", "task.json")
    command("run", "task.json")

    assert (below.code, gated.code) == (0, 1), gated.err
    assert "already_good" in shown.out
    assert list(Path("runs").iterdir()) == [folder]


def test_a_gap_in_percent_and_a_file_with_an_unlike_name_are_answered_to_the_point(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)
    gap = command("plan", spec, "--gap", 10)
    Path("eval.jsonl").rename("city.jsonl")
    unlike = command("check", spec)
    Path("city.jsonl").rename("evals.jsonl")
    alike = command("check", spec)

    assert "Write 0.1." in gap.err
    assert "city.jsonl" not in unlike.err
    assert "Did you mean evals.jsonl?" in alike.err


def test_a_record_of_an_unfinished_run_says_how_to_finish_it(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)
    command("run", spec)
    (folder,) = Path("runs").iterdir()
    (folder / "decision.json").unlink()

    ended = command("record", "write", folder)

    assert ended.code == 5
    assert "is unfinished" in ended.err
    assert "ladder run SPEC" in ended.err


def test_a_package_that_is_missing_is_named_with_what_installs_it(
    command: Command, write_spec: WriteSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = write_spec(right, model="org/model")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    ended = command("check", spec)

    assert ended.code == 4
    assert "This needs huggingface_hub, which is not installed." in ended.err
    assert "pip install" in ended.err
    assert "huggingface-hub" in ended.err
    assert "finetune-ladder" not in ended.err
    assert "Traceback" not in ended.err
