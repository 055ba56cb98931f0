"""`LoggedRun`: the answers of one candidate as another tool recorded them, in one form for all tools."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Fault = Literal["", "cut", "failed"]


@dataclass(frozen=True, slots=True)
class LoggedAnswer:
    """What was recorded about one row.

    Attributes:
        key: Names the row in every log of the same data: its id, or a hash of it.
        where: The file, and the place in it.
        columns: The row's own columns.
        targets: What counts as right; empty where the log does not say.
        text: What the model answered; None where only a score was recorded.
        scores: The tool's own scores, by their name.
        fault: `cut` at the length limit, or `failed`: there is no answer.
        why: What the tool says about a failure.
    """

    key: str
    where: str
    columns: Mapping[str, Any]
    targets: tuple[str, ...] = ()
    text: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    fault: Fault = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """All answers of one candidate.

    Attributes:
        tool: Which tool wrote the log, with its version where the log says it.
        name: What the log calls the candidate: its model, prompt or column.
        answers: One a row.
        notes: What a reader must know, such as that only some of the rows were asked.
    """

    tool: str
    name: str
    answers: tuple[LoggedAnswer, ...]
    notes: tuple[str, ...] = ()
