"""`Passage`: one piece of a corpus."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """One piece of a corpus, as it stands in a prompt."""

    id: str
    text: str
