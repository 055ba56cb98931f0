r"""`plain_math`: LaTeX and Unicode mathematics as the plain text that people type."""

import re
import unicodedata

import regex

from ladder.scoring.plain_text import closing_brace

_FRACTION = re.compile(
    r"\\[dtc]?frac\s*(?:\{\s*([^{}]{1,80}?)\s*\}|(\d)(?=\s*[\d{]))\s*(?:\{\s*([^{}]{1,80}?)\s*\}|(\d))"
    r"|\{\s*(\d{1,20})\s*\\over\s*(\d{1,20})\s*\}"
)
_WRAPPER = re.compile(
    r"\\(?:text|textbf|textit|mathrm|mathbf|mathit|mathtt|texttt|operatorname|mbox|fbox|ce)\s*\{([^{}]*)\}"
)
_REPLACED = (
    (re.compile(r"\\left|\\right|\\displaystyle|\\[bB]ig[lr]?"), ""),
    (re.compile(r"\\[()\[\]]"), " "),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"(?<=\d)\s*(?:\\[,;:! ]|~)\s*(?=\d{3}(?!\d))"), " "),
    (re.compile(r"\\[,;:!]|\\q?quad\b|(?<=\S)~(?=\S)"), " "),
    (re.compile(r"\\(?:times|cdot)\b"), "×"),
    (re.compile(r"\\(?:approx|simeq|equiv)\b"), "="),
    (re.compile(r"\\(?:leq?|leqslant)\b"), "≤"),
    (re.compile(r"\\(?:geq?|geqslant)\b"), "≥"),
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?"), "°"),
    (re.compile(r"\\sqrt\b"), "√"),
    (re.compile(r"\\pi\b"), "π"),
    (re.compile(r"\\(?=[%$#&_{}])"), ""),
    (re.compile(r"\^\{\s*([-+]?\d{1,4})\s*\}"), r"^\1"),
)
_MATH = re.compile(r"(?<![\w\\$])\$\$?(?=\S)([^$\n]{1,400}?)(?<=[^\s\\])\$\$?(?![\d$])")
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED_RUN = re.compile(r"(?<=[\d)])([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_STACKED = re.compile(r"(?<![\w.,])([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,6})/([₀₁₂₃₄₅₆₇₈₉]{1,6})(?!\w)")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_FEET = re.compile(
    r"(?<![\w.,])(\d{1,4})(?:\s?['\u2032]\s?|\s?(?:ft|feet|foot)\b\.?,?\s*(?:and\s+)?)"
    r"(\d{1,2}(?:\.\d+)?)\s?(?:[\"\u2033”]|''|(?:in|inch|inches)\b)"
)
_VULGAR = re.compile(r"(\d)?\s?([¼½¾⅐-⅞])")
_DIGIT = regex.compile(r"(?![0-9])\p{Nd}")
_SIGNS = str.maketrans({"\u2212": "-", "\ufe63": "-", "\u2044": "/", "\u2215": "/", "\u066b": ".",
                        "\u066c": ",", "\u066a": "%", "\u2009": " ", "\u2019": "'"})  # fmt: skip


def plain_math(text: str) -> str:
    r"""Return a text in which formulas, fractions and digits stand as people type them.

    >>> plain_math(r"$\dfrac{3}{4}$ or 1\u00bd, \text{so} 1\,000 and 10^{3}".replace("\\u00bd", "½"))
    '3/4 or 1 1/2, so 1 000 and 10^3'
    """
    text = plain_digits(text)
    if "\\" in text or "{,}" in text:
        text = _without_commands(text)
    if "$" in text:
        text = _MATH.sub(r"\1", text)
    text = _FEET.sub(r"\1 feet \2 inches", text)
    if text.isascii():
        return text
    text = _STACKED.sub(
        lambda found: f"{found.group(1).translate(RAISED)}/{found.group(2).translate(_LOWERED)}",
        text,
    )
    text = _RAISED_RUN.sub(lambda found: "^" + found.group(1).translate(RAISED), text)
    return _VULGAR.sub(_vulgar, text)


def plain_digits(text: str) -> str:
    """Return a text whose digits, signs and marks of any script are those of ASCII.

    >>> plain_digits("\u0664\u0662"), plain_digits("\u22125")
    ('42', '-5')
    """
    if text.isascii():
        return text
    text = _DIGIT.sub(lambda found: str(unicodedata.digit(found.group(), found.group())), text)
    return text.translate(_SIGNS)


def last_boxed(text: str) -> tuple[int, str] | None:
    r"""Return where the last `\boxed{…}` begins, and what it holds; nothing where it is not closed.

    >>> last_boxed(r"so \boxed{\frac{1}{2}}.")
    (3, '\\frac{1}{2}')
    """
    at = max(text.rfind("\\boxed{"), text.rfind("\\fbox{"))
    if at < 0:
        return None
    opening = text.index("{", at)
    end = closing_brace(text, opening)
    return None if end < 0 else (at, text[opening + 1 : end])


def _without_commands(text: str) -> str:
    for _ in range(3):
        text = _WRAPPER.sub(r"\1", text)
        text = _FRACTION.sub(_fraction, text)
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    return text


def _fraction(found: re.Match[str]) -> str:
    over = found.group(1) or found.group(2) or found.group(5)
    under = found.group(3) or found.group(4) or found.group(6)
    before = found.string[max(found.start() - 1, 0) : found.start()]
    return f"{' ' if before.isdigit() else ''}{over}/{under}"


def _vulgar(found: re.Match[str]) -> str:
    fraction = unicodedata.normalize("NFKC", found.group(2)).replace("\u2044", "/")
    return f"{found.group(1)} {fraction}" if found.group(1) else fraction
