"""`number_in_words`: small numbers that are written out, where nothing else is said."""

import re

from ladder.scoring.numbers.number_words_of_languages import NUMBERS_OF_LANGUAGES

_UNITS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: at for at, word in enumerate(_UNITS)} | {
    word: 10 * at for at, word in enumerate(_TENS, start=2)
}
_HAN = {sign: at for at, sign in enumerate("零一二三四五六七八九")} | {
    "\u3007": 0,
    "两": 2,
    "兩": 2,
}
_HAN_SCALES = {
    "十": 10,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "萬": 10_000,
    "亿": 10**8,
    "億": 10**8,
}
_AROUND = re.compile(r"[\s*_`\"'$().,:;!。、=]+")
_PARTS = (
    (re.compile(r"(?<![\w.,])(\d+) and a half\b", re.IGNORECASE), r"\1.5"),
    (
        re.compile(r"\b(?:an?|1) (hour|day|year|week|minute|dozen) and a half\b", re.IGNORECASE),
        r"1.5 \1",
    ),
    (re.compile(r"(?<![\w.,])(\d+) and a quarter\b", re.IGNORECASE), r"\1.25"),
    (re.compile(r"\bhalf an? (?=hour|day|year|week|minute|dozen)", re.IGNORECASE), "0.5 "),
    (re.compile(r"\ba quarter of an (?=hour)", re.IGNORECASE), "0.25 "),
)
_PARTS_OF_ONE = {
    "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "twelfth": 12, "hundredth": 100,
}  # fmt: skip
_ONE_UNIT = re.compile(
    r"an? (?:second|minute|hour|day|week|month|year|mile|kilometer|kilogram|pound|dollar|euro)"
)
_PLACES = dict(
    zip(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
        range(1, 11),
        strict=True,
    )
) | {"eleventh": 11, "twelfth": 12}  # fmt: skip
_DOZENS = {"a dozen": 12, "one dozen": 12, "half a dozen": 6, "a hundred": 100, "a thousand": 1_000}
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1_000}
_IS_ROMAN = re.compile(
    r"(?=[IVXLCDM]{2})M{0,3}(?:C[MD]|D?C{0,3})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})"
)
_MOST_WORDS = 8
_MOST_CHARACTERS = 20_000
_WORD = rf"(?:{'|'.join(sorted(_VALUES, key=len, reverse=True))}|hundred|thousand)"
_RUN = re.compile(
    rf"(?<!\w)(?:(?:minus|negative) )?{_WORD}(?!\w)(?:(?:-| and | ){_WORD}(?!\w))*", re.IGNORECASE
)


def number_in_words(text: str) -> str:
    """Return in digits what a text says in words, if it says nothing but one number.

    >>> number_in_words("Forty-two."), number_in_words("three hundred and five"), number_in_words("二十三")
    ('42', '305', '23')
    >>> number_in_words("zweiundvierzig"), number_in_words("quatre-vingt-dix-sept"), number_in_words("两万")
    ('42', '97', '20000')
    >>> number_in_words("one of them")
    ''
    """
    if len(text) > 100:
        return ""
    bare = _AROUND.sub(" ", text).strip().casefold()
    if bare and set(bare) <= set(_HAN) | set(_HAN_SCALES):
        return _from_han(bare)
    words = bare.replace("-", " ").split()
    of_language = NUMBERS_OF_LANGUAGES.get(" ".join(words))
    if of_language is not None:
        return str(of_language)
    is_minus = words[:1] in (["minus"], ["negative"])
    words = words[is_minus:]
    if not words or len(words) > _MOST_WORDS:
        return ""
    return f"{'-' if is_minus else ''}{value}" if (value := _positive(words)) else ""


def words_as_digits(text: str) -> str:
    """Return a text in which the numbers that it says in words stand in digits.

    >>> words_as_digits("Twenty-one of them, then two and a half hours and half an hour.")
    '21 of them, then 2.5 hours and 0.5 hour.'
    >>> words_as_digits("二十三"), words_as_digits("Nobody knows."), words_as_digits("XIV")
    ('23', 'Nobody knows.', '14')
    """
    whole = number_in_words(text) or _loosely(text)
    if whole:
        return whole
    tail = _RUN.sub(
        lambda found: number_in_words(found.group()) or found.group(), text[-_MOST_CHARACTERS:]
    )
    for pattern, digits in _PARTS:
        tail = pattern.sub(digits, tail)
    return tail


def _loosely(text: str) -> str:
    """Return in digits what a whole text may mean as a number, and may also mean otherwise.

    A Roman numeral, a place, a zero in German that is also JSON's null, a dozen, and one of a unit (`a week`).
    """
    bare = _AROUND.sub(" ", text[:100]).strip() if len(text) <= 100 else ""
    if _IS_ROMAN.fullmatch(bare):
        signs = [_ROMAN[sign] for sign in bare]
        return str(
            sum(
                -one if one < other else one
                for one, other in zip(signs, [*signs[1:], 0], strict=True)
            )
        )
    word = bare.casefold().removeprefix("the ")
    if _ONE_UNIT.fullmatch(word):
        return f"1 {word.split()[1]}"
    if word == "null":
        return "0"
    return str(_PLACES[word]) if word in _PLACES else ""


def _positive(words: list[str]) -> str:
    """Return a number without its sign in digits: whole, with decimals, or a fraction."""
    if (dozens := _DOZENS.get(" ".join(words))) is not None:
        return str(dozens)
    if words[-1] == "dozen" and (n := _from_words(words[:-1])) is not None:
        return str(12 * n)
    if "point" in words:
        at = words.index("point")
        whole = _from_words(words[:at]) if at else 0
        digits = [_VALUES.get(word, 10) for word in words[at + 1 :]]
        is_read = whole is not None and digits and max(digits) < 10
        return f"{whole}.{''.join(map(str, digits))}" if is_read else ""
    if fraction := _fraction(words):
        return fraction
    value = _from_words([word for word in words if word != "and"])
    return "" if value is None else str(value)


def _fraction(words: list[str]) -> str:
    """Return `3/4` for three quarters, `2 1/2` for two and a half; nothing for other words."""
    under = _PARTS_OF_ONE.get(words[-1]) or _PARTS_OF_ONE.get(words[-1].removesuffix("s"))
    if words[-1] == "halves":
        under = 2
    if under is None:
        return ""
    before, _, last = " ".join(words[:-1]).rpartition(" and ")
    over = 1 if last in ("a", "an", "one") or (words == ["half"]) else _from_words(last.split())
    whole = _from_words(before.split()) if before else 0
    if not over or over >= under or whole is None:
        return ""
    return f"{whole} {over}/{under}" if whole else f"{over}/{under}"


def _from_words(words: list[str]) -> int | None:
    if not words:
        return None
    total = current = 0
    smallest = 1_000
    for word in words:
        if word in _VALUES and _VALUES[word] < smallest:
            current += _VALUES[word]
            smallest = 10 if _VALUES[word] >= 20 else 0
        elif word == "hundred" and 0 < current < 100 and current % 10:
            current, smallest = current * 100, 100
        elif word == "thousand" and current > 0:
            total, current, smallest = current * 1_000, 0, 1_000
        else:
            return None
    return total + current


def _from_han(signs: str) -> str:
    """Return a number in Chinese signs: 10,000 and more multiply all that stands before them."""
    total = section = current = 0
    for sign in signs:
        scale = _HAN_SCALES.get(sign, 0)
        if not scale:
            current = 10 * current + _HAN[sign]
        elif scale < 10_000:
            section, current = section + (current or 1) * scale, 0
        else:
            total, section, current = (total + section + current) * scale, 0, 0
    return str(total + section + current)
