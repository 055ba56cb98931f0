"""`read_time`: times of day as seconds."""

import re

TIMES = (
    r"(?<![\d:.])\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[AaPp]\.?[Mm]\b\.?)?(?![:\d])"
    r"|(?<![\d:.,])\d{1,2}\s?(?:[AaPp]\.[Mm]\.|[AaPp][Mm]\b)"
    r"|(?<![\d:.,])\d{1,2}[.:]\d{2}\s?(?:[Uu]hr)\b"
    r"|(?<![\d:.,])\d{1,2}h\d{2}(?:m|mn|min)?\b|(?<![\d:.,])\d{1,2}\sh\s\d{2}(?=\s*(?:[.,;!?)\n]|\Z))"
    r"|(?<![\d:.,])\d{1,2}\s?(?:[Uu]hr|o'clock)\b(?:\s\d{2}\b)?"
    r"|(?<!\d)\d{1,2}\s?(?:[点點]|[时時](?![间間])|시(?!간))\s?(?:\d{1,2}\s?[分분])?"
)
_PARTS = re.compile(r"(\d{1,2})\D*(?:(\d{2})|(\d{1,2})\s?[分분])?(?::(\d{2}))?")
_HALF = re.compile(r"\d\s?([AaPp])\.?[Mm]")


def read_time(written: str) -> int | None:
    """Return a time of day in seconds after midnight; nothing where it is none.

    >>> read_time("10:30"), read_time("10:30 pm"), read_time("10h30"), read_time("25:00")
    (37800, 81000, 37800, None)
    """
    parts = _PARTS.match(written)
    if parts is None:
        return None
    hour, minute = int(parts[1]), int(parts[2] or parts[3] or 0)
    half = _HALF.search(written)
    if hour > (12 if half else 24) or minute > 59:
        return None
    if half is not None:
        hour = hour % 12 + (12 if half[1] in "pP" else 0)
    return (hour * 60 + minute) * 60 + int(parts[4] or 0)
