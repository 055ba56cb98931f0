"""The constraints under which an answer has the form that a metric reads, and the JSON schema that values share."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ladder.errors import SpecError
from ladder.spec.constraint import PLAIN_JSON, Constraint
from ladder.spec.metric_parts import FieldRule, StepWord
from ladder.spec.metric_spec import MetricSpec

_WHOLE_ANSWER: frozenset[StepWord] = frozenset(
    {
        "strip_thoughts",
        "unfence",
        "unquote",
        "strip_markdown",
        "strip_full_stop",
        "collapse_spaces",
        "casefold",
        "first_line",
        "last_line",
    }
)
"""Steps after which an answer of the wanted form, and of nothing else, is still read whole."""

_JSON_METRICS = frozenset({"json_equal", "json_valid"})
_JSON_TARGETS = frozenset({"json_equal", "json_fields"})
"""Metrics whose targets are JSON of the form that is wanted."""

_TYPES: Mapping[str, Sequence[str]] = {
    "number": ("number", "string", "null"),
    "text": ("string", "number", "boolean", "null"),
    "set": ("array", "null"),
}
"""What a field may hold, by how it is compared: a text may hold a quantity, and null stands for none."""

_LARGEST = 40
"""Keys of an object above which they are taken for data, and not for the names of fields."""

_JSON_TYPES: Mapping[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    type(None): "null",
}
"""What JSON Schema calls the types that JSON is read as."""


def constraints_of(metric: MetricSpec, targets: Sequence[Any] = ()) -> tuple[Constraint, ...]:
    """Return what answers can be held to, so that they have the form which the metric reads.

    The first is the closest. Compact JSON is a form of its own: some models write other values in
    it. Nothing where the metric reads a part of the answer, or wants a form that no grammar gives.
    The `targets` are JSON that is wanted of some samples: their keys and types are those of the
    form.

    >>> [each.words for each in constraints_of(MetricSpec(name="choice", labels=("yes", "no")))]
    ['2 labels']
    >>> [each.words for each in constraints_of(MetricSpec(name="json_equal"))]
    ['JSON', 'compact JSON']
    >>> constraints_of(MetricSpec(name="json_equal"), [{"total": 3}])[0].json_schema["required"]
    ['total']
    >>> constraints_of(MetricSpec(name="choice", labels=("yes", "no"), reading="last_number"))
    ()
    """
    if metric.reading not in ("strict", "lenient", "steps"):
        return ()
    if any(step.name not in _WHOLE_ANSWER for step in metric.steps):
        return ()
    return tuple(_found(metric, targets))


def _found(metric: MetricSpec, targets: Sequence[Any] = ()) -> Iterator[Constraint]:
    if metric.name == "choice" and metric.labels:
        yield Constraint(kind="labels", labels=metric.labels)
    elif metric.name == "matches" and metric.pattern:
        yield Constraint(kind="regex", regex=metric.pattern)
    elif metric.name == "json_schema" and metric.json_schema:
        yield from _layouts(Constraint(kind="json_schema", json_schema=metric.json_schema))
        yield PLAIN_JSON  # many servers know no schema
    elif metric.name == "json_fields" and metric.fields:
        schema = schema_of_fields(metric.fields, targets)
        yield from _layouts(Constraint(kind="json_schema", json_schema=schema))
        yield PLAIN_JSON
    elif metric.name in _JSON_TARGETS and targets:
        schema = schema_of_values(targets)
        yield from _layouts(Constraint(kind="json_schema", json_schema=schema))
        yield PLAIN_JSON
    elif metric.name in _JSON_METRICS | {"json_fields"} or metric.syntax == "json":
        yield from _layouts(PLAIN_JSON)


def _layouts(constraint: Constraint) -> Iterator[Constraint]:
    yield constraint
    yield constraint.replace(white_space="compact")


def schema_of_fields(
    fields: Mapping[str, FieldRule], targets: Sequence[Any] = ()
) -> dict[str, Any]:
    """Return the JSON schema of an object with these keys, and no others.

    A field is of the types that it has in the targets: a model that may write a number as text
    often writes more than the number.

    >>> schema = schema_of_fields({"name": FieldRule(kind="text"), "address.city": FieldRule()})
    >>> list(schema["properties"]), list(schema["properties"]["address"]["properties"])
    (['name', 'address'], ['city'])
    >>> schema_of_fields({"total": FieldRule(kind="number")}, [{"total": 3}])["properties"]
    {'total': {'type': 'integer'}}
    """
    tree: dict[str, Any] = {}
    for path, rule in fields.items():
        *above, name = path.split(".")
        place = tree
        for key in above:
            inner = place.get(key)
            place[key] = place = inner if isinstance(inner, dict) else {}
        if not isinstance(place.get(name), dict):
            place[name] = rule
    return _object(tree, targets)


def _object(tree: Mapping[str, Any], targets: Sequence[Any]) -> dict[str, Any]:
    properties = {}
    for key, value in tree.items():
        inner = [each.get(key) for each in targets if isinstance(each, dict)]
        properties[key] = _object(value, inner) if isinstance(value, dict) else _value(value, inner)
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _value(rule: FieldRule, wanted: Sequence[Any]) -> dict[str, Any]:
    """Return the schema of a field: of what it holds in the targets, else of what its rule can compare."""
    if any(each is not None for each in wanted):
        # A quantity may be wanted as text, with its unit, and be written as the plain number.
        plain = (
            [0.5] if rule.kind == "number" and any(isinstance(each, str) for each in wanted) else []
        )
        return schema_of_values([*plain, *wanted])
    types = _TYPES.get(rule.kind)
    return {} if types is None else {"type": list(types)}


def filled(constraint: Constraint, metric: MetricSpec, *, place: str) -> Constraint:
    """Return a constraint with what the metric names, where it says its kind alone.

    Raises:
        SpecError: The metric names nothing of that kind.

    >>> metric = MetricSpec(name="choice", labels=("yes", "no"))
    >>> filled(Constraint(kind="labels"), metric, place="generation.constraint").labels
    ('yes', 'no')
    """
    if constraint.is_complete:
        return constraint
    named = {each.kind: each for each in _found(metric)}
    if metric.pattern:
        named.setdefault("regex", Constraint(kind="regex", regex=metric.pattern))
    found = named.get(constraint.kind)
    if found is None:
        raise SpecError(
            f"{place}: {constraint.kind} says nothing of what is allowed, and the metric "
            f"{metric.name} names nothing of the kind.",
            next_step=f"Write it out: {place}: {{{constraint.kind}: …}}.",
        )
    return found.replace(white_space=constraint.white_space) if found.is_json else found


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
    plain = [_JSON_TYPES[type(each)] for each in values if type(each) in _JSON_TYPES]
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
