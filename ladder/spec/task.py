"""`TaskSpec`: a whole task spec as one frozen value."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, Strict, model_validator
from pydantic.json_schema import SkipJsonSchema

from ladder.errors import SpecError
from ladder.frozen import FOR_DIGEST, Count, Frozen, Number, added, digest_of
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
from ladder.spec.data_source import AnyData, DataSource, OnLeak
from ladder.spec.lever_sections import Levers
from ladder.spec.limits import Limits
from ladder.spec.metric_parts import FORM_METRICS, UNCONSTRAINABLE
from ladder.spec.metric_spec import AnyMetric, MetricSpec
from ladder.spec.relative_target import AnyTarget, Question, Reference, RelativeTarget
from ladder.spec.shorthands import AnyModel, AnyPrompt
from ladder.spec.training import Training
from ladder.spec.wanted_form import filled

SHORTHANDS: dict[type[BaseModel], str] = {
    ModelRef: "id",
    Prompt: "user",
    DataSource: "path",
    MetricSpec: "name",
    Reranking: "reranker",
    OnLeak: "rest",
    Reference: "model",
}
"""`model: some/id` stands for `model: {id: some/id}`, and so on."""


class Budget(Frozen):
    """What a run may spend. None: no limit."""

    calls: Count | None = None
    tokens: Count | None = None
    minutes: Number | None = Field(default=None, gt=0)


ErrorPolicy = Literal["stop", "score_zero", "inconclusive"]
"""What calls to an endpoint that failed, after all retries, stand for."""


class Price(Frozen):
    """What a million tokens of one model cost."""

    prompt: Number = Field(ge=0)
    answer: Number = Field(ge=0)


class Prices(Frozen):
    """What tokens cost, by the model's id; it needs naming only where money is paid."""

    currency: str = Field(default="USD", min_length=1, max_length=8)
    per_million_tokens: dict[str, Price] = Field(default_factory=dict)

    def of(self, model_id: str, *, prompt_tokens: float, answer_tokens: float) -> float | None:
        """Return the money for some tokens of a model; None where its price is not named.

        >>> prices = Prices(per_million_tokens={"m": Price(prompt=1.0, answer=2.0)})
        >>> prices.of("m", prompt_tokens=1_000_000, answer_tokens=500_000)
        2.0
        """
        price = self.per_million_tokens.get(model_id)
        if price is None:
            return None
        return (prompt_tokens * price.prompt + answer_tokens * price.answer) / 1_000_000


class TaskSpec(Frozen):
    """A task: a model, eval data, a metric, a target score, and what each lever may use.

    `target` is the score that is good enough, or `{reference: …, margin: .03}`: a candidate is then
    good enough if it is not worse than the reference by more than that. With `question: retire` the
    reference is a model that was trained, and the question is whether it can go.

    `errors` says what a failed call to an endpoint stands for. `stop`: it scores 0, and more than
    5 % of them stop the run (exit 4), which goes on from there. `score_zero`: it scores 0, however
    many there are. `inconclusive`: the infrastructure failed and the score is not known: a verdict
    is given only if it holds whatever the failed calls would have said, and never above 5 %.

    `confirmation` says what a verdict shows of the samples that its test read. `shown`: scores and
    answers, and then these samples confirm nothing else. `sealed`: only that the target is reached,
    so that another candidate can be tested on the same samples. `fine_tune` shows them in any case.

    `written` is ladder's own: for each path as it is seen from the folder in which ladder was
    started, how it is written from the spec's folder, where the two differ.
    """

    schema_version: Literal[1] = 1
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    model: AnyModel
    data: AnyData
    prompt: AnyPrompt = Prompt()
    metric: AnyMetric = MetricSpec()
    target: AnyTarget
    margin: Number = Field(default=0.0, ge=0, lt=1)
    question: Question = added("train")
    chat: ChatSetup = ChatSetup()
    generation: Decoding = Decoding()
    retrieval: Retrieval | None = None
    reranking: Reranking | None = None
    examples: Examples | None = None
    levers: Levers = Levers()
    budget: Budget = Budget()
    errors: ErrorPolicy = "stop"
    prices: Prices = Prices()
    limits: Limits = added(Limits())
    effort: Literal["thrifty", "full"] = "thrifty"
    confirmation: Literal["shown", "sealed"] = added("shown")
    seed: Annotated[int, Strict()] = 0
    training: Training | None = None
    written: SkipJsonSchema[dict[str, str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_a_language_model(self) -> Self:
        """Refuse a task about a classifier: no other lever could change what it answers.

        Raises:
            SpecError: `model.classifier` is given.
        """
        if self.model.classifier is not None:
            raise SpecError(
                "model.classifier: the task is about a classifier, which no prompt and no training "
                "of a language model changes.",
                next_step="Name the language model as model, and the classifier in "
                "levers.model.models.",
            )
        return self

    @model_validator(mode="after")
    def _reviews_by_the_lever_alone(self) -> Self:
        """Refuse a threshold that nobody chose on the selection part.

        Raises:
            SpecError: A model has `reviewed_below`.
        """
        if any(each.reviewed_below is not None for each in (self.model, *self.levers.model.models)):
            raise SpecError(
                "reviewed_below is what a run chooses, and no setting of a model.",
                next_step="Write levers.model.review: {below: [0.8, 0.9]} instead.",
            )
        return self

    @model_validator(mode="after")
    def _looks_at_no_target(self) -> Self:
        """Refuse what chooses passages by the answer: nobody has it when a question is asked.

        Raises:
            SpecError: Retrieval or a reranker is `gold`.
        """
        if self.retrieval is not None and self.retrieval.method == "gold":
            place, others = "retrieval.method", "lexical, dense or fused"
        elif any(
            each is not None and each.kind == "gold"
            for each in (self.reranking, *self.levers.rerank.rerankers)
        ):
            place, others = "kind of a reranker", "cross-encoder, bi-encoder or own-model"
        else:
            return self
        raise SpecError(
            f"{place}: gold chooses passages by looking at the target, which nobody has when a question "
            "is asked.",
            next_step=f"Write {others}; the ceiling is measured by itself where it is one.",
        )

    @model_validator(mode="after")
    def _has_the_passages_it_takes(self) -> Self:
        """Refuse passages that were fetched already where no column holds them.

        Raises:
            SpecError: `retrieval.method` is `given`, and there is no `data.passages`.
        """
        is_given = self.retrieval is not None and self.retrieval.method == "given"
        if is_given and self.data.passages is None:
            raise SpecError(
                "retrieval.method: given takes the passages of the eval data, and no column is named.",
                next_step="Name the column that holds them in data.passages.",
            )
        return self

    @property
    def relative(self) -> RelativeTarget | None:
        """Return what candidates are held against; None where the target is a score."""
        return self.target if isinstance(self.target, RelativeTarget) else None

    @property
    def share(self) -> float | None:
        """Return the score that is good enough; None where that is as good as a reference."""
        return None if isinstance(self.target, RelativeTarget) else self.target

    @property
    def edge(self) -> float:
        """Return what a candidate's mean must reach to be no less than the target.

        With a reference it is that of (difference + 1) / 2.
        """
        return self.target.edge if isinstance(self.target, RelativeTarget) else self.target

    @property
    def reach(self) -> float:
        """Return what a candidate's mean must reach to count as reaching the target."""
        return self.edge - self.margin

    @property
    def reference(self) -> Candidate | None:
        """Return what candidates are held against, as a candidate; None where there is none."""
        return None if self.relative is None else self.relative.reference.candidate(self.baseline())

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

    def calls_an_answer(self, decoding: Decoding) -> int:
        """Return how many calls one scored answer takes: its draws, and the judge's replies."""
        return decoding.majority_of + self.metric.judge_calls

    @property
    def _decoding(self) -> Decoding:
        """Return the decoding settings, with what the metric names for their constraint."""
        held_to = self.generation.held_to
        if held_to is None or held_to.is_complete:
            return self.generation
        whole = filled(held_to, self.metric, place="generation.constraint")
        return self.generation.held(whole)

    def baseline(self) -> Candidate:
        """Return the unchanged way of producing answers: what the user has today."""
        # A setup of this model's own is not that of another model which a lever puts in its place.
        is_own = self.chat != ChatSetup() and bool(self.levers.model.models)
        own = self.chat.replace(model=self.chat.model or self.model.id) if is_own else self.chat
        return Candidate(
            model=self.model,
            chat=own,
            prompt=self.prompt,
            decoding=self._decoding,
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
