"""Where an answer ends that goes on after a stop string."""

from collections.abc import Sequence


def first_stop(text: str, strings: Sequence[str]) -> int | None:
    r"""Return where the first stop string begins, or None.

    >>> first_stop("42\n\nTicket:", ["Ticket:", "\n"])
    2
    """
    places = [text.find(string) for string in strings if string in text]
    return min(places) if places else None
