"""`explain`: pydantic's ValidationError in the user's words, with what to do now."""

import difflib
import inspect
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from ladder.errors import SpecError
from ladder.spec.document import Document, Place
from ladder.spec.limits import LIMIT_NAMES
from ladder.spec.number_steps import limit_step, margin_step, share_step, target_step
from ladder.spec.relative_target import TARGET_FORMS
from ladder.spec.task import SHORTHANDS
from ladder.text import small

_MOST_SHOWN = 8
_WORDS = {
    "bool_type": "is neither true nor false",
    "float_type": "is not a number",
    "int_type": "is not a whole number",
    "string_type": "is not text",
    "tuple_type": "is not a list",
    "dict_type": "is not a mapping",
    "model_type": "is neither text nor a section of keys",
    "finite_number": "is not a finite number",
}
_STEPS = {
    "bool_type": "Write true or false.",
    "float_type": "Write a number, without quotes.",
    "int_type": "Write a whole number, without quotes.",
    "string_type": 'Put it in quotes: "{value}".',
    "tuple_type": "Write a list: [{value}].",
    "class_precision": "Write the recall alone, and one for each label that is taken for this one: "
    "what is wrongly given this label, they miss. Which answers a precision is over, a candidate "
    "chooses itself; the report shows it.",
    "model_type": "Write a section of keys, or a name in quotes where a short form exists; see "
    "`ladder init`.",
}


def explain(
    error: ValidationError, model: type[BaseModel], document: Document, *, noun: str = "the spec"
) -> SpecError:
    """Return the SpecError that says what a ValidationError means, and what to do now.

    `noun` is what the user calls the file.
    """
    details = sorted(error.errors(include_url=False), key=lambda item: _order(item["type"]))
    told = [_tell(detail, model, document, noun) for detail in details]
    lines = [problem for problem, _ in told[:_MOST_SHOWN]]
    if len(told) > _MOST_SHOWN:
        lines.append(f"and {len(told) - _MOST_SHOWN} more")
    return SpecError("\n".join(lines), next_step=told[0][1])


def fields_at(model: type[BaseModel], place: Place) -> type[BaseModel] | None:
    """Return the model that stands at a place of a spec, or None where a plain value does.

    >>> from ladder.spec.task import TaskSpec
    >>> fields_at(TaskSpec, ("levers", "prompt", "prompts", 0)).__name__
    'Prompt'
    """
    for key in place:
        if isinstance(key, int):
            continue
        field = model.model_fields.get(key)
        inner = None if field is None else next(_models_in(field.annotation), None)
        if inner is None:
            return None
        model = inner
    return model


def _order(kind: str) -> int:
    # An unknown key is often the cause of a missing one: say it first.
    return {"extra_forbidden": 0, "missing": 2}.get(kind, 1)


def _tell(
    detail: Any,  # noqa: ANN401
    model: type[BaseModel],
    document: Document,
    noun: str,
) -> tuple[str, str]:
    place: Place = tuple(each for each in detail["loc"] if each not in TARGET_FORMS)
    if detail["type"] == "extra_forbidden":
        return _unknown(place, model, document, noun)
    dotted = ".".join(map(str, place)) or noun
    at = document.at(place)
    if detail["type"] == "missing":
        return f"{at} {dotted} is missing.", f"Add {dotted} to {noun}."
    value = _short(detail["input"])
    problem = f"{at} {dotted}: {value} {_because(detail)}."
    return problem, _step(detail, place)


def _because(detail: Any) -> str:  # noqa: ANN401
    context = detail.get("ctx", {})
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for name, words in bounds.items():
        if name in context and "than" in detail["type"]:
            return f"must be {words} {context[name]:g}"
    if "expected" in context:
        return f"is not one of {context['expected']}"
    if detail["type"] == "string_pattern_mismatch":
        return "has characters that a name may not have, or too many"
    message = str(detail["msg"])
    return _WORDS.get(detail["type"], small(message))


def _step(detail: Any, place: Place) -> str:  # noqa: ANN401
    value, kind = detail["input"], detail["type"]
    if place == ("schema_version",):
        return "Write schema_version: 1, or install the newer ladder that this spec was made for."
    if place == ("name",):
        return "Use letters, digits, `.`, `_` and `-`, at most 64, with a letter or digit first."
    if place[-1:] in (("target",), ("margin",)) or place[:-1] == ("limits",):
        return _number_step(place, value)
    if "expected" in detail.get("ctx", {}):
        choices = [
            part.strip(" '\"")
            for part in detail["ctx"]["expected"].replace(" or ", ", ").split(",")
        ]
        near = difflib.get_close_matches(str(value), choices, n=1)
        return f"Did you mean {near[0]}?" if near else f"Write one of: {', '.join(choices)}."
    return _step_of_type(kind, value)


def _number_step(place: Place, value: Any) -> str:  # noqa: ANN401
    """Return what to write as a target, a margin or a limit."""
    match place:
        case ("limits", str() as name) if name in LIMIT_NAMES:
            return limit_step(name, value)
        case ("margin",):
            return margin_step(value, "the target")
        case (*_, "margin"):
            return margin_step(value, "the reference")
        case ("target",):
            return target_step(value)
    return share_step(value)


def _step_of_type(kind: str, value: Any) -> str:  # noqa: ANN401
    """Return what to write where a value is of another type than the key takes."""
    if value is None and kind in ("model_type", "dict_type", "tuple_type"):
        return "Nothing stands below it: take this line out too, or write what it should hold."
    if kind == "dict_type":
        return _mapping_step(value)
    return _STEPS.get(kind, "Correct this value.").format(value=value)


def _mapping_step(value: Any) -> str:  # noqa: ANN401
    """Return how names get their values, with the names of a list that stands there.

    >>> _mapping_step(["city", "total"])
    'Write each name with its value: {city: …, total: …}.'
    """
    named = value if isinstance(value, list) and value else ["name"]
    names = [each for each in named if isinstance(each, str)][:_MOST_SHOWN]
    return f"Write each name with its value: {{{', '.join(f'{each}: …' for each in names or ['name'])}}}."


def _unknown(
    place: Place, model: type[BaseModel], document: Document, noun: str
) -> tuple[str, str]:
    parent = fields_at(model, place[:-1])
    known = [name for name in parent.model_fields if name != "written"] if parent else []
    key = str(place[-1])
    problem = f"{document.at(place)} {'.'.join(map(str, place))} is not a known key."
    if _is_braced(document.value, place) and "user" in known:
        return problem, f'A text that begins with a brace needs quotes around it: "{{{key}}}".'
    if key.partition(".")[0] in known:
        return problem, _as_section(place, model, document.value)
    near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    if near:
        return problem, f"Did you mean {near[0]}?"
    elsewhere = [path for path in _paths(model) if path.rpartition(".")[2] == key]
    if elsewhere:
        nearest = min(elsewhere, key=lambda path: path.count("."))
        return problem, f"Did you mean {nearest}?"
    inside = ".".join(map(str, place[:-1])) or noun
    return problem, f"Remove it; {inside} knows: {', '.join(known)}."


def _as_section(place: Place, model: type[BaseModel], value: Any) -> str:  # noqa: ANN401 - any document
    """Return how a key with dots is written in a file, with what stands in its section already.

    >>> from ladder.spec.task import TaskSpec
    >>> _as_section(("metric.reading",), TaskSpec, {"metric": "f1"})
    'In a file, a dot is a section inside another. Write metric: {name: f1, reading: …}.'
    >>> _as_section(("levers", "rag.top_k"), TaskSpec, {"levers": {"rag": {"corpus": "docs"}}})
    'In a file, a dot is a section inside another. Write rag: {…, top_k: …}.'
    """
    first, *inner = str(place[-1]).split(".")
    section = _value_at(value, (*place[:-1], first))
    name = SHORTHANDS.get(fields_at(model, (*place[:-1], first)) or BaseModel)
    beside = "…, " if isinstance(section, dict) else ""
    if isinstance(section, str) and name:
        beside = f"{name}: {section if len(section) <= 60 and section.isprintable() else '…'}, "
    text = "".join(f"{{{each}: " for each in inner).replace("{", f"{{{beside}", 1)
    return (
        f"In a file, a dot is a section inside another. Write {first}: {text}…{'}' * len(inner)}."
    )


def _value_at(value: Any, place: Place) -> Any:  # noqa: ANN401 - any document
    """Return what stands at a place of a document; None where nothing does."""
    for each in place:
        is_there = isinstance(value, dict) or (isinstance(value, list) and isinstance(each, int))
        value = (value.get(each) if isinstance(value, dict) else value[each]) if is_there else None
    return value


def _is_braced(value: Any, place: Place) -> bool:  # noqa: ANN401 - any document
    """Return whether a mapping is a word in braces, to YAML a key without a value.

    >>> _is_braced({"prompt": {"input": None}}, ("prompt", "input"))
    True
    """
    value = _value_at(value, place[:-1])
    return isinstance(value, dict) and list(value.items()) == [(place[-1], None)]


def _paths(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{above}{name}"
        for inner in _models_in(field.annotation):
            yield from _paths(inner, f"{above}{name}.")


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)


def _short(value: Any) -> str:  # noqa: ANN401 - any value of a spec
    text = "null" if value is None else repr(value)
    text = text.lower() if isinstance(value, bool) else text
    return text if len(text) <= 60 else text[:57] + "..."
