"""`Metric`: the protocol, and the base of the built-in ones."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal, Protocol

from ladder.scoring.read import contains_word

Kind = Literal["binary", "graded", "bounded"]
"""`binary`: 0 or 1. `graded`: [0, 1], ours. `bounded`: [0, 1], of an unknown function."""

Reading = Callable[[str], str]


class Metric(Protocol):
    """A named way of turning one answer into a number in [0, 1]; higher is better."""

    @property
    def name(self) -> str:
        """Return the name as in the spec."""
        ...

    @property
    def kind(self) -> Kind:
        """Return which numbers it gives."""
        ...

    @property
    def version(self) -> str:
        """Return what changes whenever the same answer could score differently."""
        ...

    def read(self, text: str) -> str:
        """Return the part of an answer that is compared."""
        ...

    def score(self, text: str, targets: Sequence[str]) -> float:
        """Return the score of an answer against the best fitting target."""
        ...

    def lenient(self, text: str, targets: Sequence[str]) -> float:
        """Return the score when the answer is looked for anywhere in the text."""
        ...


class BuiltIn(ABC):
    """Base of the built-in metrics: they say `compare`, and the reading is done here."""

    name: ClassVar[str]
    kind: ClassVar[Kind] = "binary"
    number: ClassVar[int] = 1
    reads_leniently: ClassVar[bool] = True

    def __init__(self, reading: str, read: Reading, *, labels: tuple[str, ...] = ()) -> None:
        self.reading = reading
        self.labels = labels
        self._read = read

    @property
    def version(self) -> str:
        """Return the version of the comparison, with the reading."""
        return f"{self.number}/{self.reading}"

    def read(self, text: str) -> str:
        """Return the part of an answer that is compared."""
        return self._read(text)

    def score(self, text: str, targets: Sequence[str]) -> float:
        """Return the score of an answer against the best fitting target."""
        if self.reading == "lenient":
            return self.lenient(text, targets)
        return max(self.compare(self.read(text), target) for target in targets)

    def lenient(self, text: str, targets: Sequence[str]) -> float:
        """Return 1 when a target stands in the text as a whole word, else 0."""
        return float(any(contains_word(text, target) for target in targets))

    def accepts(self, target: str) -> bool:
        """Return whether any answer at all can be right where this is the target."""
        if self.reading == "lenient":
            return self.lenient(target, [target]) == 1
        answer = self.read(target) if self.reading == "last_number" else target
        return self.compare(answer, target) == 1

    @abstractmethod
    def compare(self, answer: str, target: str) -> float:
        """Return the score of a read answer against one target."""
