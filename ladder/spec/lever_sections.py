"""`Levers`: what each lever may try, as a task says it."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from ladder.frozen import Count, Flag, Frozen, Number, is_empty
from ladder.spec.candidate import ExampleMethod, ExampleOrder, QueryForm
from ladder.spec.context_layout import ContextLayout
from ladder.spec.corpus_reading import CorpusReading
from ladder.spec.encoder_spec import AnyEncoder
from ladder.spec.retriever_spec import AnyRetriever
from ladder.spec.shorthands import AnyModel, AnyPrompt, AnyReranking

LEVER_NAMES = ("template", "prompt", "model", "decoding", "rag", "rerank", "few_shot")


class LeverSection(Frozen):
    """What every lever's section may say.

    `recorded` are runs of another tool in which this lever was tried: each is a candidate, and the
    lever proposes no other.
    """

    not_applicable: str | None = None
    # Left out where it is not used, so that digests of earlier specs stay what they were.
    recorded: tuple[AnyModel, ...] = Field(default=(), exclude_if=is_empty)


class TemplateLever(LeverSection):
    """Material of lever 1. Without any, faults are found and repaired."""

    templates: tuple[str, ...] = ()


class PromptRewrite(Frozen):
    """A model that rewrites the prompt after what it gets wrong, and the calls that all this may take.

    Without `model` the task's own model does it. The calls are those of both models.
    """

    model: AnyModel | None = None
    calls: Count = 60


class PromptLever(LeverSection):
    """Material of lever 2.

    `edits` adds seven honest edits of the user's own prompt. `rewrite` lets a model write prompts
    after failures of the selection part: it takes the extra `rewrite`.
    """

    prompts: tuple[AnyPrompt, ...] = ()
    edits: Flag = True
    # Left out where it is not used, so that digests of earlier specs stay what they were.
    rewrite: PromptRewrite | None = Field(default=None, exclude_if=is_empty)


class ClassifierMaterial(Frozen):
    """What classifiers are trained on; `pool` and `encoder` are those of few_shot unless given."""

    pool: str | None = None
    encoder: AnyEncoder | None = None
    methods: tuple[Literal["logistic", "nearest"], ...] = ("logistic", "nearest")


Share = Annotated[Number, Field(gt=0, lt=1)]


class ReviewRule(Frozen):
    """Who answers where a candidate is not sure: a person, so that the rest is automatic.

    `below` holds the sureness below which an answer is handed on, one or several to choose from; it
    is chosen on the selection part, from those that occur there, where none is named. How sure a
    candidate is comes from the likelihoods of labels, a classifier's probabilities or the share of
    its draws that agree. `least_coverage` is the share of samples that must be answered without a
    person.
    """

    below: tuple[Share, ...] = ()
    least_coverage: Share = 0.5

    @field_validator("below", mode="before")
    @classmethod
    def _one_or_several(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a spec holds
        """Take a single number for a list of one."""
        return [given] if isinstance(given, int | float) else given


def _is_true(value: object) -> bool:
    return value is True


class ModelLever(LeverSection):
    """Material of lever 3: the other models that may be used.

    `classifier` says whether a classifier is tried where answers are labels and there are labelled
    rows, or what it is trained on. `precisions` tries the task's own local model packed into 8 or 4
    bits: such a form of it is no other model. `review` lets a person answer where the best candidate is not
    sure: a cascade.
    """

    models: tuple[AnyModel, ...] = ()
    classifier: Flag | ClassifierMaterial = Field(default=True, exclude_if=_is_true)
    precisions: tuple[Literal["int8", "nf4"], ...] = Field(default=(), exclude_if=is_empty)
    review: ReviewRule | None = Field(default=None, exclude_if=is_empty)

    @property
    def pools(self) -> tuple[tuple[str, str], ...]:
        """Return the pools that are named for classifiers, each after its place in the spec."""
        own = self.classifier.pool if isinstance(self.classifier, ClassifierMaterial) else None
        listed = (
            (f"levers.model.models.{at}.classifier", model.classifier.pool)
            for at, model in enumerate(self.models)
            if model.classifier is not None
        )
        return (*((("levers.model.classifier", own),) if own else ()), *listed)


class DecodingLever(LeverSection):
    """Material of lever 4: values to try, a list for each of transformers' parameters.

    `constrain` holds answers to the form that the metric reads, where there is a grammar of it.
    """

    grid: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    # Left out where it says nothing new, so that earlier specs keep their digests.
    constrain: Flag = Field(default=True, exclude_if=bool)


def _is_half(value: object) -> bool:
    return value == (0.5,)


class RagLever(LeverSection, CorpusReading):
    """Material of lever 5.

    Each of `contexts` is tried as a way to write the passages, and each of `queries` as what they
    are searched with; those that the model writes take one more call a sample. `retriever` is a
    search that exists already, tried beside the methods over a corpus, or without one.
    `dense_weights` are what the ranking by vectors counts in method `fused`, each a candidate.
    """

    corpus: str | None = None
    encoder: AnyEncoder | None = None
    methods: tuple[Literal["dense", "lexical", "fused"], ...] = ("dense", "lexical", "fused")
    top_k: tuple[Count, ...] = (1, 3)
    # Left out where it says nothing new, so that earlier specs keep their digests.
    retriever: AnyRetriever | None = Field(default=None, exclude_if=is_empty)
    contexts: tuple[ContextLayout, ...] = Field(
        default=(ContextLayout(),), exclude_if=lambda value: value == (ContextLayout(),)
    )
    queries: tuple[QueryForm, ...] = Field(
        default=("asked",), exclude_if=lambda value: value == ("asked",)
    )
    dense_weights: tuple[Share, ...] = Field(default=(0.5,), exclude_if=_is_half)


DEPTHS = (20, 50, 100)
"""Numbers of passages that a reranker is tried with unless a task names others."""


class RerankLever(LeverSection):
    """Material of lever 6.

    `fetch_k` are numbers of passages to rerank, each tried with each reranker. Unless they are
    named, a reranker that names its own keeps it, and so does the task's own model.
    """

    rerankers: tuple[AnyReranking, ...] = ()
    # Left out where it says nothing new, so that earlier specs keep their digests.
    fetch_k: tuple[Count, ...] = Field(default=DEPTHS, exclude_if=lambda value: value == DEPTHS)


class FewShotLever(LeverSection):
    """Material of lever 7: a pool of worked examples with the eval data's columns.

    `draws` is how often chance chooses, each draw a candidate. `tokens` are sizes: as
    many examples as fit into each of them, beside those of `shots`. `order` is tried each way for
    examples of a sample's own. `ends_answers: false` lets an answer of a base model run on past the
    length of the examples'.
    """

    pool: str | None = None
    shots: tuple[Count, ...] = (2, 4)
    methods: tuple[ExampleMethod, ...] = ("random", "nearest")
    placement: Literal["turns", "inline"] = "turns"
    encoder: AnyEncoder | None = None
    # Left out where they say nothing new, so that earlier specs keep their digests.
    ends_answers: Flag = Field(default=True, exclude_if=_is_true)
    draws: Count = Field(default=1, exclude_if=lambda value: value == 1)
    tokens: tuple[Count, ...] = Field(default=(), exclude_if=is_empty)
    order: tuple[ExampleOrder, ...] = Field(
        default=("best_last",), exclude_if=lambda value: value == ("best_last",)
    )


class Levers(Frozen):
    """The material of each lever, in the ladder's order."""

    template: TemplateLever = TemplateLever()
    prompt: PromptLever = PromptLever()
    model: ModelLever = ModelLever()
    decoding: DecodingLever = DecodingLever()
    rag: RagLever = RagLever()
    rerank: RerankLever = RerankLever()
    few_shot: FewShotLever = FewShotLever()
