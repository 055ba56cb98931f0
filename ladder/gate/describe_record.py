"""A record in words."""

from ladder.formats.lines import harmless
from ladder.gate.statement import EvidenceRecord, Looks, TriedLever


def describe(record: EvidenceRecord) -> str:
    """Return what a record says, in lines for a person."""
    said = record.predicate
    seen = said.confirmation
    score = "nothing was confirmed"
    if seen is not None:
        score = (
            f"{seen.score:.3f} on {seen.n} samples kept aside "
            f"({seen.at_least:.3f} to {seen.at_most:.3f})"
        )
    return "\n".join(
        [
            f"verdict    {said.verdict}: {harmless(said.sentence)}",
            f"task       {harmless(said.task)} · {harmless(said.model)}",
            f"metric     {harmless(said.metric)} ({harmless(said.reading)})",
            f"target     {said.target:g}, margin {said.margin:g}, {said.n} samples",
            f"confirmed  {score}",
            f"best       {harmless(said.best.label)}",
            *(f"lever      {_lever(each)}" for each in said.levers),
            f"looks      {_looks(said.looks)}",
            *(
                f"waived     by {harmless(each.name)} until {each.expires}: {harmless(each.reason)}"
                for each in said.waivers
            ),
            f"good       {said.issued} to {said.expires}, by ladder {harmless(said.ladder.version)}",
            *(f"subject    {each.name:12} sha256:{each.digests.sha256}" for each in record.subject),
        ]
    )


def _looks(looks: Looks) -> str:
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
