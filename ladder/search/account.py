"""`account`: the ledger of a climb that ended, with the number of examples that would decide."""

from collections.abc import Sequence
from typing import Literal

from ladder.errors import LadderError
from ladder.search.chance_to_decide import chances_to_decide, likely_enough
from ladder.search.confirm.questions import Questions
from ladder.search.confirm.requirement import Requirement
from ladder.search.examples_needed import Missing, if_as_it_looks, missing_examples
from ladder.search.ledger import (
    Attempt,
    ClassScore,
    Configuration,
    Ledger,
    PairedTest,
    ReferenceScore,
    Trial,
)
from ladder.search.problem import Problem
from ladder.statistics import wilson
from ladder.statistics.betting import EVEN
from ladder.statistics.paired_exact import MOST_UNITS
from ladder.statistics.sizes import WATCHED
from ladder.text import small

Ending = Literal["reached", "justified", "undecided", "budget", "outage"]

ABLATION_UNITS = 32
"""Units on which the winning stack is scored without a part, where that was never tried."""

NEVER = (
    "a target of 1 can never be confirmed: any number of right answers leaves room for a wrong "
    "one, and one wrong answer disproves it; set a margin, or a target below 1"
)
"""Why a run stays open whose target cannot be shown to be reached."""


def account(
    problem: Problem,
    questions: Questions,
    attempts: Sequence[Attempt],
    *,
    best: Configuration,
    ending: Ending,
    is_advised: bool = False,
) -> Ledger:
    """Return all that was measured; before a verdict, nothing that tells a confirmation score.

    `is_advised`: whether to work out how likely more examples would decide.
    """
    selection, part = questions.selection, questions.part
    is_open = ending not in ("reached", "justified")
    baseline = Configuration.baseline(len(problem.levers))
    ahead = questions.best_measured(baseline)
    if ending != "reached":
        best = questions.best_to_name(baseline, alone=ending != "justified")
    # The answers of a cascade are those of its candidate, of which some count.
    is_cut = part.closing_score is not None and part.closing_score.coverage is not None
    reason, is_blocked = _why_open(questions, ahead, ending) if is_open else ("", False)
    is_lost = bool(questions.why_no_reference) or questions.limits.leave_none
    missing = missing_examples(questions, ahead) if ending == "undecided" and not is_lost else ()
    needed = max((each.examples for each in missing), default=None)
    more = chances_to_decide(questions) if is_advised and missing else ()
    n_selection, n_confirmation = len(selection.units.positions), len(part.units.positions)
    return Ledger(
        n=n_selection + n_confirmation,
        n_selection=n_selection,
        n_confirmation=n_confirmation,
        baseline=selection.trial(baseline, None),
        attempts=tuple(attempts),
        looks=part.made,
        best=best,
        ending=ending,
        reason=reason,
        is_explored=questions.is_exploring,
        blocked=is_blocked,
        closed=ending == "undecided" and bool(part.looks.why_closed()),
        confirmation=part.closing_score,
        earlier=part.earlier_score,
        worth=_worth(questions, best)
        if ending == "reached" and part.closing_score is None
        else None,
        n_open=part.n_open,
        ablation=_ablation(problem, questions, best) if ending == "reached" and not is_cut else (),
        examples_needed=likely_enough(more) if more else needed,
        more_examples=more,
        if_as_it_looks=if_as_it_looks(questions, ahead) if more else None,
        alpha_reached_left=part.left("reached"),
        alpha_justified_left=part.left("below"),
        calls=selection.calls + part.calls,
        classes=_class_scores(questions, ahead if is_open or is_cut else best, missing),
        costs=questions.limits.costs,
        reference=_reference_score(questions),
        why_no_reference=questions.why_no_reference,
    )


def _worth(questions: Questions, best: Configuration) -> int:
    """Return how many samples of pass and fail the confirmation part is worth to a test.

    Graded scores, and clusters, are tested by bets alone, which take more units; but their units
    vary less than a pass or a fail does.
    """
    whole = questions.part.whole
    if whole.is_binary:
        return len(whole.confirmation)
    guess = questions.guess("reached", best, whole)
    spread = guess.variance / max(guess.mean * (1 - guess.mean), 1e-6)
    least = 1 / (2 * whole.confirmation.largest)
    return int(len(whole.confirmation) / (WATCHED * min(max(spread, least), 1.0)))


def _reference_score(questions: Questions) -> ReferenceScore | None:
    """Return what candidates were held against, by the selection part; None where nothing was."""
    if not questions.selection.has_reference:
        return None  # there is none, or the run stays open and says why
    scores = questions.selection.reference_scores()
    score = float(scores.mean())
    low, high = wilson(score * len(scores), len(scores))
    return ReferenceScore(
        n=len(scores),
        score=score,
        low=low,
        high=high,
        margin=round(1 - 2 * questions.claim.target, 9),
        test=_test_of(questions.part.whole),
    )


def _test_of(whole: Requirement) -> PairedTest:
    """Return how differences to a reference are tested."""
    if not whole.is_paired or len(whole.confirmation) > MOST_UNITS:
        return "bets"
    return "sign test" if whole.target == EVEN else "exact"


def _class_scores(
    questions: Questions, shown: Configuration, missing: Sequence[Missing]
) -> tuple[ClassScore, ...]:
    """Return how a candidate does on each class with a target of its own, by the selection part."""
    more = {each.label: each.samples for each in missing}
    return tuple(
        _class_score(questions, shown, each, more.get(each.label))
        for each in questions.part.requirements[1:]
    )


def _class_score(
    questions: Questions, shown: Configuration, about: Requirement, more: int | None
) -> ClassScore:
    selection = questions.selection
    n_units = selection.n_within(shown, about.selection)
    n = int(about.selection.starts[n_units])
    score = selection.mean_within(shown, about.selection) or 0.0
    low, high = wilson(score * n, n) if n else (0.0, 1.0)
    return ClassScore(
        label=about.label,
        target=about.target,
        n_selection=len(about.selection.positions),
        n_confirmation=len(about.confirmation.positions),
        n=n,
        score=score,
        low=low,
        high=high,
        more=more,
    )


def _ablation(problem: Problem, questions: Questions, best: Configuration) -> tuple[Trial, ...]:
    """Return scores of the stack that passed, without each of its parts in turn; most are known already."""
    selection = questions.selection
    rows = []
    parts = [best.without(lever) for lever in best.applied] if len(best.applied) > 1 else []
    n_units = min(ABLATION_UNITS, len(selection.units))
    fresh = [each for each in parts if not selection.n_seen(each)]
    selection.ask_ahead([each for each in fresh if problem.composes(each)], n_units)
    for without in parts:
        try:
            if problem.composes(without) and not selection.n_seen(without):
                selection.see(without, n_units)
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
    if questions.is_exploring and ending == "undecided":
        return _why_explored(questions), True
    part, failed = questions.part, list(questions.part.failed.values())
    if questions.why_no_reference:
        return questions.why_no_reference, True
    if ending != "undecided":
        return "; ".join(dict.fromkeys([*questions.blocked, *failed])), True
    if closed := part.looks.why_closed():
        return closed, False
    means = [
        (each.reach, questions.selection.mean_within(ahead, each.selection))
        for each in part.requirements
    ]
    is_above = all(mean is None or mean >= reach for reach, mean in means)
    outside = (
        [f"no candidate is shown to be within the limits: {questions.limits.why_out(ahead)}"]
        if questions.limits.leave_none
        else []
    )
    is_above = is_above and not questions.limits.kept_out and not outside
    if problems := [*outside, *([] if is_above else questions.blocked), *failed]:
        return "; ".join(dict.fromkeys(problems)), True
    passed = "" if is_above else part.looks.why_not_below("below")
    is_never = any(reach >= 1 for reach, _ in means)
    too_few = NEVER if is_never else "too few examples for the gap to the target"
    return passed or too_few, bool(passed)


def _why_explored(questions: Questions) -> str:
    """Return what a run that may not ask the confirmation part would ask of it."""
    if closed := questions.part.looks.why_closed():
        return small(closed)
    would_ask = questions.would_ask or (
        "nothing yet: it is unlikely that a candidate passes, and unlikely that all are shown to "
        "be below the target"
    )
    would_test = f"a run without --explore would test {would_ask}"
    return "; ".join([would_test, *dict.fromkeys(questions.blocked)])
