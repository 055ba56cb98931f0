"""`TemplateContext`: template, tokenizer, stop tokens and the task's own messages, seen together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ladder.spec.candidate import ChatSetup
from ladder.spec.training import Trainer

Turns = Sequence[Mapping[str, Any]]


class Write(Protocol):
    """Renders turns by a template; a null content is left out, unless it is to be kept."""

    def __call__(self, turns: Turns, /, *, keeps_null: bool = False) -> str:
        """Return the prompt; raise RenderError where the template fails."""
        ...


WriteTurns = Callable[[Turns, Write], str]
"""Gives turns to a template in a form that it takes: `ladder.models.template_turns.write_turns`."""


class Tokenizer(Protocol):
    """What the chat rules ask of a tokenizer; transformers' own fits behind a thin adapter."""

    def encode(self, text: str, *, add_special_tokens: bool = False) -> list[int]:
        """Return token ids."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of token ids, special tokens included."""
        ...

    @property
    def special_tokens(self) -> dict[str, str]:
        """Return named special tokens: `bos_token`, `eos_token`, `pad_token`, `unk_token`."""
        ...

    @property
    def added_tokens(self) -> dict[str, int]:
        """Return every added or control token's text with its id."""
        ...


@dataclass(frozen=True)
class TemplateContext:
    """Everything that decides whether a prompt is well-formed, in one value.

    Attributes:
        setup: The chat setup under test.
        template: The model's own template, or None. `setup.template` stands before it.
        named_templates: Further templates by name, where the model has several.
        base_template, base_model: The template of the model that this one was tuned from, and
            its name, where the files say so and it is at hand.
        tokenizer: None where it is not known (a bare `.jinja`, most endpoints).
        stop_token_ids: What generation stops on: generation_config's list.
        context_tokens, embedding_rows: From the model's config, where known.
        messages: Some of the task's own conversations, as template input.
        targets: The targets of those.
        calling: The turns that give those targets, where these are calls of tools; None for a text.
        is_answer_whole: Whether a right answer holds its target; a number, or what a judge likes,
            may be shorter.
        sources: Template texts by the file in which they stand (`read_sources`), where known.
        tools: Tool schemas that go with every conversation.
        stop_strings: Texts on which generation stops as well.
        max_prompt_tokens, truncation_side: Where prompts are cut, if they are.
        untrained_ids: Token ids whose embedding row was never trained; None where no weights
            are loaded.
        training: Whether the findings are for training data as well as for evaluation.
        rows: Some of the training rows, as whole conversations with the reply to be learnt.
        trainer: What else than ladder trains on the rows, where the task says so.
        write_turns: How ladder gives turns to the template; None gives them as they stand.
        transformers: The version of transformers that renders and masks, such as (5, 24); None
            asks the installed one.
        is_mistral_common: Whether the folder holds mistral-common's own tokenizer (`tekken.json`),
            whose prompt form stands in that library.
    """

    setup: ChatSetup
    template: str | None = None
    named_templates: dict[str, str] = field(default_factory=dict)
    base_template: str | None = None
    base_model: str = ""
    tokenizer: Tokenizer | None = None
    stop_token_ids: tuple[int, ...] = ()
    context_tokens: int | None = None
    embedding_rows: int | None = None
    messages: tuple[tuple[dict[str, Any], ...], ...] = ()
    targets: tuple[str, ...] = ()
    calling: tuple[dict[str, Any] | None, ...] = ()
    is_answer_whole: bool = True
    tools: tuple[dict[str, Any], ...] = ()
    batch_size: int = 8
    max_new_tokens: int = 64
    stop_strings: tuple[str, ...] = ()
    max_prompt_tokens: int | None = None
    truncation_side: Literal["left", "right"] | None = None
    untrained_ids: frozenset[int] | None = None
    training: bool = False
    sources: dict[str, str] = field(default_factory=dict)
    rows: tuple[tuple[dict[str, Any], ...], ...] = ()
    trainer: Trainer | None = None
    write_turns: WriteTurns | None = None
    transformers: tuple[int, ...] | None = None
    is_mistral_common: bool = False
