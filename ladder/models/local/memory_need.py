"""`check_memory_need`: whether a model fits before it is loaded, and what would fit in its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ladder.errors import ModelTooLargeError
from ladder.models.local.allocator import KEPT_BY_ALLOCATOR
from ladder.models.local.batches import MAX_TOKENS
from ladder.models.local.memory import GIB, free_gib
from ladder.models.local.model_size import ModelSize, size_of
from ladder.models.local.weights import best_device, resolve_dtype
from ladder.spec.candidate import ModelRef

WIDTHS = {"float32": 4, "bfloat16": 2, "float16": 2}
"""Bytes a number."""

QUANTISED = {"nf4": 0.52, "int8": 1.01}
"""Bytes a weight of a linear layer: four or eight bits, and its share of a scale."""

HIDDEN_VALUES, INNER_VALUES, HEAD_VALUES = 6.0, 5.0, 4.0
"""Values that a layer holds at once for a token, in units of its outer and its inner width, and
of the widths of queries, keys and values: calibrated by `benchmarks/memory.py`."""

ESTIMATE_OFF = 1.1
"""By what factor an estimate may be off: more than any that `benchmarks/memory.py` has measured."""

LONGEST = 1024
"""Tokens of the prompt that a model must be able to take alone, to be worth loading."""


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """What a model takes to answer a batch, in bytes.

    Attributes:
        weights: As they are held while it answers.
        cache: Keys and values of all rows.
        activations: What one layer computes for all tokens of the batch, and the scores of tokens.
    """

    weights: float
    cache: float
    activations: float

    @property
    def total(self) -> float:
        """Return all of it."""
        return self.weights + self.cache + self.activations

    def __str__(self) -> str:
        """Return it in words."""
        parts = f"weights {self.weights / GIB:.1f}, keys and values {self.cache / GIB:.1f}"
        return f"{self.total / GIB:.1f} GiB ({parts}, activations {self.activations / GIB:.1f})"


def memory_need(
    size: ModelSize,
    *,
    dtype: str,
    quantization: str | None = None,
    rows: int = 1,
    tokens: int = LONGEST,
    new_tokens: int = 64,
) -> MemoryNeed:
    """Return what a model takes to answer a batch.

    Args:
        size: The model's.
        dtype: Of what is not quantised, and of what is computed.
        quantization: Of the linear layers.
        rows: Prompts of the batch.
        tokens: Of the longest prompt.
        new_tokens: That each row grows by.

    >>> small = ModelSize(100, 20, 2, 8, 16, 8, 4, 50)
    >>> [memory_need(small, dtype=dtype).weights for dtype in ("float32", "bfloat16")]
    [480, 240]
    >>> round(memory_need(small, dtype="bfloat16", quantization="nf4").weights)
    92
    """
    width = WIDTHS[dtype]
    a_linear = QUANTISED[quantization] if quantization is not None else width
    kept = rows * (tokens + new_tokens)
    # The keys and values of one layer are copied while it grows by a token.
    layers = size.layers + 2
    at_once = min(rows * tokens, max(tokens, MAX_TOKENS))
    values = HIDDEN_VALUES * size.hidden + max(
        INNER_VALUES * size.inner, HEAD_VALUES * (size.queries + 2 * size.keys)
    )
    # A packed layer is unpacked for each batch, and the allocator keeps what it gets back of that.
    unpacked = KEPT_BY_ALLOCATOR if quantization is not None else 0
    return MemoryNeed(
        weights=size.linear * a_linear + size.other * width,
        cache=2.0 * layers * size.keys * kept * width,
        activations=at_once * values * width + rows * size.vocabulary * (4 + width) + unpacked,
    )


@cache
def bytes_to_answer(ref: ModelRef, *, tokens: int, new_tokens: int) -> float:
    """Return what a local model takes to answer one prompt, weights included.

    Raises:
        ModelLoadError: The files are not here, or damaged.
    """
    need = memory_need(
        size_of(ref),
        dtype=resolve_dtype(ref.dtype, best_device()),
        quantization=ref.quantization,
        tokens=tokens,
        new_tokens=new_tokens,
    )
    return need.total


def check_memory_need(ref: ModelRef) -> None:
    """Raise where a model cannot even answer one long prompt here; no weight is read for it.

    Raises:
        ModelTooLargeError: It says what the model takes, what is free, and what would fit.
        ModelLoadError: The files are not here, or damaged.
    """
    device = best_device()
    free = free_gib(device)
    if free is None:
        return
    size, dtype = size_of(ref), resolve_dtype(ref.dtype, device)
    need = memory_need(size, dtype=dtype, quantization=ref.quantization)
    if need.total <= free * GIB:
        return
    named = f"{dtype}, {ref.quantization}" if ref.quantization else dtype
    smaller = list(_that_fit(size, free * GIB, now=need))
    instead = (
        f"What would fit: {'; '.join(smaller)}. Or use a smaller model."
        if smaller
        else "No smaller precision fits either: use a smaller model, or serve it and give base_url."
    )
    raise ModelTooLargeError(
        f"not testable: {ref.id} takes about {need} in {named} on {device}, and {free:.1f} GiB are "
        "free.",
        next_step=instead,
    )


def _that_fit(size: ModelSize, free: float, *, now: MemoryNeed) -> Iterator[str]:
    """Yield the smaller precisions in which the model fits, as a spec names them."""
    choices = (("bfloat16", None), ("bfloat16", "int8"), ("bfloat16", "nf4"))
    for dtype, quantization in choices:
        need = memory_need(size, dtype=dtype, quantization=quantization)
        if need.total <= free and need.total < now.total:
            word = f"quantization: {quantization}" if quantization else f"dtype: {dtype}"
            yield f"{word} ({need.total / GIB:.1f} GiB)"
