"""`whole_label`: the label that is the whole answer, in whatever writing."""

import re

from ladder.scoring.labels.label_forms import label_key
from ladder.scoring.labels.labelled_answer import LabelledAnswer
from ladder.scoring.numbers.number_words import number_in_words

_HEAD = re.compile(r"(?:label|class|category|option|choice)[\s_:=-]*", re.IGNORECASE)
_STARS = re.compile(r"([★⭐✭✮🌟]+)[☆✩\s]*")
_JOINTS = re.compile(r"[\s_\\\u2010-\u2015-]+")
_POLITE_END = re.compile(r"(?<=\w)(?:的|です|でした|だ|입니다|이에요|예요)\Z")
_BARE = "".join(" \t\n*_`\"'“”\u2018\u2019()[]{}<>.,:;!?。、\uff01\uff1f\uff0c،؛؟।\u06d4#-–—•$")


def whole_label(answer: LabelledAnswer) -> str | None:
    """Return the label that is the whole answer, or that it abbreviates (`pos`)."""
    if any(map(answer.is_said_no, answer.mentions)):
        return None
    kept = "".join(form.shown for form in answer.forms.values())
    for marks in ("".join(mark for mark in _BARE if mark not in kept), _BARE):
        bare = label_key(answer.text.strip(marks))
        if bare.isdecimal() and all(each.form.key != bare for each in answer.mentions):
            return None  # What stands there is another number: -1, 1+.
        for each in (bare, _POLITE_END.sub("", bare)):
            if each in answer.forms:
                return answer.forms[each].label
    written = _written_otherwise(answer, bare)
    if written or len(bare) < 3 or not bare.isalpha():
        return written
    longer = {form.label for key, form in answer.forms.items() if key.startswith(bare)}
    return longer.pop() if len(longer) == 1 else None


def _written_otherwise(answer: LabelledAnswer, bare: str) -> str | None:
    """Return the label that the whole answer is in another writing: `billingIssue`, `LABEL_1`, `1.0`.

    A number may stand in words or stars where all labels are numbers.
    """
    headless = _HEAD.sub("", bare, count=1) if _HEAD.match(bare) else ""
    if headless in answer.forms:
        return answer.forms[headless].label
    if all(key.isdecimal() for key in answer.forms):
        stars = _STARS.fullmatch(bare)
        digits = str(len(stars.group(1))) if stars else number_in_words(bare)
        return answer.label_at(digits or bare.removesuffix(".0"))
    squeezed = _squeezed(bare)
    found = [
        form.label
        for key, form in answer.forms.items()
        if _squeezed(key) == squeezed and not form.shown.replace(" ", "").isalpha()
    ]
    return found[0] if len(found) == 1 and len(squeezed) > 3 else None


def _squeezed(text: str) -> str:
    """Return a text without what joins its words: what `billing_issue` and `billingIssue` share."""
    return _JOINTS.sub("", text)
