"""`installed_transformers`: the version whose behaviour the rules must be true of."""

import importlib.metadata
import re
from functools import lru_cache

_LATEST_KNOWN = (5, 24)


@lru_cache(maxsize=1)
def installed_transformers() -> tuple[int, ...]:
    """Return the installed version of transformers, such as (5, 24, 0); the latest known without one."""
    try:
        return version_of(importlib.metadata.version("transformers"))
    except importlib.metadata.PackageNotFoundError:
        return _LATEST_KNOWN


def version_of(text: str) -> tuple[int, ...]:
    """Return the numbers of a version.

    >>> version_of("5.24.0.dev0")
    (5, 24, 0)
    """
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found.group().split("."))) if found else _LATEST_KNOWN
