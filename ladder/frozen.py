"""The frozen base of every value that ladder passes around."""

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, Strict

Number = Annotated[float, Strict()]
Count = Annotated[int, Strict(), Field(ge=1)]
Flag = Annotated[bool, Strict()]


FOR_DIGEST = {"is_for_digest": True}
"""Context of a dump from which fields are left out that change no answer."""


class Frozen(BaseModel):
    """A value: immutable, unknown keys refused, equal when its fields are equal."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=()
    )

    @property
    def digest(self) -> str:
        """Return the sha256 of the value's canonical JSON, as 64 hexadecimal digits."""
        return digest_of(self.model_dump(mode="json", context=FOR_DIGEST))

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401 - any field, checked again below
        """Return a copy with some fields changed, validated like a new value."""
        return type(self).model_validate({**dict(self), **changes})


class FrozenWithMappings(Frozen):
    """A value with mappings among its fields, which have no hash of their own."""

    def __hash__(self) -> int:
        """Return a hash of all fields."""
        return hash(self.digest)


def added(default: Any, **rules: Any) -> Any:  # noqa: ANN401 - as pydantic's own `Field`
    """Return a field that is left out of JSON at its default: values from before it keep their digest.

    >>> class Word(Frozen):
    ...     text: str
    ...     language: str | None = added(None)
    >>> Word(text="no").model_dump(), Word(text="no", language="de").model_dump()
    ({'text': 'no'}, {'text': 'no', 'language': 'de'})
    """
    start = {"default_factory": dict} if default == {} else {"default": default}
    return Field(**start, exclude_if=lambda value: bool(value == default), **rules)


def short_for(field: str) -> Callable[[Any], Any]:
    """Return a validator that lets a text stand for a value with that field."""
    return lambda value: {field: value} if isinstance(value, str) else value


def digest_of(value: object) -> str:
    """Return the sha256 of a JSON value in canonical form (sorted keys, no spaces).

    >>> digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
