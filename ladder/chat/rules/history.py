"""R20 to R23: does the same conversation always give the same text?"""

import re

from ladder.chat.probes.conversations import A1, R1
from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_around import without_thoughts
from ladder.chat.probes.text_pieces import pieces_of
from ladder.chat.rules.rule import Hit, RuleGroup, shown

RULES = RuleGroup()


@RULES.add(
    "R20 history-rewritten",
    "warning",
    "The template changes earlier turns when a turn is added.",
    "For training use a variant that renders the history unchanged.",
)
def _history_rewritten(probes: Probes) -> Hit | str | None:
    first, longer = probes.text("ua"), probes.text("uau")
    matters = probes.context.training or probes.has_replies
    if not matters or first is None or longer is None:
        return None
    kept = without_thoughts(first)
    if without_thoughts(longer).startswith(kept[: kept.rfind(A1) + len(A1)]):
        return None
    return Hit(
        f"as last turn: {shown(first)}; with a turn after it: {shown(longer)}",
        severity="error" if probes.context.training else "warning",
    )


@RULES.add(
    "R21 reasoning-stripped",
    "warning",
    "The template drops the reasoning of earlier turns.",
    "Keep it so for evaluation; for training split the turns.",
)
def _reasoning_stripped(probes: Probes) -> Hit | None:
    last, earlier = probes.text("ra"), probes.text("rau")
    matters = probes.context.training or probes.has_replies
    if not matters or last is None or earlier is None or R1 not in last or R1 in earlier:
        return None
    evidence = f"kept in the last turn, absent once a user turn follows: {shown(earlier)}"
    own = [piece for talk in probes.every_conversation for piece in pieces_of(talk)]
    holds_some = probes.context.training or any(piece.kind == "reasoning" for piece in own)
    return Hit(evidence, severity=None if holds_some else "info")


@RULES.add(
    "R22 time-dependent",
    "warning",
    "The prompt holds today's date. ladder holds it fixed; a server will not.",
    "Write a fixed date into the template in place of strftime_now, and serve with the same.",
)
def _time_dependent(probes: Probes) -> Hit | str | None:
    now, other = probes.text("u+"), probes.text("other day")
    if now is None or other is None or now == other or _non_deterministic(probes) is not None:
        return None
    evidence = f"with the date that ladder holds fixed: {shown(now)}"
    argument = date_argument(probes)
    if argument is None:
        return evidence
    return Hit(
        evidence,
        repair=f"Set {argument} in chat.template_arguments, and the same one where you serve.",
    )


def date_argument(probes: Probes) -> str | None:
    """Return the argument of the template that holds its date, where there is one."""
    arguments = probes.setup.template_arguments
    for name in map(str, probes.facts.get("undeclared", ())):
        if not re.search("date|today|day", name):
            continue
        setup = probes.setup.replace(template_arguments={**arguments, name: "1 January"})
        fixed = probes.with_setup(setup, messages=())
        if fixed.text("u+") == fixed.text("other day"):
            return name
    return None


@RULES.add(
    "R23 non-deterministic", "error", "The template gives another text each time.", "Do not use it."
)
def _non_deterministic(probes: Probes) -> Hit | str | None:
    facts = probes.facts
    if "random" in facts.get("filters", ()) or "lipsum" in facts.get("calls", ()):
        return "it calls random or lipsum"
    once, again = probes.text("u+"), probes.text("twice")
    return None if once == again else f"{shown(once)} and then {shown(again)}"
