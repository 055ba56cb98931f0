"""`python_calls`: calls written as Python, `[weather(city="Ulm", days=3)]`, as Llama 4 and LFM2 do."""

import ast
import re
import warnings
from typing import Any, Literal

from ladder.scoring.calls.tool_call import RawText, ToolCall

_BEGUN = re.compile(r"\[\s*(?:[A-Za-z_][\w.]*\s*(?:\(.*)?)?\Z", re.DOTALL)
_LIKE_A_CALL = re.compile(r"\s*\[?\s*[A-Za-z_][\w.]*\s*\(")
_MOST_CHARACTERS = 50_000
_LITERALS = {"true": True, "false": False, "null": None}


def python_calls(text: str, *, is_listed: bool = True) -> list[ToolCall] | None:
    """Return the calls that a text is, or None where it is something else. Nothing is executed.

    Args:
        text: All of it is read.
        is_listed: Whether the calls must stand in brackets.

    >>> python_calls('[weather(city="Ulm", days=3)]')
    [ToolCall(name='weather', arguments={'city': 'Ulm', 'days': 3}, defaults={})]
    >>> python_calls('weather("Ulm")', is_listed=False) is None
    True
    """
    parsed = _tree(text, "eval")
    if not isinstance(parsed, ast.Expression):
        return None
    tree = parsed.body
    if isinstance(tree, ast.List):
        nodes = tree.elts
    elif not is_listed:
        nodes = tree.elts if isinstance(tree, ast.Tuple) else [tree]
    else:
        return None
    calls = [_call(node) for node in nodes]
    if not calls or any(call is None for call in calls):
        return None
    return [call for call in calls if call is not None]


def python_lines(code: str) -> list[ToolCall] | None:
    r"""Return the calls of code that is one call a line, as MiniCPM writes them.

    >>> [call.name for call in python_lines("one(a=1)\ntwo()")]
    ['one', 'two']
    """
    module = _tree(code, "exec")
    body = module.body if isinstance(module, ast.Module) else []
    calls = [_call(each.value) if isinstance(each, ast.Expr) else None for each in body]
    return None if None in calls or not calls else [call for call in calls if call is not None]


def may_become_python_calls(text: str) -> bool:
    """Return whether a text may be the beginning of calls in brackets.

    >>> may_become_python_calls('[weather(city="Ul'), may_become_python_calls("[1, 2")
    (True, False)
    """
    return _BEGUN.match(text.strip()) is not None


def _tree(code: str, mode: Literal["eval", "exec"]) -> ast.AST | None:
    """Return the syntax tree of code that begins as a call does, or None where it has none."""
    if len(code) > _MOST_CHARACTERS or not _LIKE_A_CALL.match(code):
        return None
    with warnings.catch_warnings():  # Python remarks on odd code, and so on what a model writes.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code.strip(), mode=mode)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _call(node: ast.expr) -> ToolCall | None:
    if not isinstance(node, ast.Call) or node.args or any(k.arg is None for k in node.keywords):
        return None
    try:
        arguments = {str(each.arg): _value(each.value) for each in node.keywords}
        return ToolCall(_name(node.func), arguments)
    except ValueError:
        return None


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    raise ValueError("no name")


def _value(node: ast.expr) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(node, ast.Name):
        return _LITERALS.get(node.id, RawText(node.id))
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(each) for each in node.elts]
    if isinstance(node, ast.Dict):
        return {
            str(ast.literal_eval(key)): _value(value)
            for key, value in zip(node.keys, node.values, strict=True)
            if key is not None
        }
    value = ast.literal_eval(node)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError("no JSON value")
