"""R30 to R32: does the task's own text stand in its prompts, and in its training rows?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_pieces import LostPiece
from ladder.chat.rules.rule import Hit, RuleGroup, shown
from ladder.finding import Severity

RULES = RuleGroup()

Lost = Sequence[tuple[list[dict[str, Any]], LostPiece]]


@RULES.add(
    "R30 own-text-lost",
    "error",
    "The template loses a part of the task's own text.",
    "Use a template that writes it, or move the text to where this one does; no program can say "
    "where it belongs.",
)
def _own_text_lost(probes: Probes) -> Hit | None:
    lost = [*_texts(probes.lost, "prompt"), *_texts(probes.lost_from_rows, "training row")]
    whole = [each for each in lost if not each[2].is_changed]
    if not lost:
        return None
    if not whole:
        return Hit(
            _listed(lost),
            severity="warning",
            problem="The template changes the task's own text.",
            repair="Compare the prompt with the data: `ladder template show`.",
        )
    late = any(piece.piece.where.startswith("a late ") for _, _, piece in whole)
    repair = "Set chat.fold_system: true, which puts it before the first user text."
    return Hit(_listed(whole), repair=repair if late else None)


def _texts(lost: Lost, of: str) -> list[tuple[str, list[dict[str, Any]], LostPiece]]:
    return [(of, turns, each) for turns, each in lost if each.piece.kind != "reasoning"]


def _listed(lost: Iterable[tuple[str, list[dict[str, Any]], LostPiece]]) -> str:
    """Return each kind of text that is lost, with how often it is and one example."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for of, _, each in lost:
        found[each.piece.where, of].append(each.piece.text)
    places = []
    for (where, of), texts in found.items():
        times = "" if len(texts) == 1 else f" ({len(texts)} times)"
        quoted = f": {shown(texts[0], limit=80)}" if texts[0] else ""
        places.append(f"not in its {of}: {where}{times}{quoted}")
    return "; ".join(places)


@RULES.add(
    "R31 own-reasoning-lost",
    "info",
    "The template leaves out reasoning that the task's messages hold.",
    "Keep it so if the model was trained so: `ladder template show` has the prompt.",
)
def _own_reasoning_lost(probes: Probes) -> Hit | None:
    learnt = [
        ("training row", turns, each)
        for turns, each in probes.lost_from_rows
        if each.piece.kind == "reasoning" and each.piece.turn == len(turns) - 1
    ]
    if learnt:
        return Hit(
            _listed(learnt),
            severity="error",
            problem="The template cuts the reasoning out of training rows, so it is never learnt.",
            repair="Use a template that writes it, or take the reasoning out of the rows; "
            "no program can say which is meant.",
        )
    lost = [
        (of, turns, each)
        for of, some in (("prompt", probes.lost), ("training row", probes.lost_from_rows))
        for turns, each in some
        if each.piece.kind == "reasoning"
    ]
    if not lost:
        return None
    severity: Severity = "warning" if any(_is_current(*each[1:]) for each in lost) else "info"
    return Hit(_listed(lost), severity=severity)


def _is_current(turns: list[dict[str, Any]], lost: LostPiece) -> bool:
    """Return whether no user turn follows: the model loses what it thought between its calls."""
    return all(turn.get("role") != "user" for turn in turns[lost.piece.turn :])


@RULES.add(
    "R32 empty-tool-calls",
    "warning",
    "An empty list of tool calls changes the prompt.",
    "Leave the key `tool_calls` out of messages that call no tool.",
)
def _empty_calls(probes: Probes) -> str | None:
    talks = [talk for talk in probes.every_conversation if any(map(_has_empty_calls, talk))]
    if not talks or not probes.facts:
        return None
    plain = [
        [
            {key: value for key, value in turn.items() if key != "tool_calls" or value}
            for turn in talk
        ]
        for talk in talks
    ]
    with_key, without = (probes.render_own(each, flag=False) for each in (talks, plain))
    pairs = list(zip(with_key, without, strict=True))
    changed = [pair for pair in pairs if str(pair[0]) != str(pair[1])]
    if not changed:
        return None
    return f"with `tool_calls: []` {shown(str(changed[0][0]))}, without {shown(str(changed[0][1]))}"


def _has_empty_calls(turn: dict[str, Any]) -> bool:
    return "tool_calls" in turn and not turn["tool_calls"]
