"""The first stop string in an answer, and those that a backend must not apply itself."""

from collections.abc import Sequence

from ladder.scoring.thoughts import split_thoughts


def first_stop(text: str, strings: Sequence[str]) -> int | None:
    r"""Return where the first stop string begins, or None.

    A stop string of white space alone ends an answer that has begun: a line break before the
    answer, or inside the thoughts before it, would else leave nothing of it.

    >>> first_stop("42\n\nTicket:", ["Ticket:", "\n"])
    2
    >>> first_stop("\n\n42\nTicket:", ["\n"])
    4
    """
    places = [place for string in strings if (place := _place(text, string)) is not None]
    return min(places) if places else None


def kept_from_backend(strings: Sequence[str]) -> list[str]:
    r"""Return the stop strings that a backend must not stop on by itself: those of white space.

    >>> kept_from_backend(["Ticket:", "\n"])
    ['\n']
    """
    return [string for string in strings if not string.strip()]


def _place(text: str, string: str) -> int | None:
    start = 0 if string.strip() else _begin(text)
    place = text.find(string, start)
    return None if place < 0 else place


def _begin(text: str) -> int:
    """Return where the answer itself begins: after its thoughts and white space."""
    split = split_thoughts(text)
    if split.is_unclosed and not split.answer.strip():
        return len(text)
    answer = split.answer.strip()
    return max(text.rfind(answer), 0) if answer else len(text)
