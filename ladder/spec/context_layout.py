"""`ContextLayout`: how passages stand before the question."""

from typing import Literal

from ladder.frozen import Flag, Frozen, added


class ContextLayout(Frozen):
    """How passages stand before the question.

    `order` puts the best of them first, or last, next to the question (Liu et al. 2024 found that
    models use the middle least). `names_sources` puts the place of each passage before its text.
    `may_decline` adds that the model may say that it does not know.

    >>> ContextLayout().words, ContextLayout(order="best_last", may_decline=True).words
    ('', 'best last, may decline')
    """

    order: Literal["best_first", "best_last"] = added("best_first")
    names_sources: Flag = added(False)
    may_decline: Flag = added(False)

    @property
    def words(self) -> str:
        """Return what is not as usual, in a few words; empty where all is."""
        told = (
            ("best last", self.order == "best_last"),
            ("sources", self.names_sources),
            ("may decline", self.may_decline),
        )
        return ", ".join(words for words, holds in told if holds)
