"""Render model-supplied templates in a child process that can be killed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ladder.chat.sandbox.child import ask
from ladder.chat.sandbox.prompt_environment import OUTPUT_CHARACTERS
from ladder.errors import LadderError, RenderError, UnsafeError
from ladder.text import REASONING_KEYS, capital

FROZEN_NOW = "2026-01-01T12:00:00"

_TOO_LONG: Mapping[str, Any] = {"hostile": f"it is longer than {OUTPUT_CHARACTERS:,} characters"}
# No tokenizer takes such a text: tokenizers raises TypeError.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_HALF: Mapping[str, Any] = {
    "problem": "it writes half a character (a lone surrogate)",
    "compiles": True,
}


@dataclass(frozen=True)
class Job:
    """One render: a template, one conversation, and everything else that the template sees.

    `arguments` stand before `special_tokens` of the same name, as in transformers. The argument
    `strftime_now` is an ISO date and time at which the template's clock stands. `keeps_null` gives
    a content without a value as it is, as transformers did before version 5.
    """

    template: str
    messages: Sequence[Mapping[str, Any]]
    add_generation_prompt: bool = False
    special_tokens: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    tools: Sequence[Mapping[str, Any]] | None = None
    keeps_null: bool = False

    def to_request(self) -> dict[str, Any]:
        """Return the job as the child reads it."""
        arguments = dict(self.arguments)
        now = arguments.pop("strftime_now", None) or FROZEN_NOW
        variables = {
            **self.special_tokens,
            **arguments,
            "messages": [
                _plain_message(message, keeps_null=self.keeps_null) for message in self.messages
            ],
            "tools": None if self.tools is None else list(self.tools),
            "add_generation_prompt": self.add_generation_prompt,
        }
        return {
            "template": self.template,
            "now": now,
            "variables": {"documents": None, **variables},
        }


def render(
    template: str,
    messages: Sequence[Mapping[str, Any]],
    *,
    special_tokens: Mapping[str, str],
    add_generation_prompt: bool,
    arguments: Mapping[str, Any] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """Return the text that transformers' `apply_chat_template` gives for one conversation.

    Raises:
        RenderError: The template does not compile, or raises on these messages.
        UnsafeError: The template tries to escape, or runs out of time, memory or output.

    >>> render("{% for m in messages %}<{{ m.content }}>{% endfor %}",
    ...        [{"role": "user", "content": "hi"}], special_tokens={}, add_generation_prompt=True)
    '<hi>'
    """
    return render_job(
        Job(template, messages, add_generation_prompt, special_tokens, arguments or {}, tools)
    )


def render_job(job: Job) -> str:
    """Return the text of one render; raise like `render`."""
    [outcome] = render_each([job])
    return _text_or_raise(outcome)


def render_each(jobs: Sequence[Job]) -> list[str | LadderError]:
    """Return the text of each job, or the error that it ended in; raise for none of them."""
    short = [job for job in jobs if not _is_too_long(job.template)]
    replies = iter(ask([job.to_request() for job in short]) if short else ())
    return [
        _text_or_error(_TOO_LONG if _is_too_long(job.template) else next(replies), job.template)
        for job in jobs
    ]


def render_with_spans(job: Job) -> tuple[str, list[tuple[int, int]]]:
    """Return a text and the character spans that `{% generation %}` marks; raise like `render`."""
    [reply] = ask([job.to_request()])
    text = _text_or_raise(_text_or_error(reply, job.template))
    return text, [(start, end) for start, end in reply["spans"]]


@lru_cache(maxsize=256)
def read_template(template: str) -> Mapping[str, Any] | LadderError:
    """Return the facts of `ladder.chat.sandbox.syntax.read_syntax`, or why there are none."""
    [reply] = (
        [_TOO_LONG] if _is_too_long(template) else ask([{"template": template, "syntax": True}])
    )
    if "syntax" in reply:
        return dict(reply["syntax"])
    return _error_of(reply, template)


def _is_too_long(template: str) -> bool:
    """Return whether a template is longer than any text it may write; it is not passed on."""
    return len(template) > OUTPUT_CHARACTERS


def _plain_message(message: Mapping[str, Any], *, keeps_null: bool = False) -> dict[str, Any]:
    """Return a message as transformers passes it on: no None, reasoning under all its names."""
    plain = {key: value for key, value in message.items() if value is not None}
    if keeps_null and "content" in message:
        plain["content"] = message["content"]
    reasoning = next((plain[key] for key in REASONING_KEYS if key in plain), None)
    if reasoning is None:
        return plain
    return {"thinking": reasoning, **plain, "reasoning_content": reasoning}


def _text_or_raise(outcome: str | LadderError) -> str:
    if isinstance(outcome, LadderError):
        raise outcome
    return outcome


def _text_or_error(reply: Mapping[str, Any], template: str) -> str | LadderError:
    if "text" not in reply:
        return _error_of(reply, template)
    text = str(reply["text"])
    return _error_of(_HALF, template) if _LONE_SURROGATE.search(text) else text


def _error_of(reply: Mapping[str, Any], template: str) -> LadderError:
    line = reply.get("line")
    place = f"line {line} of the chat template" if line else "the chat template"
    if "hostile" in reply:
        return UnsafeError(
            f"The chat template is refused: {reply['hostile']} ({place}).",
            next_step="Use the template of a model that you trust, and report this one.",
        )
    return RenderError(
        f"{capital(place)} fails: {reply['problem']}",
        next_step=_next_step(reply, template),
        line=line,
        message=reply["problem"],
        compiles=reply["compiles"],
    )


def _next_step(reply: Mapping[str, Any], template: str) -> str:
    lines = template.splitlines()
    line = reply.get("line") or 0
    quoted = lines[line - 1].strip()[:200] if 0 < line <= len(lines) else ""
    what = "messages or the template" if reply["compiles"] else "template"
    return f"Change the {what}; run `ladder check`." + (
        f" The line reads: {quoted}" if quoted else ""
    )
