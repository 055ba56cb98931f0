r"""`plain` and `forms`: a text without what nobody reads as part of an answer.

Invisible characters, the normal form of Unicode, full-width letters and stop tokens never decide a
score (`plain`). Marks around the whole of an answer, such as emphasis, quotes or a code fence, are
taken off one by one (`forms`): an answer is right where one of its forms is.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import regex

from ladder.text import SPECIAL

_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cs}\uFE00-\uFE0F\u115F\u1160\u3164]|(?![\n\r\t])\p{Cc}")
_SPACE = regex.compile(r"(?! )\p{Zs}")
_WIDE = regex.compile(r"[\uFB00-\uFB06\uFF01-\uFFEE]")
_ROLE = r"(?:assistant|model|bot)"
_LEADING = re.compile(
    rf"\s*(?:(?:{SPECIAL})\s*(?:{_ROLE}\b\s*(?:(?={SPECIAL})|\n))?|assistant\n\s*)", re.IGNORECASE
)
_TRAILING = re.compile(rf"(?:{SPECIAL})\s*\Z")
_TURN_END = re.compile(
    r"(?<![`\"'])(?:<\|(?:im_end|im_start|eot_id|eom_id|end_of_text|endoftext|end_of_turn|end|return"
    r"|call|eos|END_OF_TURN_TOKEN|start_header_id|start_of_role|user|system)\|>"
    r"|<｜(?:end▁of▁sentence|User)｜>|<end_of_turn>|<start_of_turn>|<eos>|\[INST\]|</s>)"
)
_FENCE = re.compile(r"(?P<marks>`{3,}|~{3,})(?:[ \t]*[\w+-]*[ \t]*\n|[\w+-]*(?=[{\[]))?")
_ELEMENT = re.compile(r"<(answer|final_answer|final|response|output|result)>")
_HEAD = re.compile(r"\A(?:#{1,6}[ \t]+|>[ \t]*(?![\d.,]|[-+]\d)|[-*+•][ \t]+(?![\d.]))(?=\S)")


def _by_first(*pairs: tuple[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Return pairs of marks by their first character, so that most texts are passed at a glance."""
    first: dict[str, list[tuple[str, str]]] = {}
    for pair in pairs:
        first.setdefault(pair[0][0], []).append(pair)
    return first


_MARKS = _by_first(*((mark, mark) for mark in ("***", "**", "*", "___", "__", "_", "``", "`")))
_DUNDER = re.compile(r"__[a-z][a-z0-9]*(?:_[a-z0-9]+)*__")
_QUOTES = _by_first(
    ('"', '"'), ("'", "'"), ("“", "”"), ("”", "”"), ("„", "“"), ("„", "”"), ("«", "»"), ("»", "«"),
    ("\u2018", "\u2019"), ("\u201a", "\u2018"), ("\u201a", "\u2019"), ("\u2039", "\u203a"),
    ("「", "」"), ("『", "』"), ("``", "''"), ("《", "》"),
)  # fmt: skip
_MATH = _by_first(("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))
_COMMAND = re.compile(r"\\(?:boxed|fbox|text|textbf|mathrm|mathbf|mathtt|texttt)\s*\{")
_STRUCK = re.compile(r"~~(?=[^\s~])[^~\n]{1,400}(?<=\S)~~")
_STOPS = (".", "。", "\uff0e", "｡", "।", "\u06d4", "።")
_MOST_FORMS = 10


@lru_cache(maxsize=256)  # a metric looks at the same answer for each of its readings
def plain(text: str) -> str:
    r"""Return a text without stop tokens and invisible characters, in one normal form.

    What stands behind the end of a turn is another turn, and no part of the answer.

    >>> plain("Cafe\u0301\u200b<|im_end|>\n<|im_start|>user\nNext?")
    'Café'
    >>> plain("<|start_header_id|>assistant<|end_header_id|>\n\n42</s>")
    '42'
    """
    return without_tokens(readable(text)).strip()


def readable(text: str) -> str:
    r"""Return a text as it looks: nothing invisible, one kind of space, composed, not full-width.

    >>> readable("zwi\u00adschen\u00a0\uff22")
    'zwischen B'
    """
    if text.isascii():
        return str(_INVISIBLE.sub("", text.replace("\r\n", "\n")))
    text = _SPACE.sub(" ", _INVISIBLE.sub("", text.replace("\r\n", "\n")))
    return unicodedata.normalize("NFC", _WIDE.sub(lambda found: _narrow(found.group()), text))


def without_struck(text: str) -> str:
    """Return a text without what it strikes out, if anything else is left.

    >>> without_struck("~~refund~~ billing"), without_struck("~~refund~~")
    (' billing', '~~refund~~')
    """
    kept = _STRUCK.sub("", text) if "~~" in text else text
    return kept if any(map(str.isalnum, kept)) else text


def without_tokens(text: str) -> str:
    """Return a text without the special tokens around it, and without what follows its turn.

    >>> without_tokens("positive<|eot_id|>"), without_tokens("Use `<|im_end|>` here.")
    ('positive', 'Use `<|im_end|>` here.')
    """
    start = 0
    while (head := _LEADING.match(text, start)) is not None:
        start = head.end()
    text = text[start:]
    for end in _TURN_END.finditer(text):
        if end.group() != "</s>" or "<s>" not in text[: end.start()]:
            text = text[: end.start()]
            break
    while (tail := _last_token(text)) is not None:
        text = text[:tail].rstrip()
    return text


def forms(text: str) -> Iterator[str]:
    """Yield a plain text, then what it is without the marks around it, one after another.

    >>> list(forms('**"Paris"**.'))
    ['**"Paris"**.', '**"Paris"**', '"Paris"', 'Paris']
    """
    for _ in range(_MOST_FORMS):
        yield text
        inner = _unwrapped(text)
        if not inner or inner == text:
            return
        text = inner


def inside_fence(text: str, *, with_marks: bool = False) -> str:
    r"""Return what stands in the code fence that holds a whole text, else the text.

    Args:
        text: Any text.
        with_marks: Whether what stands in it may hold the fence's marks: a text or a comment may.

    >>> inside_fence("```json\n{}\n```"), inside_fence("```\na\n```\nb\n```", with_marks=True)
    ('{}\n', 'a\n```\nb\n')
    """
    head = _FENCE.match(text)
    if head is None or not text.endswith(head["marks"]):
        return text
    inner = text[head.end() : -len(head["marks"])]
    return text if head["marks"] in inner and not with_marks else inner


def unquoted(text: str) -> str:
    """Return a text without the quotes around the whole of it.

    >>> unquoted('"Paris"'), unquoted('"A" and "B"')
    ('Paris', '"A" and "B"')
    """
    return _inner_of(text, _QUOTES) or text


def same_text(said: str, wanted: str, *, keep_case: bool = False) -> bool:
    """Return whether two texts are equal; whatever their case, unless it carries meaning.

    Case does where a word has a capital behind a small letter (`getName`, `mW`).

    >>> same_text("paris", "Paris"), same_text("mW", "MW"), same_text("PARIS", "Paris")
    (True, False, True)
    """
    if said == wanted:
        return True
    if keep_case or _INNER_CAPITAL.search(said) or _INNER_CAPITAL.search(wanted):
        return False
    return folded(said) == folded(wanted)


_INNER_CAPITAL = regex.compile(r"\p{Ll}(?:(?![\p{Ll}\p{Lu}])\w)*+\p{Lu}")


def folded(text: str) -> str:
    """Return a text in which case makes no difference.

    >>> folded("STRASSE") == folded("Straße"), folded("İzmir") == folded("izmir")
    (True, True)
    """
    return text.casefold().replace("i\u0307", "i")


def _unwrapped(text: str) -> str:
    """Return a text without the outermost thing around it."""
    for take in (without_stop, inside_fence, _inside_element, _without_head, _inside_marks):
        inner = take(text).strip()
        if inner and inner != text:
            return inner
    inner = _inside_math(text)
    return inner if inner != text else unquoted(text).strip()


def without_stop(text: str) -> str:
    """Return a text without the full stop that ends it; `etc...` keeps its three."""
    return text[:-1] if text.endswith(_STOPS) and not text.endswith("..") else text


def _inside_element(text: str) -> str:
    head = _ELEMENT.match(text)
    closing = f"</{head.group(1)}>" if head else ""
    return text[head.end() : -len(closing)] if head and text.endswith(closing) else text


def _without_head(text: str) -> str:
    return text if "\n" in text else _HEAD.sub("", text, count=1)


def _inside_marks(text: str) -> str:
    is_name = text.startswith("__") and _DUNDER.fullmatch(text) is not None
    return text if is_name else _inner_of(text, _MARKS) or text


def _inside_math(text: str) -> str:
    inner = _inner_of(text, _MATH)
    if inner:
        return inner.strip()
    command = _COMMAND.match(text)
    if command and closing_brace(text, command.end() - 1) == len(text) - 1:
        return text[command.end() : -1].strip()
    return text


def closing_brace(text: str, at: int) -> int:
    """Return where the brace closes that opens at a place; -1 where it does not.

    >>> closing_brace("{a{b}c}d", 0)
    6
    """
    depth = 0
    for place in range(at, len(text)):
        if text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return place
    return -1


def _inner_of(text: str, pairs: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """Return what stands between the first pair of marks that holds the whole text, if one does."""
    for opening, closing in pairs.get(text[:1], ()):
        inner = _between(text, opening, closing)
        if inner:
            return inner
    return ""


def _between(text: str, opening: str, closing: str) -> str:
    """Return what stands between two marks that hold the whole text and do not recur in it."""
    if len(text) <= len(opening) + len(closing):
        return ""
    if not (text.startswith(opening) and text.endswith(closing)):
        return ""
    inner = text[len(opening) : -len(closing)]
    is_torn = opening in inner or closing in inner or (opening == "'" and "' " in inner)
    return "" if is_torn or inner != inner.strip() else inner


def _last_token(text: str) -> int | None:
    tail = max(0, len(text) - 80)
    found = _TRAILING.search(text, tail)
    return found.start() if found else None


@lru_cache(maxsize=512)
def _narrow(character: str) -> str:
    return unicodedata.normalize("NFKC", character)
