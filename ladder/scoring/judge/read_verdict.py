"""`read_verdict`: the one word that a judge decides by, read strictly from its reply."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ladder.scoring.calls.json_calls import json_at
from ladder.scoring.plain_text import without_tokens

_KEYS = {"reason", "verdict"}
_FENCE_BEFORE = re.compile(r"`{1,4}\w*\s*\Z")
_NOTHING_BEHIND = re.compile(r"\s*`{0,4}\s*\Z")
_AROUND_WORD = " \t\n.*_`\"'"


@dataclass(frozen=True, slots=True)
class JudgeWord:
    """What a judge said: its word, or None where the reply holds none; and its reason."""

    word: str | None
    reason: str = ""


def read_verdict(reply: str, words: Collection[str]) -> JudgeWord:
    r"""Return the word of a reply: one JSON object that is the whole reply, or its end.

    Anything else is no verdict: a word that was not offered, two objects, further keys, a key that
    stands there twice, words behind the object. Nothing is guessed from free text.

    >>> read_verdict('{"reason": "Too long.", "verdict": "no"}', ("yes", "no"))
    JudgeWord(word='no', reason='Too long.')
    >>> read_verdict('It is polite.\n```json\n{\n"verdict": "yes"\n}\n```', ("yes", "no"))
    JudgeWord(word='yes', reason='It is polite.')
    >>> read_verdict("I would say yes.", ("yes", "no")).word is None
    True
    """
    reply = without_tokens(reply)
    start = reply.find("{")
    found = json_at(reply, start) if start >= 0 else None
    if found is None or found.state != "whole" or not _NOTHING_BEHIND.match(reply, found.end):
        return JudgeWord(None)
    said = _by_small_keys(found.value)
    before = _FENCE_BEFORE.sub("", reply[:start]).strip()
    if not set(said) <= _KEYS or len(said) < len(found.value):
        return JudgeWord(None)
    word, reason = said.get("verdict"), str(said.get("reason") or before).strip()
    bare = word.strip(_AROUND_WORD).casefold() if isinstance(word, str) else None
    return JudgeWord(bare if bare in words else None, reason)


def _by_small_keys(value: Mapping[str, object]) -> dict[str, object]:
    return {key.casefold(): each for key, each in value.items()}
