"""`is_denied`: whether a text says of a word or number that it is not the answer."""

import re

NOT_WORDS = frozenset(
    {"not", "never", "neither", "nor", "nicht", "kein", "keine", "pas", "niet", "nie", "ikke", "inte", "не"}
)  # fmt: skip
"""Words that deny what follows them at once. `no` is none: it may stand for a number's sign."""

_FILLERS = (
    "the|a|an|any|anything|be|so|too|even|quite|always|entirely|really|very|simply|exactly|just|equals?(?: to)?|particularly|clearly"
    "|at all|in|about|regarding|concerning|(?:related|relevant) to|asking (?:for|about)|option|eine?|de|es|é|è|ist"
)
_BEFORE = re.compile(
    rf"(?:(?<!\w)(?<!why )(?:{'|'.join(sorted(NOT_WORDS))}|kein\w+|cannot be|rather than|instead of|statt|anstatt"
    r"|au lieu de|en (?:lugar|vez) de|invece di|вместо|no (?:es|son|está)|non è|não (?:é|são|está))(?!\w)"
    rf"|n['’]t|不是|并非|並非|不|非|≠|!=|\\neq?)(?:\s+(?:{_FILLERS})(?!\w))*[\s*_`\"'“(\[$€£]*\Z",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[*_`\"'”)\]]*\s*(?:(?:option|answer|one)\s+)?"
    r"(?:(?:is|are|was|seems|can|could|would be|ist|est|es|è|é)\s*"
    r"(?:clearly |definitely |also |certainly |probably |both |all )?(?:n['’]t|not(?! only)|nicht|pas|wrong|incorrect"
    r"|false|a distractor|excluded|ruled out|falsch|faux|incorrecto|sbagliato|errado)(?!\w)"
    r"|(?:(?:,|and|or|&)\s*\W{0,3}\w{1,20}\s*){1,3}are (?:both |all )?(?:wrong|incorrect)"
    r"|\?\s*(?:no|nope|nein|non|нет)(?! doubt)(?!\w)|n['’]est pas|no es|cannot be|can['’]t be|не(?:верно|правильно)|(?:では|じゃ)(?:な|あり)|이 아니|가 아니"
    r"|不对|不對|错|錯|[^.!?\n]{0,30}?\bbut (?:is |it is |it['’]s )?(?:wrong|incorrect|not (?:right|correct)))",
    re.IGNORECASE,
)
_NEAR = 64


def is_denied(text: str, start: int, end: int) -> bool:
    """Return whether a text denies what stands between two places.

    >>> is_denied("It is not 42.", 10, 12), is_denied("B is wrong.", 0, 1), is_denied("not A, B", 7, 8)
    (True, True, False)
    """
    return is_denied_before(text, start) or _AFTER.match(text, end) is not None


def is_denied_before(text: str, start: int) -> bool:
    """Return whether the words before a place deny what stands there; what follows may be a remark.

    >>> is_denied_before("not Oslo", 4), is_denied_before("Oslo is not far", 0)
    (True, False)
    """
    return _BEFORE.search(text[max(start - _NEAR, 0) : start]) is not None
