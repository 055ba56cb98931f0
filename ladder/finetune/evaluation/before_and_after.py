"""`Evaluation`: what is asked before and after the training, and the paired tests of the difference."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import accumulate, pairwise

import numpy as np

from ladder.data.load_samples import load_samples
from ladder.data.sample import Sample
from ladder.finetune.evaluation.reaches_target import confirmation_positions
from ladder.finetune.evaluation.safety import WORSE_LEVEL, asked_plainly, load_safety, score_safety
from ladder.finetune.report import Ability, Score
from ladder.finetune.rows.row_parts import RowParts
from ladder.measure import Workbench
from ladder.measure.measurement import Scored
from ladder.scoring import load_metric
from ladder.spec.candidate import Candidate
from ladder.spec.data_source import DataSource
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.training import Training
from ladder.statistics import holm, mcnemar, wilson

_MAX_NEW_TOKENS = 24
_MOST_SCORED = 100


@dataclass(frozen=True, slots=True)
class EvaluationScores:
    """What one candidate scores in the evaluation: a number a question, in the questions' order.

    Attributes:
        task: Scores on the confirmation part.
        abilities, safety: Scores by name.
        answers: Every answer's text, task, abilities and safety in a row.
    """

    task: list[float]
    abilities: dict[str, list[float]]
    safety: dict[str, list[float]]
    answers: tuple[str, ...]


class Evaluation:
    """All that is asked, as one list of samples, so that each model is loaded once.

    Args:
        evals: The eval data, of which the confirmation part is asked.
        rows: The training rows in their parts, of which at most 100 each are asked.
        training: For the user's own questions and prompts.
        closed: Positions of eval samples that a verdict before the run showed.
    """

    def __init__(
        self,
        evals: Sequence[Sample],
        rows: RowParts,
        training: Training,
        *,
        closed: Collection[int] = (),
    ) -> None:
        abilities = load_abilities(training)
        sets: dict[str, Sequence[Sample]] = {
            "evals": evals,
            **{name: part[:_MOST_SCORED] for name, part in rows.by_name.items()},
            **{f"ability {name}": questions for name, questions in abilities.items()},
            "safety": load_safety(training.review),
        }
        ends = [0, *accumulate(len(samples) for samples in sets.values())]
        places = dict(zip(sets, (range(*pair) for pair in pairwise(ends)), strict=True))
        self.samples = [sample for samples in sets.values() for sample in samples]
        self.confirmation = confirmation_positions(evals, closed)
        self.parts = {name: places[name] for name in rows.by_name}
        self.abilities = {name: places[f"ability {name}"] for name in abilities}
        self.safety = places["safety"]

    def score(self, bench: Workbench, candidate: Candidate) -> EvaluationScores:
        """Return the scores on the confirmation part, the other abilities and the safety prompts."""
        task = bench.measure(candidate, self.confirmation).rows
        return EvaluationScores(
            task=[row.score for row in task],
            abilities=score_abilities(bench, candidate, self.abilities),
            safety=score_safety(bench, candidate, self.safety),
            answers=tuple(row.answer.text for row in task),
        )

    def parts_of(self, bench: Workbench, candidate: Candidate) -> dict[str, tuple[Scored, ...]]:
        """Return the answers on the training rows' three parts, scored by the task's metric."""
        return {name: bench.measure(candidate, at).rows for name, at in self.parts.items()}


def load_abilities(training: Training) -> dict[str, list[Sample]]:
    """Return the questions of each other ability: those ladder brings, and the user's file.

    The user's file has the columns `input`, `target` and, optionally, `ability`.
    """
    with as_file(files("ladder.finetune.evaluation").joinpath("abilities.jsonl")) as path:
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
    plain = asked_plainly(candidate, max_new_tokens=_MAX_NEW_TOKENS)
    return {
        name: [
            0.0 if row.answer.error else metric.score(row.answer.text, bench.samples[at].targets)
            for at, row in zip(positions, bench.measure(plain, positions).rows, strict=True)
        ]
        for name, positions in places.items()
    }


def compare_scores(
    before: Mapping[str, Sequence[float]],
    after: Mapping[str, Sequence[float]],
    test: Callable[[int, int], float] = mcnemar,
) -> tuple[Ability, ...]:
    """Return each ability with the paired test of its change, corrected for their number."""
    pairs = {name: list(zip(before[name], after[name], strict=True)) for name in before}
    wins = {name: sum(b < a for b, a in both) for name, both in pairs.items()}
    losses = {name: sum(a < b for b, a in both) for name, both in pairs.items()}
    p_values = holm({name: test(wins[name], losses[name]) for name in pairs})
    return tuple(
        Ability(
            name=name,
            n=len(both),
            before=float(np.mean([b for b, _ in both])),
            after=float(np.mean([a for _, a in both])),
            wins=wins[name],
            losses=losses[name],
            p_value=p_values[name],
            is_worse=losses[name] > wins[name] and p_values[name] <= WORSE_LEVEL,
        )
        for name, both in pairs.items()
    )


def summarise(scores: Iterable[float]) -> Score:
    """Return mean and 95 % interval of scores.

    >>> summarise([1.0, 1.0, 0.0, 1.0]).score
    0.75
    """
    values = list(scores)
    interval = wilson(sum(values), len(values))
    return Score(n=len(values), score=float(np.mean(values)), low=interval.low, high=interval.high)
