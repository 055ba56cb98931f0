"""`JsonFields`: which fields of a JSON answer are right."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import regex

from ladder.errors import MetricError
from ladder.scoring.edits import FormEdit
from ladder.scoring.fields.field_rules import has_no_value, is_same
from ladder.scoring.json_values import (
    NOT_JSON,
    json_value,
    loose_json_values,
    may_become_json,
    value_at,
)
from ladder.scoring.metric import BuiltIn
from ladder.scoring.read import Reading
from ladder.spec.data_source import TargetKind
from ladder.spec.metric_parts import FieldRule, ReadingWord
from ladder.spec.metric_spec import MetricSpec

WHOLE = "(whole)"
"""The name of the one field of a target that is no object."""

_BETWEEN_WORDS = regex.compile(r"[\s_\-.]+")
_EXACT = FieldRule()


class JsonFields(BuiltIn):
    """The share of the fields of a JSON answer that are right, or 1 where all are (`score: all`).

    `metric.fields` names the fields by their paths (`address.city`, `lines.price`) and says how each
    is compared; other keys are not looked at. Without it every key of the target is compared as the
    same JSON value, and a key that the target lacks is a field that is wrong. Null and a missing key
    are the same: no value. An answer that is no JSON has no field right. Leniently, JSON counts
    that stands in the answer or is wrapped there, further keys and the writing of keys do not count,
    and a value may have another type, case or order.

    A field that neither has is not counted: else an empty object would be right in most fields of
    a sparse target.
    """

    name = "json_fields"
    unread_words: ClassVar[str] = "are not JSON"
    number: ClassVar[int] = 2
    readings: ClassVar[tuple[ReadingWord, ...]] = ("strict", "lenient", "pattern", "steps")
    takes: ClassVar[tuple[str, ...]] = ("fields", "score")
    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("text", "object")

    def __init__(self, spec: MetricSpec, read: Reading) -> None:
        super().__init__(spec, read)
        self.kind = "binary" if spec.score == "all" else "graded"
        for name, rule in spec.fields.items():
            _check_rule(name, rule)

    def field_scores(self, text: str, targets: Sequence[str]) -> dict[str, bool] | None:
        """Return which fields of an answer are right, against the target that fits best.

        None where the answer is no JSON: then it has no field to be right or wrong.
        """
        answer = self.split(text).answer
        leniently = self.reading == "lenient"
        read = self._read(answer)
        said = loose_json_values(read, answer) if leniently else [json_value(read)]
        found = [
            self._fields(one, _value(each), leniently=leniently)
            for one in said
            for each in targets
            if one is not NOT_JSON
        ]
        return max(found, key=_share) if found else None

    def compare(self, answer: str, target: str) -> float:
        """Return the share of the fields that are right."""
        said = json_value(answer)
        return self._score(said, _value(target)) if said is not NOT_JSON else 0.0

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return the share of the fields that some JSON of the answer has right in some form."""
        said = loose_json_values(self._read(answer), answer)
        scores = [
            self._score(one, _value(each), leniently=True) for one in said for each in targets
        ]
        return max([self._compare_read(answer, targets), *scores])

    def unread(self, target: str) -> str | None:
        """Return why no answer can have the fields of a target right, or nothing."""
        wanted = _value(target)
        if wanted is NOT_JSON:
            return "it is no JSON"
        named = self.spec.fields
        if named and all(value_at(wanted, name) is NOT_JSON for name in named):
            return f"it has none of the fields {', '.join(named)}"
        wrong = [name for name, is_right in self._fields(wanted, wanted).items() if not is_right]
        if wrong:
            kind = self.spec.fields.get(wrong[0], _EXACT).kind
            return f"its field {wrong[0]} cannot be compared as {kind}"
        return None

    def remarks(self, text: str, targets: Sequence[str]) -> list[str]:
        """Return which fields of an answer are wrong, or that it is no JSON."""
        fields = self.field_scores(text, targets)
        if fields is None:
            return ["the answer is no JSON" if self.split(text).answer.strip() else "no answer"]
        wrong = [name for name, is_right in fields.items() if not is_right]
        counts = f"{len(fields) - len(wrong)} of {len(fields)} fields are right"
        return [f"{counts}; wrong: {', '.join(wrong)}" if wrong else counts]

    def held_by(self, target: str) -> list[str]:
        """Return the fields of the spec that a target has."""
        wanted = _value(target)
        return [name for name in self.spec.fields if value_at(wanted, name) is not NOT_JSON]

    def keys_of(self, target: str) -> list[str]:
        """Return the paths of what a target holds."""
        wanted = _value(target)
        return [] if wanted is NOT_JSON else [".".join(path) for path, _ in _leaves(wanted)]

    def reads(self, answer: str) -> bool:
        """Return whether an answer is JSON, whatever its fields hold."""
        return json_value(answer) is not NOT_JSON

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:  # noqa: ARG002
        """Return whether the text is the beginning of a JSON value."""
        return may_become_json(answer)

    def only_form_differs(self, text: str, targets: Sequence[str]) -> FormEdit | None:
        """Return the light edit that makes a wrong answer right; a unit's case is none: `USD`."""
        edit = super().only_form_differs(text, targets)
        return edit if self.lenient(text, targets) == 1 else None

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:
        """Return whether the passage holds JSON with all fields right."""
        return self.lenient_answer(passage, targets) == 1

    def _score(self, said: Any, wanted: Any, *, leniently: bool = False) -> float:  # noqa: ANN401
        if wanted is NOT_JSON:
            return 0.0
        fields = self._fields(said, wanted, leniently=leniently)
        if self.spec.score == "all":
            return float(all(fields.values()))
        return _share(fields)

    def _fields(self, said: Any, wanted: Any, *, leniently: bool = False) -> dict[str, bool]:  # noqa: ANN401
        """Return which fields are right, by their paths."""
        if wanted is NOT_JSON:
            return {}
        if isinstance(wanted, dict) and not isinstance(said, dict):
            names = self.spec.fields or [".".join(path) for path, _ in _leaves(wanted)]
            return dict.fromkeys(names or [WHOLE], False)
        if self.spec.fields:
            return self._named_fields(said, wanted, leniently=leniently)
        one, other = dict(_leaves(said)), dict(_leaves(wanted))
        if leniently:
            one, other = _by_loose_key(one), _by_loose_key(other)
        right = {
            name: is_same(one.get(name, NOT_JSON), value, _EXACT, leniently=leniently)
            for name, value in other.items()
            if not (has_no_value(value) and has_no_value(one.get(name)))
        }
        further = {} if leniently else _further(one, other)
        return {".".join(path): is_right for path, is_right in {**right, **further}.items()}

    def _named_fields(self, said: Any, wanted: Any, *, leniently: bool) -> dict[str, bool]:  # noqa: ANN401
        values = {
            name: (_found(said, name, leniently=leniently), value_at(wanted, name))
            for name in self.spec.fields
        }
        return {
            name: is_same(one, other, self.spec.fields[name], leniently=leniently)
            for name, (one, other) in values.items()
            if not (has_no_value(one) and has_no_value(other))
        }


def _check_rule(name: str, rule: FieldRule) -> None:
    if rule.kind != "number" and (rule.tolerance or rule.relative):
        raise MetricError(
            f"metric.fields: {name} is compared as {rule.kind}, which knows no tolerance.",
            next_step=f"Write {name}: {{kind: number, tolerance: {rule.tolerance or rule.relative:g}}}.",
        )


def _share(fields: Mapping[str, bool]) -> float:
    return sum(fields.values()) / len(fields) if fields else 1.0


def _value(target: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON that a target is, where it is an object or a list."""
    value = json_value(target)
    return value if isinstance(value, dict | list) else NOT_JSON


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401
    """Yield the values of an object with their paths; a list is one value.

    >>> list(_leaves({"a": {"b": 1}, "c": [2]}))
    [(('a', 'b'), 1), (('c',), [2])]
    """
    if not isinstance(value, dict) or (path and not value):
        yield path or (WHOLE,), value
        return
    for key, inner in value.items():
        yield from _leaves(inner, (*path, key))


def _further(
    said: Mapping[tuple[str, ...], Any], wanted: Mapping[tuple[str, ...], Any]
) -> dict[tuple[str, ...], bool]:
    """Return the fields of an answer that the target lacks, as wrong ones, where they hold a value.

    A field inside a wanted one, or around it, is that field in another form: it counts there.
    """
    around = {path[:depth] for path in wanted for depth in range(1, len(path) + 1)}
    return {
        path: False
        for path, value in said.items()
        if not has_no_value(value)
        and path not in around
        and not any(path[:depth] in wanted for depth in range(1, len(path)))
    }


def _by_loose_key(leaves: Mapping[tuple[str, ...], Any]) -> dict[tuple[str, ...], Any]:
    """Return values by paths in which case and the marks between words do not count."""
    return {tuple(map(_loose, path)): value for path, value in leaves.items()}


def _loose(key: str) -> str:
    """Return a key as it is compared leniently.

    >>> _loose("Total Amount") == _loose("total_amount") == _loose("totalAmount")
    True
    """
    return str(_BETWEEN_WORDS.sub("", key)).casefold()


def _found(said: Any, path: str, *, leniently: bool) -> Any:  # noqa: ANN401 - any JSON value
    found = value_at(said, path)
    if found is not NOT_JSON or not leniently:
        return found
    return value_at(_loosely_keyed(said), ".".join(map(_loose, path.split("."))))


def _loosely_keyed(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {_loose(key): _loosely_keyed(inner) for key, inner in value.items()}
    return [_loosely_keyed(each) for each in value] if isinstance(value, list) else value
