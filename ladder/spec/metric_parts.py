"""`ChainStep` and `FieldRule`: the parts of a metric's section that are sections themselves."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, JsonValue

from ladder.frozen import Frozen, Number, short_for

ReadingWord = Literal["strict", "lenient", "last_number", "pattern", "steps"]
"""How an answer is read; `steps` stands for a list of steps."""

StepWord = Literal[
    "strip_thoughts",
    "unfence",
    "unquote",
    "strip_markdown",
    "strip_full_stop",
    "collapse_spaces",
    "casefold",
    "first_line",
    "last_line",
    "first_number",
    "last_number",
    "after",
    "before",
    "inside",
    "field",
    "pattern",
]
"""The steps of a reading, which are done in the order in which the spec names them."""

WITH_ARGUMENT: frozenset[StepWord] = frozenset({"after", "before", "inside", "field", "pattern"})
"""Steps that are written with what they look for, such as `after: "Answer:"`."""


class ChainStep(Frozen):
    """One step of a reading: its name, and what it looks for, if it looks for something."""

    name: StepWord
    argument: str | None = None


def _step(given: Any) -> Any:  # noqa: ANN401 - whatever a spec holds
    """Return the section that a step stands for: `unfence`, or `{after: "Answer:"}`."""
    if isinstance(given, str):
        return {"name": given}
    if isinstance(given, Mapping) and len(given) == 1 and "name" not in given:
        (name, argument) = next(iter(given.items()))
        return {"name": name, "argument": argument}
    return given


AnyStep = Annotated[
    ChainStep,
    BeforeValidator(_step, json_schema_input_type=StepWord | dict[StepWord, str] | ChainStep),
]


def with_steps(given: Any) -> Any:  # noqa: ANN401 - whatever a spec holds
    """Return a metric's section in which `reading: [unfence, last_line]` stands as its steps.

    >>> with_steps({"reading": ["unfence"]})
    {'reading': 'steps', 'steps': ['unfence']}
    >>> with_steps({"reading": "casefold"}), with_steps({"reading": "strict"})
    ({'reading': 'steps', 'steps': ['casefold']}, {'reading': 'strict'})
    """
    if not isinstance(given, Mapping):
        return given
    reading = given.get("reading")
    is_step = isinstance(reading, str) and reading not in get_args(ReadingWord)
    if is_step and reading in get_args(StepWord):
        reading = [reading]
    if isinstance(reading, list | tuple):
        return {**given, "reading": "steps", "steps": reading}
    return given


class FieldRule(Frozen):
    """When a field of a JSON answer is right.

    `exact`: the same JSON value. `number`: the same quantity, within `tolerance` (absolute) or
    `relative` (a share of the target), whichever is wider; a text may hold it, as in "1,234.50 €".
    `set`: the same items, in any order. `text`: the same text as `exact_match` reads it.
    """

    kind: Literal["exact", "number", "set", "text"] = "exact"
    tolerance: Number = Field(default=0.0, ge=0)
    relative: Number = Field(default=0.0, ge=0)


AnyFieldRule = Annotated[
    FieldRule,
    BeforeValidator(
        short_for("kind"),
        json_schema_input_type=Literal["exact", "number", "set", "text"] | FieldRule,
    ),
]

FORM_METRICS = frozenset({"json_schema", "matches", "length", "language", "parses"})
"""Metrics of the form alone: an answer that is right in another form is wrong by them."""

UNCONSTRAINABLE = frozenset({"length", "language"})
"""Metrics whose form no constrained output gives: there is no grammar of it."""

Syntax = Literal["json", "python", "yaml", "toml", "xml", "sql"]
"""What `parses` can parse."""

LengthUnit = Literal["words", "characters", "sentences", "lines"]
"""What `length` counts."""

AnySchema = dict[str, JsonValue] | str
"""A JSON schema, or the path of a file that holds one."""
