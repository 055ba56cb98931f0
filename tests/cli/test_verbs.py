"""Each verb answers on stdout, as text and as one JSON document."""

import json
import os
import warnings
from pathlib import Path

import pytest

from ladder.cli.output import plain_warnings
from ladder.data.split import CONFIRMATION_SHARE, unit_fraction
from ladder.measure.journal import DamagedJournalWarning
from ladder.models.base import Request
from ladder.testing.task_files import number_in
from tests.cli.conftest import Command, WriteSpec, right, right_with_examples


def test_init_writes_a_spec_that_its_own_schema_completes(command: Command, tmp_path: Path) -> None:
    ended = command("init", tmp_path / "new")
    again = command("init", tmp_path / "new")

    assert ended.code == 0
    assert "task.schema.json" in (tmp_path / "new" / "task.yaml").read_text()
    assert again.code == 2


def test_check_is_clean_for_a_sound_task(command: Command, write_spec: WriteSpec) -> None:
    ended = command("check", write_spec(right))

    assert ended.code == 0
    assert ended.out.startswith("Clean.\n")


@pytest.mark.slow
def test_plan_says_what_it_costs_and_what_can_be_decided(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)

    text = command("plan", spec, "--gap", "0.05")
    document = json.loads(command("plan", spec, "--json").out)

    assert "160 samples" in text.out
    assert "A gap of 0.05 takes about" in text.out
    assert document["variants"]["few_shot"] == 1
    assert 57 < document["low"]["calls"] < document["calls_expected"] < document["high"]["calls"]
    assert document["calls_at_most"] > 160 * (1 + sum(document["variants"].values()))
    assert 0.8 < document["reached_from"] < 1
    assert 0 < document["justified_to"] < 0.8


def test_a_finished_run_is_shown_reported_and_listed(
    command: Command, write_spec: WriteSpec
) -> None:
    ran = command("run", write_spec(right_with_examples))
    (folder,) = Path("runs").glob("triples-*")
    first = json.loads((folder / "samples.jsonl").read_text().splitlines()[0])

    shown = command("show", folder, first["id"])
    listed = json.loads(command("status", "--json").out)
    reported = command("report", folder, "--format", "md")

    assert "few_shot" in ran.out
    assert "answer: 'no idea, b'" in shown.out
    assert [row["verdict"] for row in listed] == ["use_lever"]
    assert Path(reported.out.strip()).is_file()


@pytest.mark.slow
def test_the_same_command_answers_at_once_when_the_verdict_stands(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right_with_examples)
    first = command("run", spec, "--json")

    again = command("run", spec, "--json")

    assert again.out == first.out


@pytest.mark.parametrize("verb", ["doctor", "schema", "status"])
def test_verbs_print_one_json_document(command: Command, verb: str) -> None:
    words = [verb] if verb == "schema" else [verb, "--json"]

    assert json.loads(command(*words).out) is not None


@pytest.mark.parametrize("n", [1, 3])
def test_check_says_that_few_rows_decide_nothing(
    command: Command, write_spec: WriteSpec, n: int
) -> None:
    spec = write_spec(right, n=n)
    rows = [{"input": str(i), "target": str(i * 3)} for i in range(n)]
    Path("eval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows * 20))

    ended = command("check", spec)
    plan = command("plan", spec)

    assert ended.code == (1 if n == 1 else 0)
    assert "D10 too-few-samples" in ended.out
    assert f"{n * 20} rows, {n} distinct" in ended.out
    assert f"{n * 20} samples, {n} distinct" in plan.out


def test_a_missing_eval_file_says_what_to_write_into_it(command: Command, tmp_path: Path) -> None:
    command("init", tmp_path)

    ended = command("check", tmp_path / "task.yaml")

    assert ended.code == 2
    assert 'Create it, a line an example: {"input":' in ended.err


def test_what_is_no_spec_is_told_with_what_was_meant(
    command: Command, write_spec: WriteSpec, tmp_path: Path
) -> None:
    spec = write_spec(right)
    command("run", spec)
    (folder,) = Path("runs").iterdir()
    (tmp_path / "task.yaml").write_text("name: triples", encoding="utf-8")

    steps = [command("check", each).err for each in (folder, tmp_path / "task.yml")]

    assert f"ladder report {folder}" in steps[0]
    assert f"Did you mean {tmp_path / 'task.yaml'}?" in steps[1]


def test_status_of_a_file_says_that_it_is_one(command: Command, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")

    ended = command("status", "--runs", tmp_path / "runs")

    assert ended.code == 2
    assert "runs is a file" in ended.err


def test_status_takes_a_run_by_its_folder_by_its_name_and_by_the_name_of_its_task(
    command: Command, write_spec: WriteSpec
) -> None:
    command("run", write_spec(right))
    (folder,) = Path("runs").iterdir()

    told = {command("status", each).out for each in (folder, folder.name, "triples", "runs")}

    assert told == {command("status").out}


def test_the_name_of_a_task_means_its_newest_run_that_was_finished(
    command: Command, write_spec: WriteSpec
) -> None:
    command("run", write_spec(right))
    (finished,) = Path("runs").iterdir()
    cut_short = Path("runs/triples-0a1b2c3d")
    cut_short.mkdir()

    (cut_short / "spec.json").write_bytes((finished / "spec.json").read_bytes())

    report = command("report", "triples", "--format", "txt")
    (status,) = json.loads(command("status", "triples", "--json").out)
    os.utime(cut_short / "spec.json", (0, 0))
    quiet = command("report", "triples", "--format", "txt")
    finished.rename("elsewhere")
    unfinished = command("report", "triples")

    assert report.code == 0
    assert str(finished) in report.out
    told = f"triples has a newer run, {cut_short}, which is unfinished: this is of {finished}"
    assert told in " ".join(report.err.split())
    assert "newer run" not in quiet.err
    assert (status["run"], status["verdict"]) == (str(cut_short), "unfinished")
    assert "triples-0a1b2c3d/decision.json does not exist" in unfinished.err


def test_status_of_what_is_no_run_says_so(command: Command, tmp_path: Path) -> None:
    ended = command("status", tmp_path / "wrong")

    assert ended.code == 5
    assert "wrong/decision.json does not exist: there is no such run" in ended.err


def test_status_of_a_spec_says_it_of_that_task_alone_before_and_after_its_run(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)

    before = command("status", spec)
    command("run", spec)
    (after,) = json.loads(command("status", spec, "--json").out)

    assert before.code == 0
    assert "not started" in before.out
    assert "the whole error budget of 5 % is left" in before.out
    assert after["verdict"] == "already_good"


@pytest.mark.slow
def test_status_says_in_words_what_the_eval_data_can_still_be_asked(
    command: Command, write_spec: WriteSpec
) -> None:
    poor = write_spec(right, budget={"calls": 1})
    command("run", poor)
    untouched = command("status", "--json")
    command("run", write_spec(right_on_the_selection_part))
    asked = command("status", "--json")
    text = command("status").out

    looks = json.loads(asked.out)[0]["looks"]
    assert "whole error budget of 5 % is left" in json.loads(untouched.out)[0]["looks"]
    assert "tested on the confirmation part and not shown to reach the target" in looks
    assert "is left to confirm one" in looks
    assert f"    {looks}" in text.splitlines()


def test_status_says_what_a_verdict_left_of_the_eval_data(
    command: Command, write_spec: WriteSpec
) -> None:
    command("run", write_spec(right))

    ended = command("status")

    assert "72 of 97 samples of the confirmation part are untouched: about" in ended.out


def test_status_says_that_an_edited_ledger_counts_as_spent(
    command: Command, write_spec: WriteSpec
) -> None:
    command("run", write_spec(right))
    ledger = Path("eval.jsonl.looks.json")
    ledger.write_text(ledger.read_text().replace('"reached"', '"below"'))

    ended = command("status")

    assert "eval.jsonl.looks.json was edited, so its error budget counts as used up." in ended.out


def right_on_the_selection_part(request: Request) -> str:
    """Answer right only where the search looks: a test on the other part fails."""
    number = number_in(request)
    fraction = unit_fraction(f"input\n{number}")
    return right(request) if fraction >= CONFIRMATION_SHARE else "no idea"


def test_doctor_prints_the_memory(command: Command) -> None:
    assert json.loads(command("doctor", "--json").out)["memory_gib"] > 0


@pytest.mark.filterwarnings("default")
def test_a_warning_of_ladder_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    with plain_warnings():
        for _ in range(2):
            warnings.warn("A row is damaged.", DamagedJournalWarning, stacklevel=1)

    assert capsys.readouterr().err == "Note: A row is damaged.\n"


def test_a_record_is_read_from_its_usual_place_unless_named(
    command: Command, write_spec: WriteSpec
) -> None:
    command("run", write_spec(right))
    (folder,) = Path("runs").iterdir()
    command("record", "write", folder, "--output", "record.json")

    assert command("record", "show").out == command("record", "show", "record.json").out != ""
    assert "There is no policy" in command("record", "verify").err
