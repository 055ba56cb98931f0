"""What holds for every file and every scorer: order, repeats, growth, and what nobody may see."""

import hashlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ladder.data import Sample, split_samples
from ladder.decision import Decision, decide
from ladder.levers import LEVERS as ALL_LEVERS
from ladder.levers import Lever
from ladder.measure import TaskData
from ladder.search.climb import climb_task
from ladder.search.confirm.looks import Looks
from ladder.search.ledger import AttemptStatus, Configuration, Ledger
from ladder.search.problem import Problem, Progress
from ladder.search.select.units import split_by_index
from ladder.spec.candidate import Candidate
from ladder.spec.load_task import load_task
from ladder.spec.task import TaskSpec
from ladder.statistics.arrays import FloatArray, IntArray

LEVERS = [[1, 2], [1, 2, 3]]
TARGET = 0.75
TASK: TaskSpec = load_task(
    {
        "name": "properties",
        "model": "scripted:none",
        "data": "absent.jsonl",
        "prompt": "{{ input }}",
        "target": TARGET,
        "seed": 3,
    }
)

rates = st.sampled_from([0.4, 0.68, 0.75, 0.8, 0.95])
shuffles = st.randoms(use_true_random=False)
few = settings(max_examples=20)


def luck(text: str) -> float:
    """Return a number in [0, 1) that depends on a text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def score_of(name: str, configuration: Configuration, rate: float) -> float:
    """Return whether a sample is right: by its content, and better with the second lever."""
    bonus = 0.1 * (configuration[1] == 2)
    return float(luck(f"{name} {configuration[0]}") < rate - 0.1 + bonus)


@dataclass
class Told(Problem):
    """A problem over samples whose scores depend on their content; it notes what it is told."""

    samples: Sequence[Sample]
    rate: float
    proposals: list[tuple[int, Configuration]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.samples)

    @property
    def levers(self) -> tuple[str, ...]:
        return "prompt", "few_shot"

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        self.proposals.append((lever, parent))
        return tuple(parent.with_slot(lever, slot) for slot in LEVERS[lever])

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        del lever, parent
        return "nothing_to_try", "no material"

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        inputs = [self.samples[at].input for at in indices]
        return np.array([score_of(text, configuration, self.rate) for text in inputs])

    def signals(self, configuration: Configuration, indices: IntArray) -> tuple[FloatArray, ...]:
        return (self.scores(configuration, indices),)


def samples_of(n: int, *, salt: int = 0, clusters: int = 0) -> list[Sample]:
    """Return samples with contents of their own, in clusters if asked for."""
    return [
        Sample(
            id=f"{salt}-{at}",
            input=f"question {salt} {at}",
            targets=("x",),
            cluster=f"{salt} c{at % clusters}" if clusters else None,
        )
        for at in range(n)
    ]


def climbed(samples: Sequence[Sample], rate: float) -> Ledger:
    """Return the ledger of the task's climb over some samples."""
    return climb_task(Told(samples, rate), TaskData(TASK, samples), looks=Looks())


@pytest.mark.slow
@few
@given(rates, st.sampled_from([0, 40]), st.integers(0, 50), shuffles)
def test_the_order_of_the_file_changes_nothing_in_a_tasks_ledger(
    rate: float, clusters: int, salt: int, random: Random
) -> None:
    samples = samples_of(160, salt=salt, clusters=clusters)
    shuffled = random.sample(samples, len(samples))

    assert climbed(samples, rate) == climbed(shuffled, rate)


@pytest.mark.slow
@few
@given(rates, st.lists(st.integers(0, 119), max_size=60), st.integers(0, 50), shuffles)
def test_repeated_rows_change_nothing_in_a_tasks_ledger(
    rate: float, repeated: list[int], salt: int, random: Random
) -> None:
    samples = samples_of(120, salt=salt)
    again = [replace(samples[at], id=f"{at} again") for at in repeated]
    same_ids = [samples[at] for at in repeated]

    for more in (again, same_ids):
        mixed = random.sample([*samples, *more], len(samples) + len(more))
        assert climbed(mixed, rate) == climbed(samples, rate)


@pytest.mark.slow
@few
@given(rates, st.integers(0, 50), shuffles, st.sampled_from([1, 4]))
def test_labelled_samples_are_decided_alike_in_any_order(
    rate: float, salt: int, random: Random, size: int
) -> None:
    names = [f"{salt} {at}" for at in range(200)]
    label = {name: f"{salt} {at // size}" for at, name in enumerate(names)}
    shuffled = random.sample(names, len(names))

    one, other = (_decided(order, label, rate) for order in (names, shuffled))

    assert one == other


def _decided(names: Sequence[str], label: dict[str, str], rate: float) -> Decision:
    def score(configuration: Configuration, indices: IntArray) -> list[float]:
        return [score_of(names[at], configuration, rate) for at in indices]

    clusters = [label[name] for name in names]
    return decide(LEVERS, score, n=len(names), target=TARGET, clusters=clusters)


@given(
    st.lists(st.text(max_size=4), max_size=20),
    st.lists(st.tuples(st.text(max_size=4), st.sampled_from(["a", "b", "new"])), max_size=20),
    shuffles,
)
def test_neither_repeats_nor_more_examples_move_one_across_the_split(
    inputs: list[str], more: list[tuple[str, str]], random: Random
) -> None:
    samples = [Sample(id=name, input=name, targets=("x",)) for name in inputs]
    extra = [Sample(id=name, input=text, targets=("y",)) for text, name in more]
    grown = random.sample([*samples, *extra], len(samples) + len(extra))

    assert {s.input for s in _aside(samples)} == {
        s.input for s in _aside(grown) if s.input in inputs
    }


def _aside(samples: Sequence[Sample]) -> list[Sample]:
    return [samples[at] for at in split_samples(samples).confirmation]


Score = Callable[[Configuration, IntArray], FloatArray]


def with_other_confirmation(n: int, rate: float, salt: int) -> Score:
    """Return a scorer whose selection scores never change, and confirmation's do with `salt`."""
    aside = np.isin(np.arange(n), split_by_index(n)[1])

    def score(configuration: Configuration, indices: IntArray) -> FloatArray:
        names = [f"{at} {salt}" if aside[at] else str(at) for at in indices]
        return np.array([score_of(name, configuration, rate) for name in names])

    return score


@pytest.mark.slow
@settings(max_examples=30)
@given(st.sampled_from([0.7, 0.75, 0.78]), st.integers(1, 10_000), st.integers(10_001, 20_000))
def test_two_undecided_runs_tell_the_same_whatever_the_confirmation_scores(
    rate: float, salt: int, other: int
) -> None:
    kept = Looks(), Looks()

    one, two = (
        decide(LEVERS, with_other_confirmation(150, rate, each), n=150, target=TARGET, looks=looks)
        for each, looks in zip((salt, other), kept, strict=True)
    )
    assume(one.verdict == two.verdict == "inconclusive")

    assert one.model_dump_json() == two.model_dump_json()
    assert kept[0].record == kept[1].record
    assert one.confirmation is None


@few
@given(st.sampled_from([0.4, 0.7]), st.integers(0, 1_000), st.integers(1_001, 2_000))
@pytest.mark.slow
def test_what_levers_and_watchers_are_told_names_no_score_kept_aside(
    rate: float, salt: int, other: int
) -> None:
    samples = samples_of(120)
    watched = [_watched(samples, rate, each) for each in (salt, other)]
    assume(watched[0][2] == watched[1][2])

    assert watched[0][:2] == watched[1][:2]


class OtherAside(Told):
    """The same scores on the selection part, other luck on the confirmation part."""

    salt = 0

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        aside = {sample.input for sample in _aside(self.samples)}
        inputs = [self.samples[at].input for at in indices]
        names = [f"{text} {self.salt}" if text in aside else text for text in inputs]
        return np.array([score_of(name, configuration, self.rate) for name in names])


def _watched(
    samples: Sequence[Sample], rate: float, salt: int
) -> tuple[list[tuple[int, Configuration]], list[Progress], list[tuple[str, bool]]]:
    seen: list[Progress] = []
    problem = OtherAside(samples, rate)
    problem.salt = salt
    ledger = climb_task(problem, TaskData(TASK, samples), looks=Looks(), observer=seen.append)
    looks: list[tuple[str, bool]] = [(look.question, look.passed) for look in ledger.looks]
    if ledger.confirmation is None:
        return problem.proposals, seen, looks
    # The verdict shows where its test stopped; watchers are told that last, and nothing before.
    assert (seen[-1].lever, seen[-1].n_seen) == ("confirmation", ledger.confirmation.n)
    return problem.proposals, seen[:-1], looks


@pytest.mark.parametrize("lever", ALL_LEVERS, ids=lambda lever: str(lever.name))
def test_a_lever_is_given_the_task_and_the_best_so_far_and_no_score(lever: type[Lever]) -> None:
    for method in (lever.propose, lever.why_nothing, getattr(lever, "ceiling", lever.propose)):
        assert list(inspect.signature(method).parameters) == ["self", "task", "best"]
    assert not {"score", "scores", "ledger"} & set(Candidate.model_fields)
