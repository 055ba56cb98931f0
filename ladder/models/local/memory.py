"""How many prompts fit into memory, and whether a smaller batch may help after a failure."""

import gc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from ladder.errors import InfrastructureError
from ladder.models.local.free_memory import GIB, free_gib

Row = TypeVar("Row")
Found = TypeVar("Found")
_CPU_BYTES = 2 * 2**30
_LOGITS_BYTES = 2**29
"""Room for the logits of a batch: a number for each token of the vocabulary at each place."""

_SIGNS = ("out of memory", "can't allocate memory", "not enough memory")


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
