"""Normalised keys of a text, to find copies that differ only in case, spaces or punctuation.

Case, white space, punctuation, marks without a shape and the form of Unicode do not count: two
texts are the same where their letters and digits are, and their signs (`2 + 1`, `2 - 1`) agree.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby

import regex

from ladder.data.courtesy import LONGEST_PHRASE, courtesy_at, without_courtesy
from ladder.data.plain_words import size_of, stretched, without_markup, words_in

FEWEST_WORDS = 6
"""A text of fewer words has no key but the exact one: too much else is made of the same words."""

_ASCII_MARKS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_CLAUSE_END = regex.compile(r"[^\w\s'`\u00b4\u2018\u2019\u02bc\u2010\u2011-]+|\n|\s[-–]\s")
_SYMBOLS = regex.compile(r"[\p{Sm}\p{Sc}\p{So}--[|~^`]]", flags=regex.V1)
"""Signs of mathematics, of money, and pictures."""

_DIGIT = re.compile(r"\d")
_QUESTION = re.compile("[^.!\uff01?\uff1f؟。\\n]+[?\uff1f؟]")
_QUESTION_MARK = re.compile("[?\uff1f؟]")
_SIGNS = re.compile(
    r"(?<=\d)\s+(?=\d)"  # a gap between two numbers: `1 23` is not `12 3`
    r"|(?<=\d)(?:,(?!\d{3}(?!\d))|[.:])(?=\d)"  # a decimal mark, a time; no thousands mark
    r"|(?<=\d)\s*[-–−*/%]\s*(?=\d)|(?<![\w\s])\s*[-−](?=\d)|(?<=\d)\s?%|(?<=\w)#"
)


def _n_letters_in(text: str) -> int:
    return sum(map(len, words_in(text)))


@dataclass(frozen=True)
class TextKeys:
    """One text, and its keys. `words` are those of `words_in`."""

    text: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "TextKeys":
        """Return the keys of a text."""
        text = without_markup(text)
        return cls(text, tuple(words_in(text)))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Return the distinct words."""
        return frozenset(self.words)

    @cached_property
    def stretched_ends(self) -> list[int]:
        """Return where each word ends in the letters as `stretched` writes them."""
        if self.letters.isascii():
            return list(accumulate(map(len, self.words)))
        return list(accumulate(len(stretched(word)) for word in self.words))

    @cached_property
    def letters(self) -> str:
        """Return the letters and digits alone."""
        return "".join(self.words)

    @cached_property
    def size(self) -> float:
        """Return the number of words."""
        return size_of(self.words)

    @property
    def is_short(self) -> bool:
        """Return whether only the exact key counts."""
        return self.size < FEWEST_WORDS

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """Return the words without those of courtesy at either end."""
        return tuple(without_courtesy(self.words))  # the very same words where none is left out

    @cached_property
    def around_number(self) -> tuple[tuple[str, ...], str] | None:
        """Return the bare words with an empty one for the number, and the number, if one is there.

        >>> TextKeys.of("Hi, where is item 12?").around_number
        (('where', 'is', 'item', ''), '12')
        """
        numbers = [word for word in self.bare if _DIGIT.search(word)]
        if len(numbers) != 1:
            return None
        return tuple("" if word == numbers[0] else word for word in self.bare), numbers[0]

    @cached_property
    def exact(self) -> str:
        """Return the letters without words of courtesy; the bare text where it has no letters.

        >>> TextKeys.of("Hi, where is my card? Thanks!").exact
        'whereismycard'
        """
        letters = self.letters if self.bare is self.words else "".join(self.bare)
        return letters or " ".join(unicodedata.normalize("NFKC", self.text).casefold().split())

    @cached_property
    def clause_ends(self) -> frozenset[int]:
        """Return where clauses begin and end in `letters`."""
        lengths = map(_n_letters_in, _CLAUSE_END.split(self.text))
        return frozenset({0, *accumulate(lengths)})

    @cached_property
    def word_ends(self) -> dict[int, int]:
        """Return how many words end at each place of `letters` or before it."""
        ends = accumulate(map(len, self.words), initial=0)
        return {end: number for number, end in enumerate(ends)}

    def is_clause_end(self, at: int) -> bool:
        """Return whether a clause, or words of courtesy, end or begin at a place of `letters`."""
        if at in self.clause_ends:
            return True
        number = self.word_ends.get(at)
        if number is None:
            return False
        before = self.words[max(0, number - LONGEST_PHRASE) : number]
        after = self.words[number : number + LONGEST_PHRASE]
        return courtesy_at(before, at_end=True) > 0 or courtesy_at(after) > 0

    @property
    def is_question(self) -> bool:
        """Return whether the text ends with a question mark."""
        return self.text.rstrip().endswith(("?", "\uff1f", "؟"))

    @cached_property
    def question_ends(self) -> frozenset[int]:
        """Return where in `letters` a question mark stands."""
        parts = _QUESTION_MARK.split(self.text)[:-1]
        return frozenset(accumulate(map(_n_letters_in, parts)))

    @cached_property
    def questions(self) -> tuple[tuple[str, ...], ...]:
        """Return the words of each sentence that ends with a question mark."""
        return tuple(tuple(words_in(each)) for each in _QUESTION.findall(self.text))

    @cached_property
    def sorted_words(self) -> str:
        """Return the words in the order of the alphabet."""
        return " ".join(sorted(self.words))

    @property
    def numbers(self) -> list[str]:
        """Return the runs of digits."""
        return re.findall(r"\d+", unicodedata.normalize("NFKC", self.text))

    @cached_property
    def signs(self) -> str:
        """Return the signs that carry meaning, in their order: of sums, numbers and money."""
        text = unicodedata.normalize("NFKC", self.text)
        near = ((found.start(), found.group().strip() or " ") for found in _SIGNS.finditer(text))
        bare = ((found.start(), found.group()) for found in _SYMBOLS.finditer(text))
        return "".join(sign for _, sign in sorted({*near, *bare}))


def is_same(one: TextKeys, other: TextKeys) -> bool:
    """Return whether two texts are the same but for what says nothing.

    >>> same = lambda a, b: is_same(TextKeys.of(a), TextKeys.of(b))
    >>> same("Where's  my Card?", "wheres my card"), same("2 - 1?", "2 + 1?"), same("1.5", "15")
    (True, False, False)
    """
    return one.exact == other.exact and signs_agree(one, other)


def signs_agree(one: TextKeys, other: TextKeys) -> bool:
    """Return whether two texts with the same letters have the same signs too.

    A longer text that has lost all its punctuation, and its signs with it, agrees with any.
    """
    if one.signs == other.signs:
        return " " not in one.signs or one.numbers == other.numbers
    fewer, more = sorted((one, other), key=lambda keys: len(keys.signs))
    is_stripped = not _ASCII_MARKS.intersection(fewer.text)
    return not one.is_short and is_stripped and _is_within(fewer.signs, more.signs)


def is_reordered(one: TextKeys, other: TextKeys) -> bool:
    """Return whether two texts have the same words in another order.

    Where only the numbers changed places (`from 3 to 5`, `from 5 to 3`) they are two texts.
    """
    if one.is_short or one.sorted_words != other.sorted_words:
        return False
    return not only_numbers_moved(one.words, other.words)


def only_numbers_moved(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether the words stand in the same order, and the numbers among them do not.

    >>> only_numbers_moved("from 3 to 5".split(), "from 5 to 3".split())
    True
    """
    (words, numbers), (other_words, other_numbers) = _parted(one), _parted(other)
    return words == other_words and numbers != other_numbers


def _is_within(few: str, many: str) -> bool:
    """Return whether one text is left when characters are taken out of the other.

    >>> _is_within("+-", "+.-"), _is_within("+-", "-+")
    (True, False)
    """
    rest = iter(many)
    return all(each in rest for each in few)


def _parted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    groups = {True: list[str](), False: list[str]()}
    for is_number, members in groupby(words, key=lambda word: word[:1].isdecimal()):
        groups[is_number] += members
    return groups[False], groups[True]


def trigrams(words: Sequence[str]) -> frozenset[str]:
    """Return all runs of three characters of a text, gaps between words included.

    >>> sorted(trigrams(["my", "car"]))
    [' ca', ' my', 'ar ', 'car', 'my ', 'y c']
    """
    text = f" {' '.join(words)} "
    return frozenset(text[at : at + 3] for at in range(len(text) - 2))


def cosine(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the cosine of two sets.

    >>> cosine(frozenset("abcd"), frozenset("abcx"))
    0.75
    """
    if not one or not other:
        return 0.0
    return len(one & other) / float((len(one) * len(other)) ** 0.5)
