"""`header_mark`: what tells the keys in a search's headers from others, and does not tell them."""

import hashlib
import logging
import os
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ladder.disk import locked
from ladder.models.cache import cache_folder

_BYTES = 32

_log = logging.getLogger(__name__)


def header_mark(headers: Mapping[str, str]) -> str:
    """Return a mark of the values of some headers; the same for the same values on this machine.

    Two tenants whose keys stand in one variable, one after the other, find different passages. The
    mark is made with a random number that stays in the cache, and by scrypt (Percival 2009), so that
    it gives nobody a quick way to try keys.
    """
    if not headers:
        return ""
    values = [(name, os.environ.get(variable, "")) for name, variable in sorted(headers.items())]
    return _marked(repr(values), cache_folder() / "passages" / "mark.bin")


@lru_cache(maxsize=16)
def _marked(text: str, path: Path) -> str:
    made = hashlib.scrypt(text.encode("utf-8", "replace"), salt=_salt(path), n=1 << 14, r=8, p=1)
    return made.hex()[:_BYTES]


def _salt(path: Path) -> bytes:
    """Return the random number of this machine's cache; one for this process where none can be kept."""
    made = secrets.token_bytes(_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(path.with_suffix(".lock")):
            if not path.is_file() or path.stat().st_size != _BYTES:
                path.unlink(missing_ok=True)
                path.touch(mode=0o600)
                path.write_bytes(made)
            return path.read_bytes()
    except OSError as error:
        _log.warning("what a search with keys finds is kept for this run alone: %s", error)
        return made
