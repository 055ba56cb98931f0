"""`Passage`: one piece of a corpus."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Passage:
    """One piece of a corpus, as it is searched and as it stands in a prompt.

    Attributes:
        id: Its own id, unique in the corpus.
        text: What is searched and shown; the headings above it stand in its first line.
        where: Where a person finds it: `faq.jsonl:12`, `manual.pdf, page 3`, `guide.md, Install`.
        source: Id of the row, or path of the file below the corpus's folder, that it was cut from;
            empty where it is a whole row by itself.
        page: Its page, from 1, where the file has pages.
        heading: The headings above it, from the outermost: `Guide > Install`.
        metadata: Chosen columns of its row, or the front matter of its file.
    """

    id: str
    text: str
    where: str = field(default="", compare=False)
    source: str = field(default="", compare=False)
    page: int | None = field(default=None, compare=False)
    heading: str = field(default="", compare=False)
    metadata: Mapping[str, str] = field(default_factory=dict, compare=False)

    def is_from(self, name: str) -> bool:
        """Return whether eval data that name a right passage may mean this one.

        They name its id, the row or file that it was cut from, or a page of that file.

        >>> piece = Passage("manual.pdf#4", "Turn the key.", source="manual.pdf", page=3)
        >>> [piece.is_from(name) for name in ("manual.pdf#4", "manual.pdf", "manual.pdf#page=3")]
        [True, True, True]
        >>> piece.is_from("manual.pdf#page=2")
        False
        """
        if name == self.id or (self.source and name == self.source):
            return True
        return self.page is not None and name == f"{self.source}#page={self.page}"
