"""`load_task`: a task spec from a file, a mapping or a TaskSpec."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ladder.errors import SpecError
from ladder.spec.check_target import check_target
from ladder.spec.document import Document, Place, read_yaml
from ladder.spec.explain import explain, fields_at
from ladder.spec.paths import anchor
from ladder.spec.prompt_files import with_prompt_files
from ladder.spec.read_document import read_document
from ladder.spec.secrets import refuse_secrets
from ladder.spec.task import SHORTHANDS, TaskSpec

SCHEMA_VERSION = 1


def load_task(
    source: str | Path | Mapping[str, Any] | TaskSpec, *, overrides: Sequence[str] = ()
) -> TaskSpec:
    """Return the task that a spec describes, checked as far as the spec alone allows.

    Args:
        source: Path of a `.yaml`, `.toml` or `.json` file, or the same as a mapping, or a
            TaskSpec.
        overrides: `key.path=value`, applied over the source in order; values are YAML.

    Raises:
        SpecError: Something in the spec is wrong; says where, what, and what to write.
        UnsafeError: The spec would execute something, or leads out of its folder.

    >>> task = load_task({"name": "t", "model": "org/m", "data": "eval.jsonl", "target": 0.8})
    >>> task.model.id, task.metric.name
    ('org/m', 'exact_match')
    """
    document, folder = _document(source)
    document = _without_schema_key(document)
    document = override(document, overrides) if overrides else document
    document = with_prompt_files(document, folder)
    refuse_secrets(document)
    _check_version(document)
    try:
        task = TaskSpec.model_validate(document.value)
    except ValidationError as error:
        raise explain(error, TaskSpec, document) from None
    check_target(task, document)
    # How its paths are written is ladder's own to say: a document's word for it does not count.
    task = task if isinstance(source, TaskSpec) else task.replace(written={})
    return anchor(task, folder, document)


def _document(source: object) -> tuple[Document, Path | None]:
    if isinstance(source, TaskSpec):
        return Document(source.model_dump()), None
    if isinstance(source, Mapping):
        return Document(dict(source)), None
    if not isinstance(source, (str, Path)):
        raise SpecError(
            f"A task cannot be made from {type(source).__name__}.",
            next_step="Give a path, a mapping or a TaskSpec.",
        )
    path = Path(source)
    return read_document(path), path.parent


def _without_schema_key(document: Document) -> Document:
    """Drop `$schema`, which editors read and ladder does not."""
    if not isinstance(document.value, dict):
        raise SpecError(
            f"{document.where} holds {type(document.value).__name__}, not a mapping of keys.",
            next_step="Write a spec with `ladder init`, then change it.",
        )
    value = {key: item for key, item in document.value.items() if key != "$schema"}
    return Document(value, document.where, document.lines)


def _check_version(document: Document) -> None:
    version = document.value.get("schema_version", SCHEMA_VERSION)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise SpecError(
            f"{document.at(('schema_version',))} schema_version {version} is newer than this "
            f"ladder, which reads {SCHEMA_VERSION}.",
            next_step="Install a newer ladder, from where this one came.",
        )


_BEGINS_AS_PROMPT = re.compile(r"\s*\{(?:[{%]|\s*\w+\s*\})")


def override(document: Document, assignments: Sequence[str]) -> Document:
    """Return the document with `key.path=value` applied, in order; values are YAML.

    >>> override(Document({"target": 0.8}), ["target=0.9", "levers.rag.top_k=[1,3]"]).value
    {'target': 0.9, 'levers': {'rag': {'top_k': [1, 3]}}}
    >>> override(Document({}), ["prompt.user={{ input }} Why?"]).value
    {'prompt': {'user': '{{ input }} Why?'}}
    """
    value = _copy(document.value)
    lines = dict(document.lines)
    for assignment in assignments:
        dotted, equals, text = assignment.partition("=")
        place = tuple(dotted.strip().split("."))
        if not equals or not all(place):
            raise SpecError(
                f"--set {assignment!r} is not of the form key.path=value.",
                next_step="Write, for example, --set levers.rag.top_k=[1,3].",
            )
        # A prompt begins with a column: to YAML braces are a mapping.
        is_prompt = _BEGINS_AS_PROMPT.match(text) is not None
        _put(value, place, text if is_prompt else read_yaml(text, f"--set {dotted}").value)
        lines = {key: line for key, line in lines.items() if key[: len(place)] != place}
    return Document(value, document.where, lines)


def _put(value: dict[str, Any], place: tuple[str, ...], new: Any) -> None:  # noqa: ANN401
    above: Any = value
    for depth, key in enumerate(place[:-1], start=1):
        below = above[_index(above, key)] if _has(above, key) else {}
        below = _long(below, place[:depth])
        above[_index(above, key)] = below
        above = below
    above[_index(above, place[-1])] = new


def _has(above: Any, key: str) -> bool:  # noqa: ANN401 - mapping or list
    return isinstance(above, list) or above.get(key) is not None


def _index(above: Any, key: str) -> str | int:  # noqa: ANN401 - mapping or list
    if not isinstance(above, list):
        return key
    position = _position(key)
    if isinstance(position, int) and position < len(above):
        return position
    raise SpecError(
        f"--set: the list has {len(above)} entries, and {key!r} is not a position in it.",
        next_step="Count from 0, or set the whole list.",
    )


def _position(key: str) -> str | int:
    """Return a key that counts as a number; at most nine digits, and ASCII: `²` is a digit too."""
    return int(key) if key.isascii() and key.isdecimal() and len(key) < 10 else key


def _long(value: Any, place: Place) -> Any:  # noqa: ANN401 - a value of a spec
    """Return the mapping that a shorthand stands for (`model: some/id`)."""
    if isinstance(value, (Mapping, list)):
        return value
    plain = tuple(_position(str(key)) for key in place)
    model = fields_at(TaskSpec, plain)
    if model in SHORTHANDS and isinstance(value, str):
        return {SHORTHANDS[model]: value}
    raise SpecError(
        f"--set: {'.'.join(map(str, place))} holds a plain value, which has no keys.",
        next_step="Set the value itself.",
    )


def _copy(value: Any) -> Any:  # noqa: ANN401 - a value of a spec
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copy(item) for item in value]
    return value
