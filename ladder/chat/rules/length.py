"""B01 to B06: do prompts and answers fit: padding, truncation, context, room for the answer?"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_around import common_prefix, common_suffix
from ladder.chat.rules.rule import Hit, RuleGroup, shown

RULES = RuleGroup()


@RULES.add(
    "B01 right-padding",
    "error",
    "Shorter prompts of a batch are padded between prompt and answer.",
    "Set chat.padding_side: left.",
)
def _right_padding(probes: Probes) -> Hit | str | None:
    if probes.setup.padding_side == "left" or probes.context.batch_size <= 1:
        return None
    return f"padding_side right, batches of {probes.context.batch_size}"


@RULES.add(
    "B02 pad-undefined",
    "info",
    "The tokenizer has no padding token; ladder pads with the end token and masks it.",
    "For training name an unused token as pad_token.",
)
def _pad_undefined(probes: Probes) -> Hit | str | None:
    context = probes.context
    tokenizer = probes.tokenizer
    if tokenizer is None or context.batch_size <= 1 or tokenizer.special_tokens.get("pad_token"):
        return None
    return Hit("the tokenizer has no pad_token", severity="error" if context.training else None)


@RULES.add(
    "B03 truncation-cuts-prompt",
    "error",
    "Truncation cuts off a part of the template itself.",
    "Shorten the messages until the whole template fits.",
)
def _truncation_cuts_prompt(probes: Probes) -> Hit | str | None:
    limit, side = probes.context.max_prompt_tokens, probes.context.truncation_side
    if limit is None or side is None:
        return _rows_cut(probes)
    cut = [ids for ids in probes.prompt_ids if len(ids) > limit]
    if not cut:
        return _rows_cut(probes)
    what = "its end, the generation prompt" if side == "right" else "its start"
    return (
        f"{len(cut)} of {len(probes.prompt_ids)} prompts are longer than {limit}: each loses {what}"
    )


def _rows_cut(probes: Probes) -> Hit | None:
    """Say which training rows lose the end of their reply, or the start of their prompt."""
    trainer, tokenizer = probes.context.trainer, probes.tokenizer
    if trainer is None or tokenizer is None or trainer.max_tokens is None:
        return None
    side = trainer.truncation_side or "right"
    texts = [text for text in probes.row_outcomes if isinstance(text, str)]
    lengths = [len(probes.ids_of(text)) for text in texts]
    over = [length for length in lengths if length > trainer.max_tokens]
    if not over:
        return None
    lost = (
        "the end of the reply and its end token" if side == "right" else "the start of its prompt"
    )
    return Hit(
        f"{len(over)} of the {len(lengths)} training rows looked at are longer than "
        f"{trainer.max_tokens} tokens, the longest has {max(over)}; each loses {lost}",
        problem="The trainer cuts training rows.",
        repair="Raise training.trainer.max_tokens, or shorten these rows.",
    )


@RULES.add(
    "B04 context-overflow",
    "error",
    "Prompt and answer do not fit into the model's context.",
    "Lower max_new_tokens, or drop examples or passages.",
)
def _context_overflow(probes: Probes) -> Hit | str | None:
    context, room = probes.context.context_tokens, probes.context.max_new_tokens
    if context is None:
        return None
    long = [len(ids) for ids in probes.prompt_ids if len(ids) + room > context]
    if not long:
        return None
    return (
        f"{len(long)} of {len(probes.prompt_ids)} prompts; the longest has {max(long)} tokens, "
        f"max_new_tokens is {room}, the context {context}"
    )


@RULES.add(
    "B05 no-length-guard",
    "info",
    "Truncation is on without a length: nothing is cut.",
    "Give the length as well.",
)
def _no_length_guard(probes: Probes) -> Hit | str | None:
    context, trainer = probes.context, probes.context.trainer
    if trainer is not None and trainer.truncation_side and trainer.max_tokens is None:
        return Hit(
            "training.trainer has truncation_side, and no max_tokens",
            repair="Give training.trainer.max_tokens as well; trl cuts at 1,024 where nothing is said.",
        )
    if context.truncation_side is None or context.max_prompt_tokens is not None:
        return None
    return "truncation is asked for, and no length is given"


@RULES.add(
    "B06 answer-budget",
    "error",
    "Some right answers are longer than max_new_tokens allows.",
    "Raise generation.max_new_tokens.",
)
def _answer_budget(probes: Probes) -> Hit | str | None:
    context, room = probes.context, probes.context.max_new_tokens
    if probes.tokenizer is None:
        return None
    turns = dict(zip(context.targets, context.calling, strict=False))
    found = {text: _room_needed(probes, text, turns.get(text)) for text in context.targets}
    over = {text: need for text, need in found.items() if need.tokens > room}
    if not over:
        return None
    text, longest = max(over.items(), key=lambda item: item[1].tokens)
    evidence = (
        f"{len(over)} targets; the longest has {longest.tokens} tokens: "
        f"{shown(longest.text or text, limit=160)}"
    )
    if any(need.shortest > room for need in over.values()):
        return evidence
    return Hit(
        evidence,
        severity="warning",
        problem="Some targets are longer than max_new_tokens allows; a right answer may be shorter.",
    )


class _Need(NamedTuple):
    """How many tokens a right answer takes as the model would write it (`text`), and at the least."""

    tokens: int
    shortest: int
    text: str = ""


def _room_needed(probes: Probes, target: str, turn: Mapping[str, Any] | None) -> _Need:
    as_json = min(len(probes.ids_of(text)) for text in (target, _compact(target)))
    if turn is None:
        return _Need(as_json, as_json if probes.context.is_answer_whole else 0)
    written = _as_the_template_writes(probes, turn)
    if not written:  # nobody knows in which form the model will call
        return _Need(as_json, 0)
    length = len(probes.ids_of(written))
    return _Need(length, min(length, as_json), written)


def _as_the_template_writes(probes: Probes, turn: Mapping[str, Any]) -> str:
    """Return the text of calls without what stands around any reply; empty where it is not known."""
    asked = {"role": "user", "content": "?"}
    replies = [dict(turn), {"role": "assistant", "content": "."}]
    called, plain = probes.render_own([[asked, reply] for reply in replies], flag=False)
    if not isinstance(called, str) or not isinstance(plain, str):
        return ""
    text = called[len(common_prefix(called, plain)) :]
    text = text[: len(text) - len(common_suffix(text, plain))]
    names = [str(call.get("function", call)["name"]) for call in turn["tool_calls"]]
    return text if all(name in text for name in names) else ""


def _compact(text: str) -> str:
    """Return JSON without the spaces that it may lack; any other text as it is.

    >>> _compact('{"a": [1, 2]}'), _compact("It is 12.")
    ('{"a":[1,2]}', 'It is 12.')
    """
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if not isinstance(value, dict | list):
        return text
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
