"""`Constraint`: the only form that an answer may have, token by token, as it is written."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BeforeValidator,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from ladder.frozen import FOR_DIGEST, FrozenWithMappings, added, short_for
from ladder.spec.metric_parts import AnySchema

ConstraintKind = Literal["labels", "regex", "json_schema", "json", "grammar"]
"""What an answer can be held to."""

WhiteSpace = Literal["flexible", "compact"]
"""How JSON may be laid out: as the model likes it, or with no white space between its tokens."""

_CONTENTS: tuple[ConstraintKind, ...] = ("labels", "regex", "json_schema", "grammar")


class Constraint(FrozenWithMappings):
    """What an answer is held to: only text of this form can be written, token by token.

    `labels`: one of these texts. `regex`: the whole answer matches. `json_schema`: JSON that the
    schema allows, given or in a file. `json`: any one object or list. `grammar`: a context-free
    grammar as GBNF (llama.cpp's) or Lark. A word alone, `constraint: labels`, takes what the metric
    names. `white_space` is of the two JSON kinds: `compact` allows none between tokens.
    """

    kind: ConstraintKind
    labels: tuple[str, ...] = added(())
    regex: str = added("")
    json_schema: AnySchema | None = added(
        None, validation_alias=AliasChoices("schema", "json_schema")
    )
    grammar: str = added("")
    white_space: WhiteSpace = added("flexible")

    @model_validator(mode="before")
    @classmethod
    def _with_kind(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a spec holds
        """Let what is given tell the kind."""
        if not isinstance(given, Mapping) or given.get("kind") is not None:
            return given
        written = {"json_schema" if key == "schema" else key for key in given}
        kinds = [kind for kind in _CONTENTS if kind in written]
        return {**given, "kind": kinds[0]} if kinds else given

    @model_validator(mode="after")
    def _of_one_kind(self) -> "Constraint":
        """Refuse what belongs to another kind: it would hold nothing."""
        for name in _CONTENTS:
            if name != self.kind and getattr(self, name):
                raise ValueError(f"{name} does not belong to a constraint of kind {self.kind}")
        if self.white_space != "flexible" and not self.is_json:
            raise ValueError(f"white_space belongs to JSON, and not to {self.kind}")
        return self

    @model_serializer(mode="wrap")
    def _in_order(
        self, dump: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """Let the order of a schema's keys count: the model must write them in that order."""
        found: dict[str, Any] = dump(self)
        if info.context == FOR_DIGEST and isinstance(self.json_schema, dict):
            found["json_schema"] = json.dumps(self.json_schema)
        return found

    @property
    def is_json(self) -> bool:
        """Return whether it allows JSON alone."""
        return self.kind in ("json", "json_schema")

    @property
    def is_complete(self) -> bool:
        """Return whether it says what is allowed; a word alone waits for what the metric names.

        >>> Constraint(kind="json").is_complete, Constraint(kind="labels").is_complete
        (True, False)
        """
        return self.kind == "json" or bool(getattr(self, self.kind))

    @property
    def words(self) -> str:
        """Return in a few words what is allowed.

        >>> Constraint(kind="labels", labels=("yes", "no")).words
        '2 labels'
        >>> Constraint(kind="json", white_space="compact").words
        'compact JSON'
        """
        compact = "compact " if self.white_space == "compact" else ""
        match self.kind:
            case "labels":
                return f"{len(self.labels)} labels"
            case "json":
                return f"{compact}JSON"
            case "json_schema":
                return f"{compact}JSON of the schema"
            case _:
                return f"a {self.kind}"


AnyConstraint = Annotated[
    Constraint,
    BeforeValidator(short_for("kind"), json_schema_input_type=ConstraintKind | Constraint),
]

PLAIN_JSON = Constraint(kind="json")
"""What `response_format: json` stands for."""
