"""`LabelItem`: one answer as somebody sees it who labels, and what may be said of it."""

from dataclasses import dataclass
from typing import Literal

from ladder.labelling.labels_so_far import Label

Choice = Literal["good", "bad", "unsure", "first", "second", "equal"]
"""What somebody may press: about one answer, or about two that stand side by side."""


@dataclass(frozen=True, slots=True)
class LabelItem:
    """One answer to label.

    Attributes:
        id: Of its sample.
        asked: What was asked: the input, or the turns with who said them.
        answers: The answer alone; for a pairwise question the answer and the target, in an order
            that is drawn for each sample.
        is_first: Whether the answer stands first.
        reference: A good answer for comparison; "" where there is none, and in pairs.
    """

    id: str
    asked: str
    answers: tuple[str, ...]
    is_first: bool = True
    reference: str = ""

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Return what may be said of it."""
        return (
            ("good", "bad", "unsure")
            if len(self.answers) == 1
            else ("first", "second", "equal", "unsure")
        )

    def label(self, choice: Choice) -> Label:
        """Return the label that a choice stands for.

        >>> pair = LabelItem("a", "2 + 2", ("four", "4"), is_first=True)
        >>> pair.label("first"), pair.label("equal"), pair.label("second")
        ('good', 'good', 'bad')
        """
        if choice in ("good", "bad", "unsure"):
            return choice
        return "good" if choice == "equal" or (choice == "first") == self.is_first else "bad"
