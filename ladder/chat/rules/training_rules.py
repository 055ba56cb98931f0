"""F01 to F08: what training with this template would learn. Silent unless training is planned."""

import importlib.metadata
from functools import lru_cache
from typing import Any

from ladder.chat.messages import has_role
from ladder.chat.probes.conversations import A1, CONVERSATIONS, U1, U2
from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_around import after, before
from ladder.chat.rules.generation_prompt import model_must_emit
from ladder.chat.rules.rule import Hit, RuleGroup, shown
from ladder.chat.rules.stop_rules import turn_end
from ladder.chat.sandbox.render import Job, render_with_spans
from ladder.errors import LadderError
from ladder.finding import Severity
from ladder.spec.training import Trainer
from ladder.version import version_numbers

RULES = RuleGroup()

_CUT_SPANS_KEPT = (5, 24)
"""The version of transformers from which a span that is cut keeps the rest of its tokens."""


@lru_cache(maxsize=1)
def installed_transformers() -> tuple[int, ...]:
    """Return the installed version of transformers, such as (5, 24, 0); the latest known without one."""
    try:
        return version_numbers(importlib.metadata.version("transformers"))
    except importlib.metadata.PackageNotFoundError:
        return _CUT_SPANS_KEPT


def _masks_by_marks(probes: Probes) -> bool:
    """Return whether the loss may lie where the marks say: so it is where no trainer is named."""
    trainer = probes.context.trainer
    return probes.context.training and (trainer is None or trainer.loss == "assistant_only")


def _marked(probes: Probes) -> tuple[str, list[str]] | None:
    """Return a conversation's text and what its generation blocks mark; None without blocks."""
    facts = probes.facts
    if not _masks_by_marks(probes) or "generation" not in facts.get("tags", ()):
        return None
    messages = CONVERSATIONS["uaua"][0]
    job = Job(probes.template or "", messages, special_tokens=probes.special_tokens)
    try:
        text, spans = render_with_spans(job)
    except LadderError:
        return None
    return text, [text[start:end] for start, end in _joined_spans(spans)]


def _joined_spans(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans with those joined that touch: a block for the reply, and one for its end.

    >>> _joined_spans([(0, 3), (3, 5), (7, 9)])
    [(0, 5), (7, 9)]
    """
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


@RULES.add(
    "F01 end-token-masked-as-pad",
    "warning",
    "The padding token is the end token: a collator that masks by id never teaches the end.",
    "Mask by attention mask, as ladder does, or name another pad_token.",
)
def _end_token_masked(probes: Probes) -> Hit | None:
    pad, token = probes.special_id("pad_token"), turn_end(probes)
    if not probes.context.training or pad is None or token is None:
        return None
    trainer = probes.context.trainer
    if probes.ids_of(token) != [pad] or (trainer is not None and not _masks_by_id(trainer)):
        return None
    severity: Severity | None = None if trainer is None else "error"
    return Hit(f"both are {token} (id {pad})", severity=severity)


def _masks_by_id(trainer: Trainer) -> bool:
    """Return whether the collator masks what equals the padding token; packed rows have no padding."""
    return trainer.collator == "language_modeling" and not trainer.packing


@RULES.add(
    "F02 no-generation-markers",
    "info",
    "The template does not mark what the model writes.",
    "Nothing for ladder, which finds the replies itself; trl's assistant_only_loss needs marks.",
)
def _no_markers(probes: Probes) -> Hit | None:
    trainer = probes.context.trainer
    if not _masks_by_marks(probes) or not probes.facts or "generation" in probes.facts["tags"]:
        return None
    if trainer is None:
        return Hit("no {% generation %} block")
    return Hit(
        "training.trainer.loss is assistant_only, and the template has no {% generation %} block",
        severity="error",
        problem="The loss is to lie on what the template marks, and it marks nothing.",
        repair="Mark the replies: `ladder template repair --training`.",
    )


@RULES.add(
    "F03 end-token-outside-loss",
    "error",
    "The end token of replies is not trained: the model never learns to stop.",
    "Move the end token into the generation block.",
)
def _end_outside_loss(probes: Probes) -> Hit | str | None:
    marked, token = _marked(probes), turn_end(probes) or _written_end(probes)
    if marked is None or token is None:
        return None
    ends = {
        token,
        *probes.control_tokens(probes.middle_end)[:1],
    }  # an earlier reply may end otherwise
    open_ends = [
        span
        for span in marked[1]
        if A1 in span and not any(end in (after(span, A1) or "") for end in ends)
    ]
    return f"{shown(open_ends[0])} lacks {token}" if open_ends else None


def _written_end(probes: Probes) -> str | None:
    """Return what a bare template, without a tokenizer, writes after a reply as a control token."""
    return probes.closers[0] if probes.tokenizer is None and probes.closers else None


@RULES.add(
    "F04 header-inside-loss",
    "warning",
    "The header of replies is trained as if the model wrote it.",
    "Begin the generation block after the header.",
)
def _header_inside_loss(probes: Probes) -> Hit | str | None:
    marked = _marked(probes)
    starts = [before(span, A1) or "" for span in marked[1]] if marked is not None else []
    emitted = (model_must_emit(probes) or "").strip()
    inside = [start for start in starts if start.strip() and start.strip() != emitted]
    return f"trained before the reply: {shown(inside[0])}" if inside else None


@RULES.add(
    "F05 mask-lost-by-truncation",
    "error",
    "Cutting rows on the left drops the loss of replies that are still there.",
    "Cut on the right, or leave out whole turns before rendering.",
)
def _mask_lost(probes: Probes) -> Hit | str | None:
    context, tokenizer = probes.context, probes.tokenizer
    limit, side = _row_cut(probes)
    if _marked(probes) is None or tokenizer is None or limit is None or side != "left":
        return None
    if (context.transformers or installed_transformers()) >= _CUT_SPANS_KEPT:
        return None
    lost = [len(kept) for turns in _rows(probes) if (kept := _lost_tokens(probes, turns, limit))]
    if not lost:
        return None
    return f"{len(lost)} rows longer than {limit} tokens lose up to {max(lost)} supervised tokens"


def _row_cut(probes: Probes) -> tuple[int | None, str | None]:
    """Return at how many tokens training rows are cut, and on which side."""
    trainer, context = probes.context.trainer, probes.context
    if trainer is None:
        return context.max_prompt_tokens, context.truncation_side
    return trainer.max_tokens, trainer.truncation_side


def _rows(probes: Probes) -> list[list[dict[str, Any]]]:
    """Return the task's conversations that hold replies; the probe where none does."""
    own = [turns for turns in probes.every_conversation if has_role([turns], "assistant")]
    return own or [CONVERSATIONS["uaua"][0]]


def _lost_tokens(probes: Probes, turns: list[dict[str, Any]], limit: int) -> list[int]:
    """Return the supervised tokens that survive a left cut and that transformers masks anyway.

    Before 5.24 its loop over the spans ends at the first span that is cut.
    """
    try:
        text, spans = render_with_spans(
            Job(probes.template or "", turns, special_tokens=probes.special_tokens)
        )
    except LadderError:
        return []
    cut = len(probes.ids_of(text)) - limit
    places = [
        range(len(probes.ids_of(text[:start])), len(probes.ids_of(text[:end])))
        for start, end in spans
    ]
    if not any(place.start < cut for place in places):
        return []
    return [at for place in places for at in place if at >= cut]


@RULES.add(
    "F06 mask-spills",
    "error",
    "User text is trained as if the model wrote it.",
    "End each generation block with its reply.",
)
def _mask_spills(probes: Probes) -> Hit | str | None:
    marked = _marked(probes)
    spilt = [] if marked is None else [s for s in marked[1] if U1 in s or U2 in s]
    return shown(spilt[0]) if spilt else None


@RULES.add(
    "F07 generation-captured",
    "error",
    "The marks of what the model writes are shifted.",
    "Write the generation block where its text is written, not inside set or filter.",
)
def _generation_captured(probes: Probes) -> Hit | str | None:
    if not _masks_by_marks(probes) or not probes.facts.get("generation_captured"):
        return None
    return "a generation block inside a set or filter block"


@RULES.add(
    "F08 prompt-not-prefix",
    "error",
    "The prompt at evaluation is not the beginning of the training text.",
    "Use one template for both; correct the generation prompt first.",
)
def _prompt_not_prefix(probes: Probes) -> Hit | str | None:
    prompt, full = probes.text("u+"), probes.text("ua")
    if not probes.context.training or prompt is None or full is None or full.startswith(prompt):
        return None
    return f"the prompt {shown(prompt, limit=160)} does not begin {shown(full, limit=160)}"
