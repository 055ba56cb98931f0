"""`index_of`: passages that are searched by the words which they share with a question.

This file stands for the one that an export makes of ladder's own `search_words` and `lexical`: what
is exported reads words by the very same code.
"""

from collections.abc import Sequence

from ladder.retrieval.lexical import LexicalIndex
from ladder.spec.corpus_reading import CorpusReading


def index_of(texts: Sequence[str], *, language: str | None, folds: bool) -> LexicalIndex:
    """Return an index of texts; `folds` lets é match e."""
    return LexicalIndex(
        texts, CorpusReading.model_validate({"language": language, "fold_diacritics": folds})
    )
