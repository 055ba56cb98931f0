"""`marked_call_at`: a call between marks, in the form of the model family that writes these marks.

The forms are those of the models' own chat templates and of the tool parsers of vLLM and SGLang, as
they stood in 2026.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from ladder.scoring.calls.json_calls import as_arguments, bare_name, calls_of, json_at
from ladder.scoring.calls.pythonic import may_become_python_calls, python_calls, python_lines
from ladder.scoring.calls.tool_call import RawText, ToolCall

_BAR = "[|｜]"
_GAP = "[▁_ ]"


@dataclass(frozen=True, slots=True)
class MarkedCall:
    """What stands behind a mark.

    Attributes:
        end: The place behind it and its closing mark.
        calls: The calls that are whole.
        fault: Why what stands there is no call, in words; empty where it is.
        partial: What is known of a call that the end of the text cuts.
        is_cut: Whether the text ends before the call does.
    """

    end: int
    calls: tuple[ToolCall, ...] = ()
    fault: str = ""
    partial: ToolCall | None = None
    is_cut: bool = False


Read = Callable[[str, int, re.Match[str]], MarkedCall | None]


@dataclass(frozen=True, slots=True)
class CallForm:
    """How a family of models marks its calls: the mark, and what reads the text behind it."""

    mark: str
    read: Read


def marked_call_at(text: str, found: re.Match[str]) -> MarkedCall | None:
    """Return what stands behind a mark that `MARK` found; None where the mark is only spoken of.

    >>> text = 'Look: <tool_call>{"name": "time", "arguments": {}}</tool_call>'
    >>> marked_call_at(text, MARK.search(text)).calls
    (ToolCall(name='time', arguments={}, defaults={}),)
    """
    form = next(form for at, form in enumerate(FORMS) if found[f"form{at}"] is not None)
    return form.read(text, found.end(), found)


def _bare_function(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
    del start
    named = _FUNCTION.match(text, found.start())
    return _function(text, named.end(), named) if named else None


def _bare_invoke(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
    """Read `<invoke name="…">` with `<parameter name="…">` (DeepSeek 3.2, MiniMax M2)."""
    del start
    named = _INVOKE.match(text, found.start())
    if named is None:
        return None
    at = _closed(text, named.end(), _GAPS)
    return _tags(text, at, bare_name(named["name"]), _NAMED_PARAMETER, _INVOKE_END)


def _json_body(closing: str) -> Read:
    """Return what reads JSON calls, one or more, up to a closing mark or the end of the text."""
    close = re.compile(rf"\s*(?:{closing})")

    def read(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
        del found
        return _json_values(text, start, close)

    return read


def _json_values(text: str, start: int, close: re.Pattern[str]) -> MarkedCall | None:
    at = _closed(text, start, _GAPS)
    if at == len(text):
        return MarkedCall(at, is_cut=True)
    if end := close.match(text, at):
        return MarkedCall(end.end(), fault="nothing stands there")
    return _values_from(text, at, close) if text[at] in "{[" else None


def _values_from(text: str, start: int, close: re.Pattern[str]) -> MarkedCall:
    calls: list[ToolCall] = []
    at, fault = start, ""
    while not fault and at < len(text) and text[at] in "{[":
        value = json_at(text, at)
        if value.state == "cut":
            whole, last = partial_call(value.value)
            return MarkedCall(len(text), (*calls, *whole), partial=last, is_cut=True)
        made = calls_of(value.value, is_marked=True) if value.state == "whole" else None
        if made is None:
            fault = "what stands there is no JSON with a name and an object of arguments"
        calls += made or ()
        at = _closed(text, value.end, BETWEEN)
    if close is not _NEVER and not close.match(text, at) and _PROSE.match(text, at):
        fault = fault or "text stands behind the JSON"
    if fault:
        return MarkedCall(_after(text, at, close), fault=fault)
    return MarkedCall(_closed(text, at, close), tuple(calls))


def partial_call(value: Any) -> tuple[list[ToolCall], ToolCall | None]:  # noqa: ANN401 - JSON
    """Return the calls of a JSON value that is cut, and what is known of its last one.

    >>> partial_call([{"name": "a", "arguments": {}}, {"name": "b"}])[1].name
    'b'
    """
    items = value if isinstance(value, list) else [value]
    whole = calls_of(items[:-1], is_marked=True) if items[:-1] else []
    last = items[-1] if items and isinstance(items[-1], dict) else {}
    inner = last.get("function")
    last = inner if isinstance(inner, dict) else last
    name = last.get("name", last.get("tool_name"))
    given = last.get("arguments", last.get("parameters"))
    known = ToolCall(bare_name(name), _so_far(given)) if isinstance(name, str) else None
    return whole or [], known


def _so_far(arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return the arguments that stay as they are: the last may still grow if it has parts."""
    if not isinstance(arguments, dict):
        return {}
    last = next(reversed(arguments.values()), None)
    if not isinstance(last, dict | list):
        return arguments
    return dict(list(arguments.items())[:-1])


def _tool_call(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
    """Read what stands in `<tool_call>`: JSON (Hermes, Qwen), XML (Qwen3-Coder) or GLM's pairs."""
    at = _closed(text, start, _GAPS)
    if function := _FUNCTION.match(text, at):
        inner = _function(text, function.end(), function)
        return None if inner is None else _with_close(text, inner, _TOOL_CALL_END)
    if _FUNCTION_BEGUN.match(text, at):
        return MarkedCall(len(text), is_cut=True)
    if text[at : at + 1] in ("", "{", "[") or _TOOL_CALL_END.match(text, at):
        return _json_values(text, start, _TOOL_CALL_END)
    if name := _GLM_NAME.match(text, start):
        return _pairs(text, name.end(), name)
    return _JSON_FENCED(text, at, found) if text.startswith("```", at) else None


def _pairs(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
    """Read GLM's arguments: `<arg_key>city</arg_key><arg_value>Ulm</arg_value>`."""
    arguments: dict[str, Any] = {}
    at = start
    while pair := _GLM_PAIR.match(text, at):
        if pair["key"].strip() in arguments:
            return MarkedCall(pair.end(), fault="an argument stands there twice")
        arguments[pair["key"].strip()] = _unpadded(pair["value"])
        at = pair.end()
    call = ToolCall(bare_name(found["name"]), arguments)
    if end := _TOOL_CALL_END.match(text, at):
        return MarkedCall(end.end(), (call,))
    if _is_cut_before(text, at, ("</tool_call>", "<arg_key>")):
        return MarkedCall(len(text), partial=call if arguments else None, is_cut=True)
    return None if not arguments else MarkedCall(at, fault="its arguments are not closed")


def _function(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
    """Read `<function=name>`: parameters in tags (Qwen3-Coder), or JSON (Llama 3.1)."""
    name = bare_name(found["name"])
    at = _closed(text, start, _GAPS)
    if text[at : at + 1] == "{":
        return _json_arguments(text, at, name, _FUNCTION_END)
    return _tags(text, at, name, _PARAMETER, _FUNCTION_END)


def _tags(
    text: str, start: int, name: str, parameter: re.Pattern[str], close: re.Pattern[str]
) -> MarkedCall | None:
    arguments: dict[str, Any] = {}
    at = start
    while pair := parameter.match(text, at):
        if pair["key"] in arguments:
            return MarkedCall(pair.end(), fault="an argument stands there twice")
        arguments[pair["key"]] = _typed(pair)
        at = pair.end()
    call = ToolCall(name, arguments)
    if end := close.match(text, at):
        return MarkedCall(end.end(), (call,))
    rest = text[at:].lstrip()
    if (not rest or rest[0] == "<") and not close.search(text, at):
        return MarkedCall(len(text), partial=call, is_cut=True)
    return MarkedCall(at, fault="a parameter or the call is not closed")


def _typed(pair: re.Match[str]) -> Any:  # noqa: ANN401 - any JSON value
    kind = pair.groupdict().get("kind")
    if kind == "true":
        return pair["value"]
    return _unpadded(pair["value"])


def _unpadded(value: str) -> RawText:
    return RawText(re.sub(r"\A\n|\n\Z", "", value))


def _json_arguments(text: str, at: int, name: str, close: re.Pattern[str]) -> MarkedCall:
    """Read the arguments of a call as one JSON object, then the closing mark, if it is there."""
    if at >= len(text):
        return MarkedCall(at, is_cut=True)
    value = json_at(text, at)
    if value.state == "cut":
        known = ToolCall(bare_name(name), _so_far(value.value))
        return MarkedCall(len(text), partial=known, is_cut=True)
    arguments = as_arguments(value.value) if value.state == "whole" else None
    if arguments is None:
        return MarkedCall(_after(text, at, close), fault="its arguments are no JSON object")
    call = ToolCall(bare_name(name), arguments)
    return MarkedCall(_closed(text, value.end, close), (call,))


def _named_json(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
    """Read a name, then JSON arguments: DeepSeek's calls and Kimi's."""
    del found
    named = _KIMI_NAME.match(text, start) or _DEEPSEEK_NAME.match(text, start)
    if named is not None:
        return _json_arguments(text, named.end(), named["name"], _NAMED_END)
    is_cut = re.fullmatch(r"\s*[\w.:/-]*\s*(?:<[^>]*)?", text[start:])
    return MarkedCall(len(text), is_cut=True) if is_cut else None


def _mistral(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
    """Read Mistral's calls: a JSON list, or a name and its arguments (since 2025)."""
    named = _MISTRAL_NAME.match(text, start)
    if named is not None:
        return _json_arguments(text, named.end(), named["name"], _NEVER)
    if re.fullmatch(r"\s*[\w.-]*(?:\[\w*)?", text[start:]):
        return MarkedCall(len(text), is_cut=True)
    del found
    return _json_values(text, start, _NEVER)


def _python(closing: str) -> Read:
    """Return what reads calls written as Python, or as JSON, up to a closing mark."""
    close = re.compile(closing)

    def read(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
        del found
        end = close.search(text, start)
        body = text[start : end.start() if end else len(text)]
        after = end.end() if end else len(text)
        fence = _PYTHON_FENCE.fullmatch(body)
        calls = python_lines(fence["code"]) if fence else python_calls(body)
        if calls is not None:
            return MarkedCall(after, tuple(calls))
        if end is None and (body.lstrip().startswith("`") or may_become_python_calls(body)):
            return MarkedCall(after, is_cut=True)
        return _json_values(text, start, close) or MarkedCall(after, fault="it is no list of calls")

    return read


def _python_tag(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
    """Read what Llama 3 writes behind `<|python_tag|>`: JSON, or a built-in tool's `.call(…)`."""
    read = _json_values(text, start, _NEVER)
    if read is not None:
        return read
    del found
    body = text[start:].strip()
    calls = python_calls(body, is_listed=False)
    if calls is None:
        return MarkedCall(len(text), fault="it is code, and no call")
    bare = [ToolCall(call.name.removesuffix(".call"), call.arguments) for call in calls]
    return MarkedCall(len(text), tuple(bare))


def _gemma(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
    """Read Gemma's calls: `call:name{city:<|"|>Ulm<|"|>,days:3}`."""
    end = _GEMMA_END.search(text, start)
    body = text[start : end.start() if end else len(text)]
    named = _GEMMA_CALL.fullmatch(body)
    if named is None:
        is_cut = end is None
        return MarkedCall(len(text), is_cut=True) if is_cut else None
    pieces = _GEMMA_QUOTE.split("{" + named["arguments"] + "}")
    written = "".join(
        json.dumps(piece) if at % 2 else _GEMMA_KEY.sub(r'\1"\2":', piece)
        for at, piece in enumerate(pieces)
    )
    del found
    call = _json_arguments(re.sub(r":None\b", ":null", written), 0, named["name"], _NEVER)
    if call.is_cut and end is None:
        return MarkedCall(len(text), partial=call.partial, is_cut=True)
    fault = call.fault or ("its arguments are not closed" if call.is_cut else "")
    return MarkedCall(end.end() if end else len(text), call.calls, fault)


def _cohere(text: str, start: int, found: re.Match[str]) -> MarkedCall | None:
    """Read Command R's list; its tool `directly_answer` says that there is no call."""
    read = _JSON_COHERE(text, start, found)
    if read is None:
        return None
    names = ("directly_answer", "directly-answer")
    calls = tuple(call for call in read.calls if call.name not in names)
    return replace(read, calls=calls)


def _with_close(text: str, read: MarkedCall, close: re.Pattern[str]) -> MarkedCall:
    return replace(read, end=_closed(text, read.end, close))


def _closed(text: str, at: int, close: re.Pattern[str]) -> int:
    """Return the place behind a closing mark, where there is one: many models end without."""
    end = close.match(text, at)
    return end.end() if end else at


def _after(text: str, at: int, close: re.Pattern[str]) -> int:
    end = close.search(text, at)
    return end.end() if end else len(text)


def _is_cut_before(text: str, at: int, marks: tuple[str, ...]) -> bool:
    """Return whether a text ends within one of the marks that may follow, or within its value."""
    rest = text[at:].strip()
    return any(mark.startswith(rest) or rest.startswith(mark) for mark in marks)


_PYTHON_FENCE = re.compile(r"\s*```(?:python)?\s*\n(?P<code>.*?)\n?```\s*", re.DOTALL)
_GAPS = re.compile(r"\s*")
BETWEEN = re.compile(r"\s*(?:[,;]\s*)?")
_PROSE = re.compile(r"\s*[^\s<\[`]")
_NEVER = re.compile(r"(?!)")
_TOOL_CALL_END = re.compile(r"\s*</tool_call>")
_FUNCTION = re.compile(r"<function=\s*[\"']?(?P<name>[\w.:/-]{1,200})[\"']?\s*>")
_FUNCTION_BEGUN = re.compile(
    r"<(?:f(?:u(?:n(?:c(?:t(?:i(?:o(?:n(?:=[^>]{0,200})?)?)?)?)?)?)?)?)?\Z"
)
_FUNCTION_END = re.compile(r"\s*</function>")
_PARAMETER = re.compile(
    r"\s*<parameter=\s*(?P<key>[^<>\n]{1,200}?)\s*>(?P<value>.*?)"
    r"(?:</parameter>|(?=\n<parameter=)|(?=\n</function>))",
    re.DOTALL,
)
_NAMED_PARAMETER = re.compile(
    rf"\s*<(?:{_BAR}DSML{_BAR})?parameter\s+name=\"(?P<key>[^\"<>\n]{{1,200}})\""
    rf"(?:\s+string=\"(?P<kind>true|false)\")?\s*>(?P<value>.*?)</(?:{_BAR}DSML{_BAR})?parameter>",
    re.DOTALL,
)
_INVOKE = re.compile(rf"<(?:{_BAR}DSML{_BAR})?invoke\s+name=\"(?P<name>[^\"<>\n]{{1,200}})\"\s*>")
_INVOKE_END = re.compile(rf"\s*</(?:{_BAR}DSML{_BAR})?invoke>")
_GLM_NAME = re.compile(r"(?P<name>[A-Za-z_][\w.:/-]{0,200})\s*(?=<arg_key>|</tool_call>|\Z)")
_GLM_PAIR = re.compile(
    r"\s*<arg_key>(?P<key>[^<]{1,200})</arg_key>\s*<arg_value>(?P<value>.*?)</arg_value>", re.DOTALL
)
_DEEPSEEK_NAME = re.compile(
    rf"\s*(?:function\s*<{_BAR}tool{_GAP}sep{_BAR}>)?\s*(?P<name>[\w.:/-]{{1,200}})\s*"
    rf"(?:<{_BAR}tool{_GAP}sep{_BAR}>\s*)?(?:```(?:json)?\s*)?(?=[{{]|\Z)"
)
_KIMI_NAME = re.compile(
    r"\s*(?P<name>[\w.:/-]{1,200}?)(?::\d+)?\s*<\|tool_call_argument_begin\|>\s*"
)
_NAMED_END = re.compile(rf"\s*(?:(?:```\s*)?<{_BAR}tool{_GAP}call{_GAP}end{_BAR}>|```)")
_MISTRAL_NAME = re.compile(
    r"\s*(?P<name>[A-Za-z_][\w.:/-]{0,200})\s*(?:\[CALL_ID\]\s*\w*\s*)?(?:\[ARGS\])?\s*(?=\{)"
)
_GEMMA_END = re.compile(r"<tool_call\|>|<end_function_call>")
_GEMMA_CALL = re.compile(r"\s*call:(?P<name>[\w.:/-]{1,200})\{(?P<arguments>.*)\}\s*", re.DOTALL)
_GEMMA_QUOTE = re.compile(r"<\|\"\|>|<escape>")
_GEMMA_KEY = re.compile(r"([{,]\s*)([\w.-]+):")
_JSON_COHERE = _json_body(r"<\|END_ACTION\|>|```")
_JSON_FENCED = _json_body(r"```\s*</tool_call>")

FORMS: Final = (
    CallForm(r"<tool_call>", _tool_call),
    CallForm(r"<function=", _bare_function),
    CallForm(rf"<(?:{_BAR}DSML{_BAR})?invoke\s", _bare_invoke),
    CallForm(r"\[TOOL_CALLS\]", _mistral),
    CallForm(rf"<{_BAR}tool{_GAP}call{_GAP}begin{_BAR}>", _named_json),
    CallForm(r"<\|tool_call_start\|>", _python(r"<\|tool_call_end\|>")),
    CallForm(r"<\|tool_call>|<start_function_call>", _gemma),
    CallForm(r"<\|tool_call\|>", _json_body(r"<\|/tool_call\|>")),
    CallForm(
        r"<(?:tool_calls|function_calls?|functioncall)>",
        _json_body(r"</(?:tool_calls|function_calls?|functioncall)>"),
    ),
    CallForm(r"<\|START_ACTION\|>|(?:\A|\n)Action:\s*```(?:json)?", _cohere),
    CallForm(r"<\|action_start\|>\s*<\|plugin\|>", _json_body(r"<\|action_end\|>")),
    CallForm(r"<\|python_tag\|>", _python_tag),
)
"""How published models mark calls; harmony's channels are read where thoughts are split off."""

MARK: Final = re.compile("|".join(f"(?P<form{at}>{form.mark})" for at, form in enumerate(FORMS)))
"""The marks of all forms."""
