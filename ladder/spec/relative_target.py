"""`RelativeTarget`: a target that is the score of something that exists, less a margin."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from ladder.frozen import Frozen, Number, added, short_for
from ladder.spec.candidate import (
    Candidate,
    ChatSetup,
    Decoding,
    Examples,
    ModelRef,
    Reranking,
    Retrieval,
)
from ladder.spec.shorthands import AnyModel, AnyPrompt

TARGET_FORMS = ("<share>", "<reference>")
"""Names of the two forms of a target, in pydantic's errors alone."""

Question = Literal["train", "retire"]
"""What a verdict is for: whether to train a model, or whether one that was trained can go."""


class Reference(Frozen):
    """What candidates are held against: a model, a prompt, an adapter, an endpoint, or recorded answers.

    What is not named is as the task has it: `{adapter: runs/x/adapter}` is the task's model with an
    adapter, and `{prompt: ...}` its model with another prompt. Of another model the task's `chat` is
    left out, and of recorded answers everything: they were given to the plain input.
    """

    model: AnyModel | None = added(None)
    adapter: str | None = added(None)
    prompt: AnyPrompt | None = added(None)
    chat: ChatSetup | None = added(None)
    generation: Decoding | None = added(None)
    retrieval: Retrieval | None = added(None)
    reranking: Reranking | None = added(None)
    examples: Examples | None = added(None)

    def candidate(self, today: Candidate) -> Candidate:
        """Return the reference as a candidate; what it does not name is as `today` has it.

        >>> today = Candidate(model=ModelRef(id="base"), chat=ChatSetup(fold_system=True))
        >>> Reference(adapter="tuned").candidate(today).chat.fold_system
        True
        >>> Reference(model="other").candidate(today).chat.fold_system
        False
        """
        start = today if self.model is None else _start(self.model, today)
        named = {
            "adapter": self.adapter,
            "prompt": self.prompt,
            "chat": self.chat,
            "decoding": self.generation,
            "retrieval": self.retrieval,
            "reranking": self.reranking,
            "examples": self.examples,
        }
        return start.replace(**{part: each for part, each in named.items() if each is not None})

    @property
    def name(self) -> str:
        """Return what the reference is called where nothing else is known of it.

        >>> Reference(model="org/tuned-8b").name, Reference(adapter="runs/a/adapter").name
        ('tuned-8b', 'the adapter')
        >>> Reference(model="recorded:old.jsonl").name, Reference(prompt="Old: {{ input }}").name
        ('the recorded answers', 'the reference prompt')
        """
        if self.adapter is not None:
            return "the adapter"
        if self.model is not None:
            is_recorded = self.model.is_recorded
            return "the recorded answers" if is_recorded else self.model.id.rsplit("/", 1)[-1]
        return "the reference prompt" if self.prompt is not None else "the reference"


def _start(model: ModelRef, today: Candidate) -> Candidate:
    if model.is_recorded:
        return Candidate(model=model)
    return today.replace(model=model, chat=today.chat if model == today.model else ChatSetup())


AnyReference = Annotated[
    Reference, BeforeValidator(short_for("model"), json_schema_input_type=str | Reference)
]


class RelativeTarget(Frozen):
    """A target that a candidate reaches if it is not worse than the reference by more than the margin.

    The reference answers the same samples, and each candidate is compared with it sample by sample.
    """

    reference: AnyReference
    margin: Number = Field(default=0.0, ge=0, lt=1)

    @property
    def edge(self) -> float:
        """Return what the mean of (difference + 1) / 2 must reach: differences, as scores in [0, 1].

        >>> RelativeTarget(reference=Reference(model="m"), margin=0.04).edge
        0.48
        """
        return (1 - self.margin) / 2


def _form_of(given: Any) -> str:  # noqa: ANN401 - whatever a spec holds
    is_relative = isinstance(given, dict | RelativeTarget)
    return TARGET_FORMS[1] if is_relative else TARGET_FORMS[0]


def _as_alternatives(schema: dict[str, Any]) -> None:
    """Say in the schema that both forms are allowed, as every other key does."""
    schema["anyOf"] = schema.pop("oneOf", [])


AnyTarget = Annotated[
    Annotated[Number, Field(gt=0, le=1), Tag(TARGET_FORMS[0])]
    | Annotated[RelativeTarget, Tag(TARGET_FORMS[1])],
    Discriminator(_form_of),
    Field(json_schema_extra=_as_alternatives),
]
"""A share that is good enough, or what a candidate is held against."""
