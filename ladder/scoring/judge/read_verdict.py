"""`read_verdict`: the one word that a judge decides by, read strictly from its reply."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ladder.scoring.json_values import NOT_JSON, json_value

_KEYS = {"reason", "verdict"}


@dataclass(frozen=True, slots=True)
class JudgeWord:
    """What a judge said: its word, or None where the reply holds none; and its reason."""

    word: str | None
    reason: str = ""


def read_verdict(reply: str, words: Collection[str]) -> JudgeWord:
    r"""Return the word of a reply: one JSON object that is the whole reply, or its last line.

    Anything else is no verdict: a word that was not offered, two objects, further keys. Nothing is
    guessed from free text.

    >>> read_verdict('{"reason": "Too long.", "verdict": "no"}', ("yes", "no"))
    JudgeWord(word='no', reason='Too long.')
    >>> read_verdict('It is polite.\n{"verdict": "yes"}', ("yes", "no"))
    JudgeWord(word='yes', reason='It is polite.')
    >>> read_verdict("I would say yes.", ("yes", "no")).word is None
    True
    """
    value, before = json_value(reply), ""
    if value is NOT_JSON:
        head, _, last = reply.strip().rpartition("\n")
        value, before = json_value(last), head.strip()
    if not isinstance(value, Mapping) or not set(value) <= _KEYS or "{" in before:
        return JudgeWord(None)
    word, reason = value.get("verdict"), str(value.get("reason") or before).strip()
    if not isinstance(word, str) or word.strip().casefold() not in words:
        return JudgeWord(None, reason)
    return JudgeWord(word.strip().casefold(), reason)
