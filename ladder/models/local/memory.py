"""How much memory is free, how many prompts fit, and whether a smaller batch may help after a failure."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ladder.errors import InfrastructureError

GIB = 2**30
_GROUP = Path("/sys/fs/cgroup")

Row = TypeVar("Row")
Found = TypeVar("Found")
_CPU_BYTES = 2 * 2**30
_LOGITS_BYTES = 2**29
"""Room for the logits of a batch: a number for each token of the vocabulary at each place."""

_SIGNS = ("out of memory", "can't allocate memory", "not enough memory")


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


def ended_for_lack_of_memory(error: RuntimeError, *, rows: int) -> bool:
    """Return whether a smaller batch may help; frees cached device memory if so.

    Raises:
        InfrastructureError: Memory ran out for a single row.
    """
    if not is_lack_of_memory(error):
        return False
    if rows == 1:
        raise InfrastructureError(
            "Memory ran out for a single prompt.",
            next_step="Shorten the prompt, use a smaller model, or a machine with more memory.",
        ) from error
    free_unused()
    return True


def is_lack_of_memory(error: RuntimeError) -> bool:
    """Return whether an error of torch says that memory ran out.

    >>> is_lack_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."))
    True
    """
    return any(sign in str(error).lower() for sign in _SIGNS)


def free_unused() -> None:
    """Give back what nothing refers to any more, and what the device keeps for later."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def in_halves(
    run: Callable[[Sequence[Row]], Found], rows: Sequence[Row]
) -> Iterator[tuple[Sequence[Row], Found]]:
    """Yield rows with what `run` gives for them: all at once, in halves where memory runs out.

    Raises:
        InfrastructureError: Memory ran out for a single row.
    """
    try:
        found = run(rows)
    except RuntimeError as error:
        if not ended_for_lack_of_memory(error, rows=len(rows)):
            raise
    else:
        yield rows, found
        return
    half = len(rows) // 2
    yield from in_halves(run, rows[:half])
    yield from in_halves(run, rows[half:])


def rows_that_fit(model: Any, tokens: int, *, at_most: int) -> int:
    """Return how many rows of `tokens` tokens may run at once, by the size of their keys and values.

    Each row ends up with its own copy of the shared prefix: the first update concatenates.
    """
    config = model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    token_bytes = 2 * config.num_hidden_layers * heads * width * model.dtype.itemsize
    room = _CPU_BYTES
    if model.device.type == "cuda":
        room = int((free_gib("cuda") or 0.0) * GIB * 0.4)
    return max(1, min(at_most, room // int(token_bytes * tokens)))


def rows_by_logits(model: Any, places: int, *, at_most: int) -> int:
    """Return how many rows may run at once whose logits are wanted at some last places.

    With a vocabulary of 262,144 tokens those of 32 targets of 60 tokens are 2 GB in float32 alone.
    """
    n_logits = int(model.get_input_embeddings().weight.shape[0])
    return max(1, min(at_most, _LOGITS_BYTES // (4 * n_logits * places)))
