"""`measure_adapter`: an adapter measured as a Candidate like any other, and the report about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ladder.data.sample import Sample
from ladder.finetune.evaluation.before_and_after import (
    Evaluation,
    EvaluationScores,
    compare_scores,
    summarise,
)
from ladder.finetune.evaluation.reaches_target import (
    PAIRED,
    against_reference,
    class_words,
    reaches_target,
    spend_alpha,
)
from ladder.finetune.permit import Permit
from ladder.finetune.report import TrainingCost, TrainingReport, write_sentence
from ladder.finetune.versions.adapter_version import verify_adapter
from ladder.frozen import digest_of
from ladder.measure import Workbench
from ladder.spec.task import TaskSpec
from ladder.statistics import mcnemar_worse

_FROM_MANIFEST = ("rows", "steps", "best_step", "losses", "validation_losses", "shown")


@dataclass(frozen=True, slots=True)
class MeasuredAdapter:
    """The report so far, and what the last parts of the plan look at.

    Attributes:
        report: Without the plan.
        before, after: The marks of both candidates.
        answers: What the adapter says on the training rows, by part.
    """

    report: TrainingReport
    before: EvaluationScores
    after: EvaluationScores
    answers: dict[str, tuple[str, ...]]


def measure_adapter(  # noqa: PLR0913 - one call, each by its name
    permit: Permit,
    task: TaskSpec,
    evals: Sequence[Sample],
    *,
    evaluation: Evaluation,
    bench: Workbench,
    before: EvaluationScores,
    adapter: Path,
) -> MeasuredAdapter:
    """Return what the adapter in a version's folder gained, and what it cost elsewhere.

    The confirmation part is asked once for this adapter, at the level that is left to it. Every
    other score is there to be looked at: no claim rests on it.
    """
    manifest = verify_adapter(adapter, base_model=permit.base_model)
    candidate = permit.start.replace(adapter=str(adapter))
    level = spend_alpha(
        adapter.parent / "tests.json",
        eval_data=permit.eval_data,
        adapter=digest_of(manifest["files"]),
    )
    after = evaluation.score(bench, candidate)
    parts = evaluation.parts_of(bench, candidate)
    by_position = dict(zip(evaluation.confirmation, after.task, strict=True))
    asked, mark = by_position, task.share
    kind: str = bench.metric.kind
    if mark is None:
        asked = against_reference(bench, candidate, task, evaluation.confirmation)
        kind = PAIRED if kind == "binary" else "graded"
        difference = 2 * float(np.mean([*asked.values()])) - 1
        mark = max(summarise(after.task).score - difference - (1 - 2 * task.edge), 0.0)
    passed = reaches_target(asked, evals, task, kind=kind, alpha=level)
    abilities = compare_scores(before.abilities, after.abilities)
    summary = summarise(after.task)
    report = TrainingReport(
        task=task.name,
        verdict="reached" if passed else "not_reached",
        sentence=write_sentence(
            target=mark,
            after=summary,
            abilities=abilities,
            passed=passed,
            classes=class_words(by_position, evals, task),
        ),
        target=mark,
        alpha=level,
        before=summarise(before.task),
        after=summary,
        parts={name: summarise(row.score for row in rows) for name, rows in parts.items()},
        abilities=abilities,
        safety=compare_scores(before.safety, after.safety, mcnemar_worse),
        candidate=candidate,
        adapter=str(adapter),
        decision=permit.decision,
        cost=TrainingCost.model_validate(manifest["cost"]),
        **{name: manifest[name] for name in _FROM_MANIFEST},
    )
    answers = {name: tuple(row.answer.text for row in rows) for name, rows in parts.items()}
    return MeasuredAdapter(report, before, after, answers)
