"""A confirmed candidate on fresh rows: counted once, whatever is killed, repeated or edited."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import ladder
from ladder import recheck_run
from ladder.errors import DataError, EvidenceError, LadderError, SpecError
from ladder.models.base import Request
from ladder.rechecking import NewFiles, Recheck, count_rows
from ladder.rechecking.count_rows import NOTHING_COUNTED
from ladder.report import load_evidence, to_html, to_markdown
from ladder.runs.folder import RunFolder
from ladder.testing import Scripted, make_run, register_scripted, triples, write_rows, write_task
from ladder.testing.scripted_server import ScriptedServer, Sent
from ladder.testing.task_files import answer_right, number_in
from tests.cli.conftest import Command

START = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("good"), "already_good")


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A run of its own: what is counted stands in its folder."""
    return Path(shutil.copytree(made, tmp_path / "run"))


def wrong(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return rows whose answers the candidate misses."""
    return [{**row, "target": "another"} for row in rows]


def quarter_after_quarter(run: Path, batches: list[Any], folder: Path) -> Recheck:
    """Return what batches show that come a quarter of a year after each other."""
    about = recheck_run.candidate_of(RunFolder(run), allow_code=False)
    found = None
    for quarter, rows in enumerate(batches):
        file = write_rows(folder / f"quarter {quarter}.jsonl", rows)
        found = count_rows(about, NewFiles([file]), now=START + timedelta(days=92 * quarter))
    assert found is not None
    return found


def test_it_still_reaches_then_is_shown_below_and_each_row_counts_once(
    run: Path, command: Command, tmp_path: Path
) -> None:
    new, old = triples(60, start=5000), triples(4)
    first = write_rows(tmp_path / "a.jsonl", [*new, *new[:5], *old, {"input": "7", "target": None}])
    bad = write_rows(tmp_path / "b.jsonl", wrong(triples(80, start=7000)))

    good = command("recheck", run, "--data", first, "--json")
    again = ladder.recheck(run, first)
    below = command("recheck", run, "--data", bad, "--data", first)

    told = json.loads(good.out)
    assert (good.code, told["status"], told["n_new"]) == (0, "still_reaches", 60)
    assert [note[:8] for note in told["notes"]] == ["5 of 70 ", "4 of 70 ", "1 of 70 "]
    assert (again.n_new, again.status, len(again.batches)) == (0, "still_reaches", 1)
    assert below.code == 1, below.out
    assert below.out.startswith("Shown below .80: .429 on 140 rows since ")
    assert "5000" not in (run / "rechecks.jsonl").read_text("utf-8")


@pytest.mark.slow
def test_a_drop_after_a_good_year_is_found_and_the_record_tells_both(
    run: Path, tmp_path: Path
) -> None:
    good = [triples(80, start=1000 * at) for at in range(5, 9)]
    bad = [wrong(triples(30, start=1000 * at)) for at in range(20, 22)]

    found = quarter_after_quarter(run, [*good, *bad], tmp_path)

    assert [each.status for each in found.batches[:4]] == ["still_reaches"] * 4
    assert found.status == "shown_below"
    assert str(found).startswith("Shown below .80: .00 on 60 rows since 2027-01-13. The alarm of")
    evidence = load_evidence(run)
    for page in (to_markdown(evidence), to_html(evidence)):
        assert "Still true" in page
        assert page.count("still reaches") == 4


@pytest.mark.slow
def test_a_killed_recheck_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    calls: list[int] = []
    kill_at = [10_000]

    def answer(request: Request) -> str:
        if len(calls) == kill_at[0]:
            raise KeyboardInterrupt
        calls.append(number_in(request))
        return answer_right(request)

    task = write_task(tmp_path, answer)
    ladder.run(task, runs_folder=tmp_path / "runs")
    run = Path(ladder.run_folder_of(task, tmp_path / "runs"))
    calls.clear()
    kill_at[0] = 33
    with pytest.raises(KeyboardInterrupt):
        ladder.recheck(run, triples(50, start=5000))
    assert not (run / "rechecks.jsonl").exists()
    kill_at[0] = 10_000
    found = ladder.recheck(run, triples(50, start=5000))

    assert (found.n_new, len(calls), len(set(calls))) == (50, 50, 50)


@pytest.mark.slow
def test_a_backlog_is_a_batch_a_month_as_its_months_would_be_one_by_one(
    run: Path, command: Command, tmp_path: Path
) -> None:
    months = [triples(30, start=5000), wrong(triples(9, start=6000)), triples(40, start=7000)]
    lines = [
        f"{day + 1:02}.{month:02}.2025;{row['input']};{row['target']};ä"
        for month, rows in enumerate(months, start=8)
        for day, row in enumerate([*rows, *rows[:2]])
        for day in [day % 28]
    ]
    backlog = tmp_path / "backlog.csv"
    text = "\r\n".join(["created_at;Frage;Antwort;Ort", *sorted(lines, reverse=True), ";1;3;"])
    backlog.write_bytes(text.encode("cp1252"))
    other = Path(shutil.copytree(run, tmp_path / "other"))
    named = ("--input", "Frage", "--answer", "Antwort", "--date-column", "created_at", "--json")

    told = json.loads(command("recheck", run, "--data", backlog, *named).out)
    again = command("recheck", run, "--data", backlog, *named[:-1])
    for month, rows in enumerate(months, start=8):
        file = write_rows(tmp_path / f"{month}.jsonl", rows)
        one = command("recheck", other, "--data", file, "--month", f"2025-{month:02}")

    assert [each["month"] for each in told["batches"]] == ["2025-08", "2025-09", "2025-10"]
    assert [each["n"] for each in told["batches"]] == [30, 9, 40]
    assert told["notes"][:2] == [
        "6 of 86 rows were counted before: each counts once.",
        "1 of 86 rows have no date: they count once they have.",
    ]
    assert "No new row counts" in again.out
    assert again.out.splitlines()[-7:] == one.out.splitlines()[-7:]
    assert again.out.splitlines()[0] == one.out.splitlines()[0]
    assert "2025-09" in again.out


@pytest.mark.slow
def test_late_rows_of_an_earlier_month_count_for_it_and_for_no_later_one(run: Path) -> None:
    ladder.recheck(run, triples(10, start=5000), month="2025-08")
    ladder.recheck(run, wrong(triples(60, start=6000)), month="2025-10")
    ladder.recheck(run, triples(20, start=7000), month="2025-11")
    late = ladder.recheck(run, triples(120, start=8000), month="2025-09")
    lifted = ladder.recheck(run, triples(60, start=9000), month="2025-12")

    assert late.status == "shown_below"
    assert [each.month[-2:] for each in late.batches] == ["08", "10", "11", "09"]
    assert (lifted.status, lifted.since) == ("still_reaches", "2025-12")
    assert lifted.scores[0].n == 60


@pytest.mark.parametrize(
    ("cell", "options", "problem", "step"),
    [
        ("03/10/2025", {}, "can be of two months", "2026-10-31"),
        ("soon", {}, "'soon' in 'at' is no date", "--month 2026-10"),
        ("2099-10-03", {}, "2099-10, which has not come yet", "Correct the date"),
        ("2025-10-03", {"date_column": "when"}, "no column 'when'", "input, target, at"),
        ("2025-10-03", {"month": "2025-10"}, "both say", "Leave one of them out"),
        ("", {"date_column": None, "month": "October"}, "'October' is no month", "--month 20"),
        ("", {"date_column": None, "month": "2099-01"}, "2099-01 has not come yet", "up to 20"),
        ("", {"columns": {"text": "body"}}, "no column 'body'", "input, target, at"),
    ],
)
def test_a_date_or_a_column_that_nobody_can_read_counts_nothing(
    cell: str, options: dict[str, Any], problem: str, step: str, run: Path
) -> None:
    rows = [{**row, "at": cell} for row in triples(3, start=5000)]

    with pytest.raises(LadderError, match=problem) as refused:
        ladder.recheck(run, rows, **{"date_column": "at", **options})

    assert step in refused.value.next_step
    assert not (run / "rechecks.jsonl").exists()


def test_columns_that_are_called_otherwise_are_asked_for_by_options_that_name_them(
    run: Path, command: Command, tmp_path: Path
) -> None:
    rows = [{"Input": row["input"], "label": row["target"]} for row in triples(50, start=5000)]
    file = write_rows(tmp_path / "new.jsonl", rows)

    first = command("recheck", run, "--data", file)
    second = command("recheck", run, "--data", file, "--input", "Input")
    both = command("recheck", run, "--data", file, "--input", "Input", "--answer", "label")

    assert "--input Input" in first.err
    assert "--answer label" in second.err
    assert both.code == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["none.csv", "header.csv", "old.jsonl"])
def test_a_month_without_a_row_changes_nothing_and_is_told_in_one_way(
    name: str, run: Path, command: Command, tmp_path: Path
) -> None:
    ladder.recheck(run, triples(50, start=5000))
    file = tmp_path / name
    file.write_text("input,target\n" if name == "header.csv" else "", "utf-8")
    if name == "old.jsonl":
        write_rows(file, triples(50, start=5000))

    told = command("recheck", run, "--data", file)

    assert told.code == 0
    assert "▲ No new row counts, so what was shown before stands." in told.out
    assert ladder.recheck(run, []).notes == (NOTHING_COUNTED,)


def test_a_run_is_named_by_its_folder_its_name_or_its_task(
    made: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shutil.copytree(made, tmp_path / "runs" / "triples-0123abcd")
    monkeypatch.chdir(tmp_path)
    ladder.recheck(run, triples(50, start=5000))

    told = [
        command(*words)
        for words in (
            ("recheck", "runs/triples-0123abcd"),
            ("recheck", "triples-0123abcd"),
            ("recheck", "triples", "--runs", "runs"),
        )
    ]

    assert [each.code for each in told] == [0, 0, 0]
    assert len({each.out for each in told}) == 1


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda lines: [lines[0], lines[1].replace("[0.0, 0.0]", "[1.0, 1.0]", 1)], "digest"),
        (lambda lines: [lines[1]], "digest"),
        (lambda lines: [lines[0], lines[1][:-9]], "is not what `ladder recheck` wrote"),
    ],
)
def test_an_edited_record_is_refused(run: Path, edit: Any, said: str) -> None:
    ladder.recheck(run, wrong(triples(20, start=5000)))
    path = run / "rechecks.jsonl"
    path.write_text("\n".join(edit(path.read_text("utf-8").splitlines())) + "\n", "utf-8")

    with pytest.raises(EvidenceError, match=said):
        ladder.recheck(run)


def test_another_candidate_than_was_confirmed_is_refused(run: Path) -> None:
    spec = json.loads((run / "spec.json").read_text("utf-8"))
    (run / "spec.json").write_text(json.dumps({**spec, "target": 0.5}), "utf-8")

    with pytest.raises(EvidenceError, match="The spec of"):
        ladder.recheck(run, triples(20, start=5000))


def test_answers_that_an_export_spoilt_are_refused_and_rows_without_one_wait(
    run: Path, tmp_path: Path
) -> None:
    rows = triples(30, start=5000)
    with pytest.raises(DataError, match="D31"):
        ladder.recheck(run, [{**row, "target": f"{row['target']}.0"} for row in rows])
    assert not (run / "rechecks.jsonl").exists()

    found = ladder.recheck(run, write_rows(tmp_path / "new.jsonl", [{"input": "9"}, *rows]))

    assert (found.n_new, found.notes[0][:24]) == (30, "1 of 31 rows have no ans")


@pytest.mark.slow
@pytest.mark.parametrize("verdict", ["inconclusive", "fine_tune"])
def test_a_run_without_a_confirmed_candidate_is_refused(verdict: Any, tmp_path: Path) -> None:
    run = make_run(tmp_path, verdict)

    with pytest.raises(SpecError, match=verdict):
        ladder.recheck(run, triples(20, start=5000))


@pytest.mark.slow
def test_answers_that_nobody_knows_count_for_neither_claim(tmp_path: Path) -> None:
    def answer(request: Request) -> str:
        return "" if number_in(request) >= 5000 else answer_right(request)

    task = write_task(tmp_path, answer)
    ladder.run(task, runs_folder=tmp_path / "runs")
    found = ladder.recheck(ladder.run_folder_of(task, tmp_path / "runs"), triples(200, start=5000))

    assert found.status == "not_decided_yet"
    assert (found.scores[0].score, found.scores[0].at_most) == (0.0, 1.0)
    assert any("200 of the 200 answers" in note for note in found.notes)
    assert (found.more_rows, "more rows" in found.sentence) == (None, False)


@pytest.mark.slow
def test_a_file_whose_labels_are_written_otherwise_counts_nothing(tmp_path: Path) -> None:
    def rows(start: int, form: str = "{}") -> list[dict[str, str]]:
        labels = ("refund", "billing", "parcel")
        return [
            {"input": str(at), "target": form.format(labels[at % 3])}
            for at in range(start, start + 60)
        ]

    named = ("refund", "billing", "parcel")
    task = write_task(
        tmp_path, lambda request: named[number_in(request) % 3], rows=[*rows(0), *rows(60)]
    )
    ladder.run(task, runs_folder=tmp_path / "runs")
    run = ladder.run_folder_of(task, tmp_path / "runs")

    with pytest.raises(DataError, match="60 of 60 have an answer that no row of the eval data has"):
        ladder.recheck(run, rows(600, "queue: {}"))
    later = ladder.recheck(run, [*rows(600), {"input": "900", "target": "returns"}])

    assert later.n_new == 61
    assert any("'returns' (1)" in note for note in later.notes)


@pytest.mark.slow
def test_a_month_may_lack_a_class_and_hold_an_answer_that_nobody_can_read(tmp_path: Path) -> None:
    def label(number: int) -> str:
        return "a" if number % 3 else "b"

    def rows(*numbers: int) -> list[dict[str, str]]:
        return [{"input": str(number), "target": label(number)} for number in numbers]

    task = write_task(
        tmp_path,
        lambda request: label(number_in(request)),
        rows=rows(*range(400)),
        metric={"name": "choice", "labels": ["a", "b"], "at_least": {"b": 0.7}},
    )
    ladder.run(task, runs_folder=tmp_path / "runs")
    run = ladder.run_folder_of(task, tmp_path / "runs")
    unread = {"input": "9000", "target": "zzz"}

    with pytest.raises(DataError, match="D07"):
        ladder.recheck(run, [unread])
    with pytest.raises(DataError, match="D07"):
        ladder.recheck(run, [{**row, "target": "zzz"} for row in rows(*range(5000, 5030))])
    without = ladder.recheck(run, rows(*(3 * at + 1 for at in range(2000, 2060))))
    dated = [{**row, "at": "2025-01-31"} for row in rows(9001, 9002)]
    few = ladder.recheck(run, [*dated, {**unread, "at": "2025-02-01"}], date_column="at")
    enough = ladder.recheck(run, rows(*range(12000, 12120)))

    assert without.sentence == "Not decided yet: no row of b yet; .70 for b must be shown."
    assert (few.n_new, few.batches[-1].unknown, few.status) == (3, 1, "not_decided_yet")
    assert [each.n for each in few.batches[-2:]] == [2, 1]
    assert enough.status == "still_reaches"


@pytest.mark.slow
def test_another_served_model_is_refused_before_its_answers_are_kept(tmp_path: Path) -> None:
    server = ScriptedServer()
    serves: dict[str, Any] = {"fingerprint": "fp_1", "factor": 3}

    def behave(path: str, body: dict[str, Any]) -> Sent:
        del path
        numbers = re.findall(r"\d+", json.dumps(body.get("messages", [])))
        message = {
            "role": "assistant",
            "content": str(serves["factor"] * int((numbers or ["0"])[-1])),
        }
        choice = {"message": message, "finish_reason": "stop"}
        return Sent(
            {"model": "m", "system_fingerprint": serves["fingerprint"], "choices": [choice]}
        )

    server.behave = behave
    task = write_task(tmp_path, {"id": "m", "base_url": server.url})
    ladder.run(task, runs_folder=tmp_path / "runs")
    run = ladder.run_folder_of(task, tmp_path / "runs")
    serves |= {"fingerprint": "fp_2", "factor": 4}
    with pytest.raises(EvidenceError, match="fp_2"):
        ladder.recheck(run, triples(50, start=5000))

    serves |= {"fingerprint": "fp_1", "factor": 3}
    found = ladder.recheck(run, triples(50, start=5000))
    server.close()

    assert found.status == "still_reaches"


@pytest.mark.slow
def test_a_target_with_a_reference_is_rechecked_against_it_on_the_same_rows(tmp_path: Path) -> None:
    def reference(request: Request) -> str:
        return answer_right(request) if number_in(request) % 10 else "none"

    def candidate(request: Request) -> str:
        return answer_right(request) if number_in(request) % 11 else "none"

    name = register_scripted(Scripted(reference, name=str(tmp_path / "reference")))
    task = write_task(
        tmp_path, candidate, rows=triples(400), target={"reference": name, "margin": 0.1}
    )
    ladder.run(task, runs_folder=tmp_path / "runs")
    run = ladder.run_folder_of(task, tmp_path / "runs")

    good = ladder.recheck(run, triples(300, start=5000))
    missed = [{"input": str(11 * at), "target": str(33 * at)} for at in range(900, 960)]
    below = ladder.recheck(run, missed)

    assert good.status == "still_reaches"
    assert good.scores[0].edge == -0.1
    assert "less .10: a difference of .01 on 300 rows since" in good.sentence
    assert below.status != "still_reaches"


@pytest.mark.parametrize(("code", "printed"), [(0, ""), (3, ""), (1, "told\n"), (4, "told\n")])
def test_the_script_for_cron_speaks_up_for_an_alarm_or_a_fault_alone(
    code: int, printed: str, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    stub = tmp_path / "ladder"
    stub.write_text(f"#!/bin/sh\necho told\nexit {code}\n", "utf-8")
    stub.chmod(0o755)
    script = Path(__file__).parents[2] / "examples" / "ci" / "recheck.sh"

    ended = subprocess.run(
        ["sh", script, tmp_path / "run", "new.jsonl"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (0 if code == 3 else code, printed)
    assert (tmp_path / "run" / "rechecks.log").read_text("utf-8").startswith("told")
    workflow = YAML(typ="safe").load(script.with_suffix(".yml"))
    steps = {each.get("name"): each for each in workflow["jobs"]["recheck"]["steps"]}
    ended = subprocess.run(
        ["bash", "-e", "-c", steps["Recheck"]["run"] + steps["Raise the alarm"]["run"]],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "RUN": "run", "GITHUB_STEP_SUMMARY": "summary"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == (0 if code == 3 else code)


@pytest.mark.slow
def test_a_label_in_another_spelling_is_no_drift(tmp_path: Path) -> None:
    def rows(start: int, *spellings: str) -> list[dict[str, str]]:
        return [
            {"input": str(at), "target": spellings[at % len(spellings)]}
            for at in range(start, start + 120)
        ]

    task = write_task(
        tmp_path,
        lambda request: ("refund", "billing")[number_in(request) % 2],
        rows=rows(0, "Refund", "billing", "refund ", "Billing"),
        metric={"name": "choice", "labels": ["refund", "billing"]},
    )
    ladder.run(task, runs_folder=tmp_path / "runs")
    found = ladder.recheck(
        ladder.run_folder_of(task, tmp_path / "runs"), rows(6000, "refund", "billing")
    )

    (labels,) = (each for each in found.drift if each.about == "labels")
    assert not labels.is_different
    assert labels.now.count(".50") == 2
