"""`JsonSchema`: whether an answer is JSON that a schema allows."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from ladder.errors import MetricError
from ladder.frozen import digest_of
from ladder.installation import install_line
from ladder.scoring.forms.form_metric import StandaloneForm
from ladder.scoring.json_values import NOT_JSON, json_value, loose_json_values, may_become_json
from ladder.scoring.read import Reading
from ladder.spec.metric_parts import AnySchema
from ladder.spec.metric_spec import MetricSpec

_FORMATS = ("date", "email", "ipv4", "ipv6", "regex", "uuid")
"""Formats that jsonschema checks without further packages; `date-time` and `time` are ours."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_NO_REFERENCE = "Write what it refers to into the schema itself, under $defs."


class JsonSchema(StandaloneForm):
    """1 when the answer is one JSON value that the schema allows (jsonschema; json-schema.org).

    The draft is the one that `$schema` names, else 2020-12. `format` is checked for dates, times,
    e-mail and IP addresses, UUIDs and regular expressions. Nothing is fetched: a `$ref` must lead
    into the schema itself.
    """

    name = "json_schema"
    number: ClassVar[int] = 2
    takes: ClassVar[tuple[str, ...]] = ("json_schema",)

    def __init__(self, spec: MetricSpec, read: Reading) -> None:
        super().__init__(spec, read)
        if spec.json_schema is None:
            raise MetricError(
                "metric json_schema needs a schema.",
                next_step="Write metric: {name: json_schema, schema: answer.schema.json}, or the "
                "schema itself under metric.schema.",
            )
        self.schema = _loaded(spec.json_schema)
        self._check_schema()

    @property
    def _settings(self) -> str:
        """Return the digest of the schema: a file's content counts, and not its name."""
        return f"/{digest_of(self.schema)[:16]}"

    def errors_of(self, answer: str) -> list[str]:
        """Return what is wrong with an answer, in words; nothing where it is allowed.

        An answer that is no JSON is told apart from JSON that the schema does not allow.
        """
        value = json_value(self._read(answer))
        if value is NOT_JSON:
            return ["it is no JSON"]
        found = sorted(
            self._validator.iter_errors(value), key=lambda each: list(map(str, each.path))
        )
        return [f"{each.json_path}: {each.message}" for each in found]

    def remarks(self, text: str, targets: Sequence[str]) -> list[str]:  # noqa: ARG002 - others look
        """Return what is wrong with an answer: no JSON at all, or what the schema does not allow."""
        return [f"the answer: {each}" for each in self.errors_of(self.split(text).answer)][:5]

    def has_form(self, answer: str) -> bool:
        """Return whether an answer is JSON that the schema allows."""
        return self._allows(json_value(answer))

    def has_form_within(self, answer: str) -> bool:
        """Return whether JSON that the schema allows stands in an answer, or is wrapped there."""
        return any(map(self._allows, loose_json_values(answer, answer)))

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:  # noqa: ARG002
        """Return whether the text is the beginning of a JSON value."""
        return may_become_json(answer)

    def _allows(self, value: Any) -> bool:  # noqa: ANN401 - any JSON value
        if value is NOT_JSON:
            return False
        try:
            return bool(self._validator.is_valid(value))
        except RecursionError:
            return False

    def _check_schema(self) -> None:
        """Raise where the schema is none, or refers to what is not in it."""
        from jsonschema.exceptions import SchemaError

        try:
            self._validator.check_schema(self.schema)
        except SchemaError as error:
            raise MetricError(
                f"metric.schema is no JSON schema: {error.json_path}: {error.message}.",
                next_step="Correct it; https://json-schema.org/learn shows how one is written.",
            ) from None
        for reference in _references(self.schema):
            self._check_reference(reference)

    def _check_reference(self, reference: str) -> None:
        from referencing.exceptions import Unresolvable

        try:
            self._validator._resolver.lookup(reference)  # noqa: SLF001 - there is no other way to ask
        except Unresolvable:
            raise MetricError(
                f"metric.schema refers to {reference!r}, which is not in it; nothing is fetched.",
                next_step=_NO_REFERENCE,
            ) from None

    @cached_property
    def _validator(self) -> Any:  # noqa: ANN401 - jsonschema has no types here
        try:
            from jsonschema import Draft202012Validator, FormatChecker, validators
            from referencing import Registry
        except ImportError:
            raise MetricError(
                "metric json_schema needs the package jsonschema.",
                next_step=install_line("metrics"),
            ) from None
        checker = FormatChecker(formats=_FORMATS)
        checker.checks("date-time", raises=ValueError)(_is_moment)
        checker.checks("time", raises=ValueError)(_is_time)
        kind = validators.validator_for(self.schema, default=Draft202012Validator)
        return kind(self.schema, format_checker=checker, registry=Registry())


def _loaded(given: AnySchema) -> Any:  # noqa: ANN401 - any JSON value
    """Return the schema that is given, or that stands in the file that is named."""
    if not isinstance(given, str):
        return json.loads(json.dumps(given))
    path = Path(given)
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise MetricError(
            f"metric.schema: there is no file {given!r}.",
            next_step="Write its path as seen from the spec's folder.",
        ) from None
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise MetricError(
            f"metric.schema: {given} is no JSON: {error}.", next_step="Correct the file."
        ) from None
    if not isinstance(schema, dict):
        raise MetricError(
            f"metric.schema: {given} holds no JSON object.",
            next_step='Write a schema, such as {"type": "object"}.',
        )
    return schema


def _references(schema: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield what a schema refers to.

    >>> list(_references({"items": {"$ref": "#/$defs/a"}, "const": {"$ref": 1}}))
    ['#/$defs/a']
    """
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference
        for key, inner in schema.items():
            if key not in ("const", "enum", "examples", "default"):
                yield from _references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)


def _is_moment(value: object) -> bool:
    """Return whether a value is no text, or a date with a time (RFC 3339)."""
    if not isinstance(value, str):
        return True
    return bool(_MOMENT.fullmatch(value)) and datetime.fromisoformat(value).tzinfo is not None


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return ":" in value and time.fromisoformat(value) is not None
