"""`Candidate`: one complete configuration: model, chat, prompt, decoding, retrieval, examples."""

from typing import Annotated, Any, Literal

from pydantic import Field, Strict, model_validator

from ladder.frozen import Count, Flag, Frozen, FrozenWithMappings, Number, added
from ladder.spec.constraint import PLAIN_JSON, AnyConstraint, Constraint
from ladder.spec.corpus_reading import CorpusReading
from ladder.spec.encoder_spec import AnyEncoder, encoder_name
from ladder.spec.model_ref import Classifier, ModelRef
from ladder.spec.retriever_spec import AnyRetriever

__all__ = [
    "Candidate",
    "ChatSetup",
    "Classifier",
    "Decoding",
    "Examples",
    "ModelRef",
    "Prompt",
    "Reranking",
    "Retrieval",
]


class ChatSetup(Frozen):
    """How messages become token ids: the template and the call options around it.

    The defaults are the right ones for a chat model whose own template is sound. `model` names
    the model that a repaired setup was made for: a Candidate with another model ignores the setup.

    `prefill` is how each reply begins: the model goes on from there. It counts as a part of the
    answer where it opens JSON or a code fence, or as `prefill_is_answer` says.

    `headings` are for a base model in mode completion: what stands on a line of its own before the
    turns of each role, such as `{user: "### Instruction:", assistant: "### Response:"}`. The prompt
    then ends with the assistant's.
    """

    mode: Literal["chat", "completion"] = "chat"
    template: str | None = None
    template_arguments: dict[str, Any] = Field(default_factory=dict)
    add_generation_prompt: Flag = True
    add_special_tokens: Flag = False
    split_special_tokens: Flag = False
    padding_side: Literal["left", "right"] = "left"
    fold_system: Flag = False
    stop_tokens: tuple[str, ...] | None = None
    extra_stop_tokens: tuple[str, ...] = ()
    model: str | None = None
    prefill: str = added("")
    prefill_is_answer: Flag | None = added(None)
    headings: dict[str, str] = added({})

    @property
    def counted_prefill(self) -> str:
        """Return what stands before each answer that is read, as a part of it.

        >>> ChatSetup(prefill="{").counted_prefill, ChatSetup(prefill="The code is").counted_prefill
        ('{', '')
        """
        opens = self.prefill.lstrip().startswith(("{", "[", "```"))
        counts = opens if self.prefill_is_answer is None else self.prefill_is_answer
        return self.prefill.rstrip(" ") if counts else ""


class Prompt(Frozen):
    """The text around one sample. Its columns are `{{ column }}` or `{column}`; `input` is one always.

    In one pair of braces only the name of a column is a column: JSON stays text.
    """

    user: str = "{{ input }}"
    system: str | None = None

    @property
    def text(self) -> str:
        """Return all of it, the system part first."""
        return f"{self.system or ''}\n{self.user}"


class Decoding(FrozenWithMappings):
    """Decoding settings, under transformers' own names. `temperature` 0 is greedy.

    `constraint` is the only form that an answer can have, such as `constraint: labels` or
    `constraint: {regex: '[A-Z]{2}-[0-9]{4}'}`. `response_format: json` is its plainest kind, one
    JSON object or list and nothing else, under OpenAI's name.

    With a constraint of kind labels, `answer_by: likelihood` takes the label that the model finds
    likeliest as a whole (`mean_likelihood`: for each of its tokens), and nothing is written;
    `calibrate` holds that against the same prompt with an empty input (contextual calibration, Zhao
    et al. 2021).

    `majority_of: 5` draws five answers and takes what most of them come to (self-consistency, Wang
    et al. 2022); each of them is a call. `thinking` holds the arguments of the chat template that
    switch or limit thinking, such as `{enable_thinking: false}`.
    """

    max_new_tokens: Count = 64
    temperature: Number = Field(default=0.0, ge=0)
    top_p: Number | None = Field(default=None, gt=0, le=1)
    top_k: Count | None = None
    min_p: Number | None = Field(default=None, ge=0, le=1)
    repetition_penalty: Number | None = Field(default=None, gt=0)
    num_beams: Count = 1
    stop_strings: tuple[str, ...] = ()
    seed: Annotated[int, Strict()] = 0
    response_format: Literal["text", "json"] = added("text")
    constraint: AnyConstraint | None = added(None)
    answer_by: Literal["writing", "likelihood", "mean_likelihood"] = added("writing")
    calibrate: Flag = added(False)
    majority_of: Count = added(1)
    thinking: dict[str, bool | int | str] = added({})

    @model_validator(mode="before")
    @classmethod
    def _plain_json(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a spec holds
        """Let any JSON have one name, and so one digest; likelihoods are those of labels."""
        if not isinstance(given, dict):
            return given
        if given.get("constraint") in _PLAIN_JSON:
            return {**given, "constraint": None, "response_format": "json"}
        if given.get("answer_by", "writing") != "writing" and given.get("constraint") is None:
            return {**given, "constraint": {"kind": "labels"}}
        return given

    @model_validator(mode="after")
    def _one_form(self) -> "Decoding":
        """Refuse two forms at once."""
        if self.constraint is not None and self.response_format == "json":
            raise ValueError("constraint and response_format are both set; leave one of them out")
        if self.is_by_likelihood and (self.constraint is None or self.constraint.kind != "labels"):
            raise ValueError(f"answer_by: {self.answer_by} needs labels: write constraint: labels")
        if self.calibrate and not self.is_by_likelihood:
            raise ValueError("calibrate needs answer_by: likelihood")
        if self.majority_of > 1 and (self.temperature == 0 or self.is_by_likelihood):
            raise ValueError(
                "majority_of needs a temperature above 0: equal answers have no majority"
            )
        return self

    @property
    def is_by_likelihood(self) -> bool:
        """Return whether the likeliest label is the answer, and nothing is written."""
        return self.answer_by != "writing"

    @property
    def held_to(self) -> Constraint | None:
        """Return what each answer is held to; None where it may be any text.

        >>> Decoding(response_format="json").held_to, Decoding().held_to
        (Constraint(kind='json', labels=(), regex='', json_schema=None, grammar='', white_space='flexible'), None)
        """
        return PLAIN_JSON if self.response_format == "json" else self.constraint

    def held(self, constraint: Constraint | None) -> "Decoding":
        """Return the same settings with answers held to a form, or to none.

        >>> Decoding().held(PLAIN_JSON) == Decoding(response_format="json")
        True
        """
        is_of_labels = constraint is not None and constraint.kind == "labels"
        written = {} if is_of_labels else {"answer_by": "writing", "calibrate": False}
        return self.replace(response_format="text", constraint=constraint, **written)


_PLAIN_JSON: tuple[Any, ...] = ("json", {"kind": "json"}, PLAIN_JSON)


QueryForm = Literal["asked", "history", "rewritten", "hypothetical"]
"""What passages are searched with."""


OVER_CORPUS = ("dense", "lexical", "fused", "gold")
"""Methods by which ladder itself searches a corpus."""

GIVEN = "data.passages"
"""Where passages come from that stand in the eval data."""


class ContextLayout(Frozen):
    """How passages stand before the question.

    `order` puts the best of them first, or last, next to the question (Liu et al. 2024 found that
    models use the middle least). `names_sources` puts the place of each passage before its text.
    `may_decline` adds that the model may say that it does not know.

    >>> ContextLayout().words, ContextLayout(order="best_last", may_decline=True).words
    ('', 'best last, may decline')
    """

    order: Literal["best_first", "best_last"] = added("best_first")
    names_sources: Flag = added(False)
    may_decline: Flag = added(False)

    @property
    def words(self) -> str:
        """Return what is not as usual, in a few words; empty where all is."""
        told = (
            ("best last", self.order == "best_last"),
            ("sources", self.names_sources),
            ("may decline", self.may_decline),
        )
        return ", ".join(words for words, holds in told if holds)


class Retrieval(CorpusReading):
    """Which passages stand before the question: of a corpus, of a retriever, or fetched before.

    Method `retriever` asks the `retriever`, and `given` takes the passages of `data.passages`; all
    others search the `corpus`. `query` is what is searched for: the question as it is, with the turns before it (`history`), as
    the task's model rewrites it, or beside a passage that the model makes up (`hypothetical`).
    `fused` joins the rankings by words and by vectors (reciprocal rank fusion, Cormack 2009);
    `dense_weight` is how much that by vectors counts in it.
    """

    corpus: str | None = None
    method: Literal["dense", "lexical", "fused", "gold", "retriever", "given"] = "dense"
    top_k: Count = 3
    encoder: AnyEncoder | None = None
    retriever: AnyRetriever | None = added(None)
    context: ContextLayout = added(ContextLayout())
    query: QueryForm = added("asked")
    dense_weight: Number = added(0.5, gt=0, lt=1)

    @model_validator(mode="before")
    @classmethod
    def _asks_its_retriever(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a spec holds
        """Let a retriever say the method."""
        is_asked = isinstance(given, dict) and given.get("retriever") is not None
        return {"method": "retriever", **given} if is_asked else given

    @model_validator(mode="after")
    def _has_one_source(self) -> "Retrieval":
        """Refuse a method without what it searches, and what it does not search."""
        is_over_corpus = self.method in OVER_CORPUS
        if is_over_corpus and self.corpus is None:
            raise ValueError(f"method {self.method} searches a corpus, and there is none")
        if self.method == "retriever" and self.retriever is None:
            raise ValueError("method retriever needs a retriever")
        if not is_over_corpus and self.corpus is not None:
            raise ValueError(f"method {self.method} searches no corpus; leave corpus out")
        if self.method != "retriever" and self.retriever is not None:
            raise ValueError(f"method {self.method} asks no retriever; leave one of both out")
        return self

    @property
    def source(self) -> str:
        """Return where the passages come from, in a word: a path, a retriever, or the eval data.

        >>> Retrieval(method="given").source, Retrieval(corpus="docs").source
        ('data.passages', 'docs')
        """
        if self.retriever is not None:
            return self.retriever.name
        return GIVEN if self.corpus is None else self.corpus

    @property
    def source_key(self) -> str:
        """Return what tells its source from others: one address may be searched in two ways.

        >>> one, other = (
        ...     Retrieval(retriever={"url": f"http://host/search?index={name}"}) for name in "ab"
        ... )
        >>> one.source == other.source, one.source_key == other.source_key
        (True, False)
        """
        return self.source if self.retriever is None else f"retriever {self.retriever.digest}"

    @property
    def is_by_vectors(self) -> bool:
        """Return whether ladder ranks the passages by their vectors, alone or beside their words."""
        return self.method in ("dense", "fused")

    @property
    def has_written_query(self) -> bool:
        """Return whether a model writes what is searched for."""
        return self.query in ("rewritten", "hypothetical")

    @property
    def by_words(self) -> "Retrieval":
        """Return the same with a method that needs no vectors; others than ladder search as they do.

        The encoder stays: it says how documents are cut.

        >>> Retrieval(corpus="c", method="fused").by_words.method, Retrieval(method="given").by_words.method
        ('lexical', 'given')
        """
        if self.method not in OVER_CORPUS:
            return self
        return self.replace(method="lexical")

    @property
    def ranking(self) -> str:
        """Return who ranks the passages, in a word or two.

        >>> Retrieval(corpus="c", method="fused", dense_weight=0.7).ranking
        'fused (0.7 dense)'
        """
        is_even = self.method != "fused" or self.dense_weight == 0.5
        return self.method if is_even else f"fused ({self.dense_weight:g} dense)"


FETCHED = 20
"""Passages that a reranker looks at unless a task says how many."""


class Reranking(Frozen):
    """A second look at `fetch_k` retrieved passages, of which Retrieval's `top_k` stay.

    `kind: own-model` names no reranker: the task's own model is asked of each passage whether it
    answers the question, and ranks it by how likely it finds "yes". That is a call a passage.
    """

    reranker: AnyEncoder = added("")
    kind: Literal["cross-encoder", "bi-encoder", "own-model", "gold"] = "cross-encoder"
    fetch_k: Count = FETCHED

    @model_validator(mode="after")
    def _has_a_name(self) -> "Reranking":
        """Refuse a reranker without a name, and a name beside the task's own model."""
        if self.kind == "own-model" and self.reranker:
            raise ValueError("kind own-model is the task's own model; leave reranker out")
        if self.kind != "own-model" and not self.reranker:
            raise ValueError(f"kind {self.kind} needs reranker: the name of a model")
        return self

    @property
    def name(self) -> str:
        """Return who ranks, by the last part of the name.

        >>> Reranking(reranker="cross-encoder/ms-marco-MiniLM-L6-v2").name
        'ms-marco-MiniLM-L6-v2'
        >>> Reranking(kind="own-model").name
        'own-model'
        """
        return encoder_name(self.reranker).rsplit("/", 1)[-1] if self.reranker else self.kind


ExampleMethod = Literal["fixed", "random", "balanced", "nearest", "diverse", "bootstrapped"]
"""How worked examples are chosen."""

ExampleOrder = Literal["best_last", "best_first"]
"""Where the best of a sample's own examples stands."""

BY_VECTORS = ("nearest", "diverse")
"""Methods that need a sentence encoder."""


class Examples(Frozen):
    """Worked examples from the pool (never from eval data), before the sample's own turn.

    `nearest` are the most similar inputs, `diverse` similar ones that differ from one another
    (maximal marginal relevance, Carbonell and Goldstein 1998), `bootstrapped` rows that the model
    itself answers right, shown with its own answer and so with its reasons (Khattab et al. 2023).
    `order` says where the best of them stands; with `tokens`, `shots` are at most as many as fit
    into so many tokens. In mode completion an answer ends where those of the examples do: with its
    line, where each is one line; `ends_answers: false` lets it run on.
    """

    pool: str
    shots: Count = 2
    method: ExampleMethod = "random"
    placement: Literal["turns", "inline"] = "turns"
    encoder: AnyEncoder | None = None
    seed: Annotated[int, Strict()] = 0
    ends_answers: Flag = added(True)
    order: ExampleOrder = added("best_last")
    tokens: Count | None = added(None)

    @property
    def is_own(self) -> bool:
        """Return whether each sample has examples of its own, chosen by their vectors."""
        return self.method in BY_VECTORS


class Candidate(Frozen):
    """One complete way of producing answers; everything that changes an answer is in here."""

    model: ModelRef
    chat: ChatSetup = ChatSetup()
    prompt: Prompt = Prompt()
    decoding: Decoding = Decoding()
    retrieval: Retrieval | None = None
    reranking: Reranking | None = None
    examples: Examples | None = None
    adapter: str | None = None

    @property
    def is_ranked_by_its_model(self) -> bool:
        """Return whether its own model ranks its passages."""
        ranks = self.reranking is not None and self.reranking.kind == "own-model"
        return ranks and self.effective.retrieval is not None

    @property
    def effective(self) -> "Candidate":
        """Return the candidate with the parts alone that can change its answers.

        A classifier reads the input of a sample and nothing around it: prompt, chat setup,
        decoding, passages and examples are not for it.

        >>> nearest = ModelRef.of_classifier(Classifier(method="nearest", pool="pool.jsonl"))
        >>> Candidate(model=nearest, prompt=Prompt(user="Hi: {{ input }}")).effective.prompt.user
        '{{ input }}'
        """
        return self if self.model.classifier is None else Candidate(model=self.model)

    @property
    def unreviewed(self) -> "Candidate":
        """Return the candidate whose answers these are, before any is handed on to a person."""
        if self.model.reviewed_below is None:
            return self
        return self.replace(model=self.model.replace(reviewed_below=None))

    @property
    def effective_chat(self) -> ChatSetup:
        """Return the chat setup that applies: a repair made for another model does not.

        What the decoding says of thinking is an argument of the template.
        """
        own = self.chat if self.chat.model in (None, self.model.id) else ChatSetup()
        thinking = self.decoding.thinking
        if not thinking:
            return own
        return own.replace(template_arguments={**own.template_arguments, **thinking})

    def asks_as(self, other: "Candidate") -> bool:
        """Return whether another asks the same of the same model, however its server is reached.

        >>> slow = Candidate(model=ModelRef(id="m", timeout_seconds=600))
        >>> slow.asks_as(Candidate(model=ModelRef(id="m")))
        True
        """
        mine, its = (
            each.unreviewed.replace(
                model=each.unreviewed.model.as_asked, chat=each.effective_chat.replace(model=None)
            ).effective
            for each in (self, other)
        )
        return mine == its

    def changes(self, other: "Candidate") -> dict[str, Any]:
        """Return the parts in which `other` differs, as `{part: other's value}`.

        >>> before = Candidate(model=ModelRef(id="m"))
        >>> after = before.replace(decoding=Decoding(temperature=0.7))
        >>> list(before.changes(after))
        ['decoding']
        """
        return {part: value for part, value in other if value != getattr(self, part)}
