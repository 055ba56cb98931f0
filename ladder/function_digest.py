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

_PLAIN = (str, bytes, int, float, complex, bool, type(None), EllipsisType)
_VALUES = (
    *(PurePath, dt.date, dt.time, dt.timedelta),
    *(decimal.Decimal, fractions.Fraction, uuid.UUID, range, slice),
)
_CONTAINERS = (list, dict, set, deque, bytearray)
_FILLING = frozenset(
    {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem"}
    | {"popleft", "remove", "setdefault", "sort", "update"}
)
_STORES = frozenset({"STORE_ATTR", "STORE_SUBSCR", "DELETE_ATTR", "DELETE_SUBSCR"})
_GLOBALS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
_OUTER = _GLOBALS | {"LOAD_DEREF", "LOAD_CLASSDEREF"}
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


class _Change(NamedTuple):
    """What code sets or fills: a name and attributes below it."""

    path: tuple[str, ...]
    is_set: bool
    is_local: bool = False


class _Use(NamedTuple):
    """What code does with a value: names that it may call on it, and what it changes below it."""

    names: frozenset[str] = frozenset()
    changes: frozenset[_Change] = frozenset()

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
        changes = frozenset(_changes_by(code))
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
        own = (change for each in methods.values() for change in _changes_to_self(each))
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


def _inner_codes(code: CodeType) -> Iterator[CodeType]:
    return (each for each in code.co_consts if isinstance(each, CodeType))


def _names_in(code: CodeType) -> set[str]:
    return set(code.co_names).union(*map(_names_in, _inner_codes(code)))


def _globals_in(code: CodeType) -> set[str]:
    found = {each.argval for each in dis.get_instructions(code) if each.opname in _GLOBALS}
    return found.union(*map(_globals_in, _inner_codes(code)))


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


def _changes_to_self(method: FunctionType) -> Iterator[_Change]:
    """Yield what a method changes of its own object; what the making of one sets is no change."""
    code = method.__code__
    if method.__name__ in {"__init__", "__post_init__", "__new__"} or not code.co_argcount:
        return
    for each in _changes_by(code):
        if len(each.path) > 1 and each.path[0] == code.co_varnames[0]:
            yield each._replace(path=each.path[1:])


def _changes_by(code: CodeType) -> Iterator[_Change]:
    """Yield what code sets or fills outside itself, so that a counter or a log is no part of it."""
    steps = list(dis.get_instructions(code))
    known: dict[str, _Change] = {}
    for at, step in enumerate(steps):
        if step.opname in {"STORE_GLOBAL", "STORE_DEREF"}:
            yield _Change((step.argval,), is_set=True)
        elif step.opname in {"STORE_FAST", "STORE_FAST_LOAD_FAST"}:
            name = step.argval if isinstance(step.argval, str) else step.argval[0]
            _keep_alias(known, name, _read_by(steps, at - 1, known))
        elif step.opname in _STORES or _is_filling(step):
            yield from _changed_at(steps, at, known)
    for inner in _inner_codes(code):
        yield from (each for each in _changes_by(inner) if not each.is_local)


def _changed_at(
    steps: list[dis.Instruction], at: int, known: dict[str, _Change]
) -> Iterator[_Change]:
    step = steps[at]
    place = _receiver(steps, at, known)
    name = (step.argval,) if step.opname in {"STORE_ATTR", "DELETE_ATTR"} else ()
    for each in [place] if place is not None else _of_pair(steps[max(0, at - 2) : at], known):
        yield each._replace(path=(*each.path, *name), is_set=bool(name))


def _of_pair(before: list[dis.Instruction], known: dict[str, _Change]) -> Iterator[_Change]:
    """Yield the local names that one instruction reads together, as Python 3.13 has them.

    Where the second of them stands in the source is not told.
    """
    if any(each.opname.startswith("CALL") for each in before):
        return
    for step in before:
        if isinstance(step.argval, tuple) and "LOAD_FAST" in step.opname:
            yield from (
                known.get(name, _Change((name,), is_set=False, is_local=True))
                for name in step.argval
            )


def _is_filling(step: dis.Instruction) -> bool:
    return step.opname in {"LOAD_METHOD", "LOAD_ATTR"} and step.argval in _FILLING


def _keep_alias(known: dict[str, _Change], name: str, place: _Change | None) -> None:
    known.pop(name, None)
    if place is not None:
        known[name] = place


def _read_by(steps: list[dis.Instruction], at: int, known: dict[str, _Change]) -> _Change | None:
    """Return the place that an instruction reads: a name, or an attribute below one."""
    step = steps[at]
    if step.opname == "LOAD_ATTR":
        place = _receiver(steps, at, known)
        return None if place is None else place._replace(path=(*place.path, step.argval))
    return _root(step, known)


def _root(step: dis.Instruction, known: dict[str, _Change]) -> _Change | None:
    is_local = step.opname.startswith("LOAD_FAST")
    if not isinstance(step.argval, str) or not (is_local or step.opname in _OUTER):
        return None
    if is_local and step.argval in known:
        return known[step.argval]
    return _Change((step.argval,), is_set=False, is_local=is_local)


def _receiver(steps: list[dis.Instruction], at: int, known: dict[str, _Change]) -> _Change | None:
    """Return the place of which an instruction takes an item or attribute: what begins where it does.

    `log[key].append` begins with `log`; what a call returns is no place.
    """
    start, end = _span(steps[at])
    names: list[str] = []
    for step in reversed(steps[:at]):
        begin, until = _span(step)
        if begin != start or until >= end:
            continue
        if step.opname.startswith(("CALL", "PRECALL")):
            return None
        place = _root(step, known)
        if place is not None:
            return place._replace(path=(*place.path, *names))
        if step.opname.startswith("BINARY_"):
            names.clear()
        elif step.opname == "LOAD_ATTR":
            names.insert(0, step.argval)
    return None


def _span(step: dis.Instruction) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return where the source of an instruction begins and ends; where that is unknown, -1."""
    place = step.positions
    if place is None or place.col_offset is None:
        return (-1, -1), (-1, -1)
    start = (place.lineno or -1, place.col_offset)
    return start, (place.end_lineno or -1, place.end_col_offset or -1)
