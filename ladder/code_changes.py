"""`changes_by`: what a piece of code sets or fills outside itself, read from its bytecode."""

import dis
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import NamedTuple

_FILLING = frozenset(
    {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem"}
    | {"popleft", "remove", "setdefault", "sort", "update"}
)
_STORES = frozenset({"STORE_ATTR", "STORE_SUBSCR", "DELETE_ATTR", "DELETE_SUBSCR"})
GLOBALS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
_OUTER = GLOBALS | {"LOAD_DEREF", "LOAD_CLASSDEREF"}


class CodeChange(NamedTuple):
    """What code sets or fills: a name and attributes below it."""

    path: tuple[str, ...]
    is_set: bool
    is_local: bool = False


def inner_codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of functions that are defined inside."""
    return (each for each in code.co_consts if isinstance(each, CodeType))


def changes_to_self(method: FunctionType) -> Iterator[CodeChange]:
    """Yield what a method changes of its own object; what the making of one sets is no change."""
    code = method.__code__
    if method.__name__ in {"__init__", "__post_init__", "__new__"} or not code.co_argcount:
        return
    for each in changes_by(code):
        if len(each.path) > 1 and each.path[0] == code.co_varnames[0]:
            yield each._replace(path=each.path[1:])


def changes_by(code: CodeType) -> Iterator[CodeChange]:
    """Yield what code sets or fills outside itself, so that a counter or a log is no part of it."""
    steps = list(dis.get_instructions(code))
    known: dict[str, CodeChange] = {}
    for at, step in enumerate(steps):
        if step.opname in {"STORE_GLOBAL", "STORE_DEREF"}:
            yield CodeChange((step.argval,), is_set=True)
        elif step.opname in {"STORE_FAST", "STORE_FAST_LOAD_FAST"}:
            name = step.argval if isinstance(step.argval, str) else step.argval[0]
            place = _read_by(steps, at - 1, known)
            known.pop(name, None)
            known |= {} if place is None else {name: place}
        elif step.opname in _STORES or _is_filling(step):
            yield from _changed_at(steps, at, known)
    for inner in inner_codes(code):
        yield from (each for each in changes_by(inner) if not each.is_local)


def _changed_at(
    steps: list[dis.Instruction], at: int, known: dict[str, CodeChange]
) -> Iterator[CodeChange]:
    step = steps[at]
    place = _receiver(steps, at, known)
    name = (step.argval,) if step.opname in {"STORE_ATTR", "DELETE_ATTR"} else ()
    for each in [place] if place is not None else _of_pair(steps[max(0, at - 2) : at], known):
        yield each._replace(path=(*each.path, *name), is_set=bool(name))


def _of_pair(before: list[dis.Instruction], known: dict[str, CodeChange]) -> Iterator[CodeChange]:
    """Yield the local names that one instruction reads together, as Python 3.13 has them.

    Where the second of them stands in the source is not told.
    """
    if any(each.opname.startswith("CALL") for each in before):
        return
    for step in before:
        if isinstance(step.argval, tuple) and "LOAD_FAST" in step.opname:
            yield from (
                known.get(name, CodeChange((name,), is_set=False, is_local=True))
                for name in step.argval
            )


def _is_filling(step: dis.Instruction) -> bool:
    return step.opname in {"LOAD_METHOD", "LOAD_ATTR"} and step.argval in _FILLING


def _read_by(
    steps: list[dis.Instruction], at: int, known: dict[str, CodeChange]
) -> CodeChange | None:
    """Return the place that an instruction reads: a name, or an attribute below one."""
    step = steps[at]
    if step.opname == "LOAD_ATTR":
        place = _receiver(steps, at, known)
        return None if place is None else place._replace(path=(*place.path, step.argval))
    return _root(step, known)


def _root(step: dis.Instruction, known: dict[str, CodeChange]) -> CodeChange | None:
    is_local = step.opname.startswith("LOAD_FAST")
    if not isinstance(step.argval, str) or not (is_local or step.opname in _OUTER):
        return None
    if is_local and step.argval in known:
        return known[step.argval]
    return CodeChange((step.argval,), is_set=False, is_local=is_local)


def _receiver(
    steps: list[dis.Instruction], at: int, known: dict[str, CodeChange]
) -> CodeChange | None:
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
