"""Baseline evals: everything that is compared afterwards is measured before, on the same questions."""

from collections.abc import Iterator, Sequence

from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.finetune.checklist import CheckOutcome
from ladder.finetune.evaluation.before_and_after import Evaluation, EvaluationScores, summarise
from ladder.finetune.evaluation.classifier import SimplerMethod, check_simpler, score_simpler
from ladder.finetune.permit import Permit
from ladder.finetune.rows.row_parts import RowParts
from ladder.measure import Workbench
from ladder.spec.task import TaskSpec


def check_baselines(
    permit: Permit,
    task: TaskSpec,
    evals: Sequence[Sample],
    rows: RowParts,
    *,
    evaluation: Evaluation,
    bench: Workbench,
) -> CheckOutcome[tuple[EvaluationScores, tuple[SimplerMethod, ...]]]:
    """Return the scores of what training starts from, and of methods simpler than it.

    T04 a classifier reaches the target, E02 an ability that the base model does not have cannot be
    lost.

    Raises:
        EvidenceError: What was measured is another task or other eval data.
    """
    permit.check(task, evals)
    before = evaluation.score(bench, permit.start)
    simple = score_simpler(task, rows.train, evals, bench.metric)
    findings = [*check_simpler(simple, task), *_absent(before)]
    start = summarise(before.task)
    told = [
        f"start {start.score:.2f} on {start.n} confirmation samples",
        *(f"{name} {summarise(scores).score:.2f}" for name, scores in before.abilities.items()),
    ]
    table = [("method", "score", "n"), ("start, no adapter", f"{start.score:.2f}", f"{start.n}")]
    table += [(each.name, f"{each.score:.2f}", f"{each.n} selection samples") for each in simple]
    return CheckOutcome((before, simple), ", ".join(told), findings, table)


def _absent(before: EvaluationScores) -> Iterator[Finding]:
    none = [name for name, scores in before.abilities.items() if not any(scores)]
    if none:
        yield Finding(
            code="E02 ability-absent",
            severity="info",
            problem=f"The base model has none of {', '.join(none)}; what it has not it cannot lose.",
            next_step="Name questions that it answers today: training.abilities.",
        )
