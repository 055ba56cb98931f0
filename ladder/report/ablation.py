"""What the best candidate scores without each of its levers, and which work only together."""

from collections.abc import Sequence

from ladder.decision import Decision
from ladder.report import numbers
from ladder.report.ladder_rows import Dot, dot_of
from ladder.search.ledger import Configuration
from ladder.text import joined


def ablation_of(decision: Decision, tried: Sequence[Dot]) -> tuple[tuple[str, str], ...]:
    """Return what the best candidate scores without each of its levers; nothing for one lever."""
    best = decision.configuration
    used = best.applied
    if len(used) < 2:
        return ()
    measured = _measured(decision, tried)
    return tuple((decision.levers[slot], _words(measured.get(best.without(slot)))) for slot in used)


def enough_alone(decision: Decision) -> str:
    """Return which levers of the confirmed candidate seem enough without another; else nothing.

    Seen on the selection part: without it the candidate still reaches the target, and gets no
    fewer samples right than the whole. What was confirmed stays the whole.
    """
    best = decision.configuration
    used = best.applied
    idle = [
        (one.score, slot, one)
        for one in decision.ledger.ablation
        for slot in used
        if one.configuration == best.without(slot)
        and one.score >= decision.mark
        and one.wins >= one.losses
    ]
    # Of an ablation only the mean over all is known, and a class may need the part left out.
    if decision.verdict != "use_lever" or not idle or len(used) < 2 or decision.ledger.classes:
        return ""
    score, left_out, trial = max(idle, key=lambda item: item[:2])
    rest = [decision.levers[slot] for slot in used if slot != left_out]
    names = f"{rest[0]} alone seems" if len(rest) == 1 else f"{joined(rest)} seem"
    return (
        f"{names} enough: without {decision.levers[left_out]} the score is {numbers.score(score)} "
        f"(n = {numbers.count(trial.n_seen)}) on the selection part. "
        "Only the combination was confirmed."
    )


def only_together(decision: Decision, tried: Sequence[Dot]) -> str:
    """Return which levers of the best candidate work only together, in words; else nothing.

    That is said where each of them alone was scored, none of them better than the baseline, and
    all of them together clearly better than any.
    """
    best, measured = decision.configuration, _measured(decision, tried)
    used, whole = best.applied, measured.get(best)
    nothing = Configuration.baseline(len(best))
    alone = [measured.get(nothing.with_slot(slot, best[slot])) for slot in used]
    baseline = measured.get(nothing)
    if whole is None or baseline is None or len(used) < 2:
        return ""
    known = [each for each in alone if each is not None]
    is_idle = len(known) == len(used) and all(each.low <= baseline.score for each in known)
    if not is_idle or whole.low <= max(each.high for each in known):
        return ""
    names = [decision.levers[slot] for slot in used]
    scores = [numbers.score(each.score) for each in known]
    return (
        f"{joined(names)} work only together: alone they score {joined(scores)}, together "
        f"{numbers.score(whole.score)}."
    )


def _measured(decision: Decision, tried: Sequence[Dot]) -> dict[Configuration, Dot]:
    found = {one.configuration: dot_of(decision, one) for one in decision.ledger.ablation}
    return found | {
        dot.configuration: dot
        for dot in tried
        if dot.configuration not in found or dot.n > found[dot.configuration].n
    }


def _words(found: Dot | None) -> str:
    if found is None:
        return "not measured"
    return f"{numbers.score(found.score)} (n = {numbers.count(found.n)})"
