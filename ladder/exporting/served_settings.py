"""`served_settings`: what an OpenAI-compatible server is sent, as far as that server can hold it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from ladder.errors import ExportRefusedError, LadderError
from ladder.exporting.measured_stack import MeasuredStack
from ladder.models.base import Request
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.address import checked_base_url, key_headers
from ladder.models.endpoint.payload import payload_of
from ladder.models.endpoint.server_fields import LIMITS, STREAMED
from ladder.models.tokenizer import ChatTokenizer
from ladder.spec.candidate import ChatSetup, ModelRef
from ladder.spec.server_place import server_place

_SENT = ("model", "messages", "prompt")
AT_ONCE = 4


def served_settings(stack: MeasuredStack, *, is_started_for_it: bool) -> dict[str, Any]:
    """Return address, name, parameters and keys' variables for a server of a measured stack.

    Args:
        stack: What was measured.
        is_started_for_it: Whether the server is started with the candidate's own chat template, as
            vLLM is here; else it renders the template that it has.

    Raises:
        ExportRefusedError: A part of the candidate cannot be held by such a server.
    """
    model = stack.candidate.model
    seen = stack.bench.abilities if model.is_endpoint else None
    abilities = None if seen is None else EndpointAbilities.model_validate(seen)
    moved_to = stack.bench.moved.get(server_place(model.base_url or ""))
    if moved_to is not None:
        model = model.replace(base_url=moved_to)
        abilities = None if abilities is None else abilities.replace(asked_at="")
    tokenizer = getattr(stack.bench.generator(stack.candidate), "tokenizer", None)
    if is_started_for_it:
        return started_server(model, stack.request, tokenizer, abilities=abilities)
    return _server(model, stack.request, abilities, {})


def started_server(
    model: ModelRef,
    request: Request,
    tokenizer: ChatTokenizer | None,
    *,
    abilities: EndpointAbilities | None = None,
) -> dict[str, Any]:
    """Return the same for a server that is started with a candidate's own template, as vLLM is.

    Raises:
        ExportRefusedError: It has no field for a part of the chat setup.
    """
    if not model.is_endpoint:
        abilities = EndpointAbilities(
            base_url="",
            model=model.id,
            server="uvicorn",
            structured_outputs=True,
            prefill=True,
            limit_field=LIMITS[0],
        )
    elif abilities is not None:
        abilities = abilities.replace(left_out=(), streams=False, limit_field=LIMITS[0])
    more = _of_setup(request.chat, tokenizer)
    return _server(model, replace(request, chat=_left_to_send(request.chat)), abilities, more)


def _server(
    model: ModelRef, request: Request, abilities: EndpointAbilities | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    payload = _payload(request, abilities)
    messages = payload.get("messages", [])
    seen = abilities or EndpointAbilities(base_url="", model="", limit_field=LIMITS[0])
    limit = {seen.limit_field: request.decoding.max_new_tokens} if seen.limit_field else {}
    return {
        **_place(model, seen),
        "parameters": {**_taken(payload, seen), **limit, **more, **model.extra_body},
        "begun": messages[len(request.messages) :] if request.chat.prefill else [],
        "api_key_env": model.api_key_env or "",
        "headers": dict(model.headers),
        "timeout_seconds": model.timeout_seconds,
        "at_once": model.concurrency if model.is_endpoint else AT_ONCE,
    }


def _place(model: ModelRef, seen: EndpointAbilities) -> dict[str, Any]:
    """Return where calls go, by which name the model is asked for, and how the key is sent."""
    if model.base_url is None:
        named = {"base_url": "", "model": served_name(model), "query": dict(model.query)}
        return {**named, "key_header": "Authorization"}
    base_url = seen.asked_at or checked_base_url(model.base_url)
    place, _, query = base_url.partition("?")
    return {
        "base_url": place,
        "model": seen.asked_as or model.id,
        "query": {**dict(parse_qsl(query)), **model.query},
        "key_header": next(iter(key_headers(base_url, "key"))),
    }


def _taken(payload: Mapping[str, Any], seen: EndpointAbilities) -> dict[str, Any]:
    """Return the fields of a request but for those that its server refuses and no answer needs."""
    sent = {**payload, **(STREAMED if seen.streams else {})}
    refused = [name for name in seen.left_out if name != "temperature" or not sent.get(name)]
    return {name: each for name, each in sent.items() if name not in (*_SENT, *refused)}


def served_name(model: ModelRef) -> str:
    """Return the name under which local weights are served: the last part of their own."""
    return model.id.rpartition("/")[2].removesuffix(".gguf") or "model"


def _payload(request: Request, abilities: EndpointAbilities | None) -> dict[str, Any]:
    plain = replace(
        request, messages=tuple(each for each in request.messages if each.given is None)
    )
    try:
        return payload_of(plain, model="", abilities=abilities)
    except LadderError as error:
        raise ExportRefusedError(
            f"A request to a server cannot hold it all: {error}",
            next_step="--format vllm gives a server the chat template, --format python runs the "
            "weights; `ladder answer` always answers as measured.",
        ) from error


def _of_setup(chat: ChatSetup, tokenizer: ChatTokenizer | None) -> Mapping[str, Any]:
    """Return the fields by which vLLM honours a chat setup that a plain server cannot.

    Raises:
        ExportRefusedError: It has no field for a part of it.
    """
    if chat.split_special_tokens:
        raise ExportRefusedError(
            "vLLM has no field for chat.split_special_tokens.",
            next_step="--format python holds it.",
        )
    fields: dict[str, Any] = {}
    if not chat.add_generation_prompt:
        fields["add_generation_prompt"] = False
    if chat.add_special_tokens or chat.mode == "completion":
        fields["add_special_tokens"] = chat.add_special_tokens
    names = (*(chat.stop_tokens or ()), *chat.extra_stop_tokens)
    if not names:
        return fields
    if tokenizer is None:
        raise ExportRefusedError(
            "Nobody knows the ids of chat.stop_tokens or chat.extra_stop_tokens at this server.",
            next_step="Set them on the server, or use generation.stop_strings.",
        )
    fields["stop_token_ids"] = [tokenizer.token_id(each) for each in names]
    return fields


def _left_to_send(chat: ChatSetup) -> ChatSetup:
    """Return a chat setup without what the server is started with, or sent as a field."""
    return chat.replace(
        template=None,
        add_generation_prompt=True,
        add_special_tokens=False,
        stop_tokens=None,
        extra_stop_tokens=(),
    )
