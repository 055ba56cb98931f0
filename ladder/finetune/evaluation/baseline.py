"""Baseline evals: everything that is compared afterwards is measured before, on the same questions."""

from collections.abc import Sequence

from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.finetune.checklist import Checked
from ladder.finetune.evaluation.before_and_after import Exam, Marks, summarise
from ladder.finetune.evaluation.classifier import Simple, check_simple, score_simple
from ladder.finetune.permit import Permit
from ladder.finetune.rows.parts import Rows
from ladder.frozen import Frozen
from ladder.measure import Workbench
from ladder.spec.task import TaskSpec


class Baselines(Frozen):
    """What was measured before the training.

    Attributes:
        simple: Methods without a language model, where the targets are labels.
    """

    simple: tuple[Simple, ...] = ()


def check_baselines(
    permit: Permit,
    task: TaskSpec,
    evals: Sequence[Sample],
    rows: Rows,
    *,
    exam: Exam,
    bench: Workbench,
) -> Checked[tuple[Marks, Baselines]]:
    """Return the marks of what training starts from, and of methods simpler than it.

    T04 a classifier reaches the target, E02 an ability that the base model does not have cannot be
    lost.

    Raises:
        EvidenceError: What was measured is another task or other eval data.
    """
    permit.check(task, evals)
    marks = exam.sit(bench, permit.start)
    simple = score_simple(task, rows.train, evals, bench.metric)
    findings = [*check_simple(simple, task), *_absent(marks)]
    start = summarise(marks.task)
    told = [
        f"start {start.score:.2f} on {start.n} confirmation samples",
        *(f"{name} {summarise(scores).score:.2f}" for name, scores in marks.abilities.items()),
    ]
    table = [("method", "score", "n"), ("start, no adapter", f"{start.score:.2f}", f"{start.n}")]
    table += [(each.name, f"{each.score:.2f}", f"{each.n} selection samples") for each in simple]
    return Checked((marks, Baselines(simple=simple)), ", ".join(told), findings, table)


def _absent(marks: Marks) -> list[Finding]:
    none = [name for name, scores in marks.abilities.items() if not any(scores)]
    if not none:
        return []
    return [
        Finding(
            code="E02 ability-absent",
            severity="info",
            problem=f"The base model has none of {', '.join(none)}; what it has not it cannot lose.",
            next_step="Name questions that it answers today: training.abilities.",
        )
    ]
