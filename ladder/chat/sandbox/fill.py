"""Fill the user's own prompt template with one sample's columns.

Unlike a chat template it is the user's, but a spec may come from anywhere: what could run without
end does so in the process that is killed after two seconds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from jinja2 import Template, TemplateError, UndefinedError, nodes
from jinja2.exceptions import SecurityError

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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILTERS = _words(
    """capitalize count d default escape e first float int join last length list lower map max min
    rejectattr reverse round selectattr sort string title tojson trim truncate unique upper
    items"""
)
_LARGEST = 1000  # as an argument: some filters pad or indent by it
_METHODS = _words(
    """capitalize endswith get isdigit items keys lower lstrip removeprefix removesuffix rstrip
    split splitlines startswith strip title upper values"""
)
_PLAIN = (
    nodes.Add,
    nodes.And,
    nodes.Compare,
    nodes.Concat,
    nodes.CondExpr,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.If,
    nodes.Keyword,
    nodes.List,
    nodes.Name,
    nodes.Neg,
    nodes.Not,
    nodes.Operand,
    nodes.Or,
    nodes.Output,
    nodes.Slice,
    nodes.Sub,
    nodes.TemplateData,
    nodes.Tuple,
)


def is_bounded(tree: nodes.Template) -> bool:
    """Return whether a template's work is sure to be small for small data.

    >>> from jinja2 import Environment
    >>> parse = Environment().parse
    >>> is_bounded(parse("{% for o in options %}- {{ o | trim }}{% endfor %}"))
    True
    >>> is_bounded(parse("{% for a in input %}{% for b in input %}x{% endfor %}{% endfor %}"))
    False
    """
    return all(_is_plain(node, in_loop=False) for node in tree.body)


def _is_plain(node: nodes.Node, *, in_loop: bool) -> bool:
    if isinstance(node, nodes.For):
        if in_loop or node.recursive:
            return False
        in_loop = True
    elif not _is_known(node):
        return False
    return all(_is_plain(child, in_loop=in_loop) for child in node.iter_child_nodes())


def _is_known(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Filter):
        is_map = node.name == "map" and bool(node.args)  # by its first argument it is any filter
        return node.name in _FILTERS and not is_map and _has_plain_arguments(node)
    if isinstance(node, nodes.Call):
        named = isinstance(node.node, nodes.Getattr) and node.node.attr in _METHODS
        return named and _has_plain_arguments(node)
    if isinstance(node, nodes.Test):
        return not node.dyn_args and not node.dyn_kwargs
    return isinstance(node, _PLAIN)


def _has_plain_arguments(node: nodes.Filter | nodes.Call) -> bool:
    """Return whether all arguments are texts and small numbers, written out."""
    values = [*node.args, *(pair.value for pair in node.kwargs)]
    if node.dyn_args or node.dyn_kwargs:
        return False
    return all(isinstance(each, nodes.Const) and _is_small(each.value) for each in values)


def _is_small(value: Any) -> bool:  # noqa: ANN401 - whatever a template can write
    return not isinstance(value, (int, float)) or abs(value) <= _LARGEST
