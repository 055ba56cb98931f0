"""`Passage`: one piece of a corpus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


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

    def header(self, columns: Sequence[str] = ()) -> str:
        """Return the line above the text: the headings, and the columns that go along.

        >>> Passage("p", "Run pip.", heading="Guide", metadata={"by": "Ada"}).header(["by"])
        'Guide (by: Ada)'
        """
        told = ", ".join(
            f"{name}: {self.metadata[name]}" for name in columns if self.metadata.get(name)
        )
        return " ".join(filter(None, [self.heading, f"({told})" if told else ""]))

    def with_header(self, columns: Sequence[str] = ()) -> "Passage":
        """Return the passage with its header as the first line of its text, where it has one."""
        header = self.header(columns)
        return replace(self, text=f"{header}\n{self.text}".rstrip()) if header else self
