r"""`verdict_after` and `verdict_before`: what a form says of one label: a tick, a no, or a probability.

A form asks of each label whether it holds: `[x] refund`, `refund: no`, `Is it a refund? No.`, `refund 85%`.
"""

import re
from dataclasses import dataclass

_TICKS, _CROSSES, _CIRCLES, _FILLED = "✓✔✅☑☒◉●", "✗✘✖❌☐⬜", "○◯", "●◉"
_BOX = (
    rf"(?:\[[ \t]?(?P<ticked>[xX✓✔✅]?)[ \t]?\]|\((?P<dotted>[xX•●])\)|\([ \t]\)"
    rf"|(?P<tick>[{_TICKS}])|(?P<circle>[{_CIRCLES}])|[{_CROSSES}]|(?<!\d)(?<!\d )×(?!\s*\d))\ufe0f?"
)
_YES = "yes|likely|present|yep|yeah|true|correct|right|ja|richtig|oui|vrai|sí|vero|да|是|はい|예"
_NO = "no(?:pe| way|t at all|t really)?|nein|non|нет|ні|いいえ|아니요|아니오"
_BARE_NO = "unlikely|absent|none|false|not|incorrect|wrong|falsch|faux|falso|否|不是"
"""What denies only where nothing follows it: `Bug: incorrect (off by one)` tells of the bug."""

_AT_FAULT = ("wrong", "incorrect", "falsch", "faux")
_PLAIN_NO = ("no", "false", "nein", "non")
_REASON = r"\s+(?:because|since|as|weil|denn|car|porque)(?!\w)"
_ENDS = (
    r"[*_`\"'”]*(?:\s*\Z|\s*\n|\s*[;!)\]}。]|\s*\.(?!\s*\d)"
    r"|\s*,\s*[*_`\"'“]*[\w -]{1,40}[*_`\"'”]*\s*(?:[:=]|->|[→➜⇒]))"
)
_GOES_ON = rf"[*_`\"'”]*(?:\s*[,(、\uff0c–—]|\s+-\s|{_REASON})"
_JOINED = re.compile(r"[*_`~\"'”)\]]*(?:\s*(?:[:=|\uff1a(]|[-=]>|[→➜⇒])|\s+[-–—]\s)\s*")
_NOUN = re.compile(r"(?:\s+\w+){1,2}[*_`\"']*\s*[:=\uff1a]\s*")
_ASKED = re.compile(
    r"[*_`\"'”)\]]*(?:(?:\s+[^\s.!?\n;:|,]+){0,3}\s*|\s+(?:of|for|about|from|on)\s[^.!?\n;:|,]{0,60})[?\uff1f][*_`\"']*\s*(?:(?:a|ans|answer|antwort)\s*:\s*)?",
    re.IGNORECASE,
)
_OPTION = re.compile(r"[*_]*[.)]\s+")
_OPENS = re.compile(r"[*_`\"'“]*\s*")
_WORD = re.compile(
    rf"(?:(?:(?P<yes>{_YES})|(?P<no>{_NO}))(?={_ENDS}|{_GOES_ON})|(?P<bare_no>{_BARE_NO})(?={_ENDS}))",
    re.IGNORECASE,
)
_AT_END = re.compile(_ENDS)
_SHARE_ENDS = re.compile(
    r"[*_`\"'”]*\s*(?:\Z|[\n,;!()\]}|。]|\.(?!\d)|(?:likely|probab\w+|chance|confiden\w+|sure)(?!\w))"
)
_SHARE = re.compile(r"(?P<share>\d{1,3}(?:\.\d+)?)\s?(?P<percent>%?)(?![\w.]?\w|\s?/\s?\d)")
_BARE_SHARE = re.compile(
    r"\s+(?P<share>\d{1,3}(?:\.\d+)?(?=\s?%)|0?\.\d+)\s?(?P<percent>%?)(?![\w.]?\w)"
)
_BOX_AFTER = re.compile(rf"[*_`\"']*[ \t]{{0,2}}{_BOX}")
_BOX_BEFORE = re.compile(rf"{_BOX}[ \t]*[*_`\"'“]*\Z")
_NEAR = 12


@dataclass(frozen=True)
class FormVerdict:
    """What a form says of a label.

    Attributes:
        weight: 1 or 0 for a yes or a no, else the number that stands there.
        is_no: Whether it says that the label does not hold.
        end: Where it ends.
        word: The word that says so; empty for a mark or a number.
        is_asked: Whether it answers a question that names the label.
        is_plain_no: Whether it is a no behind a colon or the like, and nothing more is said of the label.
        is_of_fault: Whether it may also describe what the label names: `delivery date: wrong`.
    """

    weight: float
    is_no: bool
    end: int
    word: str = ""
    is_asked: bool = False
    is_plain_no: bool = False
    is_of_fault: bool = False


def verdict_after(text: str, end: int, *, is_option: bool = False) -> FormVerdict | None:
    """Return what a form says of the label that ends at a place; nothing where it says nothing.

    Args:
        text: The answer.
        end: Where the label ends.
        is_option: Whether the label is the letter of an option, behind which a full stop may stand.

    >>> verdict_after("refund: no", 6).is_no, verdict_after("refund 85%", 6).weight
    (True, 85.0)
    >>> verdict_after("Is it a refund? No, it is late.", 14).is_asked, verdict_after("refund: no doubt", 6)
    (True, None)
    """
    box = _BOX_AFTER.match(text, end)
    if box is not None:
        return _of_box(box)
    share = _BARE_SHARE.match(text, end)
    if share is not None:
        return _of_share(share)
    for lead in (_JOINED, _ASKED, _NOUN, *([_OPTION] if is_option else [])):
        found = lead.match(text, end)
        if found is None:
            continue
        said = _value(text, found.end(), is_asked=lead is _ASKED)
        if said is None or (lead is _NOUN and said.word.casefold() not in ("yes", "no")):
            continue
        if lead is _JOINED or text[said.end - 1] not in "0123456789%":
            return said
    return None


def verdict_before(text: str, start: int) -> FormVerdict | None:
    """Return what the mark before a label says of it; nothing where none stands there.

    >>> verdict_before("[x] refund", 4).weight, verdict_before("❌ refund", 2).is_no
    (1.0, True)
    """
    box = _BOX_BEFORE.search(text[max(start - _NEAR, 0) : start])
    return None if box is None else _of_box(box)


def _value(text: str, at: int, *, is_asked: bool) -> FormVerdict | None:
    opened = _OPENS.match(text, at)
    at = opened.end() if opened else at
    word = _WORD.match(text, at)
    if word is not None:
        said, is_no = word.group().casefold(), word["yes"] is None
        is_plain_no = said in _PLAIN_NO and _AT_END.match(text, word.end()) is not None
        return FormVerdict(
            weight=float(not is_no),
            is_no=is_no,
            end=word.end(),
            word=word.group(),
            is_asked=is_asked,
            is_plain_no=is_plain_no,
            is_of_fault=said in _AT_FAULT,
        )
    share, box = _SHARE.match(text, at), _BOX_AFTER.match(text, at)
    return _of_share(share) if share else _of_box(box) if box else None


def _of_box(box: re.Match[str]) -> FormVerdict:
    """Read a box; a circle is a yes, as in Japanese, and an empty box only beside a filled one."""
    is_yes = bool(box["circle"]) and not any(mark in box.string for mark in _FILLED)
    is_ticked = is_yes or any(box[name] for name in ("ticked", "dotted", "tick"))
    return FormVerdict(float(is_ticked), not is_ticked, box.end())


def _of_share(share: re.Match[str]) -> FormVerdict:
    """Read a probability: one below a tenth says no where a clause ends, and a bare 0 may number a label."""
    number = float(share["share"])
    is_low = number < 10 if share["percent"] else 0 < number < 0.1
    is_no = is_low and _SHARE_ENDS.match(share.string, share.end()) is not None
    return FormVerdict(number, is_no, share.end())
