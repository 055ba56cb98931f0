"""`foresee`: what a policy would object to in a task's verdict fine_tune, before anything is run."""

from collections.abc import Iterator, Sequence

from ladder.finding import Finding
from ladder.gate.policy import Policy
from ladder.gate.rules import AskedOfRun, Objection, against_question, too_little
from ladder.gate.statement import TriedLever
from ladder.levers.base import Lever, without_classifiers
from ladder.spec.task import TaskSpec
from ladder.version import __version__


def foresee(task: TaskSpec, levers: Sequence[Lever], *, n: int, policy: Policy) -> list[Objection]:
    """Return what a policy would object to even if every proposal of every lever were scored.

    A lever without material is left out: it bars the verdict itself, and the check of levers says so.
    """
    tried = [_at_most(task, lever) for lever in levers]
    asked = AskedOfRun(
        metric=task.metric.name,
        reading=task.metric.reading,
        n=n,
        target=task.share,
        at_least=task.metric.at_least,
        version=__version__,
    )
    barred = {each.lever for each in tried if each.status == "untested"}
    return [
        *against_question(policy, asked),
        *(each for each in too_little(tried, policy) if each.rule not in barred),
    ]


def check_foreseen(
    task: TaskSpec, levers: Sequence[Lever], *, n: int, policy: Policy
) -> Iterator[Finding]:
    """Yield all that training and gate would refuse in a verdict fine_tune, as W05."""
    found = foresee(task, levers, n=n, policy=policy)
    if not found:
        return
    yield Finding(
        code="W05 policy-unmet",
        severity="warning",
        problem=f"{_who(task)} would not accept a verdict fine_tune of this "
        f"task: {'; '.join(each.problem for each in found)}.",
        next_step=" ".join(dict.fromkeys(each.next_step for each in found)),
    )


def _who(task: TaskSpec) -> str:
    return "`ladder gate`" if task.question == "retire" else "`ladder train` and `ladder gate`"


def _at_most(task: TaskSpec, lever: Lever) -> TriedLever:
    """Return the record of a lever as it would be if all its proposals were scored."""
    baseline = task.baseline()
    proposals = without_classifiers(lever.propose(task, baseline))
    status, reason = ("no_gain", "") if proposals else lever.why_nothing(task, baseline)
    names = tuple(f"{lever.name} {at}" for at in range(1, len(proposals) + 1))
    return TriedLever(lever=lever.name, status=status, reason=reason, variants=names)
