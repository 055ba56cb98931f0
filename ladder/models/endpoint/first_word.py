"""`FirstWord`: what a server tells of the likelihoods of the first word that a model would say."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_TOLD = 20
"""Tokens of which likelihoods are asked: the most that OpenAI's chats and vLLM give."""

_AROUND = " \n\t\"'*`"
_SMALLEST = 1e-9
_POSITIONS = 4
"""Leading tokens that are looked at: some models begin with white space or a mark."""


def likelihood_fields(*, is_chat: bool) -> dict[str, Any]:
    """Return what asks a server for the likelihoods of its tokens.

    >>> likelihood_fields(is_chat=True), likelihood_fields(is_chat=False)
    ({'logprobs': True, 'top_logprobs': 20}, {'logprobs': 20})
    """
    if is_chat:
        return {"logprobs": True, "top_logprobs": MOST_TOLD}
    return {"logprobs": MOST_TOLD}


@dataclass(frozen=True, slots=True)
class FirstWord:
    """The likeliest tokens at each of the leading positions, with their probabilities."""

    positions: tuple[Mapping[str, float], ...] = ()

    @classmethod
    def of(cls, choice: Mapping[str, Any]) -> "FirstWord":
        """Return what a choice of a reply tells; nothing where it tells nothing, or not so.

        Chats list `content` with `top_logprobs`, plain completions have `top_logprobs` by token.

        >>> FirstWord.of({"logprobs": {"top_logprobs": [{" yes": -0.1}]}}).likelier(["yes", "no"])
        ('yes', 0.904837)
        """
        told = choice.get("logprobs")
        if not isinstance(told, Mapping):
            return cls()
        listed = told.get("content") or told.get("top_logprobs")
        some = listed[:_POSITIONS] if isinstance(listed, list) else []
        found = tuple(dict(_tokens_at(each)) for each in some)
        return cls(found if any(found) else ())

    def likelier(self, words: Sequence[str]) -> tuple[str, float] | None:
        """Return the likelier of some words that begin unlike each other, and how likely it is of them.

        A word of which nothing is told is at most as likely as the least likely token that is, and as
        what is left. None where the model would begin with something else.

        >>> told = FirstWord(({"Yes": 0.6, " yes": 0.2, "N": 0.1, "The": 0.1},))
        >>> told.likelier(["yes", "no"])
        ('yes', 0.888889)
        >>> FirstWord(({"The": 0.9, "A": 0.1},)).likelier(["yes", "no"]) is None
        True
        """
        best: tuple[str, float] | None = None
        for tokens in self.positions:
            best = _likelier_at(tokens, words) or best
            if max(tokens, key=lambda each: tokens[each], default="").strip(_AROUND):
                break
        return best


def _likelier_at(tokens: Mapping[str, float], words: Sequence[str]) -> tuple[str, float] | None:
    odds = {word: sum(_shares(tokens, word)) for word in words}
    if not any(odds.values()):
        return None
    at_most = max(min(*tokens.values(), 1.0 - sum(tokens.values())), _SMALLEST)
    odds = {word: share or at_most for word, share in odds.items()}
    best = max(words, key=lambda word: odds[word])
    return best, round(odds[best] / sum(odds.values()), 6)


def _shares(tokens: Mapping[str, float], word: str) -> Iterator[float]:
    """Yield the probabilities of the tokens that begin a word."""
    for token, share in tokens.items():
        said = token.strip(f"{_AROUND}▁Ġ").lower()
        if said and word.startswith(said):
            yield share


def _tokens_at(told: object) -> Iterator[tuple[str, float]]:
    """Yield tokens with their probabilities at one position, in either form."""
    if not isinstance(told, Mapping):
        return
    listed = told.get("top_logprobs", told)
    if isinstance(listed, Mapping):
        pairs = list(listed.items())
    else:
        given = listed if isinstance(listed, list) else []
        pairs = [
            (each.get("token"), each.get("logprob")) for each in given if isinstance(each, Mapping)
        ]
    for token, logarithm in pairs:
        is_number = isinstance(logarithm, int | float) and not isinstance(logarithm, bool)
        if isinstance(token, str) and is_number and logarithm <= 0.01:
            yield token, math.exp(min(float(logarithm), 0.0))
