"""The built-in metrics. Each says exactly what counts as the same."""

import json
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from ladder.scoring.metric import BuiltIn, Kind, ReadingName
from ladder.scoring.read import MOST_CHARACTERS, contains_word, numbers_in

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_FENCE = re.compile(r"```[A-Za-z]*\n(.*?)```", re.DOTALL)


class ExactMatch(BuiltIn):
    """1 when the read answer is the target, character for character.

    Only white space around both is dropped: case, punctuation and articles count.
    """

    name = "exact_match"

    def compare(self, answer: str, target: str) -> float:
        """Return 1 for the same text, else 0."""
        return float(answer.strip() == target.strip())


class Contains(BuiltIn):
    """1 when the target stands in the answer as a whole word, whatever its case."""

    name = "contains"

    def compare(self, answer: str, target: str) -> float:
        """Return 1 where the target is found, else 0."""
        return float(contains_word(answer, target))


class TokenF1(BuiltIn):
    """Overlap of words between answer and target, as SQuAD scores it (Rajpurkar 2016).

    Case, punctuation and the articles a, an, the do not count.
    """

    name = "f1"
    kind: ClassVar[Kind] = "graded"

    def compare(self, answer: str, target: str) -> float:
        """Return the harmonic mean of the words' precision and recall."""
        said, wanted = _squad_words(answer), _squad_words(target)
        if not said or not wanted:
            return float(said == wanted)
        common = sum((Counter(said) & Counter(wanted)).values())
        return 2 * common / (len(said) + len(wanted))

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 when a target stands in the answer, else the overlap of words."""
        overlap = max(self.compare(answer, target) for target in targets)
        return max(overlap, super().lenient_answer(answer, targets))


class Numeric(BuiltIn):
    """1 when the last number of the answer equals the target's as a number: 1,000 is 1000.0."""

    name = "numeric"

    def compare(self, answer: str, target: str) -> float:
        """Return 1 for the same number, else 0."""
        said, wanted = _last_value(answer), _last_value(target)
        return float(said is not None and said == wanted)

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 when any number of the text equals a target."""
        said = {value for value in map(_value, numbers_in(answer)) if value is not None}
        return float(any(_last_value(target) in said for target in targets))


class JsonValid(BuiltIn):
    """1 when the answer is one JSON value and nothing else. The target is not looked at."""

    name = "json_valid"
    readings: ClassVar[tuple[ReadingName, ...]] = ("strict", "lenient", "pattern")

    def compare(self, answer: str, target: str) -> float:  # noqa: ARG002 - every metric has it
        """Return 1 for valid JSON, else 0."""
        return float(_json(answer) is not _NOT_JSON)

    def unread(self, target: str) -> str | None:  # noqa: ARG002 - every metric has it
        """Return nothing: the target is not looked at."""
        return None

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return the score of the JSON inside the text: in a code fence, or between braces."""
        return max(self.compare(_json_part(answer), target) for target in targets)


class JsonEqual(JsonValid):
    """1 when answer and target are the same JSON value: the order of keys does not count."""

    name = "json_equal"

    def unread(self, target: str) -> str | None:
        """Return why the target is no JSON, or nothing."""
        return None if _json(target) is not _NOT_JSON else "it is no JSON"

    def compare(self, answer: str, target: str) -> float:
        """Return 1 for equal values, else 0."""
        said = _json(answer)
        return float(said is not _NOT_JSON and _same(said, _json(target)))


class Choice(BuiltIn):
    """1 when the answer names the target and no other of `metric.labels`.

    Labels are found as whole words, whatever their case; a label inside a longer one that is
    also named ("positive" in "very positive") does not count as named.
    """

    name = "choice"

    @property
    def version(self) -> str:
        """Return the version of the comparison, with the reading and the labels."""
        return f"{super().version}/{json.dumps(self.labels)}"

    def compare(self, answer: str, target: str) -> float:
        """Return 1 where only the target is named, else 0."""
        left, named = answer, set()
        for label in sorted(self.labels, key=len, reverse=True):
            if contains_word(left, label):
                named.add(label.casefold())
                left = re.sub(re.escape(label), " | ", left, flags=re.IGNORECASE)
        return float(named == {target.strip().casefold()})


METRICS: dict[str, type[BuiltIn]] = {
    metric.name: metric
    for metric in (ExactMatch, Contains, TokenF1, Numeric, Choice, JsonValid, JsonEqual)
}
"""The built-in metrics, by the name a spec gives them."""


def _squad_words(text: str) -> list[str]:
    folded = text.casefold()
    plain = "".join(character for character in folded if not _is_punctuation(character))
    return _ARTICLES.sub(" ", plain).split()


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character)[0] == "P"


def _last_value(text: str) -> Decimal | None:
    numbers = numbers_in(text)
    return _value(numbers[-1]) if numbers else None


def _value(written: str) -> Decimal | None:
    try:
        value = Decimal(written.replace(",", "").replace("\u2212", "-"))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


_NOT_JSON = object()


def _json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    if len(text) > MOST_CHARACTERS:
        return _NOT_JSON
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _json_part(text: str) -> str:
    fenced = _FENCE.findall(text[:MOST_CHARACTERS])
    if fenced:
        return str(fenced[-1])
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    end = max(text.rfind("}"), text.rfind("]"))
    return text[min(starts) : end + 1] if starts and end >= 0 else text


def _same(said: Any, wanted: Any) -> bool:  # noqa: ANN401 - any JSON value
    if isinstance(said, bool) or isinstance(wanted, bool):
        return said is wanted
    if isinstance(said, dict) and isinstance(wanted, dict):
        return said.keys() == wanted.keys() and all(_same(said[k], wanted[k]) for k in said)
    if isinstance(said, list) and isinstance(wanted, list):
        return len(said) == len(wanted) and all(map(_same, said, wanted))
    return bool(said == wanted)
