"""Logs of other tools become a task; what is damaged, foreign or newer is named, and nothing is written."""

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import zipfile_zstd  # noqa: F401 - it teaches zipfile to read the log

import ladder
from ladder.errors import LadderError
from ladder.importing import Choices, ImportedTask, compare_recordings, import_logs
from ladder.measure import load_task_data
from ladder.measure.source_files import digest_sources

LOGS = Path(__file__).parent / "logs"
Roles = Sequence[tuple[str, str]]


def imported(to: Path, roles: Roles, **choices: Any) -> ImportedTask:
    found = Choices(roles=roles, **choices)
    return import_logs(found, to, metric="exact_match", target_score=0.8, name="sums")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def recordings(task: ImportedTask) -> list[list[dict[str, Any]]]:
    folder = task.spec.parent / "recordings"
    return [lines(path) for path in sorted(folder.iterdir())]


def inspect_document() -> dict[str, Any]:
    """Return the log of `half.eval` as inspect_ai writes it in the form `.json`."""
    with zipfile.ZipFile(LOGS / "half.eval") as archive:
        names = [name for name in archive.namelist() if name.startswith("samples/")]
        header: dict[str, Any] = json.loads(archive.read("header.json"))
        return {**header, "samples": [json.loads(archive.read(name)) for name in names]}


def promptfoo_document(n: int = 6) -> dict[str, Any]:
    def row(prompt: str, at: int, output: str) -> dict[str, Any]:
        return {
            "promptIdx": 0,
            "prompt": {"raw": "…", "label": prompt},
            "provider": {"id": "openai:small", "label": ""},
            "vars": {"question": f"What is {at} plus {at}?"},
            "response": {"output": output, "finishReason": "stop"},
            "score": 1.0,
            "failureReason": 0,
            "testCase": {"assert": [{"type": "equals", "value": str(2 * at)}]},
        }

    rows = [row("plain", at, "?" if at % 2 else str(2 * at)) for at in range(n)]
    rows += [row("clear", at, str(2 * at)) for at in reversed(range(n))]
    rows[1] |= {"failureReason": 1, "error": "Expected 2", "score": 0.0}
    rows[2] |= {"failureReason": 2, "error": "timeout", "response": {"error": "timeout"}}
    return {
        "results": {"version": 3, "results": rows},
        "metadata": {"promptfooVersion": "0.121.20"},
    }


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_answers_of_lm_eval_are_joined_by_the_hash_of_their_row_and_one_filter_counts(
    tmp_path: Path,
) -> None:
    rows = lines(LOGS / "samples_sums_1.jsonl")
    other = tmp_path / "samples_sums_2.jsonl"
    better = [{**row, "resps": [[row["doc"]["answer"]]]} for row in reversed(rows)]
    other.write_text("\n".join(map(json.dumps, better)), encoding="utf-8")
    found = imported(
        tmp_path / "task",
        [("baseline", str(LOGS / "samples_sums_1.jsonl")), ("prompt", str(other))],
        filter="raw",
    )
    assert found.n == 10
    first, second = recordings(found)
    asked = lines(found.spec.parent / "eval.jsonl")
    assert {row["output"] for row in first} == {"lol"}
    assert [row["output"] for row in second] == [row["target"] for row in asked]


def test_choices_by_likelihood_have_the_tools_own_score(tmp_path: Path) -> None:
    log = str(LOGS / "samples_even_1.jsonl")
    found = imported(tmp_path / "task", [("baseline", log)], scores="acc")
    wanted = ["right" if row["acc"] else "wrong" for row in lines(LOGS / "samples_even_1.jsonl")]
    assert [row["output"] for row in recordings(found)[0]] == wanted


def test_both_forms_of_inspect_give_the_same_with_cut_and_failed_samples_told(
    tmp_path: Path,
) -> None:
    document = inspect_document()
    failed = document["samples"][3]
    failed |= {"error": {"message": "no connection"}, "scores": {}}
    failed["output"]["choices"] = []
    log = written(tmp_path / "half.json", document)
    packed = imported(tmp_path / "one", [("baseline", str(LOGS / "half.eval"))])
    plain = imported(tmp_path / "two", [("baseline", str(log))])
    one, two = recordings(packed)[0], recordings(plain)[0]
    assert sum(left != right for left, right in zip(one, two, strict=True)) == 1
    assert [row["error"] for row in two if "error" in row] == ["no connection"]
    assert [row["input"] for row in one if row.get("finish_reason")] == ["What is 5 plus 5?"]
    assert plain.notes == (
        "baseline (mockllm/model): 1 of 12 samples failed there, and count as failed calls",
    )


def test_a_failed_assertion_of_promptfoo_is_an_answer_and_a_failed_call_is_none(
    tmp_path: Path,
) -> None:
    source = written(tmp_path / "results.json", promptfoo_document())
    roles = [("baseline", "openai:small | plain"), ("prompt", "openai:small | clear")]
    found = imported(tmp_path / "task", roles, source=source)
    first, second = recordings(found)
    assert [row["output"] for row in first] == ["0", "?", "", "?", "8", "?"]
    assert [row.get("error") for row in first] == [None, None, "timeout", None, None, None]
    assert [row["output"] for row in second] == ["0", "2", "4", "6", "8", "10"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = ["nr,question,label,old,new,shots"]
    for at in range(200):
        label = "AB"[at % 2]
        old = label if at % 5 < 3 else "C"
        new = label if at % 7 < 5 else "C"
        rows.append(f"r{at},Item {at}?,{label},{old},{new},{label if at % 40 else 'C'}")
    path = tmp_path / "answers.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


ROLES = [("baseline", "old"), ("prompt", "new"), ("few_shot", "shots")]


def test_a_table_is_decided_without_a_model_and_any_two_candidates_are_compared(
    tmp_path: Path, table: Path
) -> None:
    found = imported(tmp_path / "task", ROLES, source=table, key="nr")
    decision = ladder.run(found.spec, runs_folder=tmp_path / "runs")
    assert decision.verdict == "use_lever"
    assert decision.best is not None
    assert decision.best.model.id.endswith("few_shot-shots.jsonl")
    untested = {each.lever for each in decision.ledger.attempts if each.status == "untested"}
    assert {"decoding", "rag", "rerank"} <= untested
    folder = found.spec.parent / "recordings"
    old, new = folder / "baseline-old.jsonl", folder / "prompt-new.jsonl"
    told = compare_recordings(found.spec, old, new)
    expected = [(at % 5 < 3, at % 7 < 5) for at in range(200)]
    assert told.fixed == sum(new and not old for old, new in expected)
    assert told.broken == sum(old and not new for old, new in expected)
    assert told.n == 200


@pytest.mark.slow
def test_recordings_go_by_role_or_name_and_labels_are_those_given_or_the_targets(
    tmp_path: Path, table: Path
) -> None:
    choices = Choices(roles=ROLES, source=table, key="nr")
    told: dict[str, Any] = {"metric": "choice", "target_score": 0.8, "name": "labels"}
    found = import_logs(choices, tmp_path / "task", **told)
    given = import_logs(choices, tmp_path / "given", **told, labels=["A", "B", "C, D"])
    assert load_task_data(ladder.load_task(found.spec)).task.metric.labels == ("A", "B")
    assert "the labels of choice are the targets that occur: A, B" in found.notes
    assert ladder.load_task(given.spec).metric.labels == ("A", "B", "C, D")
    by_name = compare_recordings(found.spec, Path("baseline"), Path("new"))
    assert (by_name.before, by_name.after) == ("baseline-old", "prompt-new")
    with pytest.raises(LadderError, match="no such recording") as raised:
        compare_recordings(found.spec, Path("baseline"), Path("newer"))
    assert "Write one of baseline-old, few_shot-shots, prompt-new" in raised.value.next_step


@pytest.mark.slow
def test_fine_tune_follows_from_recordings_alone_only_where_every_lever_is_imported_or_declared(
    tmp_path: Path, table: Path
) -> None:
    bad = table.read_text("utf-8").replace(",A\n", ",X\n").replace(",B\n", ",Y\n")
    table.write_text(bad, encoding="utf-8")
    roles = [("baseline", "old"), ("prompt", "new"), ("few_shot", "shots")]
    found = imported(tmp_path / "task", roles, source=table, key="nr")
    spec = found.spec.read_text("utf-8").replace("target: 0.8", "target: 0.95")
    found.spec.write_text(spec, encoding="utf-8")
    assert ladder.run(found.spec, runs_folder=tmp_path / "runs").verdict == "inconclusive"
    found.spec.write_text(spec.replace("\n  # ", "\n  "), encoding="utf-8")
    assert ladder.run(found.spec, runs_folder=tmp_path / "others").verdict == "fine_tune"


def _status(status: str) -> Callable[[dict[str, Any]], None]:
    return lambda log: log.update(status=status)


def _twice(log: dict[str, Any]) -> None:
    log["samples"] += [{**each, "epoch": 2} for each in log["samples"]]


def test_a_new_recording_of_a_lever_is_decided_anew(tmp_path: Path, table: Path) -> None:
    found = imported(tmp_path / "task", ROLES, source=table, key="nr")
    before = digest_sources(load_task_data(ladder.load_task(found.spec)))
    recording = next((found.spec.parent / "recordings").glob("few_shot-*"))
    recording.write_text(recording.read_text("utf-8").replace('"A"', '"B"'), encoding="utf-8")
    now = digest_sources(load_task_data(ladder.load_task(found.spec)))
    assert [place for place in now if now[place] != before[place]] == ["levers.few_shot.recorded.0"]


def test_recorded_runs_beside_other_material_of_a_lever_are_refused(
    tmp_path: Path, table: Path
) -> None:
    found = imported(tmp_path / "task", ROLES, source=table, key="nr")
    spec = found.spec.read_text("utf-8")
    found.spec.write_text(spec.replace("recorded: [", 'prompts: ["{{ input }}!"], recorded: [', 1))
    with pytest.raises(LadderError, match=r"levers\.prompt\.recorded stands beside"):
        ladder.run(found.spec, runs_folder=tmp_path / "runs")


def test_variables_of_a_log_are_no_targets_and_only_equality_names_one(tmp_path: Path) -> None:
    document = promptfoo_document()
    for row in document["results"]["results"]:
        row["vars"]["context"] = "a passage"
        row["testCase"]["assert"][0]["type"] = "icontains"
    source = written(tmp_path / "results.json", document)
    roles = [("baseline", "openai:small | clear")]
    with pytest.raises(LadderError, match="Which column holds the right answer"):
        imported(tmp_path / "task", roles, source=source, input="question")
    for row in document["results"]["results"]:
        row["vars"]["sum"] = "wanted"
        row["testCase"]["assert"] = [{"type": "equals", "value": "{{ sum }}!"}]
    written(source, document)
    found = imported(tmp_path / "task", roles, source=source, input="question")
    assert {row["target"] for row in lines(found.spec.parent / "eval.jsonl")} == {"wanted!"}
    assert "exact_match scores 0.00 where the tool's own score is 1.00" in " ".join(found.notes)


def test_what_a_tool_did_not_score_is_unknown_and_no_wrong_answer(tmp_path: Path) -> None:
    document = inspect_document()
    document["samples"][2]["scores"]["match"]["value"] = float("nan")
    log = written(tmp_path / "half.json", document)
    found = imported(tmp_path / "task", [("baseline", str(log))], scores="match", right_from=0.5)
    rows = recordings(found)[0]
    assert [row.get("error") for row in rows].count("the tool gave no score") == 1
    assert {row["output"] for row in rows if "error" not in row} == {"right", "wrong"}


def test_nothing_that_stands_there_is_overwritten_and_an_id_names_one_row(
    tmp_path: Path, table: Path
) -> None:
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "eval.jsonl").write_text("mine")
    with pytest.raises(LadderError, match=r"holds eval\.jsonl already"):
        imported(tmp_path / "task", ROLES, source=table, key="nr")
    with pytest.raises(LadderError, match="has the id of"):
        imported(tmp_path / "other", ROLES, source=table, key="label")


def test_the_ids_of_a_table_are_found_and_tell_every_row_from_every_other(tmp_path: Path) -> None:
    context = "The same long context stands in every row of this table. " * 3
    rows = [{"context": context, "q": f"Item {at}?", "label": "AB"[at % 2]} for at in range(40)]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps({**row, "old": "A"}) for row in rows), encoding="utf-8")
    roles = [("baseline", "old")]
    found = imported(tmp_path / "one", roles, source=path, input="q", target="label")
    assert len({row["id"] for row in lines(found.spec.parent / "eval.jsonl")}) == 40
    numbered = [{"nr": f"r{at}", **row, "old": "A" if at else ""} for at, row in enumerate(rows)]
    path.write_text("\n".join(map(json.dumps, numbered)), encoding="utf-8")
    found = imported(tmp_path / "two", roles, source=path, input="q", target="label")
    assert [row["id"] for row in lines(found.spec.parent / "eval.jsonl")][:2] == ["r0", "r1"]
    assert found.notes == ("baseline (old): 1 of 40 cells are empty, and count as failed calls",)


def test_a_recording_that_is_gone_is_found_by_the_check(tmp_path: Path, table: Path) -> None:
    found = imported(tmp_path / "task", ROLES, source=table, key="nr")
    for recording in (found.spec.parent / "recordings").iterdir():
        recording.unlink()
    told = [each for each in ladder.check_task(found.spec) if each.code.startswith("W12")]
    assert [each.severity for each in told] == ["error", "warning", "warning"]
    assert "levers.few_shot.recorded.0: there are no recorded answers" in told[-1].problem


BROKEN_INSPECT: dict[str, Callable[[dict[str, Any]], None]] = {
    "did not end well (status 'error')": _status("error"),
    "did not end well (status 'started')": _status("started"),
    "is of version 3 of inspect_ai's logs": lambda log: log.update(version=3),
    "holds 2 answers to each sample": _twice,
    "is no log of inspect_ai": lambda log: log.pop("eval"),
}


@pytest.mark.parametrize("words", BROKEN_INSPECT)
def test_a_broken_log_of_inspect_is_named_and_nothing_is_written(
    words: str, tmp_path: Path
) -> None:
    document = inspect_document()
    BROKEN_INSPECT[words](document)
    log = written(tmp_path / "log.json", document)
    with pytest.raises(LadderError, match=words.replace("(", r"\(").replace(")", r"\)")):
        imported(tmp_path / "task", [("baseline", str(log))])
    assert not (tmp_path / "task").exists()


def test_a_log_that_was_cut_or_killed_is_named(tmp_path: Path) -> None:
    whole = (LOGS / "half.eval").read_bytes()
    cut = tmp_path / "cut.eval"
    cut.write_bytes(whole[: len(whole) // 2])
    killed = tmp_path / "killed.eval"
    with zipfile.ZipFile(killed, "w") as archive:
        archive.writestr("_journal/start.json", "{}")
    torn = tmp_path / "samples_torn_1.jsonl"
    torn.write_bytes((LOGS / "samples_sums_1.jsonl").read_bytes()[:-40])
    for log, words in (
        (cut, "holds no whole JSON"),
        (killed, "killed before it ended"),
        (torn, "torn_1.jsonl:20"),
    ):
        with pytest.raises(LadderError, match=words):
            imported(tmp_path / "task", [("baseline", str(log))], filter="raw")


def test_logs_that_do_not_fit_each_other_are_named(tmp_path: Path) -> None:
    sums = str(LOGS / "samples_sums_1.jsonl")
    fewer = tmp_path / "samples_fewer_1.jsonl"
    rows = lines(LOGS / "samples_sums_1.jsonl")
    fewer.write_text("\n".join(map(json.dumps, rows[:6])), encoding="utf-8")
    roles = [("baseline", sums), ("prompt", str(fewer))]
    with pytest.raises(LadderError, match="no answer to 4 of 10 rows"):
        imported(tmp_path / "task", roles, filter="raw")
    assert imported(tmp_path / "task", roles, filter="raw", only_common=True).n == 6

    changed = [{**row, "doc": {**row["doc"], "question": "Other?"}} for row in rows]
    fewer.write_text("\n".join(map(json.dumps, changed)), encoding="utf-8")
    with pytest.raises(LadderError, match="asks something else"):
        imported(tmp_path / "other", roles, filter="raw")

    twice = rows + rows[:2]
    fewer.write_text("\n".join(map(json.dumps, twice)), encoding="utf-8")
    with pytest.raises(LadderError, match="again"):
        imported(tmp_path / "other", roles, filter="raw")

    foreign = written(tmp_path / "foreign.jsonl", {"input": "a", "output": "b"})
    with pytest.raises(LadderError, match="is no log of lm-eval, inspect_ai or promptfoo"):
        imported(tmp_path / "other", [("baseline", str(foreign))])


def test_repeats_and_a_newer_version_of_promptfoo_are_named(tmp_path: Path) -> None:
    document = promptfoo_document()
    document["results"]["results"] *= 2
    source = written(tmp_path / "results.json", document)
    with pytest.raises(LadderError, match="answers the same variables again"):
        imported(tmp_path / "task", [("baseline", "openai:small | plain")], source=source)
    document["results"]["version"] = 4
    written(source, document)
    with pytest.raises(LadderError, match="version 4 of promptfoo"):
        imported(tmp_path / "task", [("baseline", "openai:small | plain")], source=source)


@pytest.mark.slow
def test_ten_thousand_rows_are_read_and_joined(tmp_path: Path) -> None:
    source = written(tmp_path / "results.json", promptfoo_document(10_000))
    started = process_time()
    roles = [("baseline", "openai:small | plain"), ("prompt", "openai:small | clear")]
    assert imported(tmp_path / "task", roles, source=source).n == 10_000
    print(f"{process_time() - started:.2f} s")  # noqa: T201 - a figure for whoever runs it alone


def test_a_candidate_of_a_table_is_named_as_a_shell_takes_it(tmp_path: Path) -> None:
    table = tmp_path / "both.csv"
    table.write_text("question,expected,asked today,asked anew\n1 + 1,2,2,2\n", encoding="utf-8")

    with pytest.raises(LadderError) as wrong:
        imported(tmp_path / "task", [("baseline", "today")], source=table)
    with pytest.raises(LadderError) as none:
        imported(tmp_path / "task", [], source=table)

    assert "--as 'baseline=asked anew'" in wrong.value.next_step
    assert f"candidate of {table}" in none.value.next_step
