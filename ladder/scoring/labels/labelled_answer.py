"""`LabelledAnswer`: an answer with the labels that stand in it, and which of them it says are not meant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from ladder.scoring.denials import is_denied, is_excluding
from ladder.scoring.labels.form_verdicts import FormVerdict, verdict_after, verdict_before
from ladder.scoring.labels.label_forms import LabelForm, LabelSet, label_forms, label_key
from ladder.scoring.labels.label_mentions import NEAR, LabelMention, label_mentions
from ladder.scoring.labels.label_text import label_text
from ladder.scoring.numbers.number_bounds import bound_sign

_RIVAL = re.compile(
    r"[*_`\"'”)\]]*\s*(?:,\s*)?(?:or|and(?:/or)?|to|nor|as well as|plus|along with|together with|oder|und|sowie|bis|ou|et|o|y|e|或|和|与|또는|,|/|、|&|\+|\|)"
    r"\s*(?:the\s+)?[*_`\"'“(\[]*\Z",
    re.IGNORECASE,
)
_OR_ELSE = re.compile(
    r"[*_`\"'”)\]]*,?\s*(?:or|nor|oder|noch|ou|ni|né|или|ни|或|也不是)(?:\s+(?:a|an|the|about|even|eine?|de))*\s*[*_`\"'“(\[]*\Z",
    re.IGNORECASE,
)
"""Between two labels of which both are denied where the first is: `not refund or billing`."""

_RATHER = r"(?:(?:of|about|like|to|say|call it|a|an|the|option|choice|label|class|category|eine?|une?|una?)\s+)*[*_`\"'“(\[]*\Z"
_MORE = re.compile(
    rf"(?<!\w)(?:more|rather|prefer\w*|eher|plutôt|más|mais|più|plus|скорее)\s+{_RATHER}",
    re.IGNORECASE,
)
_LESS = re.compile(rf"(?<!\w)(?:less|weniger|moins|menos|meno)\s+{_RATHER}", re.IGNORECASE)
_THAN = re.compile(
    rf"[*_`\"'”)\]]*(?:\s+[\w-]+){{0,3}}?\s+(?:than|als|que|che|чем|over)\s+{_RATHER}",
    re.IGNORECASE,
)
_OVER = re.compile(
    rf"[*_`\"'”)\]]*\s+(?:over|(?:(?:is|seems|fits) )?(?:better|more(?: \w+ly| fitting| appropriate)?) than)\s+{_RATHER}",
    re.IGNORECASE,
)
_LACKED = re.compile(
    r"(?<!\w)(?:non|un|in|im|dis|anti)-\Z"
    r"|(?<!\w)(?:no(?: (?!doubt|question|problem)\w+){0,2} (?:of|for|to|about)|no|nothing|without|lack(?:s|ing)?|reject|(?:hard|difficult|impossible) to say)"
    r"(?:\s+(?:the|a|an|any|anything|really|very|clearly))*[\s*_`\"'“(\[]+\Z",
    re.IGNORECASE,
)
_DENIES_ITSELF = re.compile(
    r"(?:no|not|non|none|false|refuted|rejected|denied|un(?:related|supported|safe|true|known|fair|helpful|acceptable)"
    r"|in(?:correct|valid|consistent|accurate)|(?:dis|contradict|refus|reject|negativ)\w*|other|neither)(?![^\W_])"
)
_OPTION_KEY = re.compile(r"(?:.*[\W_])?(?:[a-z]{1,2}|[ivx]+|\d+)|\d.*")
_NOT_PREFIXES = ("not ", "non ", "no ", "non", "un", "in", "im", "ir", "il", "dis", "not")
_COMPLEMENTS = {"true": "false", "false": "true"}


@dataclass(frozen=True)
class LabelledAnswer:
    """An answer with the labels that stand in it.

    Attributes:
        text: The answer, plain.
        labels: All that are allowed.
        forms: What each may be written as, by its key.
        mentions: Where they stand, in order.
    """

    text: str
    labels: LabelSet
    forms: Mapping[str, LabelForm]
    mentions: list[LabelMention]

    @classmethod
    def of(cls, answer: str, labels: LabelSet) -> Self:
        """Return an answer with its labels."""
        forms = label_forms(labels)
        text = label_text(answer, labels.labels)
        return cls(text, labels, forms, label_mentions(text, forms))

    @property
    def n_labels(self) -> int:
        """Return how many labels are allowed."""
        return len(self.labels.labels)

    def label_at(self, key: str) -> str | None:
        """Return the label that is written so; None where none is."""
        return self.forms[key].label if key in self.forms else None

    def is_denied(self, each: LabelMention) -> bool:
        """Return whether the answer says of a label that it is not meant."""
        return each.start in self.denied

    @cached_property
    def denied(self) -> set[int]:
        """Return where the labels stand that an answer says are not meant.

        It says so before them, behind them (`spam: no`), of the label before them (`not refund or
        billing`), or by setting another above them (`more refund than billing`).
        """
        denied: set[int] = set()
        for at, each in enumerate(self.mentions):
            before = self.mentions[at - 1] if at else None
            if self._is_denied_by_words(each) or (before and self._goes_on(before, each, denied)):
                denied.add(each.start)
            elif before and (lower := _lower(before, each, self.text)):
                denied.add(lower.start)
        return denied

    def _goes_on(self, before: LabelMention, each: LabelMention, denied: set[int]) -> bool:
        """Return whether a label is denied because the one before it is."""
        if before.start not in denied or before.label == each.label:
            return False
        between = self.text[before.end : each.start]
        return bool(
            _OR_ELSE.match(between) or (is_excluding(before.before) and _RIVAL.match(between))
        )

    def _is_denied_by_words(self, each: LabelMention) -> bool:
        if _LACKED.search(each.before) or is_denied(each.text, each.start, each.end):
            return True
        is_number = each.form.key.isdecimal()
        is_bound = is_number and bound_sign(self.text, each.start, each.end)
        return bool(is_bound) or self.is_said_no(each)

    def is_said_no(self, each: LabelMention) -> bool:
        """Return whether a form says no to a label.

        Behind an announced label, the key of an option, or a label that denies by itself, the same words
        say something else: `Label: refund - no`, `B: False`, `Not toxic: no, the text is kind`.
        """
        said, key = self.verdict(each), each.form.key
        if said is None or _OPTION_KEY.fullmatch(key) or label_key(said.word) in self.forms:
            return False
        opposites = self.opposites(key)
        if not said.is_no and not (said.weight == 0 and opposites):
            return False
        if each.is_cued and not said.is_asked:
            return False
        if said.is_of_fault and not opposites and len({one.label for one in self.mentions}) == 1:
            return False
        if self.is_negation(key):
            return said.is_plain_no
        return not _DENIES_ITSELF.match(key) or said.weight > 0

    def verdict(self, each: LabelMention) -> FormVerdict | None:
        """Return what a form says of a label: by a mark before it, where the first label has one, else behind it."""
        if verdict_before(self.text, self.mentions[0].start) is not None:
            return verdict_before(self.text, each.start)
        is_option = _OPTION_KEY.fullmatch(each.form.key) is not None
        return verdict_after(self.text, each.end, is_option=is_option)

    def is_negation(self, key: str) -> bool:
        """Return whether a label denies another one: `not spam` where `spam` is a label."""
        return any(key.endswith(label_key(each)) for each in self.opposites(key))

    def opposites(self, key: str) -> set[str]:
        """Return the labels that say the opposite of one: `not spam` of `spam`, and `spam` of `not spam`."""
        begun = [key.removeprefix(each) for each in _NOT_PREFIXES if key.startswith(each)]
        other = _COMPLEMENTS.get(key, "") if self.n_labels == 2 else ""
        keys = (*(f"{each}{key}" for each in _NOT_PREFIXES), *begun, other)
        return {label for each in keys if (label := self.label_at(each)) is not None}

    def is_or(self, one: LabelMention, other: LabelMention) -> bool:
        """Return whether `or` alone stands between two labels."""
        return _OR_ELSE.match(self.text[one.end : other.start]) is not None

    def are_rivals(self, one: LabelMention, other: LabelMention) -> bool:
        """Return whether another label stands beside one: `A or B`, `A, B`."""
        if one.label == other.label or not 0 <= other.start - one.end < NEAR:
            return False
        return _RIVAL.match(self.text[one.end : other.start]) is not None


def _lower(one: LabelMention, other: LabelMention, text: str) -> LabelMention | None:
    """Return which of two neighbours an answer sets below the other; nothing where it compares none."""
    between = text[one.end : other.start]
    if len(between) >= NEAR:
        return None
    if _OVER.match(between) or (_MORE.search(one.before) and _THAN.match(between)):
        return other
    return one if _LESS.search(one.before) and _THAN.match(between) else None
