"""What the answers to a probe's questions show of a server: pure, and unknown wherever in doubt."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ladder.models.endpoint.probe_questions import (
    BIRD,
    CODE_WORD,
    CONSTRAINED,
    PENALTIES,
    SHORT_LINES,
    goes_on,
)
from ladder.text import REASONING_KEYS

Json = dict[str, Any]

_SAME_START = 4
"""Letters from which two answers are not another sample each: later they part by rounding as well."""

_LEAST_COUNTED = 0.92
"""Share of the foretold tokens below which a prompt was cut."""


@dataclass
class ProbeAnswers:
    """The replies to a probe's questions, each with the fields that it was asked with in the end."""

    replies: dict[str, Json] = field(default_factory=dict)
    asked: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def keep(self, name: str, fields: Mapping[str, Any], reply: Json) -> None:
        """Keep the reply to a question."""
        self.replies[name], self.asked[name] = reply, fields

    def text(self, name: str) -> str:
        """Return what a model said, its thoughts before it; empty where the question has no reply."""
        return next(iter(self.texts(name)), "")

    def texts(self, name: str) -> list[str]:
        """Return what a model said in each choice."""
        choices = (self.replies.get(name) or {}).get("choices")
        listed = choices if isinstance(choices, list) else []
        return [f"{_thoughts(each)}{_content(each)}" for each in listed if isinstance(each, dict)]

    def content(self, name: str) -> str:
        """Return the answer alone."""
        return _content(self.choice(name))

    def choice(self, name: str) -> Json:
        """Return the first choice."""
        choices = (self.replies.get(name) or {}).get("choices")
        first = choices[0] if isinstance(choices, list) and choices else {}
        return first if isinstance(first, dict) else {}

    def sent(self, name: str, field_name: str) -> bool:
        """Return whether a field was sent with a question that has a reply."""
        return field_name in self.asked.get(name, {})

    def prompt_tokens(self, name: str) -> int:
        """Return the server's count of a prompt; 0 where it gives none."""
        usage = (self.replies.get(name) or {}).get("usage")
        counted = usage.get("prompt_tokens") if isinstance(usage, dict) else None
        return counted if isinstance(counted, int) else 0


def is_varied(answers: ProbeAnswers) -> bool | None:
    """Return whether answers at temperature 1 are not always the greedy one; None if unknown."""
    cold = answers.text("cold")
    warm = [text for name in ("warm", "warm again") for text in answers.texts(name) if text]
    if not (cold and warm):
        return None
    return len({cold, *warm}) > 1


def has_greedy(answers: ProbeAnswers) -> bool:
    """Return whether the answer that others are held against was asked for at temperature 0."""
    return answers.sent("cold", "temperature")


def mark_in(cold: str) -> str:
    """Return a letter of a greedy answer that can end it: not at its very start; empty for none.

    >>> mark_in("a b c d e")
    'c'
    """
    later = (each for word in cold[len(cold) // 3 :].split() for each in word)
    return next((each for each in later if cold.find(each) > 1), "")


def seen_in(answers: ProbeAnswers, *, long_lines: int) -> Json:
    """Return all that the answers show, by the names of `EndpointAbilities`.

    Args:
        answers: To as many of the questions as were asked.
        long_lines: Lines of the long prompt.
    """
    parts = (
        _of_sampling(answers),
        _of_stop(answers),
        _of_narrow(answers),
        _of_constraints(answers),
        _of_json(answers),
        _of_needle(answers, long_lines),
        _of_tools(answers),
        _of_begun(answers),
    )
    return {name: value for part in parts for name, value in part}


Seen = Iterator[tuple[str, object]]


def _of_sampling(answers: ProbeAnswers) -> Seen:
    varied = is_varied(answers)
    if varied is False:
        yield "temperature", False
    first, again = answers.text("warm"), answers.text("warm again")
    is_seeded = answers.sent("warm", "seed") and answers.sent("warm again", "seed")
    if not (varied and is_seeded and first and again):
        return
    if first != again and not _agree(first, again):
        yield "seed", False
    elif first == again and first != answers.text("cold"):
        yield "seed", True


def _of_stop(answers: ProbeAnswers) -> Seen:
    """Yield what the greedy answer shows that was to end at a mark in it.

    A server that does not stop gives all of it; one that does not sample from one token only, or
    that has no greedy answer, gives another.
    """
    cold = answers.text("cold")
    mark, varied = mark_in(cold), is_varied(answers)
    if not mark or not has_greedy(answers):
        return
    for name in ("stopped of one", "stopped"):
        text = answers.text(name)
        if not text:
            continue
        is_greedy = _is_start(text, cold, mark)
        if is_greedy and varied:
            yield "temperature", True
        if name == "stopped of one" and varied and is_greedy is not None:
            yield "top_k", is_greedy
        elif name == "stopped" and is_greedy is False:
            yield "temperature", False
            yield "top_k", None  # no greedy answer repeats itself here, whatever is sent
        if is_greedy and answers.sent(name, "stop"):
            yield "stop", len(text.rstrip()) < len(cold.rstrip())


def _is_start(text: str, cold: str, mark: str) -> bool | None:
    """Return whether a text is the greedy one, whole or up to the mark; None if hardly.

    Some servers leave the mark in.
    """
    before = cold.partition(mark)[0]
    if text.rstrip() in (cold.rstrip(), before.rstrip(), before + mark):
        return True
    return None if _agree(text, cold) else False


def _of_narrow(answers: ProbeAnswers) -> Seen:
    texts, cold = answers.texts("narrow"), answers.text("cold")
    if not texts:
        return
    if answers.sent("narrow", "n"):
        yield "n", len(texts) > 1
    if answers.sent("narrow", "logprobs"):
        yield "logprobs", bool(answers.choice("narrow").get("logprobs"))
    if not (is_varied(answers) and texts[0] and answers.sent("narrow", "min_p")):
        return
    if len(texts) > 1 and texts[0] != texts[1]:
        if not _agree(*texts[:2]):
            yield "min_p", False
        return
    if len(texts) > 1 or (texts[0] == cold and has_greedy(answers)):
        yield "min_p", True
        yield from _of_penalty(answers, texts[0], cold)


def _of_penalty(answers: ProbeAnswers, text: str, cold: str) -> Seen:
    words = cold.split()
    is_sent = has_greedy(answers) and any(answers.sent("narrow", name) for name in PENALTIES)
    if is_sent and text != cold:
        yield "repetition_penalty", True
    elif is_sent and len(set(words)) < len(words):
        yield "repetition_penalty", False


def _of_constraints(answers: ProbeAnswers) -> Seen:
    for question, names in (("short hay", tuple(CONSTRAINED)), ("ebnf", ("ebnf",))):
        said = answers.content(question).strip().lower()
        asked = [name for name in names if said and answers.sent(question, name)]
        kept = [name for name in asked if said == CONSTRAINED[name][0]]
        for name in kept or asked:
            yield name, bool(kept)


def _of_json(answers: ProbeAnswers) -> Seen:
    for name in ("long hay", "object"):
        text = answers.content(name).strip()
        if text and answers.sent(name, "response_format"):
            yield "json_object", text.startswith(("{", "["))
    text = answers.content("schema").strip()
    if not text:
        return
    try:
        yield "json_schema", json.loads(text) == BIRD
    except ValueError:
        if not text.startswith("{"):  # else it was cut before its end
            yield "json_schema", False


def _of_needle(answers: ProbeAnswers, long_lines: int) -> Seen:
    """Yield whether a long prompt is read from its start.

    Its count is foretold by that of a short one of the same lines, so that it tells a cut prompt
    even where the model is too small to find a needle.
    """
    if "long hay" not in answers.replies:
        return
    counted = answers.prompt_tokens("long hay")
    expected = _foretold(answers, long_lines)
    is_cut = bool(counted and expected and counted < _LEAST_COUNTED * expected)
    yield "needle_tokens", expected if is_cut or not counted else counted
    if is_cut:
        yield "needle", False
    elif CODE_WORD.lower() in answers.text("long hay").lower():
        yield "needle", True


def _foretold(answers: ProbeAnswers, long_lines: int) -> int:
    """Return how many tokens the long prompt has; 0 where the short one has no count.

    The frame around a prompt, up to a hundred tokens, stands in each count once.
    """
    few, frame = answers.prompt_tokens("short hay"), answers.prompt_tokens("cold")
    return frame + (few - frame) * long_lines // SHORT_LINES if few > frame else 0


def _of_tools(answers: ProbeAnswers) -> Seen:
    """Yield whether a tool is called, and whether the model sees it: its schema has many tokens."""
    if "tools" not in answers.replies:
        return
    message = answers.choice("tools").get("message")
    is_called = isinstance(message, dict) and bool(message.get("tool_calls"))
    yield "tools", is_called
    with_tool, plain = answers.prompt_tokens("tools"), answers.prompt_tokens("cold")
    if is_called or (with_tool and plain):
        yield "shows_tools", is_called or with_tool > plain


def _of_begun(answers: ProbeAnswers) -> Seen:
    if "begun" in answers.replies:
        yield "prefill", goes_on(answers.content("begun"))


def _agree(one: str, other: str) -> bool:
    return one[:_SAME_START] == other[:_SAME_START]


def _content(choice: Mapping[str, Any]) -> str:
    message = choice.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        return "".join(str(each.get("text") or "") for each in content if isinstance(each, dict))
    return content if isinstance(content, str) else ""


def _thoughts(choice: Mapping[str, Any]) -> str:
    message = choice.get("message")
    if not isinstance(message, dict):
        return ""
    return "".join(str(message.get(name) or "") for name in REASONING_KEYS)
