"""What a template rule advises is done as it says, and the rule then falls silent."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ladder.chat import Tokenizer, check_context
from ladder.finding import Finding
from tests.chat.rules.test_every_rule import BOS, EOS, MORE, Changes
from tests.chat.rules.test_rules import ASK, CHATML, FAULTS, LLAMA2, WITH_SYSTEM, sound

WORDS = {"true": True, "false": False}
NAMES = re.compile(
    r"^In the template write|^Write (?:the start token|a fixed date)|\b(?:chat|generation)\.[a-z_]+|\bmode (?:chat|completion)\b|max_new_tokens"
)
DATED = (
    "{% if not date_string is defined %}{% set date_string = strftime_now('%d %B') %}{% endif %}"
)

MORE_FAULTS: list[tuple[str, Changes]] = [
    *((code, changes) for code, changes in MORE.items()),
    ("K01", {"own": "{{ bos_token }}" + LLAMA2, "tokenizer": BOS}),
    ("K01", {"own": "<s>" + LLAMA2, "tokenizer": BOS, "add_special_tokens": True}),
    ("K02", {"own": CHATML, "tokenizer": BOS}),
    ("R07", {"own": LLAMA2, "messages": (WITH_SYSTEM,), "template": LLAMA2}),
    ("R19", {"own": CHATML + "{{ date_string }}"}),
    ("R19", {"own": CHATML + "{{ company }}{{ product }}"}),
    ("R22", {"own": DATED + "{{ date_string }}" + CHATML}),
    ("R22", {"own": "{{ strftime_now('%d %B') if today is not defined else today }}" + CHATML}),
    ("R25", {"own": CHATML + "{% if thinking is defined and thinking %}<think>{% endif %}"}),
    ("L03", {"sources": {"tokenizer_config.json": CHATML, "additional_chat_templates/rag.jinja": CHATML}}),
    ("L03", {"own": None, "named_templates": {"rag": CHATML, "tool_use": CHATML}}),
    ("S01", {"stop_token_ids": (0,), "stop_strings": ("###",)}),
    ("S06", {"stop_strings": ("\n\n", "51")}),
    ("B06", {"targets": ("a very long answer " * 50,)}),
    ("K03", {"own": None, "tokenizer": EOS, "mode": "completion", "add_special_tokens": True}),
    ("R06", {"own": "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}", "messages": (WITH_SYSTEM, ASK)}),
]  # fmt: skip


def _set(match: re.Match[str], found: Finding, setup: Mapping[str, Any]) -> Changes:
    del found, setup
    return {match[1]: WORDS.get(match[2], match[2])}


def _stop(match: re.Match[str], found: Finding, setup: Mapping[str, Any]) -> Changes:
    """Add the token that the advice names, or else the one that ends a turn."""
    named = re.search(r"<\|[a-z_]+\|>", found.next_step)
    given = setup.get(match[1], ())
    return {match[1]: (*given, named[0] if named else "<|im_end|>")}


def _argument(match: re.Match[str], found: Finding, setup: Mapping[str, Any]) -> Changes:
    """Give a value to each name that the advice, or the evidence, says."""
    del match
    named, is_named, _ = found.next_step.partition(" in chat.template_arguments")
    said = named.removeprefix("Set ") if named.startswith("Set ") and is_named else found.evidence
    names = re.findall(r"\b(?:[a-z]+_[a-z]+|today|thinking|company|product|null)\b", said)
    return {
        "template_arguments": {**setup.get("template_arguments", {}), **dict.fromkeys(names, "x")}
    }


def _take_out(match: re.Match[str], found: Finding, setup: Mapping[str, Any]) -> Changes:
    del found
    return {match[2]: tuple(each for each in setup[match[2]] if each != match[1])}


def _rewrite(match: re.Match[str], found: Finding, setup: Mapping[str, Any]) -> Changes:
    """Change the template's text as the advice says, word for word."""
    own = setup["own"]
    for new, old in re.findall(r"(\w+) for (\w+)", match[0]):
        own = own.replace(old, new)
    if "start token once" in match[0]:
        own = re.sub(r"^(?:<s>|\{\{ bos_token \}\})", "", own)
    if "strftime_now" in match[0]:
        own = re.sub(r"\{\{ strftime_now\(.*?\) \}\}", "1 January", own)
    setting = re.search(r"chat\.(\w+): false", found.next_step)
    return {"own": own, **({setting[1]: False} if setting else {})}


def _template(match: re.Match[str], found: Finding, setup: Mapping[str, Any]) -> Changes:
    del match
    names = list(setup.get("named_templates", {}))
    if names:
        return {"template": names[0]}
    text = CHATML if "text" in found.next_step or "one you mean" in found.next_step else ""
    return {"template": text}


Follow = Callable[[re.Match[str], Finding, Mapping[str, Any]], Changes]
FOLLOW: dict[str, Follow] = {
    r"^In the template write.*|^Write the start token once.*|^Write a fixed date.*": _rewrite,
    r"^Take (.+) out of chat\.(\w+)": _take_out,
    r"^Name the tokens to stop on in chat\.(stop_tokens)": _stop,
    r"^Set chat\.(\w+): (\w+)": _set,
    r"^Add .* to chat\.(\w+)": _stop,
    r"chat\.template_arguments": _argument,
    r"chat\.template\b": _template,
    r"generation\.stop_strings": lambda *_: {"stop_strings": ("\n\n",)},
    r"generation\.max_new_tokens": lambda *_: {"max_new_tokens": 4096, "context_tokens": 9000},
    r"Lower max_new_tokens": lambda *_: {"max_new_tokens": 1},
    r"\bmode completion": lambda *_: {"mode": "completion"},
    r"\bmode chat": lambda *_: {"mode": "chat"},
}
"""How each wording is followed: the changes to a setup that a person would write."""

MEASURED = {"R29": "the preamble is the model's own; the advice is about how much room it takes"}
"""Findings that stay when their advice is followed, with the reason."""


def findings(default: Tokenizer, changes: Changes) -> list[Finding]:
    others = {name: each for name, each in changes.items() if name != "tokenizer"}
    return check_context(sound(changes.get("tokenizer", default), **others))


CASES = [*FAULTS, *MORE_FAULTS]


@pytest.mark.parametrize(
    ("code", "fault"), CASES, ids=[f"{c}-{n}" for n, (c, _) in enumerate(CASES)]
)
def test_a_rules_advice_makes_its_finding_go(
    code: str, fault: Changes, chatml_tokenizer: Tokenizer
) -> None:
    told = [each for each in findings(chatml_tokenizer, fault) if each.code.startswith(code)]
    assert told, f"{code} does not fire"
    for each in told:
        if not NAMES.search(each.next_step) or code in MEASURED:
            continue
        how = [(re.search(words, each.next_step), follow) for words, follow in FOLLOW.items()]
        match, follow = next(((m, f) for m, f in how if m is not None), (None, _template))
        assert match is not None, f"nobody knows how to follow {each.next_step!r}"

        after = findings(chatml_tokenizer, {**fault, **follow(match, each, fault)})

        assert code not in {one.code.split()[0] for one in after}, each.next_step
