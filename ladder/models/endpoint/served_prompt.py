"""`held_against_shown`: whether a server's prompt is that of the template it shows, and holds all."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ladder.chat import render
from ladder.errors import LadderError
from ladder.models.endpoint.shown_prompts import ShownPrompts, first_difference

_NO_LETTER = re.compile(r"[\W_]")
_NOT_ASCII = re.compile("[^A-Za-z0-9]")
"""White space and escaped signs, and what tokens may write in a way of their own: other scripts."""

_MOST_KEPT = 64_000
"""Characters of a template that a run's files hold; the longest published ones have a third of it."""

_REWRITTEN = frozenset({"assistant", "tool"})
"""Roles whose turns a template may shorten with reason: thoughts of earlier replies, long results."""


def held_against_shown(prompts: ShownPrompts, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template that is shown, where its text alone would write another prompt, what is lost.

    llama.cpp, for one, puts a system message into the user's turn where the template has no place
    for it: a fault of such a template is then none of the prompt.
    """
    served = prompts.text(arguments)
    if served is None:
        return {}
    lost = lost_roles(prompts.example, served)
    template = prompts.template()
    if template is None or len(template) > _MOST_KEPT:
        return {"lost_messages": lost}
    difference = _difference(served, template, prompts, arguments)
    return {"shown_template": template, "shown_difference": difference, "lost_messages": lost}


def lost_roles(messages: Sequence[Mapping[str, Any]], prompt: str) -> tuple[str, ...]:
    r"""Return the roles of messages whose text does not stand in a prompt.

    Letters beyond ASCII count where the prompt shows any: a server that writes tokens in a way of
    its own may hide them all.

    >>> chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why so?"}]
    >>> lost_roles(chat, "<|im_start|>user\nWhy so?<|im_end|>")
    ('system',)
    >>> lost_roles(chat, "[INST]\u0120Be\u0120brief.\u010aWhy\u0120so?")
    ()
    >>> chat = [{"role": "system", "content": "请简短"}, {"role": "user", "content": "为什么?"}]
    >>> lost_roles(chat, "<|im_start|>user\n为什么?<|im_end|>"), lost_roles(chat, "user: ???")
    (('system',), ())
    """
    lost = [
        str(each["role"])
        for each in messages
        if isinstance(each.get("content"), str)
        and each["role"] not in _REWRITTEN
        and not _holds(prompt, each["content"])
    ]
    return tuple(dict.fromkeys(lost))


def _holds(prompt: str, text: str) -> bool:
    """Return whether the letters of a text stand in a prompt, as far as it shows them."""
    if _plain(text) not in _plain(prompt):
        return False
    shown = _beyond_ascii(prompt)
    return not shown or _beyond_ascii(text) in shown


def _plain(text: str) -> str:
    return _NOT_ASCII.sub("", text)


def _beyond_ascii(text: str) -> str:
    """Return the other letters; a tokenizer may write one for another that looks the same."""
    letters = _NO_LETTER.sub("", unicodedata.normalize("NFKC", text))
    return "".join(each for each in letters if not each.isascii())


def clocks() -> tuple[dict[str, str], ...]:
    """Return the arguments by which a template writes today's date, as a server does: here, and in UTC."""
    times = (datetime.now().astimezone(), datetime.now(UTC))
    return tuple({"strftime_now": each.replace(tzinfo=None).isoformat()} for each in times)


def _difference(
    served: str, template: str, prompts: ShownPrompts, arguments: Mapping[str, Any]
) -> str:
    """Return where the served prompt leaves that of a template; a start token before it is nothing.

    Newer llama.cpp leaves it to its tokenizer.
    """
    special = prompts.special_tokens()
    start = special.get("bos_token", "")
    own = ""
    for clock in clocks():
        try:
            own = render(
                template,
                prompts.example,
                special_tokens=special,
                add_generation_prompt=True,
                arguments={**clock, **arguments},
            )
        except LadderError as error:
            return f"the template fails here: {error}"
        if served.removeprefix(start) == own.removeprefix(start):
            return ""
    return first_difference(served, own, "its template alone would")
