"""`PassageIds`: one id for one text, where passages come from outside and may share ids."""

import hashlib
from dataclasses import replace

from ladder.data.passage import Passage


class PassageIds:
    """Tells passages with the same id and other texts apart; the first keeps the id.

    Such are pieces that carry the id of their document, and ranks that somebody took for ids.

    >>> ids = PassageIds()
    >>> [ids.named(Passage("7", text)).id for text in ("One.", "Two.", "One.")]
    ['7', '7~1eb32d1e', '7']
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def named(self, passage: Passage) -> Passage:
        """Return the passage under an id that no other text has."""
        if self._texts.setdefault(passage.id, passage.text) == passage.text:
            return passage
        mark = hashlib.sha256(passage.text.encode()).hexdigest()[:8]
        return replace(passage, id=f"{passage.id}~{mark}")
