"""Leaks block everywhere, are listed whole, and can be excluded, waived or dropped."""

import json
from pathlib import Path
from typing import Any

import pytest

from ladder.api import check_task, run
from ladder.errors import LeakageError
from ladder.finding import Finding
from ladder.measure.task_data import load_task_data
from ladder.spec import load_task
from ladder.spec.candidate import Retrieval
from ladder.testing import write_task

EVAL = [
    {"id": f"e{at}", "input": f"{what} stands behind the {place} of the old town?", "target": f"T{at}"}
    for at, (what, place) in enumerate(
        (what, place)
        for what in ("Which house", "What tower", "Whose statue", "How tall a tree", "What bridge")
        for place in ("station", "market hall", "school", "harbour", "cathedral", "brewery")
    )
]  # fmt: skip
OTHER = [{"id": f"p{at}", "input": f"Number {at * 7} plus one?", "target": str(at * 7 + 1)} for at in range(9)]  # fmt: skip
PLANT = {"id": "plant", "input": EVAL[3]["input"].upper().rstrip("?"), "target": "T3"}


def spec(folder: Path, data: dict[str, Any] | None = None, **fields: Any) -> Path:
    """Write a task over the eval rows."""
    data = {"path": "eval.jsonl", "id": "id", **(data or {})}
    return write_task(folder, lambda _: "no", rows=EVAL, data=data, **fields)


def leaks_in(path: Path) -> dict[str, Finding]:
    """Return the findings about leaks, by code."""
    return {
        each.code[:3]: each for each in check_task(path) if each.code[:3] in ("D11", "D12", "D15")
    }


def test_a_leak_in_the_pool_blocks_a_run_and_is_listed_with_its_pair(tmp_path: Path) -> None:
    path = spec(tmp_path, pool=[*OTHER, PLANT])

    found = leaks_in(path)

    assert found["D11"].severity == "error"
    (pair,) = found["D11"].pairs
    assert (pair.sample, pair.other_where, pair.kind) == ("e3", "pool.jsonl:10", "same")
    with pytest.raises(LeakageError, match="D11"):
        run(path, runs_folder=tmp_path / "runs")


@pytest.mark.parametrize("place", ["user", "system"])
def test_a_prompt_that_holds_eval_rows_with_answers_is_found(tmp_path: Path, place: str) -> None:
    shots = f"Answer in a word.\nQ: {EVAL[0]['input']}\nA: T0\n\n"
    prompt = {"user": "{{ input }}", "system": "Answer."} | (
        {"user": shots + "{{ input }}"} if place == "user" else {"system": shots}
    )

    found = leaks_in(spec(tmp_path, prompt=prompt))["D11"]

    assert [(pair.sample, pair.other) for pair in found.pairs] == [("e0", f"prompt.{place}")]
    assert "exclude" not in found.next_step


def test_a_prompt_of_a_lever_is_read_too(tmp_path: Path) -> None:
    prompts = [f"{EVAL[1]['input']} T1\n{{{{ input }}}}"]

    found = leaks_in(spec(tmp_path, levers={"prompt": {"prompts": prompts}}))["D11"]

    assert found.pairs[0].other == "levers.prompt.prompts.0.user"


@pytest.mark.parametrize(
    ("prompt", "is_leak"),
    [
        ("2 + 2 = 4\n{{ input }}", True),
        ("Q: great film\nA: good\n{{ input }}", True),
        ("great film -> good\n{{ input }}", True),
        ("| great film | good |\n{{ input }}", True),
        ("Say good where a great film is praised: {{ input }}", False),
        ("Good or bad? {{ input }}", False),
        ("Q: great film\nA: bad\n{{ input }}", False),
        ("Count from 2 to 2: {{ input }}", False),
    ],
)
def test_short_inputs_are_found_in_prompts_with_their_answers(
    tmp_path: Path, prompt: str, *, is_leak: bool
) -> None:
    rows = [{"input": "2 + 2", "target": "4"}, {"input": "great film", "target": "good"}]
    path = write_task(tmp_path, lambda _: "no", rows=rows, prompt=prompt)

    assert ("D11" in leaks_in(path)) == is_leak


def test_excluded_rows_and_passages_are_left_out_and_never_the_eval_row(tmp_path: Path) -> None:
    corpus = ["A tower.", f"Seen in May: {EVAL[5]['input']} T5."]
    path = spec(tmp_path, {"on_leak": "exclude"}, pool=[*OTHER, PLANT], corpus=corpus)
    data = load_task_data(load_task(path))

    found = [each for each in check_task(path) if each.code.startswith("D11")]

    assert [each.severity for each in found] == ["info", "info"]
    assert "left out" in found[0].problem
    pool, corpus_file = str(tmp_path / "pool.jsonl"), str(tmp_path / "corpus.jsonl")
    assert PLANT["input"] not in [row.input for row in data.pool(pool)]
    assert len(data.pool(pool)) == len(OTHER)
    assert len(data.left_out(Retrieval(corpus=corpus_file))) == 1
    assert len(data.samples) == len(EVAL)


def test_a_waived_pair_is_told_and_blocks_nothing(tmp_path: Path) -> None:
    path = spec(tmp_path, {"on_leak": {"waive": ["e3"]}}, pool=[*OTHER, PLANT])

    assert [(code, each.severity) for code, each in leaks_in(path).items()] == [("D15", "info")]


def test_an_eval_row_goes_only_where_the_spec_names_it(tmp_path: Path) -> None:
    path = spec(tmp_path, {"on_leak": {"drop": ["e3"]}}, pool=[*OTHER, PLANT])

    assert leaks_in(path) == {}
    assert len(load_task_data(load_task(path)).samples) == len(EVAL) - 1


def test_a_spec_without_the_field_keeps_its_digest(tmp_path: Path) -> None:
    task = load_task(spec(tmp_path))

    assert "on_leak" not in json.loads(task.model_dump_json())["data"]
    assert task.digest == load_task(spec(tmp_path, {"on_leak": "stop"})).digest
    assert task.digest != load_task(spec(tmp_path, {"on_leak": "exclude"})).digest


def test_repeats_and_contradictions_in_a_pool_are_named(tmp_path: Path) -> None:
    again = {"id": "again", "input": OTHER[2]["input"].upper(), "target": "other"}
    path = spec(tmp_path, pool=[*OTHER, again])

    codes = [each.code[:3] for each in check_task(path)]

    assert "D16" in codes
    assert "D17" in codes


def test_copies_of_a_passage_are_named(tmp_path: Path) -> None:
    path = spec(tmp_path, corpus=["A tower, tall.", "a  tower tall", "A bridge."])

    (found,) = [each for each in check_task(path) if each.code.startswith("D22")]

    assert found.problem.startswith("1 of 3 passages repeat another one")
