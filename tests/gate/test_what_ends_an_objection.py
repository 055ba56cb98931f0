"""Every objection of gate and training names the policy's line or the lever that ends it."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ladder.decision import Decision
from ladder.gate.policy import Policy
from ladder.gate.predicate import objections_to_run
from ladder.spec import load_task
from tests.gate.conftest import Case

Fields = Mapping[str, Any]
LENIENT: Fields = {
    "least_levers": 0,
    "least_configurations": 0,
    "levers": {"decoding": {"not_applicable": "any"}, "prompt": {"not_applicable": "any"}},
}
ASKED: dict[str, tuple[Fields, str, Fields]] = {
    "a metric": ({"metrics": ["f1"]}, "`metrics`", {"metrics": ["f1", "exact_match"]}),
    "a reading": ({"readings": ["lenient"]}, "`readings`", {"readings": ["strict"]}),
    "samples": ({"least_n": 900}, "`least_n`", {"least_n": 160}),
    "a target": ({"target": {"at_least": 0.9}}, "`target`", {"target": {"at_least": 0.8}}),
    "levers": ({"least_levers": 6}, "`least_levers`", {"least_levers": 1}),
    "candidates": ({"least_configurations": 9}, "`least_configurations`", {"least_configurations": 2}),
    "of one lever": (
        {"levers": {**LENIENT["levers"], "few_shot": {"least_variants": 9}}},
        "levers: {few_shot: {least_variants: 9}}",
        {"levers": {**LENIENT["levers"], "few_shot": {"least_variants": 1}}},
    ),
    "a declaration": (
        {"levers": {**LENIENT["levers"], "rag": {"not_applicable": "never"}}},
        "levers: {rag: {not_applicable: [",
        LENIENT,
    ),
}  # fmt: skip


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_gate_and_training_object_alike_and_name_the_line_that_ends_it(
    asked: tuple[Fields, str, Fields], case: Case
) -> None:
    strict, line, relaxed = asked
    decision = Decision.load(case.run / "decision.json")
    task = load_task("task.json")

    found = objections_to_run(decision, task, Policy(unsigned="allow", **{**LENIENT, **strict}))
    case.write_policy(**{**LENIENT, **strict})
    closed = case.gate()
    told = case.out

    assert [line in each.next_step for each in found] == [True]
    assert closed in {3, 5}
    assert line in told.partition("Next: ")[2]

    case.write_policy(**{**LENIENT, **relaxed})
    assert case.gate() == 0, case.out
    assert (
        objections_to_run(decision, task, Policy(unsigned="allow", **{**LENIENT, **relaxed})) == []
    )


def test_training_tells_all_that_the_policy_asks_for_at_once(case: Case) -> None:
    case.write_policy(
        metrics=["f1"], least_n=900, least_levers=6, levers={"prompt": {"least_variants": 9}}
    )

    code = case.call("train", "task.json", "--run", case.run)

    assert code == 3
    for field in ("`metrics`", "`least_n`", "levers.prompt.prompts", "`least_levers`"):
        assert field in case.out


@pytest.mark.parametrize(("verdict", "code"), [("use_lever", 1), ("inconclusive", 3)])
def test_a_run_without_a_record_tells_its_verdict_whatever_is_shown(
    verdict: str, code: int, make_case: Callable[[str], Case]
) -> None:
    case = make_case(verdict)
    case.write_policy(signers=None, unsigned="allow")

    assert case.gate("--train-data", "train.jsonl") == code
    assert "SUBJECT_MISMATCH" not in case.out


def test_a_run_that_would_open_says_how_it_is_tied_to_the_training(
    make_case: Callable[[str], Case],
) -> None:
    case = make_case("fine_tune")
    case.write_policy(signers=None, unsigned="allow", **LENIENT)

    assert case.gate("--train-data", "train.jsonl") == 5
    told = re.search(r"ladder (record write \S+ --train-data) PATH --key KEY", case.out)
    assert told is not None, case.out
    assert "unsigned: allow" in case.out

    assert case.call(*told[1].split(), "train.jsonl") == 0
    assert "anybody could have written it" in case.out
    assert case.gate("--train-data", "train.jsonl") == 0, case.out

    Path("train.jsonl").write_text('{"input": "1", "target": "4"}\n')
    assert case.gate("--train-data", "train.jsonl") == 5
