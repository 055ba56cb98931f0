"""A confirmed candidate is put to use: it answers new rows as measured, and goes into the spec."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

import ladder
from ladder.answering import RunAnswerer, ShownColumns
from ladder.cli.answer import _row
from ladder.data import Sample
from ladder.decision import Decision
from ladder.errors import DataError, EvidenceError, SpecError
from ladder.models.base import Request
from ladder.report.apply_change import write_applied
from ladder.runs.samples import SampleRow
from ladder.spec.candidate import Candidate, ModelRef, Prompt
from ladder.testing import Scripted, register_scripted, write_task
from ladder.testing.task_files import DECLARED, answer_right, number_in, triples, write_rows
from tests.cli.conftest import Command

SPEC = """\
# What we ask today.
name: orders
model: {model}
data: {{path: eval.jsonl, input: ticket, target: order}}  # our own tickets

# How we like our runs.

# Short on purpose.
prompt: "Which order? {{{{ ticket }}}}"  # Anna's
# How answers are read.
metric: exact_match
target: 0.8
levers:
  prompt: {{prompts: ["Which order? Digits only. {{{{ ticket }}}}"], edits: false}}
  model: {{not_applicable: one model}}
  rag: {{not_applicable: no documents}}
  decoding: {{not_applicable: not here}}
  few_shot: {{pool: pool.jsonl, shots: [1], methods: [random]}}
"""


def digits(request: Request) -> str:
    """Answer in digits where the prompt asks for them, and in words elsewhere."""
    asked = request.messages[-1].content
    number = asked.split("order ")[-1].split()[0]
    return number if "Digits only" in asked else f"It is number {number}"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run whose verdict is `use_lever`, made by a spec in another folder than ours."""
    name = register_scripted(Scripted(digits, name=str(tmp_path)))
    rows = [{"ticket": f"Where is order {100 + n} ?", "order": str(100 + n)} for n in range(90)]
    for file, part in {"eval.jsonl": rows[:80], "pool.jsonl": rows[80:]}.items():
        (tmp_path / file).write_text("\n".join(map(json.dumps, part)), "utf-8")
    (tmp_path / "my task.yaml").write_text(SPEC.format(model=name), "utf-8")
    monkeypatch.chdir(tmp_path.parent)
    monkeypatch.setattr("sys.argv", ["ladder", "run", f"{tmp_path.name}/my task.yaml"])
    task = ladder.load_task(f"{tmp_path.name}/my task.yaml")
    assert ladder.run(task, runs_folder=tmp_path / "runs").verdict == "use_lever"
    return Path(ladder.run_folder_of(task, tmp_path / "runs"))


def test_new_rows_are_answered_as_the_confirmed_candidate_answered(run: Path) -> None:
    with ladder.load(run) as answerer:
        by_row = answerer.answers([{"ticket": "order 7 came", "order": "not looked at"}])
        by_text = answerer.answer("Where is order 8 ?")

    assert [(each.text, each.read_as, each.error) for each in (*by_row, by_text)] == [
        ("7", "7", None),
        ("8", "8", None),
    ]
    assert "order 7" not in (run / "samples.jsonl").read_text("utf-8")


def test_every_recorded_answer_comes_again(run: Path) -> None:
    samples = [json.loads(line) for line in (run / "samples.jsonl").read_text().splitlines()]
    best = list(Decision.load(run / "decision.json").configuration)
    recorded = {
        each["input"]: answer["text"]
        for each in samples
        for answer in each["answers"]
        if answer["configuration"] == best
    }

    with ladder.load(run) as answerer:
        again = answerer.answers(recorded)

    assert len(recorded) > 20
    assert [each.text for each in again] == list(recorded.values())


def test_a_file_comes_back_with_its_answers(run: Path, command: Command, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text('ticket,answer\n"order 5 , please",mine\n', "utf-8")

    told = command("answer", run, tmp_path / "new.csv", "--to", tmp_path / "out.csv")

    assert told.code == 0, told.out
    assert (tmp_path / "out.csv").read_text("utf-8").splitlines() == [
        "ticket,answer,ladder_answer,read_as",
        '"order 5 , please",mine,5,5',
    ]
    one = command("answer", run, "--text", "order 5 came")
    assert json.loads(one.out) == {"answer": "5", "read_as": "5"}
    (tmp_path / "other.csv").write_text('message,n\n"order 6 , please",1\n', "utf-8")
    other = ("answer", run, tmp_path / "other.csv")
    assert "--input message" in command(*other).err
    named = json.loads(command(*other, "--input", "message").out)
    assert named == {"message": "order 6 , please", "n": "1", "answer": "6", "read_as": "6"}


@pytest.mark.slow
def test_cells_of_any_kind_come_back_and_a_missing_folder_is_made(
    run: Path, command: Command, tmp_path: Path
) -> None:
    row = {"ticket": "order 5 x", "at": datetime(2024, 1, 2), "tags": ["ä"], "by": None, "n": 1.5}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "new.parquet")

    told = command("answer", run, tmp_path / "new.parquet", "--to", tmp_path / "made" / "out.csv")

    assert told.code == 0, told.err
    assert (tmp_path / "made" / "out.csv").read_text("utf-8").splitlines()[1] == (
        'order 5 x,2024-01-02 00:00:00,"[""ä""]",,1.5,5,5'
    )


def test_rows_without_what_is_asked_and_changed_material_are_refused(run: Path) -> None:
    with ladder.load(run) as answerer, pytest.raises(DataError, match="ticket"):
        answerer.answer({"text": "order 5"})
    with pytest.raises(SpecError, match="no candidate 'shots'"):
        ladder.load(run, candidate="shots")

    ladder.load(run, candidate="baseline")  # it rests on no examples
    _edit(run / "sources.json", {"metric": "another"})
    with pytest.raises(EvidenceError, match="scores exact_match otherwise than"):
        ladder.load(run)


def test_a_row_without_a_column_that_the_prompt_shows_is_told_how_to_name_it() -> None:
    prompt = Prompt(user="{% if title %}{{ title | upper }}{% endif %} {{ input }}")
    candidate = Candidate(model=ModelRef(id="m"), prompt=prompt)
    fields = {"name": "t", "model": "m", "data": "eval.jsonl", "metric": "exact_match"}
    task = ladder.load_task({**fields, "target": 0.8})
    shown = ShownColumns.of(candidate, task)
    new = [Sample("1", "q", ("a",), columns={"input": "q"}, where="new.csv:2")]

    shown.refuse_missing(new, [])  # nobody knows what the rows had
    shown.refuse_missing(new, [SampleRow("0", "p", ("a",), columns={"input": "p"})])
    with pytest.raises(DataError, match=r"new\.csv:2 has no column 'title'") as refused:
        shown.refuse_missing(new, [SampleRow("0", "p", ("a",), columns={"title": "Hi"})])
    assert "--column title=COLUMN" in refused.value.next_step


def test_a_column_that_stands_in_json_of_the_prompt_may_be_missing() -> None:
    prompt = Prompt(user='Answer as {"topic": …, "lang": {lang}}. {{ input }}')
    fields = {"name": "t", "model": "m", "data": "eval.jsonl", "metric": "exact_match"}
    task = ladder.load_task({**fields, "target": 0.8})
    shown = ShownColumns.of(Candidate(model=ModelRef(id="m"), prompt=prompt), task)
    before = [SampleRow("0", "p", ("a",), columns={"topic": "bread", "lang": "en"})]

    assert shown.names == {"lang"}
    shown.refuse_missing([Sample("1", "q", ("a",), columns={"lang": "de"})], before)


def _edit(path: Path, fields: dict[str, Any]) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **fields}), "utf-8")


def test_the_change_goes_into_a_copy_of_the_spec_and_is_the_measured_candidate(
    run: Path, command: Command, tmp_path: Path
) -> None:
    told = command("apply", run)

    place = tmp_path / "my task.applied.yaml"
    assert (told.code, Path(told.out.strip()).resolve()) == (0, place.resolve())
    assert "# What we ask today." in place.read_text("utf-8")
    text = place.read_text("utf-8")
    assert all(f"# {each}" in text for each in ("our own tickets", "How we like", "How answers"))
    assert not any(each in text for each in ("Short on purpose", "Anna"))
    assert f"# As {run.name} confirmed it.\nprompt:" in text
    best = Decision.load(run / "decision.json").best
    assert ladder.load_task(place).baseline() == best
    assert command("apply", run).code == 0
    place.write_text("name: mine", "utf-8")
    assert "is there already" in command("apply", run).err


def test_a_run_is_applied_from_another_folder_or_says_where_it_was_started(
    run: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)

    told = command("apply", run)
    moved = command("apply", run, "--spec", tmp_path / "my task.yaml", "--to", "mine.yaml")

    assert Path(told.out.strip()).resolve() == (tmp_path / "my task.applied.yaml").resolve()
    assert moved.code == 2
    assert f"cd {tmp_path.parent}" in moved.err
    assert not (other / "mine.yaml").exists()
    monkeypatch.chdir(tmp_path.parent)
    assert command("apply", run, "--to", other / "mine.yaml").code == 0
    assert ladder.load_task(other / "mine.yaml").baseline().prompt.user.endswith("{{ ticket }}")


def test_a_spec_that_became_another_task_is_not_changed_and_the_whole_is_written(
    run: Path, tmp_path: Path
) -> None:
    spec = tmp_path / "my task.yaml"
    spec.write_text(spec.read_text("utf-8").replace("target: 0.8", "target: 0.9"), "utf-8")

    with pytest.raises(SpecError, match=r"is not the task that .* ran: target differ"):
        write_applied(run, spec=spec)
    place = write_applied(run, to=tmp_path / "whole.yaml")

    written = ladder.load_task(place)
    assert (written.target, written.baseline()) == (0.8, Decision.load(run / "decision.json").best)
    assert YAML().load(place.read_text("utf-8"))["data"]["path"] == "eval.jsonl"


def test_where_nothing_is_confirmed_there_is_nothing_to_apply_or_to_answer_with(
    run: Path, command: Command
) -> None:
    decision = Decision.load(run / "decision.json")
    ledger = decision.ledger.replace(ending="undecided")
    decision.replace(ledger=ledger).save(run / "decision.json")

    assert "there is no confirmed change" in command("apply", run).err
    told = command("answer", run, "--text", "order 5 came")
    assert (told.code, "no candidate is shown to reach the target" in told.err) == (2, True)
    named = command("answer", run, "--text", "order 5 came", "--candidate", "baseline")
    assert json.loads(named.out)["answer"] == "It is number 5"


@pytest.mark.slow
def test_a_confirmed_cascade_over_the_baseline_is_no_change_of_the_spec(tmp_path: Path) -> None:
    def silent_on_some(request: Request) -> str:
        return "" if number_in(request) % 3 == 0 else answer_right(request)

    spec = write_task(
        tmp_path,
        silent_on_some,
        generation={"temperature": 0.8, "majority_of": 3},
        levers={"model": {"review": {"least_coverage": 0.3}}},
    )
    assert ladder.run(spec, runs_folder=tmp_path / "runs").verdict == "use_lever"
    run = Path(ladder.run_folder_of(ladder.load_task(spec), tmp_path / "runs"))

    with pytest.raises(SpecError, match="a person answers the rest"):
        write_applied(run)
    with ladder.load(run) as answerer:
        assert [each.for_a_person for each in answerer.answers(["102", "103"])] == [True, False]


@pytest.mark.slow
def test_another_model_that_changed_since_is_refused(tmp_path: Path) -> None:
    rows = triples(160)
    for name, wrong in (("own.jsonl", 1), ("other.jsonl", 0)):
        write_rows(
            tmp_path / name,
            ({"input": row["input"], "output": int(row["target"]) + wrong} for row in rows),
        )
    other = tmp_path / "other.jsonl"
    models = {"models": [f"recorded:{other}"]}
    spec = write_task(tmp_path, f"recorded:{tmp_path}/own.jsonl", levers={"model": models})
    assert ladder.run(spec, runs_folder=tmp_path / "runs").verdict == "use_lever"
    run = Path(ladder.run_folder_of(ladder.load_task(spec), tmp_path / "runs"))
    with ladder.load(run) as answerer:
        assert answerer.answer("100").text == "300"

    other.write_text(other.read_text("utf-8").replace('"300"', '"7"').replace("300", "7"), "utf-8")

    with pytest.raises(EvidenceError, match=r"levers\.model\.models\.0 changed since"):
        ladder.load(run)
    ladder.load(run, candidate="baseline").close()  # it rests on the task's own model alone


@pytest.mark.slow
def test_a_text_alone_gets_the_system_text_that_all_rows_have(tmp_path: Path) -> None:
    def with_system(request: Request) -> str:
        return f"{request.messages[0].content}|{answer_right(request)}"

    def rows(*systems: str) -> list[dict[str, Any]]:
        return [
            {
                "messages": [
                    {"role": "system", "content": systems[at % len(systems)]},
                    {"role": "user", "content": row["input"]},
                    {"role": "assistant", "content": row["target"]},
                ]
            }
            for at, row in enumerate(triples(24))
        ]

    def answerer_of(folder: str, *systems: str) -> RunAnswerer:
        spec = write_task(
            tmp_path / folder, with_system, rows=rows(*systems), levers=dict(DECLARED)
        )
        ladder.run(spec, runs_folder=tmp_path / folder)
        return ladder.load(
            ladder.run_folder_of(ladder.load_task(spec), tmp_path / folder), candidate="baseline"
        )

    with answerer_of("one", "Be brief.") as answerer:
        assert answerer.answer("7").text == "Be brief.|21"
    with (
        answerer_of("two", "Be brief.", "Be long.") as answerer,
        pytest.raises(DataError, match="2 different system texts"),
    ):
        answerer.answer("7")


@pytest.mark.slow
def test_the_label_that_is_read_comes_back_beside_a_sentence(tmp_path: Path) -> None:
    task = write_task(
        tmp_path,
        lambda request: f"I'd say **{'ab'[int(request.messages[-1].content[-1]) % 2]}ox**.",
        rows=[{"input": f"row {at}", "target": f"{'ab'[at % 2]}ox"} for at in range(80)],
        metric={"name": "choice", "labels": ["aox", "box"]},
    )
    ladder.run(task, runs_folder=tmp_path / "runs")
    run = ladder.run_folder_of(task, tmp_path / "runs")

    with ladder.load(run) as answerer:
        given = answerer.answers(["row 3"])[0]

    assert (given.label, given.text) == ("box", "I'd say **box**.")
    assert _row({"input": "row 3"}, given)["label"] == "box"
