"""Fill the user's own prompt template with one sample's columns.

Unlike a chat template it is the user's, but a spec may come from anywhere: what could run without
end does so in the process that is killed after two seconds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from jinja2 import Template, TemplateError, UndefinedError
from jinja2.exceptions import SecurityError

from ladder.chat.sandbox.bounded import is_bounded
from ladder.chat.sandbox.child import ask
from ladder.chat.sandbox.prompt_environment import PROMPTS, fill_within_limit
from ladder.chat.sandbox.single_braces import aliases, with_double_braces


@dataclass(frozen=True)
class Refused:
    """Why a prompt template gave no text.

    Attributes:
        kind: `undefined`: it names what the sample has not. `unsafe`: it reaches for more than
            text, or does not end. `invalid`: it cannot be read. `failed`: on this sample.
        why: What jinja says.
    """

    kind: Literal["undefined", "unsafe", "invalid", "failed"]
    why: str


def fill(text: str, columns: Mapping[str, Any]) -> str | Refused:
    """Return a prompt template filled with a sample's columns, or why there is no text.

    A column stands in two pairs of braces or in one; in one, what is no column is text.

    >>> fill("Ticket: {{ input }}", {"input": "order 622"})
    'Ticket: order 622'
    >>> fill('Ticket: {input}. Answer as {"order": 0}.', {"input": "order 622"})
    'Ticket: order 622. Answer as {"order": 0}.'
    >>> fill("{{ inptu }}", {"input": "order 622"}).kind
    'undefined'
    """
    text = with_double_braces(text, frozenset(columns))
    columns = {**columns, **{name: columns[column] for name, column in aliases(columns).items()}}
    template = _compiled(text)
    if isinstance(template, Refused):
        return template
    return _filled_apart(text, columns) if template is None else _filled(template, columns)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Template | Refused | None:
    """Return the template; None for one that is to be filled in a process of its own."""
    try:
        if not is_bounded(PROMPTS.parse(text)):
            return None
        return PROMPTS.from_string(text)
    except TemplateError as error:
        return Refused("invalid", error.message or "syntax error")
    except RecursionError:
        return Refused("unsafe", "it nests too deeply")


def _filled(template: Template, columns: Mapping[str, Any]) -> str | Refused:
    try:
        return fill_within_limit(template, columns)
    except UndefinedError as error:
        return Refused("undefined", error.message or "")
    except (SecurityError, OverflowError) as error:
        return Refused("unsafe", str(error))
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        return Refused("failed", str(error))


def _filled_apart(text: str, columns: Mapping[str, Any]) -> str | Refused:
    variables = json.loads(json.dumps(dict(columns), default=str))
    [reply] = ask([{"template": text, "prompt": True, "variables": variables}])
    if "text" in reply:
        return str(reply["text"])
    if "hostile" in reply:
        return Refused("unsafe", reply["hostile"])
    kind, _, why = str(reply["problem"]).partition(": ")
    if kind == "UndefinedError":
        return Refused("undefined", why)
    return Refused("failed" if reply["compiles"] else "invalid", why or kind)
