"""Before and after, question by question: the task's parts, and what else the model can do."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import as_file, files
from typing import TypeVar

import numpy as np

from ladder.data.load import load_samples
from ladder.data.sample import Sample
from ladder.finetune.report import Ability, Score
from ladder.measure import Workbench
from ladder.scoring import load_metric
from ladder.spec.candidate import Candidate, Decoding, Prompt
from ladder.spec.task import DataSource, MetricSpec, Training
from ladder.statistics import mcnemar, wilson

_MAX_NEW_TOKENS = 24
_ALPHA = 0.05
_T = TypeVar("_T")


def load_abilities(training: Training) -> dict[str, list[Sample]]:
    """Return the questions of each other ability: those ladder brings, and the user's file.

    The user's file has the columns `input`, `target` and, optionally, `ability`.
    """
    with as_file(files("ladder.finetune").joinpath("abilities.jsonl")) as path:
        questions = load_samples(DataSource(path=str(path)))
    if training.abilities is not None:
        questions = [*questions, *load_samples(DataSource(path=training.abilities))]
    abilities: dict[str, list[Sample]] = {}
    for question in questions:
        abilities.setdefault(str(question.columns.get("ability", "yours")), []).append(question)
    return abilities


def score_abilities(
    bench: Workbench, candidate: Candidate, places: Mapping[str, Sequence[int]]
) -> dict[str, list[float]]:
    """Return a score a question: 1 where the target stands in the answer as a word.

    The questions are asked plainly, whatever prompt or passages the task adds to its own.
    """
    metric = load_metric(MetricSpec(reading="lenient"))
    plain = candidate.replace(
        prompt=Prompt(),
        decoding=Decoding(max_new_tokens=_MAX_NEW_TOKENS),
        retrieval=None,
        reranking=None,
        examples=None,
    )
    return {
        name: [
            0.0 if row.answer.error else metric.score(row.answer.text, bench.samples[at].targets)
            for at, row in zip(positions, bench.measure(plain, positions).rows, strict=True)
        ]
        for name, positions in places.items()
    }


def score_task(bench: Workbench, candidate: Candidate, positions: Sequence[int]) -> list[float]:
    """Return the task's own metric, a number a sample."""
    return [row.score for row in bench.measure(candidate, positions).rows]


def compare_abilities(
    before: Mapping[str, Sequence[float]], after: Mapping[str, Sequence[float]]
) -> tuple[Ability, ...]:
    """Return each ability with the paired test of its change, corrected for their number."""
    pairs = {name: list(zip(before[name], after[name], strict=True)) for name in before}
    wins = {name: sum(b < a for b, a in both) for name, both in pairs.items()}
    losses = {name: sum(a < b for b, a in both) for name, both in pairs.items()}
    p_values = holm({name: mcnemar(wins[name], losses[name]) for name in pairs})
    return tuple(
        Ability(
            name=name,
            n=len(both),
            before=float(np.mean([b for b, _ in both])),
            after=float(np.mean([a for _, a in both])),
            wins=wins[name],
            losses=losses[name],
            p_value=p_values[name],
            is_worse=losses[name] > wins[name] and p_values[name] <= _ALPHA,
        )
        for name, both in pairs.items()
    )


def holm(p_values: Mapping[_T, float]) -> dict[_T, float]:
    """Return p-values corrected for being several (Holm 1979).

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'c': 0.06, 'b': 0.06}
    """
    corrected: dict[_T, float] = {}
    largest = 0.0
    for place, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, p_value * (len(p_values) - place)))
        corrected[name] = largest
    return corrected


def summarise(scores: Iterable[float]) -> Score:
    """Return mean and 95 % interval of scores.

    >>> summarise([1.0, 1.0, 0.0, 1.0]).score
    0.75
    """
    values = list(scores)
    interval = wilson(sum(values), len(values))
    return Score(n=len(values), score=float(np.mean(values)), low=interval.low, high=interval.high)
