"""A record as lines of text for a person."""

from ladder.formats.lines import harmless
from ladder.gate.statement import (
    Confirmed,
    EvidenceRecord,
    HeldCost,
    LookCounts,
    TriedLever,
    VerdictPredicate,
)


def describe(record: EvidenceRecord) -> str:
    """Return what a record says, in lines for a person."""
    predicate = record.predicate
    confirmation = predicate.confirmation
    is_named = predicate.verdict in ("already_good", "use_lever")
    score = "the target is reached; the score stays sealed" if is_named else "nothing was confirmed"
    classes = () if confirmation is None else confirmation.classes
    if confirmation is not None:
        score = _confirmed(confirmation)
    return "\n".join(
        [
            f"verdict    {predicate.verdict}: {harmless(predicate.sentence)}",
            f"task       {harmless(predicate.task)} · {harmless(predicate.model)}",
            f"metric     {harmless(predicate.metric)} ({harmless(predicate.reading)})",
            f"target     {_target(predicate)}, {predicate.n} samples",
            *(
                f"class      {harmless(label, 60)}: target {share:g}"
                for label, share in predicate.at_least.items()
            ),
            *(
                f"limit      {harmless(limit, 60)}: {most:g}"
                for limit, most in predicate.limits.items()
            ),
            *(f"cost       {_cost(each)}" for each in predicate.costs),
            f"confirmed  {score}",
            *(f"confirmed  {_confirmed(each)}" for each in classes),
            f"best       {harmless(predicate.best.label)}",
            *(f"lever      {_lever(each)}" for each in predicate.levers),
            f"looks      {_looks(predicate.looks)}",
            *(
                f"waived     by {harmless(each.name)} until {each.expires}: {harmless(each.reason)}"
                for each in predicate.waivers
            ),
            f"good       {predicate.issued} to {predicate.expires}, by ladder {harmless(predicate.ladder.version)}",
            *(f"subject    {each.name:12} sha256:{each.digests.sha256}" for each in record.subject),
        ]
    )


def _target(predicate: VerdictPredicate) -> str:
    held = predicate.relative
    if held is not None:
        asked = "to retire" if held.question == "retire" else "against"
        return (
            f"{asked} {harmless(held.name, 60)} ({held.identity[:12]}), margin {held.margin:g}, "
            f"by {held.test}"
        )
    target = "a reference" if predicate.target is None else f"{predicate.target:g}"
    return f"{target}, margin {predicate.margin:g}"


def _confirmed(confirmed: Confirmed) -> str:
    of = f"{harmless(confirmed.label, 60)}: " if confirmed.label else ""
    text = (
        f"{of}{confirmed.score:.3f} on {confirmed.n} samples of the confirmation part "
        f"({confirmed.at_least:.3f} to {confirmed.at_most:.3f})"
    )
    seen = confirmed.against
    if seen is None:
        return text
    return (
        f"{text}; the reference {seen.reference:.3f}, difference {seen.difference:+.3f} "
        f"({seen.low:+.3f} to {seen.high:+.3f})"
    )


def _cost(cost: HeldCost) -> str:
    high = "or more" if cost.high is None else f"to {cost.high:.4g}"
    value = "not measured" if cost.value is None else f"{cost.value:.4g} ({cost.low:.4g} {high})"
    where = f"; {harmless(cost.where, 120)}" if cost.where else ""
    return f"{harmless(cost.limit, 60)}: {value}, {cost.n} answers{where}"


def _looks(looks: LookCounts) -> str:
    return (
        f"{looks.asked_reached} for the target, {looks.asked_below} against it; left "
        f"{looks.reached_left:.4f} and {looks.justified_left:.4f} of {looks.reached_budget:g} and "
        f"{looks.justified_budget:g}"
    )


def _lever(lever: TriedLever) -> str:
    tried = ", ".join(harmless(each, 60) for each in lever.variants)
    best = "" if lever.best_score is None else f", best {lever.best_score:.3f}"
    recall = "" if lever.recall is None else f", found the target for {lever.recall:.0%}"
    reason = f" ({harmless(lever.reason, 120)})" if lever.reason else ""
    return f"{lever.lever}: {lever.status}{reason}{best}{recall}; tried {tried or 'nothing'}"
