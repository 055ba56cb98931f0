"""Checks for overfitting: scores on rows trained on against rows never seen, and targets learnt by heart."""

from collections.abc import Mapping, Sequence
from math import hypot

from ladder.data.sample import Sample
from ladder.data.split import normal_form
from ladder.finding import Finding
from ladder.finetune.checklist import CheckOutcome
from ladder.finetune.report import Score, TrainingReport
from ladder.statistics import wilson

MOST_GAP = 0.1
"""Difference between known and unknown rows that is tolerated; only a gap clearly above counts."""

_LONG_WORDS = 8


def check_overfitting(report: TrainingReport) -> CheckOutcome[None]:
    """Return an error where the adapter knows its rows by heart and the target is missed.

    O01: the 95 % interval of train minus held-out rows lies above .10 (Newcombe 1998). Where the
    adapter reaches the target on the confirmation part, what it learnt carries over, and the gap
    is a warning.
    """
    train = report.parts["train"]
    held_out = pooled(report.parts["validation"], report.parts["test"])
    gap = gap_low(train, held_out)
    table = [("part", "score", "95 %", "n")]
    table += [
        (name, f"{part.score:.2f}", f"{part.low:.2f} to {part.high:.2f}", str(part.n))
        for name, part in (*report.parts.items(), ("confirmation", report.after))
    ]
    evidence = (
        f"train {train.score:.2f}, held-out rows {held_out.score:.2f}; weights of step "
        f"{report.best_step} of {report.steps}"
    )
    if gap <= MOST_GAP:
        return CheckOutcome(None, evidence, (), table)
    finding = Finding(
        code="O01 overfitting",
        severity="warning" if report.verdict == "reached" else "error",
        problem=f"The adapter scores {train.score:.2f} on rows that it trained on and "
        f"{held_out.score:.2f} on {held_out.n} that it did not: at least {gap:.2f} apart.",
        next_step="Add rows (the learning curve says whether they help), take fewer steps or a "
        "lower rank, and train again.",
    )
    return CheckOutcome(None, evidence, (finding,), table)


def check_memorised(
    answers: Mapping[str, Sequence[str]], rows: Mapping[str, Sequence[Sample]]
) -> list[Finding]:
    """Return an error where long targets come back word for word, but only those trained on.

    M02: the memorisation probe. Short labels are the task itself and are not probed.
    """
    known, n_known = _verbatim(answers["train"], rows["train"])
    unknown, n_unknown = _verbatim(
        [*answers["validation"], *answers["test"]], [*rows["validation"], *rows["test"]]
    )
    if not n_known:
        return []
    expected = wilson(unknown, n_unknown).high if n_unknown else 0.0
    low = wilson(known, n_known).low
    if low <= max(expected, 0.05):
        return []
    return [
        Finding(
            code="M02 targets-memorised",
            severity="error",
            problem=f"{known} of {n_known} long training targets come back word for word, and "
            f"{unknown} of {n_unknown} that were not trained on.",
            next_step="Take fewer steps, and leave out what must not be said again; or let "
            "somebody answer for it: training.review.waivers with code M02.",
        )
    ]


def gap_low(known: Score, unknown: Score) -> float:
    """Return the lower end of the 95 % interval of the difference of two scores.

    Of two independent samples, by their Wilson intervals (Newcombe 1998, method 10).
    """
    below = hypot(known.score - known.low, unknown.high - unknown.score)
    return known.score - unknown.score - below


def pooled(one: Score, other: Score) -> Score:
    """Return two parts' scores as one.

    >>> half = Score(n=2, score=0.5, low=0.1, high=0.9)
    >>> pooled(half, half).n
    4
    """
    n = one.n + other.n
    right = one.score * one.n + other.score * other.n
    low, high = wilson(right, n)
    return Score(n=n, score=right / n, low=low, high=high)


def _verbatim(answers: Sequence[str], rows: Sequence[Sample]) -> tuple[int, int]:
    """Return how many long targets stand whole in their answers, of how many long ones."""
    pairs = [
        (normal_form(answer), normal_form(row.targets[0]))
        for answer, row in zip(answers, rows, strict=True)
        if len(row.targets[0].split()) >= _LONG_WORDS
    ]
    return sum(target in answer for answer, target in pairs), len(pairs)
