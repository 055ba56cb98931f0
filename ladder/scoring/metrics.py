"""The built-in metrics. Each says exactly what counts as the same."""

import json
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar

from ladder.scoring.edits import FormEdit
from ladder.scoring.fields.json_fields import JsonFields
from ladder.scoring.forms.answer_length import Length
from ladder.scoring.forms.json_schema import JsonSchema
from ladder.scoring.forms.language import Language
from ladder.scoring.forms.matches import Matches
from ladder.scoring.forms.parses import Parses
from ladder.scoring.forms.text_units import WORD
from ladder.scoring.json_values import (
    NOT_JSON,
    json_value,
    json_values_in,
    loose_json_values,
    may_become_json,
    same_json,
)
from ladder.scoring.labels.label_forms import LabelSet
from ladder.scoring.labels.named_labels import (
    choice_of,
    ends_in_a_beginning,
    labels_in_other_spelling,
    named_labels,
)
from ladder.scoring.labels.prompt_options import option_chosen
from ladder.scoring.metric import BuiltIn, Kind
from ladder.scoring.numbers.final_answer import final_quantity, stated_quantities, target_quantity
from ladder.scoring.numbers.quantities import quantities_in
from ladder.scoring.numbers.quantity import any_sense_equal, same_quantity
from ladder.scoring.overlap.text_overlap import Bleu, ChrF, RougeL
from ladder.scoring.plain_math import plain_math
from ladder.scoring.plain_text import folded, forms, plain, readable, same_text, unquoted
from ladder.scoring.target_in_text import Searchable, stands_in
from ladder.scoring.tool_calls import PartialToolCalls, ToolCalls
from ladder.spec.data_source import TargetKind
from ladder.spec.metric_parts import ReadingWord

_ARTICLES = frozenset({"a", "an", "the"})
_SHORT = 2
"""Characters up to which an option may be a label itself."""
_OPENING = re.compile(r"(?:[\s*_`\"'“„«$#>(-]|\\boxed\{|<\w*>?|```\w*\n)*")
_CLOSING = string.whitespace + "*_`\"'”“»$.<|})"


class ExactMatch(BuiltIn):
    """1 when the read answer is the target.

    Words, their order and their punctuation count. What does not: white space, emphasis, quotes, a
    code fence or `<answer>` around the whole; a full stop behind it that the target lacks; stop
    tokens, invisible characters and the normal form of Unicode; and case, unless
    `metric.case: keep` says otherwise or a word has a capital inside (`getName`, `mW`).
    """

    name = "exact_match"
    number: ClassVar[int] = 6
    knows_labels: ClassVar[bool] = True

    def compare(self, answer: str, target: str) -> float:
        """Return 1 for the same text, else 0."""
        if answer.strip() == target.strip():
            return 1.0
        keep_case = self.spec.case == "keep"
        wanted = {readable(target).strip(), plain(target)}
        wanted |= {unquoted(each) for each in wanted}
        return float(
            any(
                same_text(said, each, keep_case=keep_case)
                for said in forms(plain(answer))
                for each in wanted
            )
        )

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:
        """Return whether a target begins with what stands there so far."""
        begun = folded(plain(answer))
        bare = begun[_end_of(_OPENING, begun) :]
        starts = (begun, bare, bare.rstrip(_CLOSING))
        wanted = {form for each in targets for form in (plain(each), unquoted(plain(each)))}
        return not bare or any(folded(each).startswith(starts) for each in wanted)


class Contains(BuiltIn):
    """1 when the target stands in the answer by itself and is not denied there, whatever its case.

    Where the targets are a few labels, an answer must not leave open which one it means: "refund or
    order", "is it refund?" are no answer (`is_hedged`), while "they want a refund" is. Leniently, a
    target counts that is denied ("do not drink alcohol"): words before it may deny something else.
    """

    name = "contains"
    number: ClassVar[int] = 7
    knows_labels: ClassVar[bool] = True

    def compare(self, answer: str, target: str) -> float:
        """Return 1 where the target is found, else 0."""
        keep_case = self.spec.case == "keep"
        if Searchable(answer, keep_case=keep_case).states(target):
            return 1.0
        # A target that denies itself, such as "not guilty", and one that is the whole answer.
        return float(same_text(plain(answer), plain(target), keep_case=keep_case))

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 where a target stands in the text, denied or not, in any common form."""
        searched = Searchable(answer, keep_case=self.spec.case == "keep")
        if any(searched.holds(target) for target in targets):
            return 1.0
        return super().lenient_answer(answer, targets)


class TokenF1(BuiltIn):
    """Overlap of words between answer and target, as SQuAD scores it (Rajpurkar 2016).

    Case, punctuation and the articles a, an, the do not count, unless the target holds nothing
    else. In scripts without gaps every character is a word, as in MLQA (Lewis 2020). An empty
    answer gets no point where there is a target.
    """

    name = "f1"
    kind: Kind = "graded"
    number: ClassVar[int] = 4

    def compare(self, answer: str, target: str) -> float:
        """Return the harmonic mean of the words' precision and recall."""
        *_, clean = forms(plain(answer))
        wanted_text = plain(target)
        if not clean or not wanted_text:
            return float(clean == wanted_text)
        said, wanted = _squad_words(clean, wanted_text)
        if not said:
            return 0.0
        common = sum((Counter(said) & Counter(wanted)).values())
        return 2 * common / (len(said) + len(wanted))


class Numeric(BuiltIn):
    r"""1 when the quantity that the answer ends in equals the target's, each as what it is.

    Fractions, percents, times, dates, ranges and amounts with units are compared by value
    (`quantities_in`), never by their last digits. What stands behind `####`, in `\boxed{}` or
    after words such as "the answer is" counts before the last number (`final_quantity`). Where
    `1,234` or `1.234` may mean two numbers, the other numbers of the text decide, then the target's,
    then the comma of thousands; the lenient reading takes either.
    """

    name = "numeric"
    unread_words: ClassVar[str] = "hold no number that is clearly the answer"
    number: ClassVar[int] = 5

    def compare(self, answer: str, target: str) -> float:
        """Return 1 for the same quantity, else 0."""
        said, wanted = final_quantity(answer), target_quantity(target)
        if said.quantity is None or wanted.quantity is None:
            return 0.0
        said_in = said.shows or wanted.shows or "point"
        wanted_in = wanted.shows or said.shows or "point"
        return float(
            same_quantity(said.quantity, wanted.quantity, said_in=said_in, wanted_in=wanted_in)
        )

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 when any quantity that the text states and does not deny equals a target."""
        found = stated_quantities(answer)
        wanted = {target: target_quantity(target).quantity for target in targets}
        if any(any_sense_equal(said, each) for said in found for each in wanted.values() if each):
            return 1.0
        if any(stands_in(answer, target) for target, each in wanted.items() if each is None):
            return 1.0
        return self._compare_read(answer, targets)

    def unread(self, target: str) -> str | None:
        """Return why a target is not one quantity, or nothing."""
        return target_quantity(target).reason or super().unread(target)

    def only_form_differs(self, text: str, targets: Sequence[str]) -> FormEdit | None:
        """Return the light edit that makes a wrong answer right; case is none: `5M` is not `5m`."""
        edit = super().only_form_differs(text, targets)
        return edit if self.lenient(text, targets) == 1 else None

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:  # noqa: ARG002
        """Return whether no mark has given a number yet: a later one would count."""
        return not final_quantity(answer).is_final

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:
        """Return whether a quantity of the passage, copied out, gets full marks."""
        typed = plain_math(plain(passage))
        copied = (typed[each.start : each.after] for each in quantities_in(typed))
        return any(self.score_answer(each, targets) == 1 for each in copied)


class JsonValid(BuiltIn):
    """1 when the answer is one JSON value and nothing else. The target is not looked at.

    A code fence around the whole does not count. A key that stands twice in one object with two
    values leaves open what is meant, and makes it no JSON.
    """

    name = "json_valid"
    unread_words: ClassVar[str] = "are not JSON"
    number: ClassVar[int] = 4
    needs_target: bool = False
    readings: ClassVar[tuple[ReadingWord, ...]] = ("strict", "lenient", "pattern", "steps")
    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("text", "object")

    def compare(self, answer: str, target: str) -> float:  # noqa: ARG002 - every metric has it
        """Return 1 for valid JSON, else 0."""
        return float(json_value(answer) is not NOT_JSON)

    def unread(self, target: str) -> str | None:  # noqa: ARG002 - every metric has it
        """Return nothing: the target is not looked at."""
        return None

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 when a JSON object, array or fenced value stands in the text."""
        is_read = self._compare_read(answer, targets)
        return max(is_read, float(bool(json_values_in(answer))))

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:  # noqa: ARG002
        """Return whether the text is the beginning of a JSON value."""
        return may_become_json(answer)

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:  # noqa: ARG002
        """Return False: no passage holds the form that is wanted."""
        return False


class JsonEqual(JsonValid):
    """1 when answer and target are the same JSON value: the order of keys does not count.

    A code fence around the whole does not count, nor does the normal form of Unicode.
    """

    name = "json_equal"
    needs_target: bool = True

    def unread(self, target: str) -> str | None:
        """Return why the target is no JSON, or nothing."""
        return None if json_value(target) is not NOT_JSON else "it is no JSON"

    def compare(self, answer: str, target: str) -> float:
        """Return 1 for equal values, else 0."""
        return float(same_json(json_value(answer), json_value(target)))

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 when a JSON value that stands in the text, or is wrapped there, is a target.

        A key without a value may be left out.
        """
        return self._found_in(answer, targets, _without_nulls)

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:
        """Return whether the passage holds a target's value as JSON."""
        return self._found_in(passage, targets, lambda value: value) == 1

    def _found_in(self, text: str, targets: Sequence[str], form: Callable[[Any], Any]) -> float:
        wanted = [form(each) for target in targets if (each := json_value(target)) is not NOT_JSON]
        found = [form(each) for each in loose_json_values(self._read(text), text)] if wanted else []
        return float(any(same_json(said, each) for said in found for each in wanted))


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return JSON without the keys that have no value: to leave them out says the same.

    >>> _without_nulls({"a": 5, "b": None, "c": [{"d": None}, None]})
    {'a': 5, 'c': [{}, None]}
    """
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


class Choice(BuiltIn):
    """1 when the answer chooses the target and no other of `metric.labels` (`choice_of`).

    A label is chosen where it stands alone, is announced ("the answer is B"), begins the answer
    ("B. That is …") or is the only one that is named and not denied. Labels are found as whole
    words, whatever their case, `_` or plural; a label of one letter only where it is no article.
    A word that the spec gives as a synonym stands for its label, in answers and in targets. An
    option that the question lists under a label (`B) Rome`) stands for it where the answer names no
    label and chooses the option by its text.
    """

    name = "choice"
    unread_words: ClassVar[str] = "choose none of metric.labels, or more than one"
    number: ClassVar[int] = 6

    @property
    def version(self) -> str:
        """Return the version of the comparison, with the reading and the labels."""
        words = f"/{json.dumps(self.spec.synonyms)}" if self.spec.synonyms else ""
        return f"{super().version}/{json.dumps(self.labels)}{words}"

    @cached_property
    def known(self) -> LabelSet:
        """Return the labels, with the words that stand for them."""
        return LabelSet.of(self.labels, self.spec.synonyms)

    def remarks(self, text: str, targets: Sequence[str]) -> list[str]:  # noqa: ARG002 - others look
        """Return which label is read, where the answer is not that label alone."""
        answer = self.split(text).answer
        if not answer.strip():
            return []
        if self.reading == "lenient":
            named = sorted(named_labels(answer, self.known))
            return [f"labels named: {', '.join(named) or 'none'}"]
        label = self.label_of(answer)
        if label is None:
            return ["no label is read"]
        return [] if folded(answer.strip()) == folded(label) else [f"the label read is {label}"]

    def label_of(self, text: str) -> str | None:
        """Return which label a text without thoughts chooses, as the spec writes it."""
        return self._chosen(self._read(text))

    def read(self, text: str) -> str:
        """Return the part that is compared; the label where the answer is the text of its option."""
        read = super().read(text)
        return self._by_option(read) or read

    def compare(self, answer: str, target: str) -> float:
        """Return 1 where the target is chosen, else 0."""
        wanted = choice_of(target, self.known).label
        return float(wanted is not None and self._chosen(answer) == wanted)

    def _chosen(self, text: str) -> str | None:
        return choice_of(self._without_options(text), self.known).label or self._by_option(text)

    def _without_options(self, text: str) -> str:
        """Return a text without the options that themselves hold a label: the C of "Vitamin C" is none."""
        for option in self.options.values():
            if named_labels(option, self.known) and len(option) > _SHORT:
                text = re.sub(rf"(?<!\w){re.escape(option)}(?!\w)", "", text, flags=re.IGNORECASE)
        return text

    def _by_option(self, text: str) -> str | None:
        """Return the label whose option an answer without a label chooses by its text."""
        options = self.options
        if not options or named_labels(self._without_options(text), self.known):
            return None
        chosen = option_chosen(text, options)
        if chosen is None:
            return None
        label = choice_of(chosen, self.known).label
        are_numbers = len(self.labels) == len(options) and all(map(str.isdecimal, self.labels))
        # Where the labels are numbers, the options of a list have theirs by their place.
        return sorted(self.labels, key=int)[list(options).index(chosen)] if are_numbers else label

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 when a target is named; an answer that names all labels names none.

        A target that is no label is looked for as a word.
        """
        if self._compare_read(answer, targets) == 1:
            return 1.0
        wanted = {target: choice_of(target, self.known).label for target in targets}
        searched = Searchable(answer)
        if any(label is None and searched.holds(target) for target, label in wanted.items()):
            return 1.0
        if labels_in_other_spelling(answer, self.known) & set(wanted.values()):
            return 1.0
        named = named_labels(answer, self.known)
        return float(len(named) < len(self.labels) and bool(named & set(wanted.values())))

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:
        """Return whether no other label has been chosen yet."""
        begun, chosen = folded(plain(answer)), choice_of(answer, self.known)
        if chosen.label is None or chosen.kind == "named":
            return True
        if any(folded(plain(each)).startswith(begun) for each in targets):
            return True
        wanted = {choice_of(each, self.known).label for each in targets}
        if ends_in_a_beginning(answer, self.known, wanted):
            return True
        return chosen.kind == "alone" and begun in ("a", "i")

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:
        """Return whether a target is the one label that the passage names."""
        wanted = [choice_of(target, self.known).label for target in targets]
        named = named_labels(passage, self.known)
        return any(named == {each} for each in wanted)


METRICS: dict[str, type[BuiltIn]] = {
    metric.name: metric
    for metric in (
        ExactMatch,
        Contains,
        TokenF1,
        Numeric,
        Choice,
        JsonValid,
        JsonEqual,
        ToolCalls,
        PartialToolCalls,
        JsonFields,
        JsonSchema,
        Matches,
        Length,
        Language,
        Parses,
        RougeL,
        Bleu,
        ChrF,
    )
}
"""The built-in metrics, by the name a spec gives them."""


def _squad_words(said: str, wanted: str) -> tuple[list[str], list[str]]:
    """Return the words of both; articles and punctuation only where the target has no others."""
    words, target = _words(said), _words(wanted)
    if not target:
        return folded(said).split(), folded(wanted).split()
    bare = [word for word in target if word not in _ARTICLES]
    if not bare:
        return words, target
    return [word for word in words if word not in _ARTICLES], bare


def _words(text: str) -> list[str]:
    plain_words = "".join(each for each in folded(text) if not _is_punctuation(each))
    return [str(word) for word in WORD.findall(plain_words)]


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character)[0] == "P"


def _end_of(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0
