"""`TaskSpec`: what is wanted, in one frozen value."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    Field,
    Strict,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue, SkipJsonSchema

from ladder.frozen import FOR_DIGEST, Count, Flag, Frozen, Number, digest_of, is_empty
from ladder.spec.candidate import (
    Candidate,
    ChatSetup,
    Decoding,
    Examples,
    ModelRef,
    Prompt,
    Reranking,
    Retrieval,
)
from ladder.spec.metric_parts import (
    FORM_METRICS,
    UNCONSTRAINABLE,
    AnyFieldRule,
    AnySchema,
    AnyStep,
    LengthUnit,
    ReadingWord,
    StepWord,
    Syntax,
    with_steps,
)
from ladder.spec.prices import Prices
from ladder.spec.training import Training

LEVER_NAMES = ("template", "prompt", "model", "decoding", "rag", "rerank", "few_shot")


TargetKind = Literal["text", "object", "calls", "none"]
"""What a row of data may give as its answer: a text, an object, calls of tools, or nothing."""


def _short_for(field: str) -> Callable[[Any], Any]:
    def lengthen(value: Any) -> Any:  # noqa: ANN401 - whatever the spec holds
        return {field: value} if isinstance(value, str) else value

    return lengthen


CleanStep = Literal[
    "strip_point_zero",
    "read_lists",
    "strip_quotes",
    "strip_invisible",
    "compose",
    "unescape_html",
    "strip_tokens",
    "strip_marks",
    "as_written",
]
"""What `data.clean` may take out of targets; `as_written` says that all is meant as it stands."""


class OnLeak(Frozen):
    """What becomes of eval rows that stand in a pool, a corpus, training data or a prompt.

    `waive` names samples or other rows, by id, whose pairs are no leak. `drop` names eval samples
    that are left out of the eval data. For all other leaks, `rest: stop` lets nothing run, and
    `rest: exclude` leaves out the row, shot or passage, and never the eval sample.
    """

    waive: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    rest: Literal["stop", "exclude"] = "stop"


def _is_default(value: object) -> bool:
    return value in ((), {}, OnLeak(), None, "last", "share", "words", "ignore")


class DataSource(Frozen):
    """Rows: a JSONL, CSV or Parquet file, or a `datasets` id with a revision.

    `looks` is the file that keeps what was asked of the confirmation part, over all runs; without
    it `<path>.looks.json` beside the data. `on_leak` is `stop`, `exclude`, or a section. `clean`
    names what is taken out of the targets (of the eval data, pools and training data alike) that
    a file format left there; `ladder check` says what to write.

    Rows of chat data are recognised where `input` and `target` are left out, and `input` may name
    a column of turns. `turns` says which of a conversation's answers are targets: the last, or all
    of them, each as a sample of its own. `system` and `tools` name the columns that hold a row's
    system text and its tools; in chat rows they are found under these names. `target: null` says
    that there are no targets: a metric of one's own then scores the answer alone.
    """

    path: str
    input: str = "input"
    target: str | None = "target"
    id: str | None = None
    cluster: str | None = None
    slices: tuple[str, ...] = ()
    revision: str | None = None
    split: str = "test"
    looks: str | None = None
    # A spec that leaves it out keeps the digest it had before there was this field.
    on_leak: Annotated[
        OnLeak,
        BeforeValidator(
            _short_for("rest"), json_schema_input_type=Literal["stop", "exclude"] | OnLeak
        ),
    ] = Field(default=OnLeak(), exclude_if=_is_default)
    clean: tuple[CleanStep, ...] = Field(default=(), exclude_if=_is_default)
    turns: Literal["last", "all"] = Field(default="last", exclude_if=_is_default)
    system: str | None = Field(default=None, exclude_if=_is_default)
    tools: str | None = Field(default=None, exclude_if=_is_default)


def _in_order(value: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping by its keys: in whatever order they are written, the question is the same."""
    return dict(sorted(value.items()))


ClassShare = Annotated[Number, Field(gt=0, le=1)]
"""A share of one class's samples."""

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


AnyModel = Annotated[
    ModelRef, BeforeValidator(_short_for("id"), json_schema_input_type=str | ModelRef)
]


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
    steps: tuple[AnyStep, ...] = Field(default=(), exclude_if=_is_default)
    fields: dict[str, AnyFieldRule] = Field(default_factory=dict, exclude_if=_is_default)
    score: Literal["share", "all"] = Field(default="share", exclude_if=_is_default)
    json_schema: AnySchema | None = Field(
        default=None,
        exclude_if=_is_default,
        validation_alias=AliasChoices("schema", "json_schema"),
    )
    min: Annotated[int, Strict(), Field(ge=0)] | None = Field(default=None, exclude_if=_is_default)
    max: Count | None = Field(default=None, exclude_if=_is_default)
    unit: LengthUnit = Field(default="words", exclude_if=_is_default)
    language: str | None = Field(default=None, exclude_if=_is_default)
    syntax: Syntax | None = Field(default=None, exclude_if=_is_default)
    dialect: str | None = Field(default=None, exclude_if=_is_default)
    encoder: str | None = Field(default=None, exclude_if=_is_default)
    order: Literal["ignore", "keep"] = Field(default="ignore", exclude_if=_is_default)

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


AnyPrompt = Annotated[
    Prompt, BeforeValidator(_short_for("user"), json_schema_input_type=str | Prompt)
]
AnyData = Annotated[
    DataSource, BeforeValidator(_short_for("path"), json_schema_input_type=str | DataSource)
]
AnyMetric = Annotated[
    MetricSpec, BeforeValidator(_short_for("name"), json_schema_input_type=str | MetricSpec)
]
AnyReranking = Annotated[
    Reranking, BeforeValidator(_short_for("reranker"), json_schema_input_type=str | Reranking)
]
SHORTHANDS: dict[type[BaseModel], str] = {
    ModelRef: "id",
    Prompt: "user",
    DataSource: "path",
    MetricSpec: "name",
    Reranking: "reranker",
    OnLeak: "rest",
}
"""`model: some/id` stands for `model: {id: some/id}`, and so on."""


class LeverSection(Frozen):
    """What every lever's section may say."""

    not_applicable: str | None = None


class TemplateLever(LeverSection):
    """Material of lever 1. Without any, faults are found and repaired."""

    templates: tuple[str, ...] = ()


class PromptLever(LeverSection):
    """Material of lever 2. `edits` adds a few honest edits of the user's own prompt."""

    prompts: tuple[AnyPrompt, ...] = ()
    edits: Flag = True


class ModelLever(LeverSection):
    """Material of lever 3: the other models that may be used."""

    models: tuple[AnyModel, ...] = ()


class DecodingLever(LeverSection):
    """Material of lever 4: values to try, a list for each of transformers' parameters."""

    grid: dict[str, tuple[Any, ...]] = Field(default_factory=dict)


class RagLever(LeverSection):
    """Material of lever 5."""

    corpus: str | None = None
    passage_column: str = "text"
    encoder: str | None = None
    methods: tuple[Literal["dense", "lexical", "fused"], ...] = ("dense", "lexical", "fused")
    top_k: tuple[Count, ...] = (1, 3)
    chunk_tokens: Count | None = None


class RerankLever(LeverSection):
    """Material of lever 6."""

    rerankers: tuple[AnyReranking, ...] = ()


class FewShotLever(LeverSection):
    """Material of lever 7: a pool of worked examples with the eval data's columns."""

    pool: str | None = None
    shots: tuple[Count, ...] = (2, 4)
    methods: tuple[Literal["fixed", "random", "balanced", "nearest"], ...] = ("random", "nearest")
    placement: Literal["turns", "inline"] = "turns"
    encoder: str | None = None


class Levers(Frozen):
    """The material of each lever, in the ladder's order."""

    template: TemplateLever = TemplateLever()
    prompt: PromptLever = PromptLever()
    model: ModelLever = ModelLever()
    decoding: DecodingLever = DecodingLever()
    rag: RagLever = RagLever()
    rerank: RerankLever = RerankLever()
    few_shot: FewShotLever = FewShotLever()


class Budget(Frozen):
    """What a run may spend. None: no limit."""

    calls: Count | None = None
    tokens: Count | None = None
    minutes: Number | None = Field(default=None, gt=0)


ErrorPolicy = Literal["stop", "score_zero", "inconclusive"]
"""What calls to an endpoint that failed, after all retries, stand for."""


class TaskSpec(Frozen):
    """A task: a model, eval data, a metric, a target score, and what each lever may use.

    `errors` says what a failed call to an endpoint stands for. `stop`: it scores 0, and more than
    5 % of them stop the run (exit 4), which goes on from there. `score_zero`: it scores 0, however
    many there are. `inconclusive`: the infrastructure failed and the score is not known: a verdict
    is given only if it holds whatever the failed calls would have said, and never above 5 %.

    `written` is ladder's own: for each path as it is seen from the folder in which ladder was
    started, how it is written from the spec's folder, where the two differ.
    """

    schema_version: Literal[1] = 1
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    model: AnyModel
    data: AnyData
    prompt: AnyPrompt = Prompt()
    metric: AnyMetric = MetricSpec()
    target: Number = Field(gt=0, le=1)
    margin: Number = Field(default=0.0, ge=0, lt=1)
    chat: ChatSetup = ChatSetup()
    generation: Decoding = Decoding()
    retrieval: Retrieval | None = None
    reranking: Reranking | None = None
    examples: Examples | None = None
    levers: Levers = Levers()
    budget: Budget = Budget()
    errors: ErrorPolicy = "stop"
    prices: Prices = Prices()
    effort: Literal["thrifty", "full"] = "thrifty"
    seed: Annotated[int, Strict()] = 0
    training: Training | None = None
    written: SkipJsonSchema[dict[str, str]] = Field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return the sha256 of all that a verdict depends on.

        How a training is set, waived or paid for changes no score, and must not send a justified
        training back to the start; checkpoints and adapters keep digests of their own. Paths
        count as the spec writes them, wherever ladder is started.
        """
        out = {"budget", "training", "written"}
        seen = self.model_dump(mode="json", exclude=out, context=FOR_DIGEST)
        if self.is_form_wanted:
            seen["is_form_wanted"] = True
        return digest_of(_replaced(seen, self.written))

    @property
    def is_form_wanted(self) -> bool:
        """Return whether the form of an answer is itself what is wanted.

        Only then is an answer that is right when read leniently a wrong one. The metric may say so
        (`FORM_METRICS`), or the behaviour that a training is to teach.
        """
        if self.metric.name in FORM_METRICS:
            return True
        behaviour = self.training.review.behaviour if self.training is not None else ()
        return not {"output_format", "tool_calls"}.isdisjoint(behaviour)

    @property
    def needs_constrained_output(self) -> bool:
        """Return whether output that can only have the wanted form must have been tried."""
        return self.is_form_wanted and self.metric.name not in UNCONSTRAINABLE

    def baseline(self) -> Candidate:
        """Return the unchanged way of producing answers: what the user has today."""
        # A setup of this model's own is not that of another model which a lever puts in its place.
        is_own = self.chat != ChatSetup() and bool(self.levers.model.models)
        own = self.chat.replace(model=self.chat.model or self.model.id) if is_own else self.chat
        return Candidate(
            model=self.model,
            chat=own,
            prompt=self.prompt,
            decoding=self.generation,
            retrieval=self.retrieval,
            reranking=self.reranking,
            examples=self.examples,
        )


def _replaced(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with some of its texts replaced."""
    if isinstance(value, dict):
        return {key: _replaced(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value
