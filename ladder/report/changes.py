"""What to change: the best candidate against the baseline, in the words of the task spec."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from ruamel.yaml.scalarstring import LiteralScalarString

from ladder.decision import Decision, record_of
from ladder.formats.yaml_text import to_yaml
from ladder.spec.candidate import Candidate
from ladder.text import visible

SPEC_KEYS = {"decoding": "generation"}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff."""

    kind: Literal["added", "removed", "same"]
    text: str


@dataclass(frozen=True, slots=True)
class SpecChange:
    """A diff against the baseline, and the sections to paste into the spec."""

    lines: tuple[DiffLine, ...]
    sections: str


def change_of(decision: Decision) -> SpecChange | None:
    """Return what turns the baseline into the best candidate, or None where nothing does.

    A classifier takes the place of a language model, which is no change of the spec.
    """
    before = record_of(decision, decision.ledger.baseline.configuration)
    after = record_of(decision, decision.configuration)
    if before is None or after is None or before.candidate == after.candidate:
        return None
    if after.candidate.model.classifier is not None:
        return None
    chosen = after.candidate.unreviewed  # what a person answers is no setting of the spec
    parts = list(before.candidate.changes(chosen))
    if not parts:
        return None
    old = _yaml(before.candidate, parts, chosen)
    new = _yaml(chosen, parts, before.candidate)
    return SpecChange(lines=tuple(_diff(old, new)), sections=new)


def in_context(lines: Sequence[DiffLine]) -> tuple[DiffLine, ...]:
    """Return the changed lines of a diff with the keys that they stand under.

    >>> same, added = DiffLine("same", "prompt:"), DiffLine("added", "  user: a")
    >>> [one.text for one in in_context([same, DiffLine("same", "  system: b"), added])]
    ['prompt:', '  user: a']
    """
    shown: set[int] = set()
    for at, line in enumerate(lines):
        if line.kind != "same":
            shown |= {at, *_parents(lines, at)}
    return tuple(line for at, line in enumerate(lines) if at in shown)


def _parents(lines: Sequence[DiffLine], at: int) -> Iterator[int]:
    indent = _indent(lines[at])
    for before in range(at - 1, -1, -1):
        if lines[before].text.strip() and _indent(lines[before]) < indent:
            indent = _indent(lines[before])
            yield before


def _indent(line: DiffLine) -> int:
    return len(line.text) - len(line.text.lstrip())


def _diff(old: str, new: str) -> Iterator[DiffLine]:
    r"""Yield the lines of both texts; where they differ, first the removed lines and then the added ones.

    >>> [f"{line.kind} {line.text}" for line in _diff("a: 1\nb: 2\nc: 3", "a: 1\nb: |\n  4\nc: 3")]
    ['same a: 1', 'removed b: 2', 'added b: |', 'added   4', 'same c: 3']
    """
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            yield from (DiffLine("same", text) for text in before[start:end])
            continue
        yield from (DiffLine("removed", text) for text in before[start:end])
        yield from (DiffLine("added", text) for text in after[new_start:new_end])


def _yaml(candidate: Candidate, parts: list[str], other: Candidate) -> str:
    """Return some parts of a candidate as sections of a task spec.

    A default is left out, unless the other candidate has another value in its place.
    """
    sections = {}
    for part in parts:
        values = _values(getattr(candidate, part), getattr(other, part))
        if values:
            sections[SPEC_KEYS.get(part, part)] = _blocks(values)
    if not sections:
        return ""
    return to_yaml(sections)


def _values(value: BaseModel | None, other: BaseModel | None) -> dict[str, Any]:
    """Return the fields of a part that are no defaults here, or none in the other candidate."""
    if value is None:
        return {}
    shown = set(value.model_dump(exclude_defaults=True))
    shown |= set(other.model_dump(exclude_defaults=True)) if other is not None else set()
    values = value.model_dump(mode="json", include=shown)
    return {name: each for name, each in values.items() if each not in (None, [], {})}


def _blocks(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value whose texts of several lines stand as blocks, for a diff to read."""
    match value:
        case dict():
            return {key: _blocks(one) for key, one in value.items()}
        case list():
            return [_blocks(one) for one in value]
        case str() if "\n" in value and visible(value) == value and not value.startswith("\n"):
            return LiteralScalarString(value)
        case _:
            return value
