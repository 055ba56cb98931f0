"""`free_gib`: how much memory a model may still take on a device."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GIB = 2**30
_GROUP = Path("/sys/fs/cgroup")


def free_gib(device: str) -> float | None:
    """Return the free memory of a device in GiB; None where the system does not tell.

    On a GPU it is what the driver says, and what torch keeps of freed tensors and uses again. Else it is what is free and what the system would give
    back, or what is left to the container, whichever is less.
    """
    if device == "cuda":
        import torch

        kept = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return float(torch.cuda.mem_get_info()[0] + kept) / GIB
    known: Any = os.sysconf_names
    if "SC_AVPHYS_PAGES" not in known:
        return None
    return min([_available_bytes(), *_left_in_container()]) / GIB


def _available_bytes() -> float:
    """Return what is free and what the system would give back, where it says so."""
    path = Path("/proc/meminfo")
    if path.is_file():
        for line in path.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
    return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))


def _left_in_container() -> Iterator[float]:
    """Yield what the container's limit leaves, where it has one; cached files count as free."""
    try:
        limit = (_GROUP / "memory.max").read_text("ascii").strip()
        used = float((_GROUP / "memory.current").read_text("ascii"))
        lines = (_GROUP / "memory.stat").read_text("ascii").splitlines()
    except (OSError, ValueError):
        return
    if limit.isdecimal():
        stat = {name: float(value) for name, value in (line.split() for line in lines)}
        yield float(limit) - used + stat.get("inactive_file", 0.0)
