"""`multiplier_at`: the words and letters that make a number thousands, millions or billions."""

import re

_TABLE = """
12: dozen dutzend docena douzaine dozzina dúzia
100: hundred 百
1000: k thousand tsd tausend 千 천 mila тысяч тысячи тысяча тыс tysięcy tusen duizend हज़ार ألف آلاف אלף nghìn ngàn ribu
10000: 万 萬 만
100000: lakh lakhs लाख
1000000: million millions millionen mio mn mln millón millones milhão milhões milione milioni miljoen
1000000: miljon miljoner milion miliony milionów миллион миллиона миллионов млн milyon triệu 百万 백만 मिलियन مليون ملايين מיליון juta
10000000: crore crores करोड़
100000000: 億 亿 억
1000000000: billion billions bn mrd milliarde milliarden milliard milliards miliardo miliardi miljard
1000000000: miljarder miliard miliardów bilhão bilhões миллиард миллиарда миллиардов млрд milyar tỷ अरब مليار مليارات מיליארד miliar
1000000000000: trillion trillions tn billionen billones bilioni 兆
"""
_MULTIPLIERS = {
    word: int(size)
    for size, _, words in (line.partition(":") for line in _TABLE.strip().splitlines())
    for word in words.split()
}
_GAPLESS = "百万|[千百万萬億亿兆천만억]"
_WORD = re.compile(
    r"\s?(?P<word>"
    + "|".join(sorted(_MULTIPLIERS, key=len, reverse=True))
    + r")(?!\w)\.?(?![^\W\d_])"
    rf"|(?P<gapless>{_GAPLESS})",
    re.IGNORECASE,
)
_LETTERS = {"M": 10**6, "B": 10**9, "T": 10**12, "MM": 10**6, "m": 10**6, "b": 10**9}
_LETTER = re.compile(r"[MB](?![\w²³])")
_OF_MONEY = re.compile(r"\s?(?:MM|[MBT])(?!\w)|[mb](?!\w)")


def multiplier_at(text: str, at: int, *, is_money: bool = False) -> tuple[int, int] | None:
    """Return the multiplier that stands behind a number, and where it ends; nothing without one.

    A capital M or B that is glued to a number is millions or billions; behind money it may stand
    apart.

    >>> multiplier_at("1.2 million", 3), multiplier_at("1.2M", 3), multiplier_at("5 M", 1)
    ((1000000, 11), (1000000, 4), None)
    >>> multiplier_at("5 m", 1), multiplier_at("$5 M", 2, is_money=True)
    (None, (1000000, 4))
    """
    word = _WORD.match(text, at)
    if word is not None:
        return _MULTIPLIERS[(word["word"] or word["gapless"]).casefold()], word.end()
    letter = (_OF_MONEY if is_money else _LETTER).match(text, at)
    return None if letter is None else (_LETTERS[letter.group().strip()], letter.end())
