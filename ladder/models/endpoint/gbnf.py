"""`gbnf_of`: labels and simple regular expressions as a grammar of llama.cpp (GBNF)."""

import re
from collections.abc import Callable, Iterable, Mapping
from re import _parser  # type: ignore[attr-defined]  # typeshed has no types of it
from typing import Any

from ladder.models.constraint_grammar import plain_pattern
from ladder.spec.constraint import Constraint

_MOST_OPEN = 2**31
"""From so many repetitions on, Python's parser means any number."""

_ESCAPES: Mapping[str, str] = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\\": r"\\"}
_CATEGORIES: Mapping[str, str] = {
    "CATEGORY_DIGIT": "0-9",
    "CATEGORY_WORD": "a-zA-Z0-9_",
    "CATEGORY_SPACE": r" \t\n\r",
}
_NEGATED: Mapping[str, str] = {
    "CATEGORY_NOT_DIGIT": "^0-9",
    "CATEGORY_NOT_WORD": "^a-zA-Z0-9_",
    "CATEGORY_NOT_SPACE": r"^ \t\n\r",
}
_ANYTHING = r"[^\n]"

Parsed = Iterable[tuple[Any, Any]]
"""The parts of a regular expression, as Python's own parser gives them: what each is, and of what."""


def gbnf_of(constraint: Constraint) -> str | None:
    r"""Return a constraint as GBNF; None where it has no such form here.

    >>> gbnf_of(Constraint(kind="labels", labels=("refund", 'the "other"')))
    'root ::= " "? ("refund" | "the \\"other\\"")'
    >>> gbnf_of(Constraint(kind="regex", regex=r"[A-Z]{2}-\d+"))
    'root ::= " "? ([A-Z]{2} "-" [0-9]+)'
    >>> gbnf_of(Constraint(kind="regex", regex=r"(?=a)b")) is None
    True
    """
    if constraint.kind == "labels":
        return _root(" | ".join(map(_text, constraint.labels)))
    if constraint.kind == "grammar":
        return constraint.grammar if "::=" in constraint.grammar else None
    if constraint.kind != "regex":
        return None
    try:
        pattern = _parser.parse(plain_pattern(constraint.regex))
        return _root(_sequence(_checked(pattern)))
    except (re.error, _NoGbnfError, RecursionError):
        return None


class _NoGbnfError(ValueError):
    """A part of a regular expression that GBNF cannot say."""


def _checked(pattern: Any) -> Parsed:
    """Return the parts of a pattern without flags: they change what its parts mean."""
    if pattern.state.flags & (re.IGNORECASE | re.VERBOSE | re.MULTILINE | re.DOTALL):
        raise _NoGbnfError
    return list(pattern)


def _root(body: str) -> str:
    """Return a grammar whose answer may begin with a blank, as models write one after a cue."""
    return f'root ::= " "? ({body})'


def _sequence(parts: Parsed) -> str:
    """Return parts that follow each other; letters in a row are one text."""
    found: list[str] = []
    letters = ""
    for kind, value in parts:
        if kind.name == "LITERAL":
            letters += chr(value)
            continue
        if letters:
            found.append(_text(letters))
            letters = ""
        found.append(_part(kind.name, value))
    if letters:
        found.append(_text(letters))
    return " ".join(found) or '""'


def _part(kind: str, value: Any) -> str:
    write = _WRITERS.get(kind)
    if write is None:
        raise _NoGbnfError
    return write(value)


def _repeat(value: Any) -> str:
    low, high, parts = value
    parts = list(parts)
    is_one = len(parts) == 1 and parts[0][0].name in ("LITERAL", "IN", "ANY", "NOT_LITERAL")
    body = _sequence(parts) if is_one else f"({_sequence(parts)})"
    return body + _times(int(low), int(high))


def _times(low: int, high: int) -> str:
    """Return how often a part stands there.

    >>> _times(0, _MOST_OPEN), _times(1, _MOST_OPEN), _times(0, 1), _times(2, 2), _times(2, 5)
    ('*', '+', '?', '{2}', '{2,5}')
    """
    if high >= _MOST_OPEN:
        return {0: "*", 1: "+"}.get(low, f"{{{low},}}")
    if (low, high) == (0, 1):
        return "?"
    return f"{{{low}}}" if low == high else f"{{{low},{high}}}"


def _branch(value: Any) -> str:
    return f"({' | '.join(_sequence(each) for each in value[1])})"


def _group(value: Any) -> str:
    *_, on, off, parts = value
    if on or off:
        raise _NoGbnfError
    return f"({_sequence(parts)})"


def _class(value: Any) -> str:
    parts = list(value)
    if len(parts) == 1 and parts[0][0].name == "CATEGORY":
        return _category(parts[0][1])
    is_negated = bool(parts) and parts[0][0].name == "NEGATE"
    inside = "".join(_in_class(kind.name, each) for kind, each in parts[is_negated:])
    return f"[{'^' if is_negated else ''}{inside}]"


def _in_class(kind: str, value: Any) -> str:
    if kind == "LITERAL":
        return _letter(chr(value))
    if kind == "RANGE":
        return f"{_letter(chr(value[0]))}-{_letter(chr(value[1]))}"
    if kind == "CATEGORY" and value.name in _CATEGORIES:
        return _CATEGORIES[value.name]
    raise _NoGbnfError


def _category(value: Any) -> str:
    known = {**_CATEGORIES, **_NEGATED}
    return f"[{known[value.name]}]"


def _letter(character: str) -> str:
    """Return a letter as it stands in a class."""
    return f"\\x{ord(character):02X}" if character in "^]-[" else _ESCAPES.get(character, character)


def _text(text: str) -> str:
    """Return a text as it stands in a grammar."""
    inside = "".join(
        r"\"" if character == '"' else _ESCAPES.get(character, character) for character in text
    )
    return f'"{inside}"'


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
    "BRANCH": _branch,
    "SUBPATTERN": _group,
    "IN": _class,
    "CATEGORY": _category,
    "ANY": lambda _: _ANYTHING,
    "NOT_LITERAL": lambda value: f"[^{_letter(chr(value))}]",
}
