"""Whole runs of a task that limits what a candidate may cost; a function answers for the model."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ladder.api import check_task, plan_run, run, run_folder_of
from ladder.decision import Decision
from ladder.errors import EvidenceRefusedError
from ladder.gate.contradictions import check_consistent, check_question
from ladder.gate.evidence import read_record
from ladder.gate.recompute import check_recomputed, recompute
from ladder.measure import candidate_cost
from ladder.models.base import Answer, Request
from ladder.models.scripted import register_scripted
from ladder.spec.load_task import load_task
from ladder.testing import Scripted, write_task
from ladder.testing.task_files import (
    Answers,
    answer_right,
    answer_with_examples,
    answer_wrong,
    number_in,
    triples,
)

pytestmark = pytest.mark.slow

PROMPT = "Three times {{ input }} is"


def limited(
    folder: Path, model: Answers | Scripted | str, limits: dict[str, float], **fields: Any
) -> tuple[Decision, Path]:
    """Return the decision of a run in which two examples cost 14 tokens instead of 4, and its folder."""
    task = write_task(
        folder,
        model,
        rows=triples(240),
        pool=triples(20, start=1000),
        prompt=PROMPT,
        limits=limits,
        **fields,
    )
    return run(task, runs_folder=folder / "runs"), run_folder_of(task, folder / "runs")


class Timed(Scripted):
    """Answers right where there are examples, and takes so many seconds by the length of the prompt."""

    def __init__(self, answer: Answers, *, name: str, slower: float = 1.0) -> None:
        super().__init__(answer, name=name)
        self._slower = slower

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer each request, a tenth of a second a word of its prompt."""
        for position, answer in super().generate(requests):
            seconds = self._slower * answer.prompt_tokens / 10
            yield position, dataclasses.replace(answer, seconds=seconds)


def test_a_dear_stack_that_reaches_the_target_no_longer_blocks_a_training(tmp_path: Path) -> None:
    free, _ = limited(tmp_path / "free", answer_with_examples, {})
    decision, folder = limited(tmp_path / "held", answer_with_examples, {"prompt_tokens": 8})

    assert free.verdict == "use_lever"
    assert decision.verdict == "fine_tune"
    assert "Beyond the limits, few_shot 2 random scores 1.00 on the selection part" in (
        decision.sentence
    )
    assert "3.5 times the prompt tokens of the baseline (14, and the limit is 8)" in (
        decision.sentence
    )
    assert [each.standing for each in decision.ledger.costs] == ["within", "beyond"]
    assert all(not any(look.configuration) for look in decision.ledger.looks)
    task = load_task(tmp_path / "held" / "task.json")
    check_recomputed(recompute(folder, task), decision, folder)


@pytest.mark.parametrize(
    ("limits", "verdict", "words"),
    [
        ({"prompt_tokens": 20}, "use_lever", "Worked examples reach the target within the limits."),
        (
            {"prompt_tokens": 2},
            "inconclusive",
            "no candidate is shown to be within the limits: prompt tokens 4 of 2",
        ),
        ({"money_per_1000": 1.0}, "inconclusive", "money not known: prices.per_million_tokens"),
        ({"seconds_p95": 1.0}, "inconclusive", "nobody measured how long answers took"),
        ({"memory_gib": 1.0}, "inconclusive", "memory not known: it has no weights here"),
    ],
    ids=["met", "met by nobody", "no price", "no clock", "no weights"],
)
def test_a_limit_that_is_met_lets_a_candidate_win_and_one_that_nobody_meets_ends_open(
    tmp_path: Path, limits: dict[str, float], verdict: str, words: str
) -> None:
    decision, _ = limited(tmp_path, answer_with_examples, limits)

    assert decision.verdict == verdict
    assert words in decision.sentence


def test_what_nobody_measured_is_neither_within_nor_beyond(tmp_path: Path) -> None:
    """A right model could win were its unknown cost 0, and a wrong one be trained were it too dear."""
    priced = {"per_million_tokens": {f"scripted:{tmp_path / 'a'}": {"prompt": 100, "answer": 100}}}
    right, _ = limited(tmp_path / "b", answer_right, {"money_per_1000": 9.0}, prices=priced)
    dear, _ = limited(tmp_path / "c", answer_wrong, {"money_per_1000": 9.0}, prices=priced)
    known, _ = limited(tmp_path / "a", answer_right, {"money_per_1000": 9.0}, prices=priced)

    assert [right.verdict, dear.verdict, known.verdict] == [
        "inconclusive",
        "inconclusive",
        "already_good",
    ]


class Uncounted(Scripted):
    """Tells no tokens of one answer in 25, and needs very long prompts for 2 in 100."""

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer each request."""
        for position, answer in super().generate(requests):
            number = number_in(requests[position])
            tokens = 0 if number % 25 == 0 else 9000 if number % 25 == 7 else 50
            yield (
                position,
                dataclasses.replace(answer, prompt_tokens=tokens, completion_tokens=min(tokens, 1)),
            )


@pytest.mark.parametrize(
    ("limits", "verdict", "words"),
    [
        ({"prompt_tokens": 2000}, "inconclusive", "prompt tokens 50 of 2,000, between 50 and"),
        ({"prompt_tokens": 9000}, "inconclusive", "and any more"),
        ({"money_per_1000": 1.0}, "inconclusive", "the server tells no tokens of"),
    ],
    ids=["the longest are among them", "any of them may be longer", "money"],
)
def test_tokens_that_nobody_counted_are_not_counted_as_none(
    tmp_path: Path, limits: dict[str, float], verdict: str, words: str
) -> None:
    model = register_scripted(Uncounted(answer_right, name=str(tmp_path)))
    priced = {"per_million_tokens": {model: {"prompt": 0.001, "answer": 0.001}}}

    decision, _ = limited(tmp_path, model, limits, prices=priced)

    assert decision.verdict == verdict
    assert words in decision.sentence


def test_a_run_that_goes_on_does_not_measure_its_time_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that is busy by then turns no verdict: what was measured once stands."""
    monkeypatch.setattr(candidate_cost, "waiting_for_a_core", lambda: 0.1)
    model = register_scripted(Timed(answer_with_examples, name=str(tmp_path)))
    first, folder = limited(tmp_path, model, {"seconds_p95": 0.8})
    (folder / "decision.json").unlink()
    monkeypatch.setattr(candidate_cost, "waiting_for_a_core", lambda: 9.0)
    slow = Timed(answer_with_examples, name=str(tmp_path), slower=100)
    register_scripted(slow)
    again, _ = limited(tmp_path, model, {"seconds_p95": 0.8})

    assert first.verdict == again.verdict == "fine_tune"
    assert first.ledger.costs == again.ledger.costs
    assert slow.calls == 0
    assert first.ledger.costs[0].bounds[0].where == "on this machine, one at a time"


def test_a_record_for_other_limits_is_refused(tmp_path: Path) -> None:
    _, folder = limited(tmp_path, answer_with_examples, {"prompt_tokens": 8})
    record, _ = read_record(folder)
    told = record.predicate
    task = load_task(tmp_path / "task.json")
    others = task.replace(limits=task.limits.replace(prompt_tokens=9))

    assert told.limits == {"prompt_tokens": 8.0}
    assert told.limits_sha256 is not None
    assert [each.high for each in told.costs] == [4.0]
    check_question(record, task, "here")
    with pytest.raises(EvidenceRefusedError, match="limits"):
        check_question(record, others, "here")
    for forged in (
        told.replace(limits={"prompt_tokens": 9.0}),
        told.replace(costs=tuple(each.replace(most=9.0) for each in told.costs)),
        told.replace(verdict="use_lever", costs=()),
        told.replace(verdict="use_lever", costs=tuple(e.replace(high=9.0) for e in told.costs)),
    ):
        with pytest.raises(EvidenceRefusedError, match="contradicts itself"):
            check_consistent(record.model_copy(update={"predicate": forged}), "here")


@pytest.mark.parametrize(
    ("limits", "fields", "words"),
    [
        ({"money_per_1000": 1.0}, {}, "does not name scripted:"),
        ({"memory_gib": 1.0}, {}, "it has no weights here"),
        ({"prompt_tokens": 9}, {}, "that takes 72"),
        ({"memory_gib": 1.0}, {"model": {"id": "m", "base_url": "http://h/v1"}}, "at a server"),
        ({"seconds_p95": 1.0}, {"model": "recorded:eval.jsonl"}, "and not what they took"),
    ],
    ids=["no price", "no weights", "too few rows", "a server", "a recording"],
)
def test_a_limit_that_nothing_can_measure_is_told_before_the_first_call(
    tmp_path: Path, limits: dict[str, float], fields: dict[str, Any], words: str
) -> None:
    asked = Scripted(answer_right, name=str(tmp_path))
    model = fields.get("model", asked)
    task = write_task(tmp_path, model, rows=triples(120), limits=limits)

    found = [each for each in check_task(task) if each.code.startswith("W16")]
    plan = plan_run(task, runs_folder=tmp_path / "runs")

    assert any(words in each.problem and each.next_step for each in found)
    assert any(words in note for note in plan.notes)
    assert not asked.calls


class Batched(Timed):
    """Takes half a second for a prompt that is asked alone, and a hundredth in a batch."""

    answers_in_batches = True

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer all requests at once."""
        seconds = 0.5 if len(requests) == 1 else 0.01
        for position, answer in super().generate(requests):
            yield position, dataclasses.replace(answer, seconds=seconds)


@pytest.mark.parametrize(
    ("load", "most", "answer", "verdict"),
    [
        (0.1, 1.0, answer_right, "already_good"),
        (0.1, 0.2, answer_right, "inconclusive"),
        (9.0, 1.0, answer_right, "already_good"),
        (9.0, 0.2, answer_right, "inconclusive"),
        (0.1, 1.0, answer_wrong, "fine_tune"),
        (9.0, 0.2, answer_wrong, "inconclusive"),
    ],
    ids=["within", "beyond", "within though busy", "busy", "wrong and within", "wrong and busy"],
)
def test_time_in_batches_is_no_time_and_a_busy_machine_shows_nothing_beyond(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    load: float,
    most: float,
    answer: Answers,
    verdict: str,
) -> None:
    monkeypatch.setattr(candidate_cost, "waiting_for_a_core", lambda: load)
    model = register_scripted(Batched(answer, name=str(tmp_path)))

    decision, _ = limited(tmp_path, model, {"seconds_p95": most})

    [bound] = decision.ledger.costs[0].bounds
    assert decision.verdict == verdict
    assert bound.value == 0.5
    assert bound.where.startswith("on this machine, one at a time")
    assert (bound.standing == "beyond") == (most < 0.5 and load < 1)


def test_what_passed_without_limits_does_not_win_where_it_is_not_shown_to_be_within(
    tmp_path: Path,
) -> None:
    """Too few rows show what 19 of 20 prompts take, and an earlier pass says nothing of costs."""
    task = write_task(
        tmp_path,
        answer_with_examples,
        rows=triples(150),
        pool=triples(20, start=1000),
        confirmation="sealed",
    )
    free = run(task, runs_folder=tmp_path / "runs")
    held = run(
        {**load_task(task).model_dump(mode="json"), "limits": {"prompt_tokens": 200}},
        runs_folder=tmp_path / "runs",
    )

    assert (free.verdict, held.verdict) == ("use_lever", "inconclusive")
    assert "is neither shown to be within the limits nor beyond them" in held.ledger.reason
