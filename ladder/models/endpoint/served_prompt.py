"""`held_against_shown`: whether a server's prompt is that of the template it shows, and holds all."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ladder.chat import render
from ladder.errors import LadderError
from ladder.models.endpoint.shown_prompts import ShownPrompts, first_difference

_NOT_COMPARED = re.compile("<0x[0-9A-Fa-f]{2}>|[^A-Za-z0-9]")
"""What tokens write in a way of their own: white space, other scripts' bytes, escaped signs."""

_MOST_KEPT = 64_000
"""Characters of a template that a run's files hold; the longest published ones have a third of it."""

_REWRITTEN = frozenset({"assistant", "tool"})
"""Roles whose turns a template may shorten with reason: thoughts of earlier replies, long results."""


def held_against_shown(prompts: ShownPrompts, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template that is shown, where its text alone would write another prompt, what is lost.

    llama.cpp, for one, puts a system message into the user's turn where the template has no place
    for it: a fault of such a template is then none of the prompt.

    Args:
        prompts: What the server shows.
        arguments: What the template is called with.
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

    Only letters without accents and digits count, so that the text of tokens can be looked at.

    >>> chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why so?"}]
    >>> lost_roles(chat, "<|im_start|>user\nWhy so?<|im_end|>")
    ('system',)
    >>> lost_roles(chat, "[INST]\u0120Be\u0120brief.\u010aWhy\u0120so?")
    ()
    """
    letters = _NOT_COMPARED.sub("", prompt)
    lost = [
        str(each["role"])
        for each in messages
        if isinstance(each.get("content"), str)
        and each["role"] not in _REWRITTEN
        and _NOT_COMPARED.sub("", each["content"]) not in letters
    ]
    return tuple(dict.fromkeys(lost))


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
