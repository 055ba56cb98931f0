"""The JSON schema of a task spec: completion and red lines in an editor."""

from typing import Any

from ladder.spec.field_guide import described
from ladder.spec.task import TaskSpec


def json_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a task spec, shorthands included.

    >>> json_schema()["required"]
    ['name', 'model', 'data', 'target']
    """
    schema = described(TaskSpec.model_json_schema(mode="validation"))
    editor_key = {"$schema": {"type": "string", "description": "Read by editors only."}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "ladder task spec",
        "properties": {**editor_key, **schema["properties"]},
    }
