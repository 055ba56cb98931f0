"""`function_name` and `function_digest`: what tells a function in memory from every other."""

import dis
import functools
import hashlib
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

_FILLS = "fills what it is given"
_FILLING = {"append", "extend", "add", "update", "setdefault", "insert", "pop"}
_SETS = {"STORE_GLOBAL", "STORE_DEREF", "STORE_ATTR"}
_PLAIN = (str, bytes, int, float, bool, type(None))


def function_name(function: Callable[..., Any]) -> str:
    """Return the name of a function with a digest of its code, as a spec may hold it.

    >>> function_name(len)[:4]
    'len-'
    """
    inner = function.func if isinstance(function, functools.partial) else function
    name = getattr(inner, "__name__", type(inner).__name__).strip("<>")
    return f"{name}-{function_digest(function)}"


def function_digest(function: Callable[..., Any]) -> str:
    """Return twelve digits that change with a function's code, defaults, closure and globals.

    Functions that it calls by a global name count with their code; of other objects their type and
    their plain attributes count. What it changes itself, a counter or a log, does not. What a server
    or a file answers is not seen.

    >>> function_digest(lambda x: x + 1) == function_digest(lambda x: x + 2)
    False
    """
    parts = "\n".join(_parts(function, set()))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _parts(value: Any, met: set[int]) -> Iterator[str]:  # noqa: ANN401 - any object
    if isinstance(value, _PLAIN):
        yield repr(value)
        return
    if id(value) in met:
        return
    met.add(id(value))
    if isinstance(value, functools.partial):
        yield from _parts((value.func, value.args, value.keywords), met)
    elif isinstance(value, MethodType):
        yield from _parts((value.__func__, value.__self__), met)
    elif isinstance(value, FunctionType):
        yield from _of_function(value, met)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from (*_parts(key, met), *_parts(each, met))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _parts(each, met)
    else:
        yield from _of_object(value, met)


def _of_function(function: FunctionType, met: set[int]) -> Iterator[str]:
    yield from _of_code(function.__code__)
    yield from _parts((function.__defaults__, function.__kwdefaults__), met)
    changed = _changed_by(function.__code__)
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    values = {name: cell.cell_contents for name, cell in cells if _is_filled(cell)}
    known = function.__globals__
    values |= {name: known[name] for name in _names_in(function.__code__) if name in known}
    for name, value in sorted(values.items(), key=lambda pair: pair[0]):
        yield name
        is_log = _FILLS in changed and isinstance(value, list | dict | set)
        if name not in changed and not is_log:
            yield from _parts(value, met)


def _changed_by(code: CodeType) -> set[str]:
    """Return the names that code sets outside itself, so that a counter or a log is no part of it."""
    found = {each.argval for each in dis.get_instructions(code) if each.opname in _SETS}
    fills = any(each.opname == "STORE_SUBSCR" for each in dis.get_instructions(code))
    if fills or _FILLING & set(code.co_names):
        found.add(_FILLS)
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return found.union(*map(_changed_by, inner))


def _is_filled(cell: CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _of_code(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _of_code(constant)
        else:
            yield repr(constant)


def _names_in(code: CodeType) -> set[str]:
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*map(_names_in, inner))


def _of_object(value: Any, met: set[int]) -> Iterator[str]:  # noqa: ANN401 - any object
    """Yield the type of an object, the code of its call, and its plain attributes."""
    kind = value if isinstance(value, type) else type(value)
    yield f"{kind.__module__}.{kind.__qualname__}"
    call = vars(kind).get("__call__")
    if isinstance(call, FunctionType) and not isinstance(value, type):
        yield from _of_function(call, met)
    counted = _changed_by(call.__code__) if isinstance(call, FunctionType) else set()
    for name, each in sorted(getattr(value, "__dict__", {}).items()):
        if isinstance(each, _PLAIN) and not name.startswith("__") and name not in counted:
            yield f"{name}={each!r}"
