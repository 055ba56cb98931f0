"""`number_in_words`: small numbers that are written out, where nothing else is said."""

import re

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
_AROUND = re.compile(r"[\s*_`\"'$().,:;!。、=]+")
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
    >>> number_in_words("one of them")
    ''
    """
    if len(text) > 100:
        return ""
    bare = _AROUND.sub(" ", text).strip().casefold()
    if bare and set(bare) <= set(_HAN) | set("十百"):
        return _from_han(bare)
    words = bare.replace("-", " ").split()
    is_minus = words[:1] in (["minus"], ["negative"])
    words = [word for word in words[is_minus:] if word != "and"]
    if not words or len(words) > _MOST_WORDS:
        return ""
    value = _from_words(words)
    return "" if value is None else f"{'-' if is_minus else ''}{value}"


def numbers_in_words(text: str) -> list[str]:
    """Return in digits the numbers that stand in a text in words, however much else it says.

    >>> numbers_in_words("He sold twenty-one of them, so three hundred and five are left.")
    ['21', '305']
    >>> numbers_in_words("二十三"), numbers_in_words("Nobody knows.")
    (['23'], [])
    """
    whole = number_in_words(text)
    if whole:
        return [whole]
    runs = (found.group() for found in _RUN.finditer(text[-_MOST_CHARACTERS:]))
    return [number for run in runs if (number := number_in_words(run))]


def _from_words(words: list[str]) -> int | None:
    total = current = 0
    smallest = 1_000
    for word in words:
        if word in _VALUES and _VALUES[word] < smallest:
            current += _VALUES[word]
            smallest = 10 if _VALUES[word] >= 20 else 0
        elif word == "hundred" and 0 < current < 10:
            current, smallest = current * 100, 100
        elif word == "thousand" and current > 0:
            total, current, smallest = current * 1_000, 0, 1_000
        else:
            return None
    return total + current


def _from_han(signs: str) -> str:
    total = current = 0
    for sign in signs:
        if sign in _HAN:
            current = current * 10 + _HAN[sign]
        else:
            total += (current or 1) * (10 if sign == "十" else 100)
            current = 0
    return str(total + current)
