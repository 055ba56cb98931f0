"""`Levers`: what each lever may try, as a task says it."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from ladder.frozen import Count, Flag, Frozen, Number, added
from ladder.spec.candidate import ContextLayout, ExampleMethod, ExampleOrder, ModelRef, QueryForm
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
    recorded: tuple[AnyModel, ...] = added(())


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
    rewrite: PromptRewrite | None = added(None)


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


class ModelLever(LeverSection):
    """Material of lever 3: the other models that may be used.

    `classifier` says whether a classifier is tried where answers are labels and there are labelled
    rows, or what it is trained on. `precisions` tries the task's own local model packed into 8 or 4
    bits: such a form of it is no other model. `review` lets a person answer where the best candidate is not
    sure: a cascade.
    """

    models: tuple[AnyModel, ...] = ()
    classifier: Flag | ClassifierMaterial = added(True)
    precisions: tuple[Literal["int8", "nf4"], ...] = added(())
    review: ReviewRule | None = added(None)

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
    constrain: Flag = added(True)


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
    retriever: AnyRetriever | None = added(None)
    contexts: tuple[ContextLayout, ...] = added((ContextLayout(),))
    queries: tuple[QueryForm, ...] = added(("asked",))
    dense_weights: tuple[Share, ...] = added((0.5,))


DEPTHS = (20, 50, 100)
"""Numbers of passages that a reranker is tried with unless a task names others."""


class RerankLever(LeverSection):
    """Material of lever 6.

    `fetch_k` are numbers of passages to rerank, each tried with each reranker. Unless they are
    named, a reranker that names its own keeps it, and so does the task's own model.
    """

    rerankers: tuple[AnyReranking, ...] = ()
    fetch_k: tuple[Count, ...] = added(DEPTHS)


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
    ends_answers: Flag = added(True)
    draws: Count = added(1)
    tokens: tuple[Count, ...] = added(())
    order: tuple[ExampleOrder, ...] = added(("best_last",))


class Levers(Frozen):
    """The material of each lever, in the ladder's order."""

    template: TemplateLever = TemplateLever()
    prompt: PromptLever = PromptLever()
    model: ModelLever = ModelLever()
    decoding: DecodingLever = DecodingLever()
    rag: RagLever = RagLever()
    rerank: RerankLever = RerankLever()
    few_shot: FewShotLever = FewShotLever()

    @property
    def other_models(self) -> dict[str, ModelRef]:
        """Return the models that lever model tries, by their places in the spec."""
        return {f"levers.model.models.{at}": each for at, each in enumerate(self.model.models)}

    @property
    def recorded_models(self) -> dict[str, ModelRef]:
        """Return the recorded answers that stand for candidates of a lever, by their places."""
        return {
            f"levers.{name}.recorded.{at}": each
            for name, section in self
            for at, each in enumerate(section.recorded)
        }
