"""ladder's version number, and how two versions are compared."""

import re

__version__ = "0.1.0"

_NUMBER = re.compile(r"\d{1,9}")


def version_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a version, to compare two.

    >>> version_numbers("0.10.1") > version_numbers("0.9")
    True
    """
    return tuple(int(each) for each in _NUMBER.findall(text)[:3])
