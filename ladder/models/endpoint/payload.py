"""What is sent to an OpenAI-compatible server for one Request."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ladder.errors import CandidateRefusedError, SpecError
from ladder.models.base import Answer, Message, Request
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.begun_reply import begun_message, continuing_fields
from ladder.models.endpoint.first_word import likelihood_fields
from ladder.models.endpoint.structured_output import constraint_fields, json_fields
from ladder.models.prompt import folded, joined, tokenise
from ladder.models.stop_strings import kept_from_backend
from ladder.models.tokenizer import ChatTokenizer
from ladder.spec.candidate import ChatSetup, Decoding
from ladder.spec.constraint import PLAIN_JSON


def payload_of(
    request: Request,
    *,
    model: str,
    tokenizer: ChatTokenizer | None = None,
    abilities: EndpointAbilities | None = None,
) -> dict[str, Any]:
    """Return the JSON body, but for the limit on new tokens, whose name differs.

    A chat setup that the server's own template cannot honour is rendered here and sent as token
    ids, which mean the same to every server of these weights.

    Args:
        request: What is asked.
        model: The name of the model.
        tokenizer: The model's own, where it is known.
        abilities: What the server was seen to do, where it was asked.

    Raises:
        SpecError: A chat setup or decoding that an endpoint cannot honour.
    """
    chat, decoding = request.chat, request.decoding
    is_rendered = tokenizer is not None and is_rendered_here(chat)
    continues = abilities is not None and abilities.prefill is True
    if not is_rendered:
        _check_setup(chat, continues=continues)
    payload: dict[str, Any] = {"model": model, **_decoding_fields(decoding)}
    late = kept_from_backend(decoding.stop_strings)
    stops = (*(each for each in decoding.stop_strings if each not in late), *chat.extra_stop_tokens)
    if stops:
        payload["stop"] = list(stops)
    is_chat = not is_rendered and chat.mode != "completion"
    if request.rates:
        payload |= likelihood_fields(is_chat=is_chat)
    elif decoding.held_to is not None:
        payload |= _held(decoding, chat, abilities)
    if tokenizer is not None and is_rendered:
        return {**payload, **_rendered(request, tokenizer)}
    if chat.template_arguments:
        payload["chat_template_kwargs"] = dict(chat.template_arguments)
    messages = folded(request.messages) if chat.fold_system else request.messages
    if chat.mode == "completion":
        return {**payload, "prompt": joined(messages) + chat.prefill.rstrip()}
    if request.tools:
        payload["tools"] = json.loads(request.tools)
    sent = [_sent(message) for message in messages]
    if chat.prefill and abilities is not None:
        payload |= continuing_fields(abilities.server)
        sent.append(begun_message(chat.prefill))
    return {**payload, "messages": sent}


def _held(
    decoding: Decoding, chat: ChatSetup, abilities: EndpointAbilities | None
) -> dict[str, Any]:
    """Return the fields that hold an answer to a form."""
    if decoding.is_by_likelihood:
        raise CandidateRefusedError(
            f"not testable: generation.answer_by: {decoding.answer_by}, and servers tell no likelihood "
            "of a given text.",
            next_step="Use answer_by: writing, or run the model here.",
        )
    if chat.counted_prefill:
        raise SpecError(
            "chat.prefill: a server holds what it writes itself to generation.constraint, and not "
            "the beginning that is given.",
            next_step="Leave one of the two out, or set chat.prefill_is_answer: false.",
        )
    constraint = decoding.held_to or PLAIN_JSON
    fields = constraint_fields(constraint, abilities)
    if fields is None and constraint == PLAIN_JSON:
        fields = json_fields(None)  # what a server ignores is seen in its answers
    if fields is None:
        raise CandidateRefusedError(
            f"not testable: no field that this server was seen to keep holds an answer to "
            f"generation.constraint ({constraint.words}).",
            next_step="Leave that candidate out, ask a server that has one, or run the model here.",
        )
    return fields


def is_rendered_here(setup: ChatSetup) -> bool:
    """Return whether a chat setup asks for what only a rendering of our own can give.

    >>> is_rendered_here(ChatSetup()), is_rendered_here(ChatSetup(template="{{ messages }}"))
    (False, True)
    """
    return setup.mode == "chat" and any(_unlike_default(setup))


def refused_for_tools(
    requests: Sequence[Request], abilities: EndpointAbilities | None, *, has_tokenizer: bool
) -> dict[int, Answer]:
    """Return what stands for the answers to prompts in which the server would hide the tools.

    It takes them without a word, so an answer would tell nothing of the model. A prompt that is
    rendered here shows them.
    """
    if abilities is None or abilities.shows_tools is not False:
        return {}
    error = (
        "The server takes the tools of the rows and does not show them to the model: its prompt is "
        "no longer with a tool than without. Start the server with a chat template that writes "
        "tools and with its parser of calls, name the model's own template in model.tokenizer, or "
        "write {{ tools }} in prompt.system, which puts them there."
    )
    return {
        at: Answer("", finish_reason="refused", error=error)
        for at, request in enumerate(requests)
        if request.tools and not (has_tokenizer and is_rendered_here(request.chat))
    }


def _rendered(request: Request, tokenizer: ChatTokenizer) -> dict[str, Any]:
    prompt: dict[str, Any] = {"prompt": list(tokenise(request, tokenizer).ids)}
    if request.tools:
        # The marks of a call are special tokens in many families, and all that tells it from text.
        prompt["skip_special_tokens"] = False
    stops = (*(request.chat.stop_tokens or ()), *request.chat.extra_stop_tokens)
    ids = [each for each in map(tokenizer.token_id, stops) if each is not None]
    return {**prompt, "stop_token_ids": ids} if ids else prompt


def _unlike_default(setup: ChatSetup) -> Iterator[str]:
    """Yield the fields of a setup that a server's own template cannot honour."""
    defaults = ChatSetup()
    for name in _OF_RENDERING:
        if getattr(setup, name) != getattr(defaults, name):
            yield name


def _sent(message: Message) -> dict[str, Any]:
    """Return a turn as servers take it: the arguments of a call are text there."""
    turn = message.turn
    for call in turn.get("tool_calls") or ():
        function = call.get("function")
        if isinstance(function, dict) and not isinstance(function.get("arguments"), str | None):
            function["arguments"] = json.dumps(function["arguments"], ensure_ascii=False)
    return turn


_OF_RENDERING = (
    "template",
    "add_generation_prompt",
    "add_special_tokens",
    "split_special_tokens",
    "stop_tokens",
    "prefill",
)
_OWN_FIELDS = {
    "model": "model.id",
    "messages": "prompt",
    "prompt": "prompt",
    "stop": "generation.stop_strings",
    "seed": "generation.seed",
    "max_tokens": "generation.max_new_tokens",
    "max_completion_tokens": "generation.max_new_tokens",
    "response_format": "generation.constraint",
    "chat_template_kwargs": "chat.template_arguments",
    "repeat_penalty": "generation.repetition_penalty",
    **{
        name: f"generation.{name}"
        for name in ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
    },
}
_ONE_WHOLE_ANSWER = frozenset({"stream", "stream_options", "n", "best_of", "echo"})


def checked_extra_body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the user's own fields of a request's body.

    Raises:
        SpecError: One that ladder sets itself, or that changes the form of the reply.
    """
    for name in fields:
        if name in _OWN_FIELDS or name in _ONE_WHOLE_ANSWER:
            own = _OWN_FIELDS.get(name)
            raise SpecError(
                f"model.extra_body: {name!r} is set by ladder itself.",
                next_step=f"Write {own} instead."
                if own
                else "Leave it out: one whole answer is asked for at a time.",
            )
    return dict(fields)


def _decoding_fields(decoding: Decoding) -> dict[str, Any]:
    if decoding.num_beams > 1:
        raise SpecError(
            "generation.num_beams: an endpoint cannot search with beams.",
            next_step="Use num_beams 1, or run the model locally.",
        )
    is_drawn = decoding.temperature > 0
    fields = {
        "temperature": decoding.temperature,
        # A greedy answer needs no seed, and some services refuse the field.
        "seed": decoding.seed if is_drawn or decoding.seed else None,
        # Claude takes a temperature or top_p, and not both.
        "top_p": decoding.top_p if is_drawn else None,
        "top_k": decoding.top_k,
        "min_p": decoding.min_p if is_drawn else None,
        # vLLM and SGLang read the first name, llama.cpp the second; each ignores the other.
        "repetition_penalty": decoding.repetition_penalty,
        "repeat_penalty": decoding.repetition_penalty,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _check_setup(setup: ChatSetup, *, continues: bool) -> None:
    for name in _unlike_default(setup):
        if name == "prefill" and (continues or setup.mode == "completion"):
            continue
        raise SpecError(
            f"chat.{name}: the endpoint renders the template itself and cannot honour it.",
            next_step="Name what is served in model.tokenizer (a hub id, a folder or a .gguf file), "
            "set it on the server, or run the model locally.",
        )
