"""Normalised keys of a text, to find copies that differ only in case, spaces or punctuation.

Case, white space, punctuation, marks without a shape and the form of Unicode do not count: two
texts are the same where their letters and digits are, and their signs (`2 + 1`, `2 - 1`) agree.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby
from urllib.parse import unquote_plus

import regex

FEWEST_WORDS = 6
"""A text of fewer words has no key but the exact one: too much else is made of the same words."""

_ASCII_MARKS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_GLUE = frozenset("'`\u00b4\u2018\u2019\u02bc-\u2010\u2011\u0307")
"""Punctuation that stands inside words: `don't`, `top-up`; it leaves no gap where it is dropped."""

_THAI = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_HAN = "\u2e80-\u312f\u31a0-\u31bf\u31f0-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DENSE = re.compile(f"[{_THAI}{_HAN}\uac00-\ud7af]")
GAPLESS = re.compile(f"[{_THAI}{_HAN}]")
"""Characters of scripts that put no gaps between words."""

_THAI_ONLY = re.compile(f"[{_THAI}]")
_CLAUSE_END = regex.compile(r"[^\w\s'`\u00b4\u2018\u2019\u02bc\u2010\u2011-]+|\n|\s[-–]\s")
_SYMBOLS = regex.compile(r"[\p{Sm}\p{Sc}\p{So}--[|~^`]]", flags=regex.V1)
"""Signs of mathematics, of money, and pictures."""

_MIXED = regex.compile(r"\p{Latin}[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{Latin}")
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u0458\u0455"
    "\u03b1\u03b2\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "abekmhopctyxijsabeikvoptux",
)
"""Small letters of Cyrillic and Greek, and the Latin ones that they, or their capitals, look like."""

_ENCODED = re.compile(r"\S*%[0-9a-f]{2}\S*%[0-9a-f]{2}\S*", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|b|i|u|em|strong|span|div|a|ul|ol|li|td|th|tr|table|h[1-6]|br)(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_QUESTION_MARK = re.compile("[?\uff1f؟]")
_SIGNS = re.compile(
    r"(?<=\d)\s+(?=\d)"  # a gap between two numbers: `1 23` is not `12 3`
    r"|(?<=\d)(?:,(?!\d{3}(?!\d))|[.:])(?=\d)"  # a decimal mark, a time; no thousands mark
    r"|(?<=\d)\s*[-–−*/%]\s*(?=\d)|(?<![\w\s])\s*[-−](?=\d)|(?<=\d)\s?%|(?<=\w)#"
)


class _Fold(dict[int, str | None]):
    """What becomes of each character: itself, nothing, or a gap."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        category = unicodedata.category(character)
        kept: str | None = " "
        if character == "\u0131":
            kept = "i"
        elif character in _GLUE or category == "Cf":
            kept = None
        elif category[0] in "LN" or category in ("Mn", "Mc"):
            kept = character
        self[code] = kept
        return kept


_FOLD = _Fold()
_LETTERS = {code: None if _FOLD[code] == " " else _FOLD[code] for code in range(128)}


class _Parted(dict[int, str | None]):
    """The same, with a gap on both sides of a character of a script that puts none between words."""

    def __missing__(self, code: int) -> str | None:
        kept = _FOLD[code]
        if kept and GAPLESS.match(kept):
            kept = f" {kept} "
        self[code] = kept
        return kept


class _Stretched(dict[int, str]):
    """Each character of a dense script threefold, all others as they are."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = 3 * character if _DENSE.match(character) else character
        return self[code]


_PARTED = _Parted()
_STRETCHED = _Stretched()


def words_in(text: str) -> list[str]:
    r"""Return the words of a text in lower case, without all that says nothing.

    A character of a script without gaps (Han, Kana, Thai) is a word of its own.

    >>> words_in("  Where's my\u200b CARD?"), words_in("卡在哪里?")
    (['wheres', 'my', 'card'], ['卡', '在', '哪', '里'])
    """
    if text.isascii():
        return text.lower().translate(_FOLD).split()
    return _small(text).translate(_PARTED).split()


def _small(text: str) -> str:
    """Return a text in small letters, those that only look like Latin ones written as these."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.translate(_LOOK_ALIKES) if _MIXED.search(folded) else folded


def letters_in(text: str) -> str:
    """Return the letters and digits of a text alone: those of its `words_in`, without markup.

    >>> letters_in("Where's <b>my</b> CARD?")
    'wheresmycard'
    """
    text = without_markup(text)
    if text.isascii():
        return text.lower().translate(_LETTERS)
    return "".join(_small(text).translate(_FOLD).split())


def without_markup(text: str) -> str:
    """Return a text without the escapes and the commonest tags of HTML, nor those of a URL.

    >>> without_markup("<p>Tom &amp; Co</p>"), without_markup("a < b > c")
    ('Tom & Co', 'a < b > c')
    >>> without_markup("Where%20is%20it%3F")
    'Where is it?'
    """
    if "%" in text:
        text = _ENCODED.sub(lambda found: unquote_plus(found.group()), text)
    if "&" in text and ";" in text:
        text = html.unescape(text)
    return _TAG.sub("", text) if "<" in text else text


def _n_letters_in(text: str) -> int:
    return sum(map(len, words_in(text)))


def stretched(letters: str) -> str:
    """Return letters with each character of a dense script threefold: it says as much as three.

    >>> stretched("a卡")
    'a卡卡卡'
    """
    return letters if letters.isascii() else letters.translate(_STRETCHED)


def size_of(words: Sequence[str]) -> float:
    """Return how many words a text has; two Han characters or four Thai letters count as one.

    >>> size_of(["where", "is", "it"]), size_of(["卡", "在", "哪", "里"])
    (3, 2.0)
    """
    if "".join(words).isascii():
        return len(words)
    alone = [word for word in words if len(word) == 1 and not word.isascii()]
    thai = sum(1 for word in alone if _THAI_ONLY.match(word))
    han = sum(1 for word in alone if GAPLESS.match(word)) - thai
    return len(words) - 0.75 * thai - 0.5 * han if alone else len(words)


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
        before = self.words[max(0, number - _LONGEST_PHRASE) : number]
        after = self.words[number : number + _LONGEST_PHRASE]
        return _courtesy(before, at_end=True) > 0 or _courtesy(after) > 0

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


def without_courtesy(words: Sequence[str]) -> Sequence[str]:
    """Return the words without greeting and thanks at either end.

    >>> without_courtesy("hello there please where is it thank you so much".split())
    ['where', 'is', 'it']
    """
    if _EDGES.isdisjoint((*words[:1], *words[-1:])):
        return words
    start, end = 0, len(words)
    while (step := _courtesy(words[start : min(end, start + _LONGEST_PHRASE)])) > 0:
        start += step
    while (step := _courtesy(words[max(start, end - _LONGEST_PHRASE) : end], at_end=True)) > 0:
        end -= step
    return words if end - start == len(words) else words[start:end]


def _courtesy(words: Sequence[str], *, at_end: bool = False) -> int:
    """Return how many words a phrase of courtesy at one end has; 0 where there is none."""
    edge = words[-1:] if at_end else words[:1]
    if not _EDGES.issuperset(edge):
        return 0
    for length in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
        part = words[-length:] if at_end else words[:length]
        if " ".join(part) in _COURTESY:
            return length
    return 0


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


_PHRASES = """
hi; hello; hey; dear; greetings; howdy; hi there; hello there; hey there; dear team; dear support
dear sir; dear sir or madam; dear madam; hi team; hello team; hi all; hello all; hi everyone
hello everyone; good morning; good day; good afternoon; good evening; ok; okay; well; so; um
please; kindly; pls; plz; excuse me; sorry; quick question; i have a question
i have a quick question; a quick question; just a quick question; can you help me
can you please help me; could you help me; could you please help me; can you tell me
could you tell me; please tell me; please help; help please; i would like to know
i wanted to ask; just wondering; thanks; thank you; thx; ty; cheers; many thanks
thanks a lot; thanks so much; thank you so much; thank you very much; thanks very much
thanks in advance; thank you in advance; many thanks in advance
thanks a lot in advance; in advance; for your help; for the help; regards
best regards; kind regards; warm regards; best wishes; best; yours; yours sincerely; sincerely
have a nice day; have a good day; have a great day; bye; goodbye; much appreciated
hallo; guten tag; guten morgen; bitte; danke; vielen dank; danke im voraus; mit freundlichen grüßen
bonjour; salut; merci; merci beaucoup; merci davance; sil vous plaît; hola; buenos días; por favor
gracias; muchas gracias; ciao; buongiorno; grazie; per favore; olá; bom dia; obrigado; obrigada
привет; здравствуйте; добрый день; спасибо; пожалуйста; 你 好; 您 好; 请 问; 谢 谢; 早 上 好
こ ん に ち は; あ り が と う; お 願 い し ま す; 안녕하세요; 감사합니다; merhaba; teşekkürler
lütfen; xin chào; cảm ơn; नमस्ते; धन्यवाद; مرحبا; شكرا; γεια σας; ευχαριστώ; ส วั ส ดี
"""
_COURTESY = frozenset(
    " ".join(words_in(phrase)) for phrase in re.split(r"[;\n]", _PHRASES) if phrase.strip()
)
_EDGES = frozenset(word for phrase in _COURTESY for word in (phrase.split()[0], phrase.split()[-1]))
_LONGEST_PHRASE = max(len(phrase.split()) for phrase in _COURTESY)


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


def missing_words(words: Sequence[str], others: Sequence[str]) -> float:
    """Return how many of the words the others lack, counted as `size_of` counts them."""
    return size_of(list((Counter(words) - Counter(others)).elements()))
