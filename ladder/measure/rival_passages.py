"""`RivalPassages`: whether other passages are as much about a question as one with its answer.

A short answer ("12", "May") stands in many a passage by chance, while the right passage may say it in
other words ("a dozen"). Where a passage that shares as many of the question's telling words did not
stand in the prompt, it is not known whether the right one did.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from ladder.data.passage import Passage
from ladder.retrieval.corpus import Corpus
from ladder.retrieval.search_words import WordReader

AS_MUCH = 0.8
"""Share of what a question has in common with the passage that holds its answer, from which another
passage is as much about it."""


@lru_cache(maxsize=4)
def rivals_in(corpus: Corpus, questions: tuple[str, ...]) -> "RivalPassages":
    """Return what knows which passages are about some questions: every way of retrieval asks for it."""
    return RivalPassages(corpus, questions)


class RivalPassages:
    """Knows which passages of a corpus share which words of some questions; rare words weigh more."""

    def __init__(self, corpus: Corpus, questions: Iterable[str]) -> None:
        self._reader = WordReader(corpus.reading)
        self._places = {passage.id: at for at, passage in enumerate(corpus.passages)}
        self._words = {each: frozenset(self._reader.words(each)) for each in questions}
        wanted = frozenset[str]().union(*self._words.values())
        self._holding: dict[str, list[int]] = defaultdict(list)
        for at, text in enumerate(corpus.texts):
            for word in wanted.intersection(self._reader.words(text)):
                self._holding[word].append(at)

    def are_left_out(
        self, question: str, holding: Sequence[Passage], shown: Sequence[Passage]
    ) -> bool:
        """Return whether a passage that is as much about a question does not stand in a prompt."""
        shared = self._shared(question)
        places = [self._places[each.id] for each in holding if each.id in self._places]
        least = AS_MUCH * max((shared[at] for at in places), default=0.0)
        is_rival = (shared > 0) & (shared >= least)
        is_rival[[self._places[each.id] for each in shown if each.id in self._places]] = False
        return bool(is_rival.any())

    def _shared(self, question: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """Return for each passage how much the words weigh that it shares with a question."""
        n = len(self._places)
        shared = np.zeros(n)
        for word in self._words[question]:
            places = self._holding.get(word, [])
            shared[places] += math.log1p((n - len(places) + 0.5) / (len(places) + 0.5))
        return shared
