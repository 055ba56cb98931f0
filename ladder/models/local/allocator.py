"""`freed_at_once`: while weights are packed, what was freed goes back to the system at once."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

MIB = 2**20
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of glibc's settings (malloc.h)."""

KEPT_BY_ALLOCATOR = 64 * MIB
"""Free memory at the top of the heap that glibc does not give back: twice the largest block that it
takes from the heap (32 MiB, which it comes to by itself; mallopt(3))."""


@contextmanager
def freed_at_once() -> Iterator[None]:
    """Let blocks from 1 MiB on be mapped, each by itself, as long as the block lasts.

    A packed layer stays and its wide copy goes: on the heap the gaps between the packed layers
    would be kept, up to the size of the wide model. After that the settings are those to which
    glibc adapts itself, as maps for each tensor of an answer take a fifth of the time. Elsewhere
    than under glibc nothing is done.
    """
    libc = _glibc()
    if libc is None:
        yield
        return
    libc.mallopt(_MMAP_THRESHOLD, MIB)
    try:
        yield
    finally:
        gc.collect()
        libc.malloc_trim(0)
        libc.mallopt(_MMAP_THRESHOLD, KEPT_BY_ALLOCATOR // 2)
        libc.mallopt(_TRIM_THRESHOLD, KEPT_BY_ALLOCATOR)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return None
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
