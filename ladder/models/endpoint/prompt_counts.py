"""`PromptCounts`: whether a server threw part of a prompt away, by the tokens that it counted."""

import threading
from collections.abc import Sequence

from ladder.models.base import Message

FEWEST_COUNTED = 1_000
"""Tokens below which equal counts say nothing: no server's context is so short."""

_MOST_ASCII_A_TOKEN = 12
_MOST_OTHER_A_TOKEN = 4
"""Letters a token beyond which part of a prompt is gone: English has about 4, Chinese about 1.5."""

_LEAST_OF_DENSITY = 0.4
_ENOUGH_LEARNT = 8
"""Share of the fewest tokens a letter, in as many of a run's own short prompts, below which a long
one was cut: tables and code have twice as many as prose."""

_HARDLY_ANY = 0.1
"""Share of one kind of text, in ASCII or beyond, that does not count beside the other."""

_LEAST_OF_OWN = 0.9
_SAME_COUNTS = ((3, 0.25), (8, 0.05))
"""How many prompts of how unlike a length never have the same count by chance."""


def weight_of(messages: Sequence[Message]) -> float:
    """Return about how many tokens messages have: a quarter for an ASCII letter, one for any other.

    >>> weight_of([Message("user", "abcd efgh")]), weight_of([Message("user", "\u4f60\u597d")])
    (2.0, 2.0)
    """
    ascii_letters, others = _letters(messages)
    return ascii_letters / 4 + others


class PromptCounts:
    """Knows what one server counted so far. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._densities: dict[bool, list[float]] = {True: [], False: []}
        self._weights: dict[int, set[float]] = {}
        self._largest = 0

    def cut(self, messages: Sequence[Message], counted: int, *, own: int | None = None) -> str:
        """Return in words that the prompt was cut; empty where nothing shows it.

        Args:
            messages: What was sent.
            counted: The server's tokens; 0 where it counts none.
            own: The tokens of the messages' text by the model's own tokenizer, where it is known.
        """
        weight = weight_of(messages)
        if not counted or weight < FEWEST_COUNTED / 4:
            return ""
        with self._lock:
            is_cut = self._is_cut(messages, weight, counted, own)
            if not is_cut:
                self._learn(messages, counted)
        if not is_cut:
            return ""
        letters = sum(map(int, _letters(messages)))
        return (
            f"The endpoint counted {counted} tokens for {letters} characters: it cut the prompt. "
            "Raise its context length."
        )

    def _is_cut(
        self, messages: Sequence[Message], weight: float, counted: int, own: int | None
    ) -> bool:
        if own is not None:
            return counted < _LEAST_OF_OWN * own
        ascii_letters, others = _letters(messages)
        if counted < ascii_letters / _MOST_ASCII_A_TOKEN + others / _MOST_OTHER_A_TOKEN:
            return True
        if counted < _LEAST_OF_DENSITY * self._foretold(ascii_letters / 4, others):
            return True
        return self._is_always(counted, weight)

    def _is_always(self, counted: int, weight: float) -> bool:
        """Return whether unlike prompts have the same count, and none has more."""
        self._largest = max(self._largest, counted)
        if counted < max(FEWEST_COUNTED, self._largest):
            return False
        seen = self._weights.setdefault(counted, set())
        seen.add(weight)
        spread = (max(seen) - min(seen)) / max(seen)
        return any(len(seen) >= n and spread >= least for n, least in _SAME_COUNTS)

    def _foretold(self, ascii_weight: float, others: float) -> float:
        """Return the fewest tokens by what is known of each kind of text; 0 where too little is."""
        foretold = 0.0
        for is_ascii, weight in ((True, ascii_weight), (False, others)):
            learnt = self._densities[is_ascii]
            density = min(learnt) if len(learnt) >= _ENOUGH_LEARNT else None
            if density is None and weight > _HARDLY_ANY * (ascii_weight + others):
                return 0.0
            foretold += (density or 0.0) * weight
        return foretold

    def _learn(self, messages: Sequence[Message], counted: int) -> None:
        """Learn from a prompt that no server cuts, of one kind of text, how dense its tokens are."""
        ascii_letters, others = _letters(messages)
        weights = {True: ascii_letters / 4, False: float(others)}
        most = max(weights, key=weights.__getitem__)
        if counted >= 2 * FEWEST_COUNTED or weights[not most] > _HARDLY_ANY * weights[most]:
            return
        self._densities[most].append(counted / weights[most])


def _letters(messages: Sequence[Message]) -> tuple[int, int]:
    """Return how many letters are ASCII and how many are not, white space left out."""
    text = "".join("".join(message.text.split()) for message in messages)
    others = sum(not letter.isascii() for letter in text)
    return len(text) - others, others
