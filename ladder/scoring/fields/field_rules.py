"""`is_same`: whether a field of a JSON answer holds what the target holds, by the field's rule.

Null, and a key that is not there, both say that there is no value.
"""

import json
from collections import Counter
from fractions import Fraction
from typing import Any

from ladder.scoring.json_values import NOT_JSON, as_text, same_json
from ladder.scoring.loose_match import loosely_in
from ladder.scoring.numbers.final_answer import final_quantity, target_quantity
from ladder.scoring.numbers.quantity import Quantity, any_sense_equal, same_quantity
from ladder.scoring.plain_text import forms, plain, same_text
from ladder.scoring.target_in_text import Searchable
from ladder.spec.metric_parts import FieldRule

_NOTHING = ("", "null", "none", "n/a", "na", "-", "–", "unknown", "not given", "not available")
"""What stands for no value, by the lenient reading alone."""

_YES = ("true", "yes", "y", "1", "on", "t", "ja", "oui", "sí", "si", "sim", "да", "是", "はい")
_NO = ("false", "no", "n", "0", "off", "f", "nein", "non", "nee", "não", "нет", "否", "いいえ")

_TEXT = FieldRule(kind="text")


def is_same(said: Any, wanted: Any, rule: FieldRule, *, leniently: bool = False) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a value is the wanted one; `NOT_JSON` stands for a key that is not there.

    >>> is_same("1,234.50 €", 1234.5, FieldRule(kind="number"))
    True
    >>> is_same(99, 100, FieldRule(kind="number", relative=0.01)), is_same(98.9, 100, FieldRule(kind="number", tolerance=1))
    (True, False)
    >>> is_same(["b", "A"], ["a", "b"], FieldRule(kind="set")), is_same(NOT_JSON, None, FieldRule())
    (True, True)
    """
    if has_no_value(said) or has_no_value(wanted):
        both = has_no_value(said) and has_no_value(wanted)
        return both or (leniently and _says_nothing(said) and _says_nothing(wanted))
    match rule.kind:
        case "number":
            return _same_number(said, wanted, rule, leniently=leniently)
        case "set":
            return _same_items(said, wanted, leniently=leniently)
        case "text":
            return _same_words(said, wanted, leniently=leniently)
        case _:
            return same_json(said, wanted) or (leniently and _nearly_same(said, wanted))


def has_no_value(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a value is null, or a key is not there."""
    return value is None or value is NOT_JSON


def _says_nothing(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if has_no_value(value) or value in ([], {}):
        return True
    return isinstance(value, str) and value.strip().casefold() in _NOTHING


def _same_number(said: Any, wanted: Any, rule: FieldRule, *, leniently: bool) -> bool:  # noqa: ANN401
    if isinstance(said, list) and isinstance(wanted, list):
        pairs = zip(said, wanted, strict=False)
        return len(said) == len(wanted) and all(
            is_same(one, other, rule, leniently=leniently) for one, other in pairs
        )
    one, other = _quantity(said), _quantity(wanted)
    if one is None or other is None:
        return False
    if leniently and any_sense_equal(one, other):
        return True
    said_in, wanted_in = one.shows or other.shows or "point", other.shows or one.shows or "point"
    if same_quantity(one, other, said_in=said_in, wanted_in=wanted_in):
        return True
    has_one_unit = one.kind == other.kind == "number" and (
        one.unit == other.unit or not (one.unit and other.unit)
    )
    values = one.value(said_in), other.value(wanted_in)
    if not has_one_unit or not all(isinstance(each, Fraction) for each in values):
        return False
    away, size = abs(values[0] - values[1]), abs(values[1])  # type: ignore[operator, arg-type]
    return bool(away <= max(_exact(rule.tolerance), _exact(rule.relative) * size))


def _exact(number: float) -> Fraction:
    """Return a number as it is written: 0.01 is a hundredth, and not the binary fraction near it."""
    return Fraction(str(number))


def _quantity(value: Any) -> Quantity | None:  # noqa: ANN401 - any JSON value
    """Return the quantity that a number is, or that a text holds alone; a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        is_denied = final_quantity(value).quantity is None
        return None if is_denied else target_quantity(value).quantity
    exact = Fraction(str(value))
    return Quantity(
        "number",
        exact,
        exact,
        str(value),
        0,
        0,
        0,
        shows="point" if isinstance(value, float) else None,
    )


def _same_items(said: Any, wanted: Any, *, leniently: bool) -> bool:  # noqa: ANN401
    if not isinstance(said, list) or not isinstance(wanted, list):
        return leniently and _same_items(_listed(said), _listed(wanted), leniently=False)
    one, other = Counter(map(_key, said)), Counter(map(_key, wanted))
    return one == other or (leniently and one.keys() == other.keys())


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return [part.strip() for part in value.replace(";", ",").split(",")]
    return value if isinstance(value, list) else [value]


def _key(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return what two items of a set share where they are the same, whatever their case."""
    return json.dumps(_canonical(value), sort_keys=True)


def _canonical(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        text = plain(value)
        return text.casefold() if same_text(text, text.upper()) else text
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    if isinstance(value, dict):
        return {key: _canonical(each) for key, each in value.items()}
    return value


def _same_words(said: Any, wanted: Any, *, leniently: bool) -> bool:  # noqa: ANN401
    if isinstance(said, list | dict) or isinstance(wanted, list | dict):
        return _same_structure(said, wanted, leniently=leniently)
    one, other = as_text(said), as_text(wanted)
    texts = list(forms(plain(one)))
    if any(same_text(text, each) for text in texts for each in forms(plain(other))):
        return True
    return (
        leniently
        and bool(other.strip())
        and (Searchable(one).states(other) or loosely_in(one, other))
    )


def _same_structure(said: Any, wanted: Any, *, leniently: bool) -> bool:  # noqa: ANN401
    """Return whether lists or objects hold the same texts in the same places."""
    if isinstance(said, list) and isinstance(wanted, list):
        pairs = zip(said, wanted, strict=False)
        return len(said) == len(wanted) and all(
            is_same(one, other, _TEXT, leniently=leniently) for one, other in pairs
        )
    if isinstance(said, dict) and isinstance(wanted, dict):
        return said.keys() == wanted.keys() and all(
            is_same(said[key], wanted[key], _TEXT, leniently=leniently) for key in wanted
        )
    return same_json(said, wanted)


def _truth_of(value: Any) -> bool | None:  # noqa: ANN401 - any JSON value
    """Return whether a value says yes or no, as a truth value, a word or a digit; None for another."""
    said = as_text(value).strip().casefold()
    return True if said in _YES else False if said in _NO else None


def _nearly_same(said: Any, wanted: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a value says the same in another type, writing or order."""
    if isinstance(said, bool) or isinstance(wanted, bool):
        one, other = _truth_of(said), _truth_of(wanted)
        return one is not None and one == other
    if isinstance(said, list) and isinstance(wanted, list):
        return _same_items(said, wanted, leniently=True)
    if isinstance(said, list) != isinstance(wanted, list):
        return _same_items(_listed(said), _listed(wanted), leniently=True)
    if isinstance(said, int | float) or isinstance(wanted, int | float):
        return _same_number(said, wanted, FieldRule(kind="number"), leniently=True)
    return _same_words(said, wanted, leniently=True)
