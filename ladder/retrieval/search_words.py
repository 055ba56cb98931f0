"""`WordReader`: the words of a text as a lexical search compares them, in many languages."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import regex

from ladder.errors import DataError
from ladder.installation import install_line
from ladder.spec.corpus_reading import CorpusReading

_WORD = regex.compile(r"\w+")
_PLAIN_WORD = re.compile(r"\w+", re.ASCII)
_DIGIT = re.compile(r"[0-9]", re.ASCII)
_INVISIBLE = regex.compile(r"\p{Cf}|\u0640|(?<=i)\u0307")
"""Soft hyphens, joiners and marks of direction; the Arabic line that widens a word; the dot of a
Turkish İ in small letters."""

_POINTS = regex.compile(r"[\p{Mn}&&[\u0591-\u05c7\u064b-\u065f\u0670]]", flags=regex.V1)
"""Vowel points of Hebrew and Arabic, which most texts leave out."""

_BROKEN = regex.compile(r"(\w+)[-\u00ad\u2010][^\S\n]*\n\s*(\w+)")
_HYPHENED = regex.compile(r"\w+(?:[-\u2010\u2011]\w+)+")
_GROUPED = regex.compile(r"(?<![\d.,])\d{1,3}(?:[.,'\u2019\u00a0\u202f ]\d{3})+(?!\d)")
_NO_DIGIT = regex.compile(r"\D+")
_FOREIGN_DIGIT = regex.compile(r"[^\P{Nd}0-9]")
_GAPLESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30fc"
_RUN = regex.compile(rf"(?P<pairs>[{_GAPLESS}][{_GAPLESS}\p{{M}}]*)|[^{_GAPLESS}]+")
_HAN = regex.compile(r"\p{Han}")
_MARKED = regex.compile(r"(?<=[\p{Latin}\p{Greek}\p{Cyrillic}])\p{Mn}+")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i"})
"""Letters whose stroke is no mark that could be taken off."""

_JOINED = str.maketrans({"æ": "ae", "œ": "oe"})
_JOINED_OR_DOTLESS = {**_JOINED, ord("ı"): "i"}


class WordReader:
    """Reads words, by a corpus's language and whether marks on letters count.

    Ligatures, widths, soft hyphens and accents that stand apart never count. A word that is broken
    at the end of a line, or hyphenated, counts as its parts and as a whole. Scripts without gaps
    between words are read by pairs of characters, Han by single ones as well.
    """

    def __init__(self, reading: CorpusReading | None = None) -> None:
        self._language = reading.language if reading is not None else None
        self._folds = reading.fold_diacritics if reading is not None else False

    def words(self, text: str) -> list[str]:
        r"""Return the words of a text, in small letters; numbers and single letters are words too.

        >>> WordReader().words("Gate 7 opens at B.")
        ['gate', '7', 'opens', 'at', 'b']
        >>> WordReader().words("o\ufb03ce cer\u00adtificate re-\nfinery"), WordReader().words("金闸门 A3")
        (['office', 'certificate', 're', 'finery', 'refinery'], ['金闸', '闸门', '金', '闸', '门', 'a3'])
        >>> WordReader(CorpusReading(language="english")).words("two houses")
        ['two', 'hous']
        """
        folded = self._folded(text)
        is_plain = folded.isascii()
        shown = folded if is_plain else _INVISIBLE.sub("", folded)
        words = (_PLAIN_WORD if is_plain else _WORD).findall(shown)
        if not is_plain or "_" in shown:
            words = [part for word in words for part in _parts(word)]
        if not is_plain or "-" in shown:
            words += ["".join(halves) for halves in _BROKEN.findall(folded)]
            words += ["".join(_WORD.findall(whole)) for whole in _HYPHENED.findall(shown)]
        if _DIGIT.search(shown):
            words += [_NO_DIGIT.sub("", number) for number in _GROUPED.findall(shown)]
        return self._stemmed(words)

    def _folded(self, text: str) -> str:
        is_turkish = self._language == "turkish"
        if text.isascii() and not is_turkish:
            return text.casefold()
        normal = unicodedata.normalize("NFKC", text)
        if is_turkish:
            normal = normal.replace("I", "ı").replace("İ", "i")
        folded = unicodedata.normalize("NFKC", normal.casefold())
        folded = _POINTS.sub("", _FOREIGN_DIGIT.sub(_digit, folded))
        folded = str(folded).translate(_JOINED if is_turkish else _JOINED_OR_DOTLESS)
        if not self._folds:
            return folded
        apart = _MARKED.sub("", unicodedata.normalize("NFD", folded.translate(_LETTERS)))
        return unicodedata.normalize("NFC", apart)

    @cached_property
    def _stemmed(self) -> Callable[[list[str]], list[str]]:
        if self._language is None:
            return list
        try:
            import Stemmer
        except ImportError:
            raise DataError(
                f"language: {self._language} needs PyStemmer, which is not installed.",
                next_step=f"{install_line('rag')}, or leave the language out.",
            ) from None
        stemmer = Stemmer.Stemmer(self._language)
        stemmed: Callable[[list[str]], list[str]] = stemmer.stemWords
        return stemmed


def _parts(word: str) -> Iterator[str]:
    """Yield a word; the pairs of characters where there are no gaps; the parts of a code name.

    >>> list(_parts("iphone15手机")), list(_parts("max_tokens"))
    (['iphone15', '手机', '手', '机'], ['max_tokens', 'max', 'tokens'])
    """
    if word.isascii():
        yield word
        if "_" in word.strip("_"):
            yield from filter(None, word.split("_"))
        return
    for run in _RUN.finditer(word):
        yield from _pairs(run.group()) if run.group("pairs") else _parts_of_marked(run.group())


def _parts_of_marked(run: str) -> Sequence[str]:
    return [part for part in run.split("_") if part] if "_" in run else [run]


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
        return
    yield from (run[at : at + 2] for at in range(len(run) - 1))
    yield from _HAN.findall(run)


def _digit(found: regex.Match[str]) -> str:
    return str(unicodedata.digit(found.group()))
