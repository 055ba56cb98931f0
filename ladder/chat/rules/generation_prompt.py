"""R02 to R04, R29: does the prompt end where the reply begins?"""

import re

from ladder.chat.probes.control import closes
from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_around import (
    THOUGHT_MARK,
    common_suffix,
    matches,
    without_thought_marks,
    without_thoughts,
)
from ladder.chat.rules.rule import Hit, RuleGroup, shown

_ROLE = re.compile(r"assistant|model|chatbot|\bbot\b|gpt", re.IGNORECASE)

RULES = RuleGroup()


def opens_reply(probes: Probes) -> bool:
    """Return whether the prompt ends as some reply in history begins, or cannot be compared."""
    tail = probes.tail
    if tail is None or not probes.headers:
        return True
    plain, bare = without_thoughts(tail), without_thought_marks(tail)
    return any(
        matches(tail, header)
        or matches(plain, without_thoughts(header))
        or (bare != tail and matches(bare, without_thought_marks(header)))
        for header in probes.headers
    )


@RULES.add(
    "R02 generation-prompt-missing",
    "error",
    "The prompt ends before the reply is opened: the model continues the user's turn.",
    "Let the prompt end with the header of the reply.",
)
def _generation_prompt_missing(probes: Probes) -> Hit | str | None:
    if opens_reply(probes) or (probes.flag_works and probes.setup.add_generation_prompt):
        return None
    if _differs_in_space(probes):
        return None
    if not probes.flag_works and (model_must_emit(probes) is not None or _always_opens(probes)):
        return None
    if probes.flag_works:
        return Hit(_both_ends(probes), repair="Set chat.add_generation_prompt: true.")
    return _both_ends(probes)


@RULES.add(
    "R03 header-always-on",
    "error",
    "The template opens a new reply after every conversation, whatever add_generation_prompt says.",
    "Write that header only if add_generation_prompt is set.",
)
def _header_always_on(probes: Probes) -> Hit | str | None:
    if not probes.flag_works and _always_opens(probes):
        severe = probes.context.training or probes.has_replies
        return Hit(
            f"after the last reply the template writes {shown(probes.last_end)}",
            severity="error" if severe else "warning",
        )
    return _header_without_flag(probes) if probes.flag_works or opens_reply(probes) else None


def _always_opens(probes: Probes) -> bool:
    """Return whether the template opens a reply even after a conversation that ends with one.

    White space is passed over: it may differ between a last turn and an earlier one.
    """
    last, middle, tail = map(_dense, (probes.last_end, probes.middle_end, probes.tail))
    headers = [_dense(header) for header in probes.headers]
    is_header = opens_reply(probes)
    if not last or not tail or probes.middle_end is None or middle.startswith(last):
        return False
    shared = max((common_suffix(last, each) for each in (*headers, tail)), key=len)
    return bool(shared) if is_header else _opens_something(probes, shared)


def _opens_something(probes: Probes, text: str) -> bool:
    """Return whether a text is more than what closes a turn: an opening token, or a word."""
    for token in probes.control_tokens(text):
        if not closes(token):
            return True
        text = text.replace(token, " ")
    return re.search(r"[^\W\d_]{3,}", text) is not None


def _dense(text: str | None) -> str:
    return "".join((text or "").split())


def _header_without_flag(probes: Probes) -> Hit | None:
    """Say where the flag is ignored although the prompt ends with a header of its own."""
    written = (probes.plain_tail or "").strip()
    if probes.flag_works and not any(each.rstrip().endswith(written) for each in probes.headers):
        return None
    opening = written
    for token in probes.control_tokens(written):
        if closes(token) or token in probes.closers:
            opening = opening.replace(token, "")
    if not opening.strip():
        return None
    return Hit(
        f"without add_generation_prompt the prompt ends with {shown(probes.plain_tail)}",
        severity="warning" if probes.context.training else "info",
        problem="The template opens the reply whatever add_generation_prompt says.",
    )


def model_must_emit(probes: Probes) -> str | None:
    """Return what the model itself writes before its answer (think block, channel), if anything."""
    tail = probes.tail
    if tail is None or not (probes.flag_works or _ROLE.search(tail)):
        return None
    for header in probes.headers:
        rest = header.removeprefix(tail)
        if header.startswith(tail) and rest.strip() and _is_emitted(probes, rest):
            return rest
    return None


def role_header(probes: Probes, header: str) -> str:
    """Return the part of a header that says who speaks, without what the model writes before its answer."""
    known = probes.control_tokens(probes.turn_header)
    new = [start for start, token in probes.placed_tokens(header) if token not in known]
    starts = sorted({*new, *(mark.start() for mark in THOUGHT_MARK.finditer(header))})
    return next(
        (
            header[:start]
            for start in starts
            if _ROLE.search(header[:start]) and _is_emitted(probes, header[start:])
        ),
        header,
    )


def _is_emitted(probes: Probes, rest: str) -> bool:
    """Return whether a text is a preamble of the model's, and not a part of the header."""
    tokens = probes.control_tokens(rest)
    known = probes.control_tokens(probes.turn_header)
    if _ROLE.search(without_thoughts(rest)) or any(token in known[:1] for token in tokens):
        return False
    return "think" in rest.lower() or any(token not in known for token in tokens)


@RULES.add(
    "R04 generation-header-mismatch",
    "error",
    "The generation prompt is not the header with which replies begin in the history.",
    "Make the generation prompt equal to that header, and measure both.",
)
def _generation_header_mismatch(probes: Probes) -> Hit | str | None:
    tail = probes.tail
    asked = probes.flag_works and probes.setup.add_generation_prompt
    if tail is None or not (asked or _always_opens(probes)):
        return None
    if opens_reply(probes):
        return _space_after_header(probes)
    if model_must_emit(probes) is not None:
        return None
    if _differs_in_space(probes):
        return Hit(
            _both_ends(probes),
            severity="warning",
            problem="The prompt ends with other white space than stands before replies in the history.",
        )
    is_prefix = any(header.startswith(tail) for header in probes.headers)
    return Hit(_both_ends(probes), severity="warning" if is_prefix and tail.strip() else "error")


def _differs_in_space(probes: Probes) -> bool:
    """Return whether the prompt ends as some reply in history begins, but for white space.

    A header of words alone, such as `### Response:`, is read with its line breaks.
    """
    bare = _dense(without_thought_marks(probes.tail or ""))
    is_token = bool(probes.control_tokens(probes.tail))
    headers = (_dense(without_thought_marks(header)) for header in probes.headers)
    return is_token and any(bare == header for header in headers)


def _space_after_header(probes: Probes) -> Hit | None:
    """Say where the prompt ends with white space that no reply in the history stands behind."""
    tail, headers = probes.tail or "", probes.headers
    same = [header for header in headers if header.rstrip() == tail.rstrip()]
    if not same or any(header.startswith(tail) for header in headers):
        return None
    return Hit(
        _both_ends(probes),
        severity="warning",
        problem="The prompt ends with white space that no reply in the history stands behind.",
    )


def _both_ends(probes: Probes) -> str:
    begin = " or ".join(shown(header) for header in probes.headers)
    return f"the prompt ends with {shown(probes.tail)}; replies in the history begin after {begin}"


@RULES.add(
    "R29 model-must-emit",
    "info",
    "The model itself writes a preamble before its answer.",
    "Read the answer after that preamble, and leave room for it in max_new_tokens.",
)
def _must_emit(probes: Probes) -> Hit | str | None:
    rest = None if opens_reply(probes) else model_must_emit(probes)
    return None if rest is None else f"in the history replies begin with {shown(rest)}"
