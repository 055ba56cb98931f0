"""Which prompts run together in a batch, and how many leading tokens they share."""

from collections.abc import Iterator, Sequence

MAX_ROWS = 64
MAX_GPU_ROWS = 256
"""On a GPU a pass of few rows takes about as long as one of many: what it waits for is the CPU, which
starts its kernels one by one. So all that fits goes through together."""

MAX_TOKENS = 16_384


def most_rows(device: str) -> int:
    """Return how many prompts are worth a batch on a device: `cpu` or `cuda`.

    >>> most_rows("cpu"), most_rows("cuda")
    (64, 256)
    """
    return MAX_GPU_ROWS if device == "cuda" else MAX_ROWS


def common_prefix(rows: Sequence[Sequence[int]]) -> int:
    """Return how many leading tokens all rows share.

    >>> common_prefix([[1, 2, 3], [1, 2, 4, 5]])
    2
    """
    if not rows:
        return 0
    # The smallest and the largest row differ first where any two rows do.
    low, high = min(map(tuple, rows)), max(map(tuple, rows))
    for position, (left, right) in enumerate(zip(low, high, strict=False)):
        if left != right:
            return position
    return min(len(low), len(high))


def shared_length(rows: Sequence[Sequence[int]]) -> int:
    """Return the length of the prefix worth computing once; every row keeps a token of its own.

    >>> shared_length([[1, 2, 3], [1, 2, 3]])
    2
    """
    if not rows:
        return 0
    return min(common_prefix(rows), min(len(row) for row in rows) - 1)


def plan_batches(
    lengths: Sequence[int],
    *,
    extra: int = 0,
    max_rows: int = MAX_ROWS,
    max_tokens: int = MAX_TOKENS,
    is_sorted: bool = True,
) -> Iterator[list[int]]:
    """Yield positions, longest first, so that rows of a batch are of about one length.

    Batches have about as many rows each: a last one of few rows takes nearly as long as a full one.

    Args:
        lengths: Tokens a row, without what all rows share.
        extra: Tokens that each row will grow by.
        max_rows: Rows of a batch at most.
        max_tokens: Tokens of a batch at most, padding and growth included; a row longer than
            that is a batch of its own.
        is_sorted: False keeps the order given.

    >>> list(plan_batches([5, 9, 6], max_rows=2))
    [[1, 2], [0]]
    >>> [len(batch) for batch in plan_batches([7] * 9, max_rows=4)]
    [3, 3, 3]
    """
    even_rows = -(-len(lengths) // max(1, -(-len(lengths) // max_rows)))
    order = list(range(len(lengths)))
    if is_sorted:
        order.sort(key=lambda position: -lengths[position])
    batch: list[int] = []
    widest = 0
    for position in order:
        wider = max(widest, lengths[position] + extra)
        if batch and (len(batch) == even_rows or wider * (len(batch) + 1) > max_tokens):
            yield batch
            batch, wider = [], lengths[position] + extra
        batch.append(position)
        widest = wider
    if batch:
        yield batch
