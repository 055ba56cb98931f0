"""After the training: the adapter is measured as a Candidate like any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

from ladder.data.sample import Sample
from ladder.finetune.adapter import verify_adapter
from ladder.finetune.exam import (
    compare_abilities,
    load_abilities,
    score_abilities,
    score_task,
    summarise,
)
from ladder.finetune.permit import Permit
from ladder.finetune.report import Cost, Score, TrainingReport, write_sentence
from ladder.finetune.rows import Rows, training_of
from ladder.finetune.verdict import confirmation_positions, reaches_target, spend_alpha
from ladder.measure import Workbench
from ladder.spec.base import digest_of
from ladder.spec.candidate import Candidate
from ladder.spec.finding import Finding
from ladder.spec.task import Budget, TaskSpec

_MOST_SCORED = 100
_FROM_MANIFEST = ("rows", "steps", "best_step", "losses", "validation_losses", "shown")


def measure_adapter(
    permit: Permit,
    task: TaskSpec,
    evals: Sequence[Sample],
    rows: Rows,
    *,
    adapter: Path,
    journal: Path,
) -> TrainingReport:
    """Return what the adapter in a version's folder gained, and what it cost elsewhere.

    The confirmation part is asked once for this adapter, at the level that is left to it. Every
    other score is there to be looked at: no claim rests on it.
    """
    manifest = verify_adapter(adapter, base_model=permit.base_model)
    after = permit.start.replace(adapter=str(adapter))
    exam = _Exam(evals, rows, load_abilities(training_of(task)))
    level = spend_alpha(
        adapter.parent / "tests.json",
        eval_data=permit.eval_data,
        adapter=digest_of(manifest["files"]),
    )
    with Workbench(task.replace(budget=Budget()), exam.samples, journal=journal) as bench:
        old = exam.sit(bench, permit.start)
        new = exam.sit(bench, after)
        parts = exam.score_parts(bench, after)
        kind = bench.metric.kind
    by_position = dict(zip(exam.confirmation, new.task, strict=True))
    passed = reaches_target(by_position, evals, task, kind=kind, alpha=level)
    abilities = compare_abilities(old.abilities, new.abilities)
    summary = summarise(new.task)
    return TrainingReport(
        task=task.name,
        verdict="reached" if passed else "not_reached",
        sentence=write_sentence(
            target=task.target, after=summary, abilities=abilities, passed=passed
        ),
        target=task.target,
        alpha=level,
        before=summarise(old.task),
        after=summary,
        parts=parts,
        abilities=abilities,
        candidate=after,
        adapter=str(adapter),
        decision=permit.decision,
        cost=Cost.model_validate(manifest["cost"]),
        findings=tuple(Finding.model_validate(each) for each in manifest["findings"]),
        **{name: manifest[name] for name in _FROM_MANIFEST},
    )


@dataclass(frozen=True, slots=True)
class _Scores:
    task: list[float]
    abilities: dict[str, list[float]]


class _Exam:
    """All that is asked, as one list of samples, so that each model is loaded once."""

    def __init__(
        self, evals: Sequence[Sample], rows: Rows, abilities: Mapping[str, Sequence[Sample]]
    ) -> None:
        parts = {"train": rows.train, "validation": rows.validation, "test": rows.test}
        sets = {
            "evals": evals,
            **{name: part[:_MOST_SCORED] for name, part in parts.items()},
            **{f"ability {name}": questions for name, questions in abilities.items()},
        }
        ends = [0, *accumulate(len(samples) for samples in sets.values())]
        places = dict(zip(sets, (range(*pair) for pair in pairwise(ends)), strict=True))
        self.samples = [sample for samples in sets.values() for sample in samples]
        self.confirmation = confirmation_positions(evals)
        self._parts = {name: places[name] for name in parts}
        self._abilities = {name: places[f"ability {name}"] for name in abilities}

    def sit(self, bench: Workbench, candidate: Candidate) -> _Scores:
        """Return the scores of the confirmation part and of the other abilities."""
        return _Scores(
            score_task(bench, candidate, self.confirmation),
            score_abilities(bench, candidate, self._abilities),
        )

    def score_parts(self, bench: Workbench, candidate: Candidate) -> dict[str, Score]:
        """Return the scores of the training rows' three parts, of at most 100 rows each."""
        return {
            name: summarise(score_task(bench, candidate, positions))
            for name, positions in self._parts.items()
        }
