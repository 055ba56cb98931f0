"""`Fault`: one training row with what is wrong with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ladder.data.sample import Sample


@dataclass(frozen=True, slots=True)
class Fault:
    """One row, by its position, with what is wrong with it."""

    at: int
    why: str


Look = Callable[[Sequence[Sample], Sequence[Sample]], list[Fault]]
"""A check: asked with the training rows and the eval samples, it returns the faulty rows."""
