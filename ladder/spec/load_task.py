"""`load_task`: a task spec from a file, a mapping or a TaskSpec."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ladder.errors import SpecError
from ladder.spec.check_target import check_target
from ladder.spec.document import Document
from ladder.spec.explain import explain
from ladder.spec.override import override
from ladder.spec.paths import anchor
from ladder.spec.prompt_files import with_prompt_files
from ladder.spec.read_document import read_document
from ladder.spec.secrets import refuse_secrets
from ladder.spec.task import TaskSpec

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
