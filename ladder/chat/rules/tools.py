"""R12 to R16, R27: does the model see the tools, their calls and their results?"""

import re

from ladder.chat.messages import has_role
from ladder.chat.probes.conversations import KEY, RESULT, TOOL, U1, VALUE
from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_around import after
from ladder.chat.rules.rule import Hit, RuleGroup, shown

_REPR = re.compile(r"\{'(?:type|name|function)':|: (?:None|True|False)[,}]")

RULES = RuleGroup()


@RULES.add(
    "R12 tools-schema-dropped",
    "error",
    "The template never shows the tools to the model.",
    "Choose a template that writes tools (levers.template.templates tries one), or write them into "
    "the text: {{ tools }} in prompt.system or prompt.user puts the row's schemas there, and nowhere "
    "else.",
)
def _tools_dropped(probes: Probes) -> Hit | str | None:
    text = probes.text("tools+")
    if not probes.context.tools or text is None or TOOL in text:
        return None
    return f"with a tool called {TOOL} the prompt is {shown(text)}"


@RULES.add(
    "R13 tool-call-dropped",
    "error",
    "The template loses the name or the arguments of a tool call.",
    "Use a template that knows tools.",
)
def _call_dropped(probes: Probes) -> Hit | str | None:
    if not probes.makes_calls or _stand_in_prompts(probes, "call"):
        return None
    texts = [probes.text("call+"), probes.text("text call+")]
    rendered = [after(text, U1) or "" for text in texts if text is not None]
    if any(all(word in text for word in (TOOL, KEY, VALUE)) for text in rendered):
        return None
    if not rendered and probes.text("tools+") is None:
        return None  # it refuses every conversation: R01
    if not rendered:
        return Hit(
            str(probes.error("call+")), problem="The template refuses a tool call, or its result."
        )
    return f"a call renders as {shown(rendered[0])}"


@RULES.add(
    "R14 tool-result-dropped",
    "error",
    "The template loses what a tool answered.",
    "Give the result as a user message with a marker, and measure.",
)
def _result_dropped(probes: Probes) -> Hit | str | None:
    if not has_role(probes.every_conversation, "tool") or _stand_in_prompts(probes, "result"):
        return None
    texts = [probes.text("call+"), probes.text("text call+")]
    rendered = [text for text in texts if text is not None]
    if not rendered or any(RESULT in text for text in rendered):
        return None
    return f"a call and its result render as {shown(after(rendered[0], U1))}"


def _stand_in_prompts(probes: Probes, what: str) -> bool:
    """Return whether the task's own calls, or results, all stand in its prompts and rows.

    Then what a template does with the probe's call is not what it does with the task's.
    """
    outcomes = [*probes.task_outcomes, *probes.row_outcomes]
    lost = [each.piece for _, each in (*probes.lost, *probes.lost_from_rows)]
    missing = [
        piece
        for piece in lost
        if (piece.kind == "call") == (what == "call")
        and (what == "call" or "tool result" in piece.where)
    ]
    return bool(outcomes) and not missing and all(isinstance(each, str) for each in outcomes)


def _shapes(probes: Probes) -> set[str]:
    """Return in which shapes the task gives the arguments of calls: `dict`, `str`."""
    calls = [
        call
        for turns in probes.every_conversation
        for message in turns
        for call in message.get("tool_calls") or ()
    ]
    return {type(call.get("function", call).get("arguments")).__name__ for call in calls}


@RULES.add(
    "R15 tool-arguments-shape",
    "error",
    "The template needs the arguments of tool calls in another shape.",
    "Decode or encode the arguments in the data.",
)
def _arguments_shape(probes: Probes) -> Hit | None:
    shapes = _shapes(probes)
    as_text, as_dict = probes.text("text call+"), probes.text("call+")
    if "str" in shapes and (as_text is None or f'\\"{KEY}' in as_text) and as_dict is not None:
        how = "raises" if as_text is None else shown(after(as_text, U1))
        return _in_another_shape(probes, f"JSON text as arguments: {how}", "Decode", "json.loads")
    if "dict" in shapes and as_dict is None and as_text is not None:
        return _in_another_shape(probes, "a dictionary as arguments raises", "Encode", "json.dumps")
    return None


def _in_another_shape(probes: Probes, evidence: str, change: str, how: str) -> Hit:
    """Say how to change the arguments; where ladder itself does, that others must do the same."""
    context = probes.context
    is_ours = context.write_turns is not None and context.trainer is None
    if not (is_ours and _stand_in_prompts(probes, "call")):
        return Hit(evidence, repair=f"{change} them: {how}.")
    return Hit(
        evidence,
        severity="info",
        problem="The template takes the arguments of tool calls in another shape; ladder gives it that.",
        repair=f"Serve and train with the same, or change them in the data: {how}.",
    )


@RULES.add(
    "R16 python-repr-leak",
    "error",
    "Python's own notation stands in the prompt where JSON should.",
    "Decode JSON text first and join typed parts to one text.",
)
def _repr_leak(probes: Probes) -> Hit | str | None:
    given = str(probes.context.messages)
    for text in probes.prompts if probes.uses_tools else ():
        leak = _REPR.search(text)
        if leak is not None and f'"{leak.group()}' not in given:
            return shown(text[max(0, leak.start() - 40) : leak.end() + 60])
    return None


@RULES.add(
    "R27 non-ascii-escaped",
    "warning",
    "The template escapes every letter beyond ASCII in tools, which costs tokens.",
    "Write tojson without ensure_ascii, and measure.",
)
def _escaped(probes: Probes) -> Hit | str | None:
    text = probes.text("tools+")
    if not probes.context.tools or text is None or "\\u00e9" not in text:
        return None
    place = text.index("\\u00e9")
    return shown(text[max(0, place - 40) : place + 40])
