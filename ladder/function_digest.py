"""`function_name` and `function_digest`: what tells a function in memory from every other."""

import datetime as dt
import decimal
import dis
import fractions
import functools
import hashlib
import re
import sys
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import PurePath
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    EllipsisType,
    FunctionType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any, NamedTuple

from ladder.code_changes import GLOBALS, CodeChange, changes_by, changes_to_self, inner_codes

_PLAIN = (str, bytes, int, float, complex, bool, type(None), EllipsisType)
_VALUES = (
    *(PurePath, dt.date, dt.time, dt.timedelta),
    *(decimal.Decimal, fractions.Fraction, uuid.UUID, range, slice),
)
_CONTAINERS = (list, dict, set, deque, bytearray)
_IMPLIED = frozenset(
    {"__call__", "__contains__", "__enter__", "__getattr__", "__getitem__", "__iter__", "__str__"}
)
"""Methods that are called without their name."""

_KEPT_BY_PYTHON = frozenset({"_abc_impl", "_is_protocol", "_is_runtime_protocol"})
_DEEPEST = 4
"""How many objects deep attributes are looked at."""


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

    Functions and methods of the user's own that it calls count with their code, and objects with
    their attributes. What it changes itself, a counter or a log, does not. Of libraries what they
    keep to themselves does not count, and what a server or a file answers is not seen. It is the
    same in every process.

    >>> function_digest(lambda x: x + 1) == function_digest(lambda x: x + 2)
    False
    """
    parts = "\n".join(_Walk({}).parts(function, _Use(frozenset({"__call__"}))))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:12]


class _Use(NamedTuple):
    """What code does with a value: names that it may call on it, and what it changes below it."""

    names: frozenset[str] = frozenset()
    changes: frozenset[CodeChange] = frozenset()

    def below(self, name: str) -> "_Use":
        """Return what the code does with an attribute."""
        found = (each for each in self.changes if each.path[:1] == (name,))
        return _Use(self.names, frozenset(each._replace(path=each.path[1:]) for each in found))

    def changes_all_of(self, value: object) -> bool:
        """Return whether the code itself sets a value, or fills a container."""
        is_container = isinstance(value, _CONTAINERS)
        return any(not each.path and (each.is_set or is_container) for each in self.changes)


class _Walk:
    """Goes through all that a function can reach.

    Args:
        met: What was met already, by its id; kept alive, so that no id comes again.
    """

    def __init__(self, met: dict[int, object], depth: int = 0) -> None:
        self._met = met
        self._depth = depth

    def parts(self, value: Any, use: _Use) -> Iterator[str]:  # noqa: ANN401 - any object
        """Yield texts that say together what a value is."""
        if isinstance(value, Enum):
            yield f"{type(value).__qualname__}.{value.name}"
            yield from self.parts(value.value, use)
        elif isinstance(value, (*_PLAIN, *_VALUES)):
            yield repr(value)
        elif isinstance(value, re.Pattern):
            yield repr((value.pattern, value.flags))
        elif isinstance(value, tuple):
            yield from self._all_of("tuple", value, use)
        elif isinstance(value, set | frozenset):
            yield from self._in_order(value, use)
        elif id(value) in self._met:
            yield "met before"
        else:
            yield from self._once(value, use)

    def _once(self, value: Any, use: _Use) -> Iterator[str]:  # noqa: ANN401 - any object
        if self._depth < _DEEPEST:
            self._met[id(value)] = value
        if isinstance(value, functools.partial):
            yield from self.parts((value.func, value.args, value.keywords), use)
        elif isinstance(value, MethodType):
            inner = _Use(use.names | {value.__func__.__name__}, use.changes)
            yield from (*self.parts(value.__func__, use), *self.parts(value.__self__, inner))
        elif isinstance(value, FunctionType):
            yield from self._function(value)
        elif isinstance(value, dict):
            pairs = (each for pair in value.items() for each in pair)
            yield from self._all_of("dict", pairs, use)
        elif isinstance(value, list | deque):
            yield from self._all_of("list", value, use)
        else:
            yield from self._object(value, use)

    def _all_of(self, kind: str, values: Iterable[Any], use: _Use) -> Iterator[str]:
        yield f"{kind}("
        inner = _Use(use.names)
        for each in values:
            yield from self.parts(each, inner)
        yield ")"

    def _in_order(self, values: Iterable[Any], use: _Use) -> Iterator[str]:
        """Yield what is in a set, whose own order is another in every process."""
        inner = _Use(use.names)
        found = [
            [repr(each)]
            if isinstance(each, _PLAIN) and not isinstance(each, Enum)
            else list(_Walk(dict(self._met), self._depth).parts(each, inner))
            for each in values
        ]
        yield from ("set(", *(text for each in sorted(found) for text in each), ")")

    def _function(self, function: FunctionType) -> Iterator[str]:
        code, depth = function.__code__, self._depth
        self._depth = 0
        yield from self._code(code)
        yield from (f"{name}: {each}" for name, each in _annotations(function))
        changes = frozenset(changes_by(code))
        names = frozenset(_names_in(code))
        for is_local, values in ((True, _defaults(function)), (False, _values(function))):
            use = _Use(names, frozenset(each for each in changes if each.is_local == is_local))
            for name, value in sorted(values.items()):
                yield from self._named(name, value, use)
        self._depth = depth

    def _named(self, name: str, value: Any, use: _Use) -> Iterator[str]:  # noqa: ANN401
        inner = use.below(name)
        yield name
        if not inner.changes_all_of(value):
            yield from self.parts(value, inner)

    def _code(self, code: CodeType) -> Iterator[str]:
        yield code.co_code.hex()
        yield repr((code.co_names, code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]))
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from self._code(constant)
            else:
                yield from self.parts(constant, _Use())

    def _object(self, value: Any, use: _Use) -> Iterator[str]:  # noqa: ANN401 - any object
        """Yield the type of an object, the code of its methods in use, and its attributes."""
        kind = value if isinstance(value, type) else type(value)
        yield f"{kind.__module__}.{kind.__qualname__}"
        if isinstance(value, BuiltinFunctionType):
            yield value.__qualname__
        if self._depth >= _DEEPEST:
            return
        if isinstance(wrapped := getattr(value, "__wrapped__", None), FunctionType):
            yield from self.parts(wrapped, use)
        self._depth += 1
        made = {"__init__", "__post_init__"} if isinstance(value, type) else set()
        methods = _methods_in_use(kind, use.names | made)
        names = use.names.union(*(_names_in(each.__code__) for each in methods.values()))
        own = (change for each in methods.values() for change in changes_to_self(each))
        inner = _Use(names, use.changes | frozenset(own))
        for name, method in sorted(methods.items()):
            yield name
            yield from self.parts(method, _Use())
        for name, each in _attributes(value, kind, names):
            yield from self._named(name, each, inner)
        self._depth -= 1


def _is_own(module: str) -> bool:
    """Return whether a module is the user's own: neither Python's nor that of an installed package."""
    if module == "__main__" or module.partition(".")[0] in sys.stdlib_module_names:
        return module == "__main__"
    place = str(getattr(sys.modules.get(module), "__file__", None) or "")
    return "site-packages" not in place and "dist-packages" not in place


def _annotations(function: FunctionType) -> list[tuple[str, str]]:
    found = function.__annotations__.items()
    return sorted(
        (name, str(getattr(each, "__name__", type(each).__name__))) for name, each in found
    )


def _defaults(function: FunctionType) -> dict[str, Any]:
    """Return the values that parameters have unless they are given."""
    code, values = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    return dict(zip(names, values, strict=True)) | (function.__kwdefaults__ or {})


def _values(function: FunctionType) -> dict[str, Any]:
    """Return what a function takes from outside: its closure, and globals where it is the user's."""
    code, known = function.__code__, function.__globals__
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    found = {name: cell.cell_contents for name, cell in cells if _is_filled(cell)}
    if not _is_own(str(known.get("__name__", "__main__"))):
        return found
    return found | {name: known[name] for name in _globals_in(code) if name in known}


def _is_filled(cell: CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _names_in(code: CodeType) -> set[str]:
    return set(code.co_names).union(*map(_names_in, inner_codes(code)))


def _globals_in(code: CodeType) -> set[str]:
    found = {each.argval for each in dis.get_instructions(code) if each.opname in GLOBALS}
    return found.union(*map(_globals_in, inner_codes(code)))


def _methods_in_use(kind: type, names: frozenset[str]) -> dict[str, FunctionType]:
    """Return the methods of a class that code may call by these names, and those that these call."""
    known: dict[str, FunctionType] = {}
    for base in reversed(kind.__mro__):
        for name, each in vars(base).items():
            method = _function_of(each)
            if method is not None and (_is_own(base.__module__) or name == "__call__"):
                known[name] = method
    found: dict[str, FunctionType] = {}
    wanted = {*_IMPLIED, *names}
    while new := {name: known[name] for name in wanted if name in known and name not in found}:
        found |= new
        wanted = set().union(*(_names_in(each.__code__) for each in new.values()))
    return found


def _function_of(member: object) -> FunctionType | None:
    """Return the function behind a member of a class, if there is one."""
    if isinstance(member, property):
        member = member.fget
    elif isinstance(member, staticmethod | classmethod):
        member = member.__func__
    elif isinstance(member, functools.cached_property):
        member = member.func
    return member if isinstance(member, FunctionType) else None


def _attributes(value: Any, kind: type, names: frozenset[str]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield the attributes of an object that count, in the order of their names."""
    for name, each in sorted(_fields(value, kind).items()):
        is_private = name.startswith("_")
        if isinstance(value, ModuleType):
            is_seen = name in names and _is_own(value.__name__)
        elif _is_own(kind.__module__) or kind is SimpleNamespace:
            is_seen = True
        else:
            is_seen = (
                not is_private and kind.__module__.partition(".")[0] not in sys.stdlib_module_names
            )
        if isinstance(each, _PLAIN) or is_seen:
            yield name, each


def _fields(value: Any, kind: type) -> dict[str, Any]:  # noqa: ANN401 - any object
    """Return what an object holds, and the values that its class gives to all of its kind.

    What a property keeps once it was computed is left out: it is there only after the first call.
    """
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if _is_own(base.__module__):
            slots = vars(base).get("__slots__", ())
            kept = [slots] if isinstance(slots, str) else list(slots)
            found |= {name: getattr(value, name) for name in kept if hasattr(value, name)}
            plain = (pair for pair in vars(base).items() if not hasattr(pair[1], "__get__"))
            found |= {name: each for name, each in plain if name not in _KEPT_BY_PYTHON}
    found |= {} if isinstance(value, type) else dict(getattr(value, "__dict__", {}))
    found = {name: each for name, each in found.items() if not name.startswith("__")}
    computed = [
        name for name in found if isinstance(getattr(kind, name, None), functools.cached_property)
    ]
    return {name: each for name, each in found.items() if name not in computed}
