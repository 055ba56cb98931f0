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

from ladder.frozen import Count, Flag, Frozen, Number, is_empty
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
from ladder.spec.shorthands import AnyModel, short_for


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
    Number,
    Field(gt=0, le=1),
    BeforeValidator(_recall_of, json_schema_input_type=float),
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


def _is_own_seconds(value: float) -> bool:
    return value == OWN_SECONDS


def _is_unused(value: object) -> bool:
    return value in ((), {}, None, "share", "words", "ignore")


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
            lambda given: given,
            json_schema_input_type=ReadingWord | StepWord | tuple[AnyStep, ...],
        ),
    ] = "strict"
    pattern: str | None = None
    labels: Annotated[tuple[str, ...], WithJsonSchema(_LABELS)] = ()
    thoughts: Literal["strip", "keep"] = "strip"
    case: Literal["ignore", "keep"] = "ignore"
    # Left out where they say nothing, so that earlier specs keep their digests and their looks.
    synonyms: Annotated[dict[str, tuple[str, ...]], AfterValidator(_in_order)] = Field(
        default_factory=dict, exclude_if=is_empty
    )
    at_least: Annotated[dict[str, ClassShare], AfterValidator(_in_order)] = Field(
        default_factory=dict, exclude_if=is_empty
    )
    seconds: Number = Field(default=OWN_SECONDS, gt=0, exclude_if=_is_own_seconds)
    rubric: str = Field(default="", exclude_if=is_empty)
    judge: AnyModel | None = Field(default=None, exclude_if=is_empty)
    pairwise: Flag = Field(default=False, exclude_if=is_empty)

    # A spec that leaves these out keeps the digest it had before there were such fields.
    steps: tuple[AnyStep, ...] = Field(default=(), exclude_if=_is_unused)
    fields: dict[str, AnyFieldRule] = Field(default_factory=dict, exclude_if=_is_unused)
    score: Literal["share", "all"] = Field(default="share", exclude_if=_is_unused)
    json_schema: AnySchema | None = Field(
        default=None,
        exclude_if=_is_unused,
        validation_alias=AliasChoices("schema", "json_schema"),
    )
    min: Annotated[int, Strict(), Field(ge=0)] | None = Field(default=None, exclude_if=_is_unused)
    max: Count | None = Field(default=None, exclude_if=_is_unused)
    unit: LengthUnit = Field(default="words", exclude_if=_is_unused)
    language: str | None = Field(default=None, exclude_if=_is_unused)
    syntax: Syntax | None = Field(default=None, exclude_if=_is_unused)
    dialect: str | None = Field(default=None, exclude_if=_is_unused)
    encoder: str | None = Field(default=None, exclude_if=_is_unused)
    order: Literal["ignore", "keep"] = Field(default="ignore", exclude_if=_is_unused)

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
