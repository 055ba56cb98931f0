"""R02 to R04, R29: does the prompt end where the reply begins?"""

import re

from ladder.chat.around import matches, without_thoughts
from ladder.chat.probe import Probes
from ladder.chat.rules.rule import Hit, Rule, shown

_ROLE = re.compile(r"assistant|model|chatbot|\bbot\b|gpt", re.IGNORECASE)


def opens_reply(probes: Probes) -> bool:
    """Return whether the prompt ends as some reply in history begins, or cannot be compared."""
    tail = probes.tail
    if tail is None or not probes.headers:
        return True
    plain = without_thoughts(tail)
    return any(matches(tail, h) or matches(plain, without_thoughts(h)) for h in probes.headers)


def _generation_prompt_missing(probes: Probes) -> Hit | str | None:
    if opens_reply(probes) or (probes.flag_works and probes.setup.add_generation_prompt):
        return None
    if not probes.flag_works and model_must_emit(probes) is not None:
        return None
    evidence = f"the prompt ends with {shown(probes.tail)}; replies in the history begin after "
    evidence += shown(probes.headers[-1])
    if probes.flag_works:
        return Hit(evidence, repair="Set chat.add_generation_prompt: true.")
    return evidence


def common_suffix(left: str, right: str) -> str:
    """Return the longest common end of two texts.

    >>> common_suffix("</s><bot>", "</u><bot>")
    '><bot>'
    """
    size = 0
    while size < min(len(left), len(right)) and left[-1 - size] == right[-1 - size]:
        size += 1
    return left[len(left) - size :]


def _header_always_on(probes: Probes) -> Hit | str | None:
    last, middle = probes.last_end, probes.middle_end
    if probes.flag_works or not opens_reply(probes):
        return None
    if not last or middle is None:
        return _header_without_flag(probes)
    ends = [common_suffix(last.rstrip(), header.rstrip()) for header in probes.headers]
    shared = max(ends, key=len, default="")
    if not shared.strip() or middle.startswith(last):
        return _header_without_flag(probes)
    severe = probes.situation.training or probes.has_replies
    return Hit(
        f"after the last reply the template writes {shown(last)}",
        severity="error" if severe else "warning",
    )


def _header_without_flag(probes: Probes) -> Hit | None:
    """Say where the flag is ignored although the prompt ends with a header of its own."""
    if probes.tail is None or not _ROLE.search(probes.tail):
        return None
    return Hit(
        f"with and without add_generation_prompt the prompt ends with {shown(probes.tail)}",
        severity="warning" if probes.situation.training else "info",
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


def _is_emitted(probes: Probes, rest: str) -> bool:
    """Return whether a text is a preamble of the model's, and not a part of the header."""
    tokens = probes.control_tokens(rest)
    if _ROLE.search(without_thoughts(rest)) or any(t in probes.openers for t in tokens):
        return False
    known = set(probes.control_tokens(probes.user_header))
    return "think" in rest.lower() or any(token not in known for token in tokens)


def _generation_header_mismatch(probes: Probes) -> Hit | str | None:
    tail = probes.tail
    if not (probes.flag_works and probes.setup.add_generation_prompt) or opens_reply(probes):
        return None
    if tail is None or model_must_emit(probes) is not None:
        return None
    is_prefix = any(header.startswith(tail) for header in probes.headers)
    return Hit(
        f"the prompt ends with {shown(tail)}; replies in the history begin after "
        f"{' or '.join(shown(header) for header in probes.headers)}",
        severity="warning" if is_prefix and tail.strip() else "error",
    )


def _must_emit(probes: Probes) -> Hit | str | None:
    rest = None if opens_reply(probes) else model_must_emit(probes)
    return None if rest is None else f"in the history replies begin with {shown(rest)}"


RULES = (
    Rule(
        "R02 generation-prompt-missing",
        "error",
        "The prompt ends before the reply is opened: the model continues the user's turn.",
        "Let the prompt end with the header of the reply.",
        _generation_prompt_missing,
    ),
    Rule(
        "R03 header-always-on",
        "error",
        "The template opens a new reply after every conversation, whatever add_generation_prompt says.",
        "Write that header only if add_generation_prompt is set.",
        _header_always_on,
    ),
    Rule(
        "R04 generation-header-mismatch",
        "error",
        "The generation prompt is not the header with which replies begin in the history.",
        "Make the generation prompt equal to that header, and measure both.",
        _generation_header_mismatch,
    ),
    Rule(
        "R29 model-must-emit",
        "info",
        "The model itself writes a preamble before its answer.",
        "Read the answer after that preamble, and leave room for it in max_new_tokens.",
        _must_emit,
    ),
)
