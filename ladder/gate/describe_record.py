"""A record in words."""

from ladder.gate.fence import plain
from ladder.gate.statement import Looks, Record, TriedLever


def describe(record: Record) -> str:
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
            f"verdict    {said.verdict}: {plain(said.sentence)}",
            f"task       {plain(said.task)} · {plain(said.model)}",
            f"metric     {plain(said.metric)} ({plain(said.reading)})",
            f"target     {said.target:g}, margin {said.margin:g}, {said.n} samples",
            f"confirmed  {score}",
            f"best       {plain(said.best.label)}",
            *(f"lever      {_lever(each)}" for each in said.levers),
            f"looks      {_looks(said.looks)}",
            *(
                f"waived     by {plain(each.name)} until {each.expires}: {plain(each.reason)}"
                for each in said.waivers
            ),
            f"good       {said.issued} to {said.expires}, by ladder {plain(said.ladder.version)}",
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
    tried = ", ".join(plain(each, 60) for each in lever.variants)
    best = "" if lever.best_score is None else f", best {lever.best_score:.3f}"
    recall = "" if lever.recall is None else f", found the target for {lever.recall:.0%}"
    reason = f" ({plain(lever.reason, 120)})" if lever.reason else ""
    return f"{lever.lever}: {lever.status}{reason}{best}{recall}; tried {tried or 'nothing'}"
