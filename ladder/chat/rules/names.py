"""R19, R24, R25: do the names in the template exist, and are its arguments given?"""

import difflib
import json
import re
from collections.abc import Collection
from typing import Any

from ladder.chat.context import TemplateContext
from ladder.chat.probes.probes import Probes
from ladder.chat.rules.rule import Hit, RuleGroup

KNOWN_NAMES = (
    "messages",
    "add_generation_prompt",
    "bos_token",
    "eos_token",
    "pad_token",
    "unk_token",
    "tools",
    "documents",
    "raise_exception",
    "strftime_now",
    "namespace",
    "enable_thinking",
)
THINKING = (
    "enable_thinking",
    "thinking",
    "thinking_mode",
    "reasoning_effort",
    "reasoning",
    "thinking_budget",
)

RULES = RuleGroup()


def near_name(name: str) -> str | None:
    """Return the known name that a name was probably meant to be.

    >>> near_name("add_generaton_prompt"), near_name("date_string")
    ('add_generation_prompt', None)
    """
    return _near(name, KNOWN_NAMES, cutoff=0.86)


def near_key(key: str) -> str | None:
    """Return the message key that a key was probably meant to be.

    >>> near_key("contnet"), near_key("tool_call")
    ('content', None)
    """
    return _near(key, ("role", "content"), cutoff=0.8)


def _near(word: str, known: tuple[str, ...], *, cutoff: float) -> str | None:
    if word in known:
        return None
    close = difflib.get_close_matches(word, known, n=1, cutoff=cutoff)
    return close[0] if close else None


def misspelt(probes: Probes) -> dict[str, str]:
    """Return the template's names and message keys that are near a known one, with that one."""
    facts = probes.facts
    given = set(probes.setup.template_arguments) | set(probes.special_tokens)
    names = {name: near_name(name) for name in facts.get("undeclared", ()) if name not in given}
    keys = {key: near_key(key) for key in facts.get("keys", ())}
    return {word: near for word, near in {**names, **keys}.items() if near is not None}


@RULES.add(
    "R19 undefined-name",
    "warning",
    "The template uses names that do not exist; they render as nothing.",
    "Correct the name, or give it in chat.template_arguments.",
)
def _undefined_name(probes: Probes) -> Hit | str | None:
    facts = probes.facts
    typos = misspelt(probes)
    if typos:
        pairs = ", ".join(f"{word} (meant: {near}?)" for word, near in typos.items())
        better = ", ".join(f"{near} for {word}" for word, near in typos.items())
        return Hit(
            f"names that nobody gives: {pairs}",
            severity="error",
            repair=f"In the template write {better}.",
        )
    given = {*KNOWN_NAMES, *THINKING, *probes.special_tokens, *probes.setup.template_arguments}
    guarded = {*facts.get("guarded", ()), *facts.get("assigned", ())}
    loose = [n for n in facts.get("undeclared", ()) if n not in given and n not in guarded]
    lines = facts.get("lines", {})
    listed = ", ".join(f"{name} (line {lines.get(name)})" for name in loose)
    return f"names that nobody gives: {listed}" if loose else None


def ignored_arguments(probes: Probes) -> list[str]:
    """Return the task's template arguments that the template never reads."""
    if not probes.facts:
        return []
    read = {*probes.facts["undeclared"], "strftime_now"}
    return [name for name in probes.setup.template_arguments if name not in read]


@RULES.add(
    "R24 kwarg-ignored",
    "error",
    "The template never reads an argument that the task sets.",
    "Remove it, or use the template's own name for it.",
)
def _argument_ignored(probes: Probes) -> Hit | str | None:
    ignored = ignored_arguments(probes)
    if not ignored:
        return None
    own = [n for n in probes.facts["undeclared"] if n not in KNOWN_NAMES or n in THINKING]
    evidence = f"{', '.join(ignored)}; the template's own arguments: {', '.join(own) or 'none'}"
    renamed = renamed_switch(probes)
    if renamed is None and any(map(_is_switch, ignored)):
        return Hit(evidence, repair="Remove it: this template has no switch for reasoning.")
    if renamed is None:
        return evidence
    old, new, value = renamed
    repair = f"In chat.template_arguments write {new}: {json.dumps(value)} in place of {old}."
    return Hit(evidence, repair=repair)


def renamed_switch(probes: Probes) -> tuple[str, str, Any] | None:
    """Return a reasoning switch that the template never reads, what it reads instead, and the value.

    A switch that is on or off stays one; where the template asks for a word, the word that it
    compares with and that says on or off is taken.
    """
    ignored = [name for name in ignored_arguments(probes) if _is_switch(name)]
    known = [name for name in probes.facts.get("undeclared", ()) if _is_switch(name)]
    known = [name for name in known if name not in probes.setup.template_arguments]
    if len(ignored) != 1 or not known:
        return None
    value = probes.setup.template_arguments[ignored[0]]
    ranked = sorted(known, key=lambda name: (name not in _ON_OR_OFF, known.index(name)))
    for name in ranked:
        words = probes.facts.get("compared", {}).get(name, ())
        if not isinstance(value, bool) or not words:
            return ignored[0], name, value
        fitting = [word for word in words if word.lower() in (_ON if value else _OFF)]
        if fitting:
            return ignored[0], name, fitting[0]
    return None


_EFFORTS = ("low", "medium", "high")
_BUDGET = 512
"""Tokens of thoughts: the smallest budget that the templates with one were trained for."""

_ON_OR_OFF = ("enable_thinking", "thinking", "enable_reasoning", "is_thinking", "think")
_ON = frozenset({"on", "true", "enabled", "enable", "think", "thinking", "yes"})
_OFF = frozenset(
    {"off", "false", "disabled", "disable", "no_think", "nothink", "none", "no", "chat"}
)


def _is_switch(name: str) -> bool:
    return name in THINKING or re.search("think|reason", name) is not None


def thinking_switches(probes: Probes) -> list[str]:
    """Return the template's reasoning switches that the task does not set."""
    given = probes.setup.template_arguments
    undeclared = probes.facts.get("undeclared", ())
    return [name for name in THINKING if name in undeclared and name not in given]


def thinking_choices(context: TemplateContext) -> list[dict[str, bool | int | str]]:
    """Return the ways in which the template's own arguments set how a model thinks before it answers.

    A switch is on or off, one that the template compares with words is each of these, the effort of
    reasoning has three words that most models know, and a budget is a number of tokens.
    """
    probes = Probes(context)
    read = probes.facts.get("undeclared", ()) if probes.facts else ()
    given = probes.setup.template_arguments
    found = [
        {name: value}
        for name in THINKING
        if name in read
        for value in _values(name, probes.facts.get("compared", {}).get(name, ()))
    ]
    return [each for each in found if not each.items() <= given.items()]


def _values(name: str, words: Collection[str]) -> tuple[bool | int | str, ...]:
    """Return what an argument may be set to.

    >>> _values("enable_thinking", ()), _values("reasoning_effort", ()), _values("thinking_budget", ())
    ((False, True), ('low', 'medium', 'high'), (512,))
    """
    if name == "thinking_budget":
        return (_BUDGET,)
    if words:
        return tuple(sorted(words))
    if name in _ON_OR_OFF:
        return (False, True)
    return _EFFORTS if name == "reasoning_effort" else ()


@RULES.add(
    "R25 thinking-mode-implicit",
    "warning",
    "The template has a switch for reasoning, and the task does not set it.",
    "Set it in chat.template_arguments; measure both ways.",
)
def _thinking_implicit(probes: Probes) -> Hit | str | None:
    switches = thinking_switches(probes)
    if not switches:
        return None
    return Hit(
        f"it reads {', '.join(switches)}",
        repair=f"Set {' and '.join(switches)} in chat.template_arguments; measure both ways.",
    )
