"""`Sample`: one eval item."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sample:
    """One eval item: what goes in, and what should come out.

    Attributes:
        id: From the id column, else a hash of the content; unique in a data set.
        input: The text of the input column.
        targets: Acceptable answers, at least one; all are kept as text, never as numbers.
        cluster: Samples that belong together (a passage, a user) never part across the split.
        columns: Every other column of the row, by name; the prompt and slices may use them.
        where: The place of its row, such as `eval.jsonl:12`, to name it by; no part of what it is.
    """

    id: str
    input: str
    targets: tuple[str, ...]
    cluster: str | None = None
    columns: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    where: str = field(default="", compare=False)
