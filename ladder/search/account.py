"""`account`: the Ledger of a climb that ended."""

from collections.abc import Sequence
from typing import Literal

from ladder.errors import LadderError
from ladder.search.confirm.questions import Questions
from ladder.search.ledger import Attempt, Configuration, Ledger, Trial, with_slot
from ladder.search.more_examples import advise
from ladder.search.problem import Problem, composes

Ending = Literal["reached", "justified", "undecided", "budget", "outage"]

ABLATION_UNITS = 32
"""Units on which the winning stack is scored without a part, where that was never tried."""

NEVER = (
    "a target of 1 is never confirmed, as no row of right answers shows that none will ever be "
    "wrong; set a margin, or a target below 1"
)
"""Why a run stays open whose target cannot be shown to be reached."""


def account(
    problem: Problem,
    questions: Questions,
    attempts: Sequence[Attempt],
    *,
    best: Configuration,
    ending: Ending,
) -> Ledger:
    """Return all that was measured; before a verdict, nothing that tells a confirmation score."""
    selection, locked = questions.selection, questions.locked
    is_open = ending not in ("reached", "justified")
    baseline = (0,) * len(problem.levers)
    ahead = questions.best_measured(baseline)
    if ending != "reached":
        best = questions.best_to_name(baseline)
    reason, is_blocked = _why_open(questions, ahead, ending) if is_open else ("", False)
    n_selection, n_confirmation = len(selection.units.positions), len(locked.units.positions)
    return Ledger(
        n=n_selection + n_confirmation,
        n_selection=n_selection,
        n_confirmation=n_confirmation,
        baseline=selection.trial(baseline, None),
        attempts=tuple(attempts),
        looks=locked.made,
        best=best,
        ending=ending,
        reason=reason,
        blocked=is_blocked,
        closed=ending == "undecided" and bool(locked.looks.why_closed()),
        confirmation=locked.confirmation,
        ablation=_ablation(problem, questions, best) if ending == "reached" else (),
        examples_needed=_more(questions, ahead) if ending == "undecided" else None,
        alpha_reached_left=locked.left("reached"),
        alpha_justified_left=locked.left("below"),
        calls=selection.calls + locked.calls,
    )


def _ablation(problem: Problem, questions: Questions, best: Configuration) -> tuple[Trial, ...]:
    """Return the stack that passed without each of its parts; most were scored on the way."""
    selection = questions.selection
    parts = [lever for lever, slot in enumerate(best) if slot]
    rows = []
    for lever in parts if len(parts) > 1 else []:
        without = with_slot(best, lever, 0)
        try:
            if composes(problem, without) and not selection.n_seen(without):
                selection.see(without, min(ABLATION_UNITS, len(selection.units)))
        except LadderError:
            continue  # the verdict stands; this only explains it
        if selection.n_seen(without):
            rows.append(selection.trial(without, best))
    return tuple(rows)


def _why_open(questions: Questions, ahead: Configuration, ending: Ending) -> tuple[str, bool]:
    """Return why there is no verdict, and whether more examples alone would not help.

    What stops every question comes first. An untested lever only bars the way to `fine_tune`:
    where the best reaches the target on the selection part it's beside the point.
    """
    locked, failed = questions.locked, list(questions.locked.failed.values())
    if ending != "undecided":
        return "; ".join(dict.fromkeys([*questions.blocked, *failed])), True
    if closed := locked.looks.why_closed():
        return closed, False
    is_above = questions.selection.mean(ahead) >= questions.claim.reach
    if problems := [*([] if is_above else questions.blocked), *failed]:
        return "; ".join(dict.fromkeys(problems)), True
    is_never = questions.claim.reach >= 1
    return (NEVER if is_never else "too few examples for the gap to the target"), False


def _more(questions: Questions, best: Configuration) -> int | None:
    """Return about how many more examples would decide; None where none would."""
    if questions.locked.looks.why_closed():
        return None
    return advise(questions.selection, questions.locked, best, target=questions.claim.target)
