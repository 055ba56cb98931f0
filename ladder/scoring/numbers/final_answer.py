r"""`final_quantity`: which of the numbers of an answer is the answer.

A mark that was made for it (`\boxed{}`, `####`) counts most, then words that announce it ("the
answer is"), then a line that holds nothing else, then the last sentence: there what stands in bold,
else behind the last `=`, else last.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import lru_cache

from ladder.scoring.announcing_words import ANSWER_NOUNS, GAPLESS_IS, GAPLESS_NOUNS, IS
from ladder.scoring.closing_words import without_closing
from ladder.scoring.denials import cannot_tell, is_denied, is_refused_before, taken_back_at
from ladder.scoring.next_example import before_next_example
from ladder.scoring.numbers.number_words import number_in_words, words_as_digits
from ladder.scoring.numbers.quantities import quantities_in
from ladder.scoring.numbers.quantity import Quantity, convention_of
from ladder.scoring.numbers.written_numbers import Convention
from ladder.scoring.plain_math import last_boxed, plain_math
from ladder.scoring.plain_text import plain, without_struck

_HASHES = re.compile(r"####[ \t]*(\S[^\n]*)")
_CUE = re.compile(
    rf"(?<!\w)(?:{ANSWER_NOUNS})(?!\w)[^.:=\n]{{0,60}}?(?::|=|{IS}|(?<!\w)equals(?!\w))"
    rf"|(?:{GAPLESS_NOUNS})(?:{GAPLESS_IS})?\s*[:\uff1a]?",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"\n\s*\n|(?<![\d.])\.(?:\s|$)|\.(?=\s+[^\W\d]|\s*$)|[。।!?]|\n(?=\s*\S)")
_SENTENCE_END = re.compile(r"\n|[。।!?]|\.(?=\s|$)|;(?=\s)")
_BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*|__([^_\n]{1,80})__")
_OR = re.compile(r",?\s*(?:or|nor|oder|ou|o|eller|lub|или|或|/)\s*", re.IGNORECASE)
_OF = re.compile(
    r"[*_)]*\s(?:out of|of|von|sur|su|de|van|из)\s(?:the |all |a total of |den |les |las |los )?[*_(]*",
    re.IGNORECASE,
)
_IS_ANSWER = re.compile(
    r"[\s*_.,$)%}\\]*(?:[^\W\d]+ )?(?:is|are|was) (?:the|my|our) (?:final |correct )?(?:answer|result"
    r"|solution|total)(?!\w)",
    re.IGNORECASE,
)
_AROUND = re.compile(r"[\s*_`\"'$()\[\]{}.,:;!=~≈≃]*")
_NOT = re.compile(r"\W*(?:not|nicht)\b(?:[^.;\n]{0,60}?\b(?:but|sondern)\b)?", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|zwischen|entre)\s+[$€£]?\Z", re.IGNORECASE)
_PART_OF = re.compile(
    r"(?<!\w)(?:none|neither|half|most|some|few|part|an? (?:third|quarter|fifth|tenth)) of (?:the |these |those |his |her |their |all )*\Z",
    re.IGNORECASE,
)
_MAYBE = re.compile(r"(?<!\w)(?:could|might|may)(?: also)? be (?:about )?[$€£]?\Z", re.IGNORECASE)
_BRACKET = re.compile(r"\([^()\n]*\)|\[[^\[\]\n]*\]")
_NAMED_OR_FOOTNOTE = re.compile(r"\[\d|\((?:[^\d()]*\w:|(?:see|page|step|line|source|note)(?!\w))")
_QUOTED_LINE = re.compile(r"^[ \t]*>[ \t]+", re.MULTILINE)
_MOST_CUES = 50
_CUES_IN = 20_000


@dataclass(frozen=True)
class ReadQuantity:
    """The quantity that a text gives as its answer, or why it gives none.

    Attributes:
        quantity: What counts; nothing where `reason` says why.
        reason: Why nothing could be read, as the end of a sentence; empty otherwise.
        shows: The convention that the numbers of the text show.
        is_final: Whether a mark gives it that is closed, so that more text hardly changes it.
    """

    quantity: Quantity | None
    reason: str = ""
    shows: Convention | None = None
    is_final: bool = False


@lru_cache(maxsize=64)  # a metric asks for each of its readings
def final_quantity(text: str) -> ReadQuantity:
    r"""Return the quantity that an answer ends in.

    >>> final_quantity("The answer is 42, found in 3 steps.").quantity.written
    '42'
    >>> final_quantity("2 + 3 = 5, so \\boxed{\\frac{1}{2}} of 7").quantity.written
    '1/2'
    >>> final_quantity("It is 7 or 8.").reason
    'it names several: 7 or 8'
    """
    return _read(text, is_target=False)


@lru_cache(maxsize=4096)
def target_quantity(text: str) -> ReadQuantity:
    r"""Return the one quantity that a target is, or why it is none.

    >>> target_quantity("He has 2*21=42.\n#### 42").quantity.written
    '42'
    >>> target_quantity("3 of 5 days").reason
    'it holds several numbers and no mark that says which: 3, 5'
    """
    return _read(text, is_target=True)


def all_quantities(text: str) -> list[Quantity]:
    """Return every quantity of a text that is not a code, with the numbers that it says in words."""
    typed = plain_math(plain(text))
    return [each for form in _with_digits(typed) for each in quantities_in(form) if _counts(each)]


@lru_cache(maxsize=64)
def stated_quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of a text that it does not deny.

    >>> [each.written for each in stated_quantities("It is 42, not 43.")]
    ['42']
    """
    typed = _QUOTED_LINE.sub("", plain_math(without_struck(plain(text))))
    return tuple(
        each
        for form in _with_digits(typed)
        for each in _meant(form, quantities_in(form))
        if _counts(each)
    )


def _with_digits(text: str) -> tuple[str, ...]:
    spelled = words_as_digits(text)
    return (text,) if spelled == text else (text, spelled)


def _counts(quantity: Quantity) -> bool:
    return quantity.kind != "code"


def _read(text: str, *, is_target: bool) -> ReadQuantity:
    clean = without_struck(plain(text))
    own = clean if is_target else before_next_example(clean)
    if own != clean and ("\n" not in own or _marked(own) or _cued(plain_math(own))):
        clean = own
    marked = _marked(clean)
    if marked is not None:
        return marked
    clean = clean if is_target else _without_closing(clean)
    typed = plain_math(clean)
    is_given_up = not is_target and cannot_tell(typed)
    cued = ReadQuantity(None, _CANNOT_TELL) if is_given_up else _cued(typed)
    if cued is not None:
        return cued
    words = number_in_words(clean)
    if words:
        return ReadQuantity(quantities_in(words)[0])
    found = quantities_in(typed)
    shows = convention_of(found)
    if not found:
        return ReadQuantity(None, "it holds no number")
    if is_target:
        return replace(_only(found), shows=shows)
    return replace(_last(typed, found), shows=shows)


def _without_closing(text: str) -> str:
    """Return an answer without its closing words, where a number stands before them."""
    body = without_closing(text)
    has_number = body != text and (any(map(str.isdigit, body)) or number_in_words(body))
    return body if has_number else text


def _marked(text: str) -> ReadQuantity | None:
    """Read a box or a line behind `####`, whichever stands last."""
    boxed = last_boxed(text)
    hashes = max(_HASHES.finditer(text), key=re.Match.start, default=None)
    if boxed is None and hashes is None:
        return None
    if boxed is not None and (hashes is None or boxed[0] > hashes.start()):
        return replace(_strictly_one(plain_math(boxed[1])), is_final=True)
    content = plain_math(hashes.group(1)) if hashes else ""
    is_ended = hashes is not None and hashes.end() < len(text)
    return replace(_first(content), is_final=is_ended)


def _cued(text: str) -> ReadQuantity | None:
    """Read what the last words announce that announce a quantity in the same sentence."""
    tail = text[-_CUES_IN:]
    for cue in reversed(list(_CUE.finditer(tail))[-_MOST_CUES:]):
        rest = tail[cue.end() :]
        negated = _NOT.match(rest)
        if negated is not None and not negated.group().endswith(("but", "sondern")):
            continue
        rest = rest[negated.end() :] if negated else rest
        end = _CLAUSE_END.search(rest, _skip(rest))
        clause = rest[: end.start()] if end else rest
        read = _first(clause)
        if read.quantity is not None or read.reason.startswith("it names"):
            return None if _is_taken_back(rest[len(clause) :]) else read
    return None


def _is_taken_back(rest: str) -> bool:
    """Return whether what follows an announced answer gives another: `Wait, no, it is 43`."""
    at = taken_back_at(rest, 0)
    return at is not None and bool(quantities_in(rest[at:]))


def _skip(text: str) -> int:
    """Return where the first word behind a cue stands: an answer may stand on the next line."""
    return len(text) - len(text.lstrip(" \t\n*_`:$"))


def _strictly_one(content: str) -> ReadQuantity:
    found = _meant(content, quantities_in(content))
    if not found:
        words = number_in_words(content)
        return ReadQuantity(quantities_in(words)[0]) if words else ReadQuantity(None, _NO_NUMBER)
    equals = [each for each in found if _follows_equals(content, each)]
    return _only(equals[-1:] or found)


def _first(clause: str) -> ReadQuantity:
    """Read a clause that was announced: what stands behind its last `=`, else what comes first."""
    found = quantities_in(clause)
    shows = convention_of(found)
    if not found:
        words = number_in_words(clause)
        return ReadQuantity(quantities_in(words)[0]) if words else ReadQuantity(None, _NO_NUMBER)
    equals = [each for each in found if _follows_equals(clause, each)]
    if equals:
        return replace(_checked(equals[-1]), shows=shows)
    if is_denied(clause, found[0].start, found[0].after):
        return ReadQuantity(None, f"it denies {found[0].written}", shows)
    if len(found) > 1 and _are_alternatives(clause, found[0], found[1]):
        return ReadQuantity(None, _several(found[:2]), shows)
    return replace(_checked(found[0]), shows=shows)


def _last(text: str, found: list[Quantity]) -> ReadQuantity:
    """Read an answer that nothing announces."""
    alone = _alone(text, found)
    if alone is not None:
        return _checked(alone)
    meant = _meant(text, found)
    if not meant:
        return ReadQuantity(None, f"it denies {found[-1].written}")
    meant = [each for each in meant if not is_refused_before(text, each.start)]
    if not meant:
        return ReadQuantity(None, _CANNOT_TELL)
    meant = [each for each in meant if not _follows(_PART_OF, text, each)]
    stated = [each for each in meant if not _follows(_MAYBE, text, each)] or meant
    return _last_meant(text, stated) if stated else ReadQuantity(None, _NO_NUMBER)


def _follows(words: re.Pattern[str], text: str, quantity: Quantity) -> bool:
    return words.search(text[max(quantity.start - 40, 0) : quantity.start]) is not None


def _meant(text: str, found: list[Quantity]) -> list[Quantity]:
    """Return the quantities that a text does not deny: `7, not 8 or 9` denies two."""
    meant: list[Quantity] = []
    denied: Quantity | None = None
    for each in found:
        goes_on = denied is not None and _are_alternatives(text, denied, each)
        if goes_on or is_denied(text, each.start, each.after):
            denied = each
        else:
            meant.append(each)
            denied = None
    return meant


def _last_meant(text: str, found: list[Quantity]) -> ReadQuantity:
    """Read the last sentence of an answer that denies none of these quantities."""
    named = [each for each in found if _IS_ANSWER.match(text, each.after)]
    if named:
        return _checked(named[-1])
    start = _sentence_start(text, found[-1].start)
    sentence = [each for each in found if each.start >= start]
    sentence = [each for each in sentence if each.kind != "bound"] or sentence
    bold = _in_bold(text, start, sentence)
    if bold is not None:
        return _checked(bold)
    equals = [each for each in sentence if _follows_equals(text, each)]
    if equals:
        return _checked(equals[-1])
    sentence = _without_remarks(text, start, sentence)
    if len(sentence) > 1 and _is_total_of(text, sentence[-2], sentence[-1]):
        sentence = sentence[:-1]
    if len(sentence) > 1 and _are_alternatives(text, sentence[-2], sentence[-1]):
        return ReadQuantity(None, _several(sentence[-2:]))
    return _checked(sentence[-1])


def _without_remarks(text: str, start: int, found: list[Quantity]) -> list[Quantity]:
    """Return quantities without those in brackets that only remark on others: `9 (4 apples and 5 pears)`.

    A single one in brackets may be the result (`2 sets of 6 (12)`), unless it is named, or tells of a place or a footnote.
    """
    outside = found
    for bracket in _BRACKET.finditer(text, start):
        left = [each for each in outside if not bracket.start() < each.start < bracket.end()]
        if len(outside) - len(left) > 1 or _NAMED_OR_FOOTNOTE.match(bracket[0]):
            outside = left
    return outside or found


def _are_alternatives(text: str, one: Quantity, other: Quantity) -> bool:
    """Return whether two quantities stand for each other: `7 or 8`, `between 3 and 5`."""
    if _OR.fullmatch(text[one.after : other.start]):
        return True
    return _BETWEEN.search(text[max(one.start - 12, 0) : one.start]) is not None


def _is_total_of(text: str, part: Quantity, total: Quantity) -> bool:
    """Return whether the second of two quantities is what the first is a part of: `3 out of 5`."""
    return _OF.fullmatch(text[part.after : total.start]) is not None


def _alone(text: str, found: list[Quantity]) -> Quantity | None:
    """Return a quantity that has the last line for itself, or the first as the only one."""
    lines = [line for line in re.finditer(r"[^\n]+", text) if line.group().strip()]
    last = _alone_in(lines[-1], found)
    if last is not None or len(lines) == 1:
        return last
    return None if _alone_in(lines[1], found) else _alone_in(lines[0], found)


def _alone_in(line: re.Match[str], found: list[Quantity]) -> Quantity | None:
    inside = [each for each in found if line.start() <= each.start < line.end()]
    if len(inside) != 1:
        return None
    before = line.string[line.start() : inside[0].start]
    after = line.string[inside[0].after : line.end()]
    return inside[0] if _AROUND.fullmatch(before) and _AROUND.fullmatch(after) else None


def _sentence_start(text: str, at: int) -> int:
    start = 0
    for end in _SENTENCE_END.finditer(text, max(0, at - 2_000), at):
        start = end.end()
    return start


def _in_bold(text: str, start: int, found: list[Quantity]) -> Quantity | None:
    """Return the one quantity of a sentence that stands in bold, if there is one."""
    bolds = [(bold.start(), bold.end()) for bold in _BOLD.finditer(text, start)]
    starts = [each.start for each in found]
    inside = [
        found[at]
        for begin, end in bolds
        for at in range(bisect_left(starts, begin), bisect_left(starts, end))
    ]
    return inside[0] if len(inside) == 1 else None


def _follows_equals(text: str, quantity: Quantity) -> bool:
    before = text[max(quantity.start - 8, 0) : quantity.start]
    return re.search(r"[=≈≃]\s*(?:[*_$€£`(]|\s)*\Z", before) is not None


def _only(found: list[Quantity]) -> ReadQuantity:
    if len(found) > 1:
        names = ", ".join(each.written for each in found[:4])
        return ReadQuantity(None, f"it holds several numbers and no mark that says which: {names}")
    return _checked(found[0])


def _checked(quantity: Quantity) -> ReadQuantity:
    if quantity.kind == "code":
        return ReadQuantity(None, f"{quantity.written} is not read as a number")
    return ReadQuantity(quantity)


def _several(found: list[Quantity]) -> str:
    return f"it names several: {' or '.join(each.written for each in found)}"


_NO_NUMBER = "it holds no number"
_CANNOT_TELL = "it says that it cannot tell"
