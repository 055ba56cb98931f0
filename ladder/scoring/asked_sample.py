"""`AskedSample`: the sample that an answer was given to, as a metric of one's own sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class AskedSample:
    """What a metric may know of a sample besides the answer to it.

    Attributes:
        input: The text of the input column; of a conversation that of its last user turn.
        targets: The acceptable answers; one empty text where the spec says that there are none.
        columns: Every other column of the row, by name.
        messages: The turns before the answer as `{"role": …, "content": …}`; empty where the row
            is one text.
        tools: The schemas of the tools that could be called.
        id: Its name in the report.

    >>> sample = AskedSample("How many?", ("3",), {"table": "orders"})
    >>> sample.input, sample["table"], sample.get("schema", "none")
    ('How many?', 'orders', 'none')
    """

    input: str = ""
    targets: tuple[str, ...] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)
    messages: Sequence[Mapping[str, Any]] = ()
    tools: Sequence[Mapping[str, Any]] = ()
    id: str = ""

    def __getitem__(self, column: str) -> Any:  # noqa: ANN401 - whatever stands in the row
        """Return the value of a column."""
        return self.columns[column]

    def get(self, column: str, default: Any = None) -> Any:  # noqa: ANN401
        """Return the value of a column, or a default where the row lacks it."""
        return self.columns.get(column, default)
