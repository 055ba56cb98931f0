"""`other_forms`: turns with calls of tools in the other forms in which runtimes give them to templates.

transformers gives turns as they are, without keys that are null; before version 5 it kept a null
content. vLLM gives an empty text beside calls without one, and the last nine letters of longer ids
to Mistral's templates. Ids are those of the runtime that made the calls: Mistral's have nine
letters, and Kimi's hold the tool's name. A conversation that was recorded with another model gets
the ids that this one would have given.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from ladder.data.chat_message import arguments_of

Turn = Mapping[str, Any]
Turns = Sequence[Turn]
Change = Callable[[Turns], Turns]

_ID_LETTERS = 9
_ASKS_FOR_IDS = re.compile(r"\bids?\b|tool_call_id", re.IGNORECASE)
_ASKS_FOR_NAMES = re.compile(r"'name'")


class TurnForm(NamedTuple):
    """Turns as one runtime gives them; `keeps_null` where it gives a null content as it is."""

    turns: Turns
    keeps_null: bool = False


def other_forms(given: Turns, message: str) -> Iterator[TurnForm]:
    """Yield turns in other forms than transformers' own, those first that the error asks for.

    Args:
        given: The turns as the row has them.
        message: What the template said of the first form.
    """
    repairs: tuple[Change, ...] = (lambda turns: turns, with_ids_of_nine, with_names)
    if _ASKS_FOR_IDS.search(message):
        repairs = (with_ids_of_nine, _with_ids_and_names)
    elif _ASKS_FOR_NAMES.search(message):
        repairs = (with_names, _with_ids_and_names)
    objects = [with_objects(turn) for turn in given]
    for repair in repairs:
        for turns in (objects, list(given)):
            yield TurnForm(repair(turns))
            yield TurnForm(repair(_with_empty_texts(turns)))
        yield TurnForm(repair(objects), keeps_null=True)
        yield TurnForm(repair(_with_empty_parts(objects)))


def with_objects(turn: Turn) -> Turn:
    """Return a turn whose tool calls have their arguments as objects, as templates ask for them."""
    return _with_functions(turn, lambda each: {**each, "arguments": arguments_of(each)})


def with_tool_calls(turn: Turn) -> Turn:
    """Return a turn of OpenAI's older form, with one `function_call`, as templates know calls.

    >>> with_tool_calls({"role": "assistant", "content": None, "function_call": {"name": "time"}})
    {'role': 'assistant', 'content': None, 'tool_calls': [{'type': 'function', 'function': {'name': 'time'}}]}
    """
    if turn.get("role") == "function":
        return {**turn, "role": "tool"}
    call = turn.get("function_call")
    if not isinstance(call, Mapping) or turn.get("tool_calls"):
        return turn
    rest = {name: value for name, value in turn.items() if name != "function_call"}
    return {**rest, "tool_calls": [{"type": "function", "function": call}]}


def with_ids_of_nine(turns: Turns) -> Turns:
    """Return turns whose calls have ids of nine letters and digits, as Mistral's runtimes give them.

    >>> call = {"id": "call_0123456789", "function": {"name": "time"}}
    >>> asked, told = {"role": "assistant", "tool_calls": [call]}, {"role": "tool"}
    >>> [calling, result] = with_ids_of_nine([asked, told])
    >>> calling["tool_calls"][0]["id"], result["tool_call_id"]
    ('123456789', '123456789')
    """
    taken: set[str] = set()

    def short(call_id: str, name: str, number: int) -> str:
        del name
        letters = re.sub(r"[^A-Za-z0-9]", "", call_id)[-_ID_LETTERS:]
        if len(letters) < _ID_LETTERS or letters in taken:
            letters = hashlib.sha256(f"{number} {call_id}".encode()).hexdigest()[:_ID_LETTERS]
        taken.add(letters)
        return letters

    return _with_ids(turns, short)


def with_ids_of_names(turns: Turns) -> Turns:
    """Return turns whose calls have ids with the tool's name in them, as Kimi's runtimes give them.

    >>> call = {"id": "call_1", "function": {"name": "time"}}
    >>> with_ids_of_names([{"role": "assistant", "tool_calls": [call]}])[0]["tool_calls"][0]["id"]
    'functions.time:0'
    """
    return _with_ids(turns, lambda _, name, number: f"functions.{name}:{number}")


def with_names(turns: Turns) -> Turns:
    """Return turns in which the result of a call has the name of its tool.

    >>> call = {"id": "1", "function": {"name": "time"}}
    >>> with_names([{"role": "assistant", "tool_calls": [call]}, {"role": "tool"}])[1]["name"]
    'time'
    """
    named: list[Turn] = []
    open_calls: list[tuple[str, str]] = []
    for turn in turns:
        open_calls += [(call_id, name) for call_id, name in _ids_of(turn)]
        if turn.get("role") == "tool":
            at = _place(open_calls, turn)
            name = open_calls.pop(at)[1] if at is not None else ""
            named.append({**turn, "name": name} if name and not turn.get("name") else turn)
        else:
            named.append(turn)
    return named


def renamed(turns: Turns, ending: str) -> Turns:
    """Return turns whose tools have an ending behind their names, to see where names are written."""
    return [
        _with_functions(turn, lambda each: {**each, "name": f"{each.get('name')}{ending}"})
        for turn in turns
    ]


def _with_ids_and_names(turns: Turns) -> Turns:
    return with_names(with_ids_of_nine(turns))


def _with_empty_texts(turns: Turns) -> Turns:
    return [{**turn, "content": ""} if turn.get("content") is None else turn for turn in turns]


def _with_empty_parts(turns: Turns) -> Turns:
    """Return turns in which typed content stands beside calls without a text (Command A Reasoning)."""
    empty = [{"type": "text", "text": ""}]
    return [{**turn, "content": turn.get("content") or empty} for turn in turns]


def _with_functions(turn: Turn, change: Callable[[Turn], Turn]) -> Turn:
    calls = turn.get("tool_calls")
    if not isinstance(calls, list):
        return turn
    return {**turn, "tool_calls": [_changed(call, change) for call in calls]}


def _changed(call: Any, change: Callable[[Turn], Turn]) -> Any:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return call
    return {**call, "function": change(function)}


def _with_ids(turns: Turns, new_id: Callable[[str, str, int], str]) -> Turns:
    """Return turns with other ids; a result without a known id belongs to the first open call."""
    changed: list[Turn] = []
    open_calls: list[tuple[str, str]] = []
    numbers = count()
    for turn in turns:
        old = _ids_of(turn)
        if old:
            new = [new_id(call_id, name, next(numbers)) for call_id, name in old]
            open_calls += zip([call_id for call_id, _ in old], new, strict=True)
            calls = zip(turn["tool_calls"], new, strict=True)
            changed.append({**turn, "tool_calls": [{**call, "id": each} for call, each in calls]})
        elif turn.get("role") == "tool" and (at := _place(open_calls, turn)) is not None:
            changed.append({**turn, "tool_call_id": open_calls.pop(at)[1]})
        else:
            changed.append(turn)
    return changed


def _ids_of(turn: Turn) -> list[tuple[str, str]]:
    """Return the id and the name of each call of a turn; nothing where one is no call."""
    calls = turn.get("tool_calls")
    calls = calls if isinstance(calls, list) else []
    if not all(isinstance(call, Mapping) for call in calls):
        return []
    return [
        (str(call.get("id") or ""), str((call.get("function") or call).get("name") or ""))
        for call in calls
    ]


def _place(open_calls: Sequence[tuple[str, str]], result: Turn) -> int | None:
    """Return which of the calls without a result a result is of: by its id, else the first."""
    wanted = result.get("tool_call_id")
    known = [at for at, (call_id, _) in enumerate(open_calls) if wanted and call_id == wanted]
    return known[0] if known else (0 if open_calls else None)
