"""`PromptMemory`: keys and values of prompts that the model has read, so that none is read twice.

How likely a target is gets asked after an answer to the same prompt; a candidate that only decodes
otherwise asks the same prompts as another; and prompts with one passage more, or another question behind
the same examples, begin alike. Servers keep what they read for the same reason (RadixAttention, Zheng et
al. 2024). The longest beginning that two prompts share is found among the neighbours of a prompt in the
sorted order of all that are kept.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ladder.models.local.batches import common_prefix
from ladder.models.local.memory import GIB, free_gib

Ids = Sequence[int]

MOST_BYTES = GIB
"""What is kept at most."""

MOST_OF_FREE = 1 / 8
"""The same as a share of the memory that is free, what is kept included."""

WORTH_KEEPING = 0.5
"""Share of a batch's tokens that must be new: the others are kept already."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadBatch:
    """Prompts that went through the model together.

    Attributes:
        prompts: Their tokens; nothing for those that are not to be found here.
        beginning: The cache of one row with what all of them begin with.
        n_shared: How many tokens of each lie there.
        layers: Keys and values of each layer, of shape (rows, heads, columns, size).
        columns: Of each row: in which columns its further tokens lie.
    """

    prompts: tuple[tuple[int, ...], ...]
    beginning: Any
    n_shared: int
    layers: tuple[tuple[Any, Any], ...]
    columns: tuple[Any, ...]

    @property
    def n_bytes(self) -> int:
        """Return what the rows and their beginning take, room behind them included."""
        begun = [] if self.beginning is None else self.beginning.layers
        pairs = [*self.layers, *((each.keys, each.values) for each in begun)]
        return sum(each.untyped_storage().nbytes() for pair in pairs for each in pair)

    def tokens(self, row: int, start: int, stop: int) -> Iterator[tuple[Any, Any]]:
        """Yield keys and values of some tokens of a row, layer by layer, of shape (heads, tokens, size)."""
        import torch

        near = _as_slice(
            self.columns[row][max(start - self.n_shared, 0) : max(stop - self.n_shared, 0)]
        )
        far = slice(start, min(stop, self.n_shared))
        for layer, pair in enumerate(self.layers):
            found = tuple(each[row][:, near] for each in pair)
            if far.start < far.stop:
                kept = self.beginning.layers[layer]
                begun = (kept.keys[0, :, far], kept.values[0, :, far])
                found = tuple(torch.cat(both, dim=1) for both in zip(begun, found, strict=True))
            yield found[0], found[1]


def _as_slice(columns: Any) -> Any:
    """Return columns that lie side by side as a slice, which copies nothing; others as they are."""
    if not len(columns):
        return slice(0)
    first, last = int(columns[0]), int(columns[-1])
    return slice(first, last + 1) if last - first + 1 == len(columns) else columns


class PromptMemory:
    """Keeps what was read last, as much as fits; `forget` whenever the weights change.

    Args:
        device: Where keys and values lie: `cpu` or `cuda`.
        is_possible: Whether the model's keys of a token are the same in every prompt that begins alike.

    Attributes:
        is_used: Whether prompts are kept and looked up; what is kept stays meanwhile.
    """

    def __init__(self, device: str, *, is_possible: bool = True) -> None:
        self.is_used = True
        self._is_possible = is_possible
        self._device = device
        self._batches: dict[ReadBatch, None] = {}
        self._found: dict[tuple[int, ...], tuple[ReadBatch, int]] = {}
        self._sorted: list[tuple[int, ...]] = []

    def __len__(self) -> int:
        """Return how many prompts are kept."""
        return len(self._sorted)

    def known(self, ids: Ids) -> int:
        """Return how many leading tokens of a prompt were read before."""
        return self._nearest(tuple(ids))[0] if self.is_used else 0

    def tokens(self, ids: Ids, start: int, stop: int) -> Iterator[tuple[Any, Any]]:
        """Yield keys and values of the tokens `start` to `stop` of a prompt, of which so many are known.

        A layer at a time, of shape (heads, tokens, size).
        """
        _, nearest = self._nearest(tuple(ids))
        batch, row = self._found[nearest]
        self._batches.pop(batch)
        self._batches[batch] = None  # what is used stays longest
        return batch.tokens(row, start, stop)

    def is_wanted(self, *, n_new: int, n_read: int) -> bool:
        """Return whether a batch is worth keeping in which so many of the tokens are new."""
        return self._is_possible and self.is_used and n_new >= WORTH_KEEPING * n_read

    def keep(self, batch: ReadBatch) -> None:
        """Keep prompts that were read; what was used longest ago goes where there is no room."""
        room, size = self._room(), batch.n_bytes
        if size > room:
            return
        used = sum(each.n_bytes for each in self._batches)
        for oldest in list(self._batches):
            if used + size <= room:
                break
            used -= oldest.n_bytes
            self._drop(oldest)
        self._batches[batch] = None
        for row, prompt in enumerate(batch.prompts):
            if prompt not in self._found:
                insort(self._sorted, prompt)
            self._found[prompt] = (batch, row)

    def forget(self) -> None:
        """Free the memory."""
        self._batches, self._found, self._sorted = {}, {}, []

    def _nearest(self, ids: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        """Return the longest beginning of a prompt that is kept, and the prompt that has it."""
        at = bisect_left(self._sorted, ids)
        neighbours = self._sorted[max(at - 1, 0) : at + 1]
        return max(((common_prefix([ids, each]), each) for each in neighbours), default=(0, ()))

    def _drop(self, batch: ReadBatch) -> None:
        del self._batches[batch]
        for prompt in batch.prompts:
            if self._found.get(prompt, (None, 0))[0] is batch:
                del self._found[prompt]
                del self._sorted[bisect_left(self._sorted, prompt)]

    def _room(self) -> float:
        free = free_gib(self._device)
        used = sum(each.n_bytes for each in self._batches)
        return MOST_BYTES if free is None else min(MOST_BYTES, MOST_OF_FREE * (free * GIB + used))
