"""`MetricSpec`: how an answer becomes a number."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    Strict,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError

from ladder.frozen import Count, Flag, Frozen, Number, added, short_for
from ladder.spec.metric_parts import (
    AnyFieldRule,
    AnySchema,
    AnyStep,
    LengthUnit,
    ReadingWord,
    StepWord,
    Syntax,
    with_steps,
)
from ladder.spec.shorthands import AnyModel


def _in_order(value: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping by its keys: in whatever order they are written, the question is the same."""
    return dict(sorted(value.items()))


def _recall_of(value: Any) -> Any:  # noqa: ANN401 - whatever a spec says
    """Return the recall of a class, which may be written as such; a precision is no target.

    >>> _recall_of({"recall": 0.9}), _recall_of(0.9)
    (0.9, 0.9)
    """
    if isinstance(value, Mapping) and "precision" in value:
        raise PydanticCustomError("class_precision", "asks for a precision, which is not tested")
    return value["recall"] if isinstance(value, Mapping) and set(value) == {"recall"} else value


ClassShare = Annotated[
    Number, Field(gt=0, le=1), BeforeValidator(_recall_of, json_schema_input_type=float)
]
"""A share of one class's samples: its recall."""

_LABELS: JsonSchemaValue = {
    "anyOf": [
        {"items": {"type": "string"}, "type": "array"},
        {
            "additionalProperties": {
                "anyOf": [
                    {"items": {"type": "string"}, "type": "array"},
                    {"type": "string"},
                    {"type": "null"},
                ]
            },
            "type": "object",
        },
    ]
}
"""Labels as a list, or each with the words that stand for it."""


OWN_SECONDS = 10.0
"""How long a metric of the user's own may take for an answer, unless its spec says otherwise."""


class MetricSpec(Frozen):
    """How an answer becomes a number in [0, 1].

    `name` is built in (`ladder.scoring.METRICS`) or `module:function` (needs `--allow-code`).
    `reading` says how the answer is read: `strict` takes the whole output, `lenient` looks for
    the target in it as a word, `last_number` and `pattern` extract first; a list names steps that
    are done one after the other, such as `[unfence, {after: "Answer:"}, casefold]`. `labels` are the
    answers that `choice` knows; `labels: {refund: [money back], …}` adds words that stand for one
    (kept in `synonyms`). `at_least` gives a class a target of its own, `{refund: 0.9}`: of the
    samples whose target is that label, at least so many must be answered right, beside the target
    over all. `thoughts` says whether what a model thinks before it answers
    (`<think>…</think>` and its kin) is split off before anything is read, or read with it. `case`
    says whether a difference in case alone makes an answer wrong, for `exact_match` and `contains`.
    `seconds` is how long a function of one's own may take for one answer. `rubric` says what a good
    answer is and `judge` which model decides, for the metric `judge`; with `pairwise` it compares
    the answer with the target.

    For `json_fields`, `fields` names what is compared and how, and `score` whether a sample counts
    the share of its fields that are right, or 1 only where all are. `schema` is for `json_schema`:
    the schema or its file. `min`, `max` and `unit` are for `length`, `language` is the code of a
    language for the metric of that name, `syntax` and `dialect` are for `parses`, and `encoder` is
    for `similarity`. `pattern` is also what `matches` wants to see.
    """

    name: str = "exact_match"
    reading: Annotated[
        ReadingWord,
        BeforeValidator(
            lambda given: given, json_schema_input_type=ReadingWord | StepWord | tuple[AnyStep, ...]
        ),
    ] = "strict"
    pattern: str | None = None
    labels: Annotated[tuple[str, ...], WithJsonSchema(_LABELS)] = ()
    thoughts: Literal["strip", "keep"] = "strip"
    case: Literal["ignore", "keep"] = "ignore"
    synonyms: Annotated[dict[str, tuple[str, ...]], AfterValidator(_in_order)] = added({})
    at_least: Annotated[dict[str, ClassShare], AfterValidator(_in_order)] = added({})
    seconds: Number = added(OWN_SECONDS, gt=0)
    rubric: str = added("")
    judge: AnyModel | None = added(None)
    pairwise: Flag = added(False)

    steps: tuple[AnyStep, ...] = added(())
    fields: dict[str, AnyFieldRule] = added({})
    score: Literal["share", "all"] = added("share")
    json_schema: AnySchema | None = added(
        None, validation_alias=AliasChoices("schema", "json_schema")
    )
    min: Annotated[int, Strict(), Field(ge=0)] | None = added(None)
    max: Count | None = added(None)
    unit: LengthUnit = added("words")
    language: str | None = added(None)
    syntax: Syntax | None = added(None)
    dialect: str | None = added(None)
    encoder: str | None = added(None)
    order: Literal["ignore", "keep"] = added("ignore")

    @property
    def judge_calls(self) -> int:
        """Return how often a judge is asked about an answer: in both orders where it compares."""
        return 0 if self.judge is None else 1 + self.pairwise

    @model_validator(mode="before")
    @classmethod
    def _with_synonyms(cls, value: Any) -> Any:  # noqa: ANN401 - whatever a spec says
        """Read `labels: {refund: [money back], …}` as the labels and their synonyms."""
        if not isinstance(value, dict) or not isinstance(value.get("labels"), Mapping):
            return value
        words = {
            label: [] if some is None else [some] if isinstance(some, str) else some
            for label, some in value["labels"].items()
        }
        own = {label: some for label, some in words.items() if some}
        return {**value, "labels": list(words), "synonyms": own}

    @model_validator(mode="before")
    @classmethod
    def _reading_as_steps(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a spec holds
        """Let a list in `reading` stand for steps."""
        return with_steps(given)


AnyMetric = Annotated[
    MetricSpec, BeforeValidator(short_for("name"), json_schema_input_type=str | MetricSpec)
]
