"""`RightPassages`: which passages answer a sample, by the ids that its row names or by their words."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, islice
from typing import Literal

from ladder.data.byte_places import places_of
from ladder.data.checks import MOST_LABELS
from ladder.data.gold_passages import gold_passages
from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.measure.task_data import TaskData
from ladder.retrieval.corpus import Corpus
from ladder.scoring import Searchable
from ladder.scoring.plain_math import plain_digits
from ladder.spec.candidate import Retrieval

MOST_READ = 40
"""Passages that are read for one answer; where all its letters stand in more, it counts as found."""

_SEPARATOR = b"\n"
_MOST_PLACES = 200
"""Places of one answer that are looked up at once; where there are more, they are found one by one."""

_LARGE = re.compile(r"(?<=\d)(?:million|billion).*", re.DOTALL)
_NO_LETTERS = re.compile(r"[\W_]+")
_NO_ASCII_LETTERS = {code: None for code in range(128) if not chr(code).isalnum()}


class RightPassages:
    """Tells for each sample whether a passage answers it.

    Where `data.gold` names passages, these are right and no others. Else a passage is right that
    holds a target as the metrics see it: an answer in other words, a computed one and a label are
    not seen by that.
    """

    def __init__(self, data: TaskData) -> None:
        self._data = data
        self._column = data.task.data.gold
        self._searchable: dict[str, Searchable] = {}

    @property
    def by(self) -> Literal["gold", "answer"]:
        """Return whether the rows name their passages, or answers are looked for in them."""
        return "answer" if self._column is None else "gold"

    def grades(self, sample: Sample, retrieval: Retrieval) -> dict[str, int]:
        """Return the grades of the passages that a sample's row names; none without `data.gold`."""
        if self._column is None:
            return {}
        has_corpus = retrieval.corpus is not None
        known = _ids_in(self._data.passages_of(retrieval)) if has_corpus else frozenset()
        return gold_passages(sample, self._column, known)

    def among(self, sample: Sample, passages: Iterable[Passage]) -> bool:
        """Return whether one of some passages answers a sample."""
        if self._column is None:
            return any(any(map(self._read(each.text).holds, sample.targets)) for each in passages)
        shown = frozenset(name for each in passages for name in ids_of(each))
        grades = gold_passages(sample, self._column, shown)
        return any(grade > 0 and name in shown for name, grade in grades.items())

    def in_corpus(self, sample: Sample, corpus: Corpus) -> bool:
        """Return whether a passage of a corpus answers a sample; in doubt, it does."""
        if self._column is None:
            return any(_letters_of(corpus).may_hold(target) for target in sample.targets)
        known = _ids_in(corpus)
        grades = gold_passages(sample, self._column, known)
        return any(grade > 0 and name in known for name, grade in grades.items())

    def all_in_corpus(self, samples: Sequence[Sample], corpus: Corpus) -> list[bool]:
        """Return the same of many samples, sooner than one by one."""
        if self._column is None:
            _letters_of(corpus).look_for(each for sample in samples for each in sample.targets)
        return [self.in_corpus(sample, corpus) for sample in samples]

    def _read(self, text: str) -> Searchable:
        if text not in self._searchable:
            self._searchable[text] = Searchable(text)
        return self._searchable[text]


def unknown_gold(samples: Iterable[Sample], column: str, corpus: Corpus) -> str:
    """Return how ids in the rows differ from those of a corpus, by an example; nothing where none does."""
    known = _ids_in(corpus)
    named = (name for each in samples for name in gold_passages(each, column, known))
    unknown = next((name for name in named if name not in known), None)
    if unknown is None or not corpus.passages:
        return ""
    return f"a row names {unknown[:60]!r}, and the first id of the corpus is {ids_of(corpus.passages[0])[0][:60]!r}"


def can_be_told(data: TaskData) -> bool:
    """Return whether it can be known which passages answer the samples.

    A label may stand in a passage that has nothing to do with the question, and stands in none
    that describes it in other words.
    """
    if data.task.data.gold is not None:
        return True
    samples = data.selected
    return all(sample.kind == "text" for sample in samples) and not are_labels(samples)


def are_labels(samples: Sequence[Sample]) -> bool:
    """Return whether answers repeat so often that they are labels."""
    known = {sample.targets for sample in samples}
    return known != {("",)} and len(known) <= MOST_LABELS * len(samples)


def ids_of(passage: Passage) -> tuple[str, ...]:
    """Return the ids under which rows may name a passage: its own first, that of its file last.

    >>> ids_of(Passage("p7#2", "…")), ids_of(Passage("p7", "…"))
    (('p7#2', 'p7'), ('p7',))
    >>> ids_of(Passage("manual.pdf#4", "…", source="manual.pdf", page=3))
    ('manual.pdf#4', 'manual.pdf#page=3', 'manual.pdf')
    """
    source, page = passage.source, passage.page
    if source:
        return (passage.id, *([f"{source}#page={page}"] if page is not None else []), source)
    whole, _, number = passage.id.rpartition("#")
    return (passage.id, whole) if whole and number.isdigit() else (passage.id,)


def letters(text: str) -> str:
    """Return the letters and digits of a text: where they are missing, the text is."""
    if text.isascii():
        return text.lower().translate(_NO_ASCII_LETTERS)
    folded = unicodedata.normalize("NFKC", plain_digits(text)).casefold()
    return _NO_LETTERS.sub("", folded.replace("i\u0307", "i"))


def _key(target: str) -> str:
    """Return the letters of a target that stand in every text that holds it, also as `1.2M`.

    >>> _key("12 million people"), _key("Paris")
    ('12m', 'paris')
    """
    return _LARGE.sub(lambda found: found.group()[0], letters(target))


def holds_any(corpus: Corpus, targets: Iterable[str]) -> bool:
    """Return whether a passage of a corpus holds any of some texts; in doubt, it does."""
    wanted, found = list(targets), _letters_of(corpus)
    found.look_for(wanted)
    return any(map(found.may_hold, wanted))


def holders_in(corpus: Corpus, targets: Iterable[str]) -> list[Passage]:
    """Return the passages that hold any of some texts; in doubt, none."""
    places = [_letters_of(corpus).places(each) for each in targets]
    if any(each is None for each in places):
        return []
    found = {at for each in places for at in each or ()}
    return [corpus.passages[at] for at in sorted(found)]


@lru_cache(maxsize=4)
def _ids_in(corpus: Corpus) -> frozenset[str]:
    return frozenset(name for passage in corpus.passages for name in ids_of(passage))


class CorpusLetters:
    """All letters of a corpus in one text, to see quickly in which passages an answer may stand."""

    def __init__(self, corpus: Corpus) -> None:
        self._texts = corpus.texts
        each = [letters(text).encode() for text in self._texts]
        self._whole = _SEPARATOR.join(each)
        self._starts = [0, *accumulate(len(one) + len(_SEPARATOR) for one in each)]
        self._near: dict[str, list[int]] = {}
        self._searchable: dict[int, Searchable] = {}
        self._known: dict[str, bool] = {}

    def look_for(self, targets: Iterable[str]) -> None:
        """Look for the letters of many targets at once; each is then known, and read when asked for."""
        keys = [key for key in set(map(_key, targets)) if key and key not in self._near]
        # In a passage letters may stand several times, and a passage is read once.
        found = places_of([key.encode() for key in keys], self._whole, most=_MOST_PLACES)
        for key, places in zip(keys, found, strict=True):
            if len(places) < _MOST_PLACES:
                self._near[key] = list(dict.fromkeys(map(self._passage_at, places)))

    def may_hold(self, target: str) -> bool:
        """Return whether a target stands in a passage; in doubt, it does."""
        if target not in self._known:
            self._known[target] = self._look(target)
        return self._known[target]

    def places(self, target: str) -> list[int] | None:
        """Return where the passages are that hold a target; None where too many would be read."""
        key = _key(target)
        near = list(islice(self._with_letters(key), MOST_READ + 1)) if key else []
        if not key or len(near) > MOST_READ:
            return None
        return [at for at in near if self._at(at).holds(target)]

    def _look(self, target: str) -> bool:
        key = _key(target)
        if not key:
            return True
        for n_read, at in enumerate(self._with_letters(key)):
            if n_read == MOST_READ or self._at(at).holds(target):
                return True
        return False

    def _with_letters(self, key: str) -> Iterator[int]:
        """Yield where the passages are in which some letters stand, one after another."""
        if key in self._near:
            yield from self._near[key]
            return
        wanted = key.encode()
        start = self._whole.find(wanted)
        while start >= 0:
            at = self._passage_at(start)
            yield at
            start = self._whole.find(wanted, self._starts[at + 1])

    def _passage_at(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def _at(self, position: int) -> Searchable:
        if position not in self._searchable:
            self._searchable[position] = Searchable(self._texts[position])
        return self._searchable[position]


@lru_cache(maxsize=4)
def _letters_of(corpus: Corpus) -> CorpusLetters:
    return CorpusLetters(corpus)
