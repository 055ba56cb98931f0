"""`read_calls`: the calls that an answer makes, by the form in which it writes them."""

import re
from dataclasses import dataclass
from functools import lru_cache

from ladder.scoring.calls.harmony_calls import take_harmony_calls
from ladder.scoring.calls.json_calls import calls_of, json_at, looks_like_a_call
from ladder.scoring.calls.marked_calls import (
    BETWEEN,
    MARK,
    MarkedCall,
    marked_call_at,
    partial_call,
)
from ladder.scoring.calls.pythonic import may_become_python_calls, python_calls
from ladder.scoring.calls.tool_call import ToolCall
from ladder.scoring.plain_text import without_tokens
from ladder.text import SPECIAL

_MOST_CHARACTERS = 100_000
_MOST_MARKS = 200
_FENCE = re.compile(r"^[ \t]{0,3}(?:`{3,}|~{3,})", re.MULTILINE)
_ONE_FENCE = re.compile(r"\s*`{3,}(?P<kind>[\w+-]*)[ \t]*\n?(?P<inner>[^`]*)(?P<close>`{3,})?\s*\Z")
_QUOTES = "\"'`“\u2018«„"
_BEHIND = re.compile(r"[ \t]*[\w.,;:!?)\"'”’»`]")


@dataclass(frozen=True, slots=True)
class CallReading:
    """What an answer calls.

    Attributes:
        calls: The calls that are whole, in their order.
        fault: Why something that was meant as a call is none, in words; else empty.
        is_cut: Whether the text ends within a call.
        partial: What is known of that call: its name, where it is whole, and the arguments so far.
        is_whole: Whether the text is calls and nothing else, without marks around them.
    """

    calls: tuple[ToolCall, ...] = ()
    fault: str = ""
    is_cut: bool = False
    partial: ToolCall | None = None
    is_whole: bool = False


@lru_cache(maxsize=256)  # a metric reads the same answer for each of its readings
def read_calls(text: str) -> CallReading:
    r"""Return the calls of an answer without thoughts, read by their form.

    A call stands between the marks of its model's family, or it is all of the answer: JSON, in a
    code fence or not, or Python calls in brackets. What stands in a code fence among other text,
    in backticks or quotes, or within a sentence is spoken of and not called.

    >>> read_calls('Let me see.\n<tool_call>\n{"name": "time", "arguments": {}}\n</tool_call>').calls
    (ToolCall(name='time', arguments={}, defaults={}),)
    >>> read_calls('I would send {"name": "time", "arguments": {}} now.').calls
    ()
    >>> read_calls('<tool_call>\n{"name": "time", "argum').is_cut
    True
    """
    text = text[:_MOST_CHARACTERS]
    marked = _marked(text)
    return marked if marked is not None else _whole(text)


def _marked(text: str) -> CallReading | None:
    """Return what stands between marks; None where no mark has a call behind it."""
    calls: list[ToolCall] = []
    fault, at, last = "", 0, None
    for _ in range(_MOST_MARKS):
        found = MARK.search(text, at)
        if found is None:
            break
        read = None if _is_in_code(text, found.start()) else marked_call_at(text, found)
        if read is None or _is_in_a_sentence(text, found.start(), read):
            at = max(found.end(), read.end if read else 0)
            continue
        calls += read.calls
        fault = fault or read.fault
        last, at = read, max(read.end, found.end())
    if last is None:
        return None
    return CallReading(tuple(calls), fault, last.is_cut, last.partial)


def _is_in_code(text: str, at: int) -> bool:
    """Return whether a place is in a code fence, in backticks, or right behind a quote."""
    if len(_FENCE.findall(text, 0, at)) % 2 and not _ONE_FENCE.match(text[:at]):
        return True
    line = text[text.rfind("\n", 0, at) + 1 : at]
    is_fence = _FENCE.match(line) is not None
    return not is_fence and (line.count("`") % 2 == 1 or (line[-1:] in _QUOTES and bool(line)))


def _is_in_a_sentence(text: str, start: int, read: MarkedCall) -> bool:
    """Return whether words stand on the same line, before a call and behind it."""
    if read.is_cut or (read.fault and read.end == len(text)):
        return False
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return bool(re.search(r"\w", re.sub(SPECIAL, "", line))) and bool(_BEHIND.match(text, read.end))


def _whole(text: str) -> CallReading:
    """Return the calls that a whole text is; a text that is none calls nothing."""
    body = without_tokens(text.strip()).strip()
    fence = _ONE_FENCE.match(body)
    is_code = False
    if fence is not None:
        is_code = fence["kind"] in ("tool_code", "python", "py", "tool_call")
        body = fence["inner"]
        inner = _marked(body)
        if inner is not None:
            return inner
    body = body.strip()
    if body[:1] in ("{", "[") and not _is_python_list(body):
        return _json_whole(body)
    calls = python_calls(body, is_listed=not is_code)
    if calls is not None:
        return CallReading(tuple(calls), is_whole=True)
    if body[:1] == "[" and may_become_python_calls(body):
        return CallReading(is_cut=True, is_whole=True)
    bare = python_calls(body, is_listed=False)
    return CallReading(
        fault="a call as code, without brackets" if bare else "", is_whole=bool(bare)
    )


def _is_python_list(body: str) -> bool:
    return body[0] == "[" and (python_calls(body) is not None or may_become_python_calls(body))


def _json_whole(body: str) -> CallReading:
    """Return the calls of a text of nothing but JSON: one value, or several one after another."""
    calls: list[ToolCall] = []
    at = 0
    while at < len(body):
        value = json_at(body, at)
        if value.state == "cut":
            whole, partial = partial_call(value.value)
            if not calls and not whole and not (partial or _may_be_a_call(value.value)):
                return CallReading(is_cut=True, is_whole=True)
            return CallReading((*calls, *whole), is_cut=True, partial=partial, is_whole=True)
        if value.state == "broken":
            return CallReading(
                fault=_fault_of(body) if not calls else "text stands behind the call"
            )
        made = calls_of(value.value, is_marked=False)
        if made is None:
            is_meant = bool(calls) or looks_like_a_call(value.value)
            return CallReading(
                fault="JSON, and no call with a name and arguments" if is_meant else ""
            )
        calls += made
        gap = BETWEEN.match(body, value.end)
        at = gap.end() if gap else value.end
    return CallReading(tuple(calls), is_whole=True)


def _may_be_a_call(value: object) -> bool:
    return value in ({}, [], None) or looks_like_a_call(value)


def _fault_of(body: str) -> str:
    """Return that a text which begins as JSON is none, where it names a tool."""
    is_meant = re.match(r"[\[{\s]*\"(?:name|function|tool_name|tool_calls|type)\"\s*:", body)
    return "it begins as JSON and is none" if is_meant else ""


def has_calls(text: str) -> bool:
    """Return whether a text has calls of tools between marks, whole or begun.

    >>> has_calls('[TOOL_CALLS][{"name": "time"'), has_calls('{"name": "time", "arguments": {}}')
    (True, False)
    """
    is_harmony = bool(take_harmony_calls(text)[1])
    return is_harmony or _marked(text[:_MOST_CHARACTERS]) is not None


def wanted_calls(target: str) -> tuple[ToolCall, ...] | None:
    """Return the calls of a target; none at all where no call is right; None where it is unclear.

    >>> wanted_calls('[{"name": "time", "arguments": {}}]')
    (ToolCall(name='time', arguments={}, defaults={}),)
    >>> wanted_calls("No tool can do this."), wanted_calls("[]"), wanted_calls('{"nme": "x"}')
    ((), (), None)
    """
    bare = target.strip()
    if bare[:1] in ("{", "["):
        value = json_at(bare, 0)
        if value.state == "whole" and value.end == len(bare):
            if value.value == []:
                return ()
            made = calls_of(value.value, is_marked=True)
            return None if made is None else tuple(made)
    read = read_calls(target)
    return None if read.fault or read.is_cut else read.calls
