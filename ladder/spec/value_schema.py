"""`schema_of_values`: the JSON schema that some values have in common, such as the targets of a task."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_LARGEST = 40
"""Keys of an object above which they are taken for data, and not for the names of fields."""

_TYPES: Mapping[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    type(None): "null",
}


def schema_of_values(values: Sequence[Any]) -> dict[str, Any]:
    """Return the narrowest plain schema of some JSON values: their types, keys and items.

    A key is required where every object has it. Objects whose keys are seldom the same may have
    any. Only keys and types are taken: what stands in a field is not, however few values it has.

    >>> schema_of_values([{"id": 1, "tags": ["a"]}, {"id": 2, "tags": [], "note": None}])["required"]
    ['id', 'tags']
    >>> schema_of_values([1, 2.5, None])
    {'type': ['number', 'null']}
    >>> schema_of_values([{"Oslo": 3}, {"Rome": 4}, {"Lima": 5}])
    {'type': 'object'}
    """
    objects = [each for each in values if isinstance(each, dict)]
    lists = [each for each in values if isinstance(each, list)]
    plain = [_TYPES[type(each)] for each in values if type(each) in _TYPES]
    kinds = [*_without_integer(plain), *["array"] * bool(lists), *["object"] * bool(objects)]
    found: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    if lists:
        found["items"] = schema_of_values([item for each in lists for item in each])
    return found | (_of_objects(objects) if objects else {})


def _without_integer(types: Sequence[str]) -> Iterator[str]:
    """Yield each type once; whole numbers count as numbers where other numbers are not whole."""
    for each in dict.fromkeys(types):
        if each != "integer" or "number" not in types:
            yield each


def _of_objects(objects: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    keys = list(dict.fromkeys(key for each in objects for key in each))
    shared = sum(map(len, objects)) / len(objects)
    if len(keys) > _LARGEST or len(keys) > 2 * shared or not keys:
        return {}
    return {
        "properties": {
            key: schema_of_values([each[key] for each in objects if key in each]) for key in keys
        },
        "required": [key for key in keys if all(key in each for each in objects)],
        "additionalProperties": False,
    }
