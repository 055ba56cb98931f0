"""`bound_sign`: the words and signs that make of a number a bound: `more than 42` is not 42.

Words such as "about" or "nearly" are no bound: the number that they stand before is compared.
`over` and its kin may also mean something else ("spread over 42 days") and have signs of their own.
"""

import re

_BEFORE = {
    "≥": "at least, mindestens, wenigstens, au moins, al menos, por lo menos, como mínimo, almeno,"
    "pelo menos, no mínimo, minstens, tenminste, ten minste, minst, mindst, co najmniej,"
    "как минимум, по меньшей мере, en az, ít nhất, कम से कम",
    "≤": "at most, at the most, up to, höchstens, bis zu, au plus, jusqu'à, a lo sumo, como máximo,"
    "hasta, al massimo, fino a, no máximo, até, hoogstens, ten hoogste, högst, højst, co najwyżej,"
    "максимум, en fazla",
    ">": "more than, greater than, larger than, bigger than, higher than, longer than, older than,"
    "exceeds, exceed, exceeding, in excess of, upwards of, mehr als, größer als, plus de,"
    "supérieur à, supérieure à, más de, más que, mayor que, mayor de, superior a, più di,"
    "maggiore di, mais de, mais que, mais do que, maior que, maior do que, acima de, meer dan,"
    "mer än, mere end, więcej niż, более, более чем, больше, больше чем, hơn",
    "<": "less than, fewer than, smaller than, lower than, shorter than, younger than, weniger als,"
    "kleiner als, moins de, inférieur à, inférieure à, menos de, menos que, menor que, menor de,"
    "inferior a, meno di, minore di, menos do que, menor do que, abaixo de, minder dan, mindre än,"
    "mniej niż, менее, менее чем, меньше, меньше чем, dưới",
    "≳": "over, above, über, oltre, ponad, beyond, свыше",
    "≲": "under, below, unter, sotto, poniżej",
}
_DENIED = {">": "≤", "<": "≥", "≳": "≤", "≲": "≥"}
_NOT = re.compile(
    r"(?:(?<!\w)(?:no|not|never|cannot|nicht|pas|non|não|не|niet|inte)|n't)(?: be)? *\Z"
)
_GAPLESS_BEFORE = {
    "≥": "至少 最少 不少于 不低于 不小于 少なくとも 최소 적어도",
    "≤": "最多 至多 不超过 不多于 不大于 多くとも 최대",
    ">": "超过 多于 大于 高于 超過",
    "<": "少于 小于 低于 不到 不足",
}
_WORD_AFTER = re.compile(
    r"[*_`)]*(?:(?P<ge> or (?:more|greater|above|higher|over)\b| and (?:up|above|over)\b"
    r"|\+(?!\s?[\w(])| oder mehr\b| ou (?:plus|mais)\b| o (?:más|più)\b| eller mer\b| of meer\b"
    r"| или (?:более|больше)\b|\s?[^\W\d_]{0,2}(?:或以上|及以上|或更多|以上|이상))"
    r"|(?P<le> or (?:less|fewer|below|lower|under)\b| oder weniger\b| ou (?:moins|menos)\b"
    r"| o (?:menos|meno)\b| eller mindre\b| of minder\b| или (?:менее|меньше)\b"
    r"|\s?[^\W\d_]{0,2}(?:或以下|及以下|或更少|以下|以内|이하))"
    r"|(?P<gt>\s?[^\W\d_]{0,2}(?:超え|を超|より多|より大き|초과|보다 (?:많|크)))"
    r"|(?P<lt>\s?[^\W\d_]{0,2}(?:未満|より少|より小さ|미만|보다 (?:적|작))))"
)
_SIGN = re.compile(r"(?<![-=<>])(?:(?P<ge>[≥⩾≧]|>=)|(?P<le>[≤⩽≦]|<=)|(?P<gt>>)|(?P<lt><))\Z")
_SIGNS = frozenset("<>=≥⩾≧≤⩽≦")
_SIGN_OF = {"ge": "≥", "le": "≤", "gt": ">", "lt": "<"}
_TAG_END = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?>\Z")
_AROUND = " \t\n*_$€£¥`("
_ADDS = re.compile(r"(?:add|sum|come|amount|total|round)(?:s|ed|ing)?\s+up to\Z")
_APPROXIMATELY = frozenset({"about", "around", "the", "approximately", "ca.", "circa", "etwa"})
_NEAR = 40


def _by_last_word() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for sign, phrases in _BEFORE.items():
        for phrase in map(str.strip, phrases.split(",")):
            found.setdefault(re.split(r"[\s']", phrase)[-1], []).append((phrase, sign))
    return {word: sorted(each, key=_length, reverse=True) for word, each in found.items()}


def _length(entry: tuple[str, str]) -> int:
    return len(entry[0])


_PHRASES = _by_last_word()
_GAPLESS = [(tuple(words.split()), sign) for sign, words in _GAPLESS_BEFORE.items()]


def bound_sign(text: str, start: int, after: int) -> str:
    """Return `≥`, `≤`, `>`, `<`, `≳` or `≲` where a number is a bound; else nothing.

    >>> bound_sign("at least 42", 9, 11), bound_sign("42 or more", 0, 2), bound_sign("is 42", 3, 5)
    ('≥', '≥', '')
    >>> bound_sign("no more than 42", 13, 15), bound_sign("it can't be less than 42", 22, 24)
    ('≤', '≥')
    >>> bound_sign("it adds up to 42", 14, 16), bound_sign("<b>42", 3, 5), bound_sign("x < 42", 4, 6)
    ('', '', '<')
    """
    found = _WORD_AFTER.match(text, after)
    before = text[max(start - _NEAR, 0) : start].rstrip(_AROUND)
    is_bracketed = before[-1:] == "<" and text[after : after + 1] == ">"
    is_sign = before[-1:] in _SIGNS and not is_bracketed and not _TAG_END.search(before)
    if found is None and is_sign:
        found = _SIGN.search(before, len(before) - 2)
    if found is not None:
        return _SIGN_OF[str(found.lastgroup)]
    return _said_before(before) if before[-1:].isalpha() else ""


def _said_before(before: str) -> str:
    """Return the sign of the phrase that a text ends in, if it is one."""
    words = before.casefold().replace("’", "'").split()
    while words and words[-1] in _APPROXIMATELY:
        words.pop()
    clause = " ".join(words)
    for phrase, sign in _PHRASES.get(words[-1].rpartition("'")[2] if words else "", ()):
        is_word = clause.endswith(phrase) and not clause[: -len(phrase)][-1:].isalpha()
        if is_word and not _ADDS.search(clause):
            is_denied = _NOT.search(clause[: -len(phrase)]) is not None
            return _DENIED.get(sign, sign) if is_denied else sign
    bare = clause.removesuffix("了").removesuffix("是").removesuffix("有")
    return next((sign for phrases, sign in _GAPLESS if bare.endswith(phrases)), "")
