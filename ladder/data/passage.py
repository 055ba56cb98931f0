"""`Passage`: one piece of a corpus."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Passage:
    """One piece of a corpus, as it stands in a prompt; `where` names the place of its row."""

    id: str
    text: str
    where: str = field(default="", compare=False)
