"""The text and the token ids of a Request: rendered by its template, tokenised as a whole."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ladder.chat import Job, fold_system, render_job
from ladder.chat.messages import continued
from ladder.errors import RenderError, SpecError
from ladder.models.base import Message, Request
from ladder.models.plain_tokenizer import PlainTokenizer
from ladder.models.template_turns import write_turns
from ladder.models.tokenizer import ChatTokenizer
from ladder.scoring.calls.tool_defaults import names_of
from ladder.spec.candidate import ChatSetup

AnyTokenizer = ChatTokenizer | PlainTokenizer
"""What turns text into ids and names the template: that of transformers, or what stands for it."""

LETTERS_A_TOKEN = 12
"""English has about four letters a token; no text has more than this."""

MOST_CHARACTERS = 950_000
"""A little less than the most that a template may write (`ladder.chat.sandbox.worker`)."""


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A rendered prompt.

    Attributes:
        text: As the template wrote it.
        shown: As the model sees it, special tokens that the tokenizer added included.
        ids: Its token ids.
    """

    text: str
    shown: str
    ids: tuple[int, ...]


def tokenise(
    request: Request, tokenizer: AnyTokenizer, *, ending: str = "", text: str | None = None
) -> RenderedPrompt:
    """Render a request, put `ending` after it, and tokenise the whole.

    Parts are never tokenised apart: a token may span the border between two of them. In completion
    mode an ending is set off by a blank, as a model writes its answer after a cue. `text` is what
    the request is rendered to, where that is known already.
    """
    return with_endings(request, tokenizer, [ending], text=text)[0]


def with_endings(
    request: Request, tokenizer: AnyTokenizer, endings: Sequence[str], *, text: str | None = None
) -> list[RenderedPrompt]:
    """Return the same for each of several endings; the request is rendered once."""
    begun = rendered(request, tokenizer) if text is None else text
    return [_tokenised(begun, each, request.chat, tokenizer) for each in endings]


def _tokenised(text: str, ending: str, setup: ChatSetup, tokenizer: AnyTokenizer) -> RenderedPrompt:
    is_set_off = bool(ending) and setup.mode == "completion" and not text[-1:].isspace()
    text += f" {ending}" if is_set_off else ending
    ids = tokenizer.encode(
        text,
        add_special_tokens=setup.add_special_tokens,
        split_special_tokens=setup.split_special_tokens,
    )
    shown = tokenizer.decode(ids) if setup.add_special_tokens else text
    return RenderedPrompt(text, shown, tuple(ids))


def is_hopeless(request: Request, context_tokens: int | None) -> bool:
    """Return whether a request is so long that rendering and tokenising it is no use.

    >>> from ladder.spec.candidate import ChatSetup, Decoding
    >>> long = Request((Message("user", "a " * 100_000),), ChatSetup(), Decoding())
    >>> is_hopeless(long, 8_192), is_hopeless(long, 32_768)
    (True, False)
    """
    texts = [request.tools, *(message.text for message in request.messages)]
    if sum(map(len, texts)) > MOST_CHARACTERS:
        return True
    letters = sum(len("".join(text.split())) for text in texts)
    return context_tokens is not None and letters > LETTERS_A_TOKEN * context_tokens


def rendered(request: Request, tokenizer: AnyTokenizer) -> str:
    """Return the text of a request: by its chat template, or joined in completion mode.

    Raises:
        SpecError: Chat mode, and neither the setup nor the model has a template.
        RenderError: The template fails on these messages.
        UnsafeError: The template is hostile or does not end.
    """
    setup = request.chat
    if setup.mode == "completion":
        if request.tools:
            raise SpecError(
                "chat.mode completion cannot show a model the tools that the rows name.",
                next_step="Use chat mode with a template that writes tools, or write {{ tools }} in "
                "prompt.user, which puts them there.",
            )
        messages = folded(request.messages) if setup.fold_system else request.messages
        return joined(messages) + setup.prefill.rstrip()
    text, _ = _written(request, tokenizer)
    return _begun(text, setup) if setup.prefill else text


def turns_written(request: Request, tokenizer: AnyTokenizer) -> list[dict[str, Any]]:
    """Return the turns of a request in the form in which its chat template takes them.

    Whoever gives them to the same template as they stand, as training libraries do, gets the
    prompt of `rendered`: arguments of calls are objects where the template wants objects, and a
    system text is folded where the setup folds it. Raises as `rendered`.
    """
    _, turns = _written(request, tokenizer)
    return [dict(turn) for turn in turns]


def _written(request: Request, tokenizer: AnyTokenizer) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """Return what the template writes, and the turns that it was given for it."""
    setup = request.chat
    template = template_of(request, tokenizer)
    if template is None:
        raise SpecError(
            "The model has no chat template and the task gives none.",
            next_step="Set chat.template, or chat.mode: completion for a base model.",
        )
    turns = turns_of(request)
    tools = json.loads(request.tools) if request.tools else None
    given: dict[str, Sequence[Mapping[str, Any]]] = {}

    def write(turns: Sequence[Mapping[str, Any]], /, *, keeps_null: bool = False) -> str:
        job = job_of(request, tokenizer, template, turns)
        text = render_job(dataclasses.replace(job, tools=tools, keeps_null=keeps_null))
        given.setdefault(text, turns)
        return text

    if setup.prefill:
        turns.append({"role": "assistant", "content": setup.prefill})
    text = write_turns(turns, write)
    _refuse_hidden(tools or (), text)
    return text, given[text]


def turns_of(request: Request) -> list[dict[str, Any]]:
    """Return the turns of a request; a system text is in the first of the user where it is folded."""
    messages = folded(request.messages) if request.chat.fold_system else request.messages
    return [message.turn for message in messages]


def job_of(
    request: Request, tokenizer: AnyTokenizer, template: str, turns: Sequence[Mapping[str, Any]]
) -> Job:
    """Return how a template is asked for the prompt of a request without tools."""
    setup = request.chat
    return Job(
        template,
        turns,
        setup.add_generation_prompt and not setup.prefill,
        tokenizer.special_tokens,
        setup.template_arguments,
    )


def _begun(text: str, setup: ChatSetup) -> str:
    """Return a conversation up to the end of the reply that it begins."""
    begun = continued(text, setup.prefill)
    if begun is None:
        raise SpecError(
            f"chat.prefill: the chat template does not write {setup.prefill!r} as the beginning of a "
            "reply.",
            next_step="Give another beginning, or leave chat.prefill out.",
        )
    return begun


def with_prefill(text: str, setup: ChatSetup) -> str:
    """Return what a model wrote as an answer: after the beginning that counts as a part of it."""
    return setup.counted_prefill + text


def _refuse_hidden(tools: Sequence[Mapping[str, Any]], text: str) -> None:
    """Raise where a prompt lacks the name of a tool that the row offers."""
    hidden = sorted(name for name in names_of(tools) if name not in text)
    if hidden:
        raise RenderError(
            f"The chat template does not show the model the tool {hidden[0]!r} of the row.",
            next_step="Use a model or template that writes tools (`ladder template check` tells "
            "which does not), or write {{ tools }} in prompt.system, which puts them there.",
            message="a tool is left out",
        )


def template_of(request: Request, tokenizer: AnyTokenizer) -> str | None:
    """Return the template that is used: with tools the model's own one for tools, if it has one."""
    if request.chat.template is not None:
        return request.chat.template
    for_tools = tokenizer.named_templates.get("tool_use") if request.tools else None
    return for_tools or tokenizer.template


def joined(messages: Sequence[Message]) -> str:
    """Return the messages as one text for a model that knows no chat: a blank line between."""
    return "\n\n".join(message.text for message in messages)


def folded(messages: Sequence[Message]) -> tuple[Message, ...]:
    r"""Return the messages with a leading system message put into the first user turn.

    >>> folded([Message("system", "Be brief."), Message("user", "Hello")])[0].content
    'Be brief.\n\nHello'
    """
    return tuple(Message.of(turn) for turn in fold_system([each.turn for each in messages]))
