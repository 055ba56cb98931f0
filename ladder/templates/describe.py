"""`template_context`: all that the chat rules look at, for a candidate or a model folder."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ladder.chat.context import TemplateContext
from ladder.chat.template_sources import effective, read_sources
from ladder.models.base import Message
from ladder.models.gguf.convert import tokenizer_folder
from ladder.models.plain_tokenizer import PlainTokenizer, is_plain
from ladder.models.template_turns import write_turns
from ladder.models.tokenizer import ChatTokenizer, tokenizer_of
from ladder.spec.candidate import Candidate, ChatSetup, ModelRef
from ladder.spec.task import TaskSpec
from ladder.templates.base_model import base_template

Conversation = Sequence[Message | Mapping[str, Any]]
_CONTEXT = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len")
"""What families of models call the longest text that they take."""
_CUTS = ("truncate_prompt_tokens", "truncate")
TEKKEN = "tekken.json"
"""mistral-common's own tokenizer file."""


def template_context(
    task: TaskSpec,
    candidate: Candidate,
    messages: Sequence[Conversation],
    targets: Sequence[str] = (),
    tools: str = "",
    rows: Sequence[Conversation] = (),
) -> TemplateContext | None:
    """Return everything that decides whether the candidate's prompts are well-formed.

    No weights are loaded. None for a model whose tokenizer cannot be seen (endpoints, recorded
    answers). `messages` are some of the task's own conversations, `targets` the targets of those,
    `tools` the tools that go with them, as a request has them, `rows` some of the training rows as
    whole conversations. What a served prompt is cut to stands in `model.extra_body`.
    """
    files = candidate.model.tokens_from
    if files is None or not shows_tokens(candidate.model):
        return None
    plain = folder_context(
        tokenizer_folder(files), candidate.effective_chat, training=task.training is not None
    )
    return dataclasses.replace(
        plain,
        messages=_turns(messages),
        rows=tuple(tuple(_turn(each) for each in row) for row in rows),
        trainer=None if task.training is None else task.training.trainer,
        write_turns=partial(write_turns, may_lose=True),
        targets=tuple(targets),
        tools=tuple(json.loads(tools)) if tools else (),
        max_new_tokens=candidate.decoding.max_new_tokens,
        stop_strings=candidate.decoding.stop_strings,
        **_cut_by_server(candidate.model),
    )


def shown_context(
    candidate: Candidate,
    template: str,
    messages: Sequence[Conversation],
    targets: Sequence[str],
    tools: str,
) -> TemplateContext:
    """Return the same of a template that a server shows, whose tokenizer nobody sees."""
    return TemplateContext(
        setup=candidate.effective_chat,
        template=template,
        messages=_turns(messages),
        write_turns=partial(write_turns, may_lose=True),
        targets=tuple(targets),
        tools=tuple(json.loads(tools)) if tools else (),
        max_new_tokens=candidate.decoding.max_new_tokens,
        stop_strings=candidate.decoding.stop_strings,
    )


def _turns(conversations: Sequence[Conversation]) -> tuple[tuple[dict[str, Any], ...], ...]:
    return tuple(tuple(_turn(each) for each in chat) for chat in conversations)


def _cut_by_server(model: ModelRef) -> dict[str, Any]:
    """Return to how many tokens a server is asked to cut prompts, as fields of a TemplateContext.

    vLLM keeps the last `truncate_prompt_tokens` unless `truncation_side` says otherwise; TGI calls
    it `truncate`.
    """
    body = model.extra_body
    limit = next((body[name] for name in _CUTS if isinstance(body.get(name), int)), None)
    side = body.get("truncation_side", "left" if limit is not None else None)
    if side not in {"left", "right"}:
        return {}
    return {"max_prompt_tokens": limit if limit and limit > 0 else None, "truncation_side": side}


def shows_tokens(ref: ModelRef) -> bool:
    """Return whether a model's tokenizer can be seen: not that of records, or of most endpoints."""
    if ref.is_endpoint:
        return ref.tokenizer is not None
    return ref.has_weights


def context_tokens_of(ref: ModelRef) -> int | None:
    """Return the tokens that a model takes at most, as its config says; None where it does not."""
    return _number(_json(tokenizer_folder(ref) / "config.json"), *_CONTEXT)


def folder_context(folder: Path, setup: ChatSetup, *, training: bool = False) -> TemplateContext:
    """Return what a model folder alone decides, without a task's messages.

    Raises:
        ModelLoadError: The folder holds no tokenizer.
    """
    if is_mistral_common(folder):
        return _of_mistral_common(folder, setup, training=training)
    # A second less for `ladder check`, and the same ids: see plain_tokenizer.
    tokenizer = PlainTokenizer(folder) if is_plain(folder) else tokenizer_of(folder)
    config = _json(folder / "config.json")
    return TemplateContext(
        setup=setup,
        template=tokenizer.template,
        named_templates=tokenizer.named_templates,
        tokenizer=tokenizer,
        stop_token_ids=declared_stop_ids(folder) or _own_stop(folder, tokenizer),
        context_tokens=_number(config, *_CONTEXT),
        embedding_rows=_number(config, "vocab_size"),
        training=training,
        sources=read_sources(folder),
        **origin_of(folder, tokenizer.template),
    )


def is_mistral_common(folder: Path) -> bool:
    """Return whether a folder holds mistral-common's tokenizer, and none that transformers reads alone."""
    return (folder / TEKKEN).is_file() and not (folder / "tokenizer.json").is_file()


def _of_mistral_common(folder: Path, setup: ChatSetup, *, training: bool) -> TemplateContext:
    sources = read_sources(folder)
    return TemplateContext(
        setup=setup,
        template=effective(sources),
        stop_token_ids=declared_stop_ids(folder),
        training=training,
        sources=sources,
        is_mistral_common=True,
        **origin_of(folder, effective(sources)),
    )


def origin_of(folder: Path, template: str | None) -> dict[str, Any]:
    """Return the template of the model that a folder was tuned from, as fields of a TemplateContext.

    The hub is asked only where the folder has no template of its own.
    """
    base = base_template(folder, may_download=template is None)
    return {} if base is None else {"base_template": base.text, "base_model": base.model}


def declared_stop_ids(folder: Path) -> tuple[int, ...]:
    """Return the stop ids of generation_config.json, or of config.json where there is none."""
    generation = folder / "generation_config.json"
    source = generation if generation.is_file() else folder / "config.json"
    declared = _json(source).get("eos_token_id")
    if declared is None:
        return ()
    return tuple(declared) if isinstance(declared, list) else (int(declared),)


def _own_stop(folder: Path, tokenizer: ChatTokenizer | PlainTokenizer) -> tuple[int, ...]:
    """Return the tokenizer's end token for a folder that is no whole model, and so declares none.

    Where it names none, that is the token with which it closes a text by itself.
    """
    if any((folder / name).is_file() for name in ("generation_config.json", "config.json")):
        return ()
    eos = tokenizer.token_id(tokenizer.special_tokens.get("eos_token", ""))
    if eos is None:
        plain, closed = (tokenizer.encode("x", add_special_tokens=each) for each in (False, True))
        eos = closed[-1] if plain and closed[-1] != plain[-1] else None
    return () if eos is None else (eos,)


def _turn(message: Message | Mapping[str, Any]) -> dict[str, Any]:
    return dict(message.turn if isinstance(message, Message) else message)


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    value = json.loads(path.read_text(encoding="utf-8"))
    return value if isinstance(value, dict) else {}


def _number(config: Mapping[str, Any], *names: str) -> int | None:
    """Return the first of the names that a model's configuration, or its text part, has."""
    text = config.get("text_config")
    parts = [config, text if isinstance(text, dict) else {}]
    values = (part.get(name) for name in names for part in parts)
    return next((value for value in values if isinstance(value, int)), None)
