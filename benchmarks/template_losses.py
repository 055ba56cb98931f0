"""What each published template with tools, reasoning or typed parts loses of a task's own text.

Five short conversations, written for this, go through each template as ladder writes them; each of
their texts is looked for in the prompt (rules R30 to R32 and R12). Ends with a code other than 0 where
a repair that is offered brings an error or a warning of its own.

    python -m benchmarks.template_losses [folder of templates]
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.table import write_table
from benchmarks.templates import SHARED, published
from ladder.chat import TemplateContext, check_context, propose_repairs
from ladder.chat.probes.probes import Probes
from ladder.models.template_turns import write_turns
from ladder.spec.candidate import ChatSetup

COMMAND = "python -m benchmarks.template_losses"
_FORMS = re.compile(r"tool|think|reason|\.type|\['type'\]|\[\"type\"\]")

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Look up the current weather of one city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "Name of the city."}},
            "required": ["city"],
        },
    },
}
_ASKED = {"role": "user", "content": "Is it raining in Bergen, and should the ferry wait?"}
_REASON = "The ferry question needs the weather of Bergen."
_BOATS = {"role": "user", "content": "How many boats lie in the northern harbour?"}
_SEVEN = {"role": "assistant", "content": "Seven boats lie in that harbour."}


def _called(text: str | None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    function = {"name": "get_weather", "arguments": json.dumps({"city": "Bergen on the coast"})}
    call = {"id": "abcde1234", "type": "function", "function": function}
    return {"role": "assistant", "content": text, "tool_calls": [call], **more}


_RESULT = {
    "role": "tool",
    "name": "get_weather",
    "tool_call_id": "abcde1234",
    "content": json.dumps({"sky": "drizzle over the fjord", "wind": 17}),
}

Task = dict[str, Any]
TASKS: dict[str, Task] = {
    "tool call": {"messages": ((_ASKED, _called(None), _RESULT),), "tools": (TOOL,)},
    "text beside it": {
        "messages": ((_ASKED, _called("Let me look at the sky over Bergen."), _RESULT),),
        "tools": (TOOL,),
    },
    "reasoning before it": {
        "messages": ((_ASKED, _called("", reasoning_content=_REASON), _RESULT),),
        "tools": (TOOL,),
    },
    "reasoning learnt": {
        "rows": ((_BOATS, {**_SEVEN, "reasoning_content": "I count the masts, four and three."}),),
        "training": True,
    },
    "second text part": {
        "messages": (
            (
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "First look at the timetable below."},
                        {"type": "text", "text": "Which ferry leaves after nine?"},
                    ],
                },
            ),
        )
    },
    "late system text": {
        "messages": (
            (
                _BOATS,
                _SEVEN,
                {"role": "system", "content": "From here on answer in Norwegian only."},
                {"role": "user", "content": "And tomorrow morning?"},
            ),
        )
    },
    "`tool_calls: []`": {"messages": ((_BOATS, {**_SEVEN, "tool_calls": []}, _BOATS),)},
}


def has_forms(template: str) -> bool:
    """Return whether a template speaks of tools, reasoning or typed parts.

    >>> has_forms("{{ message.tool_calls }}"), has_forms("{{ message.content }}")
    (True, False)
    """
    return _FORMS.search(template) is not None


def context_of(template: str, task: Task) -> TemplateContext:
    """Return what the rules look at for one of the tasks."""
    looking = partial(write_turns, may_lose=True)
    return TemplateContext(ChatSetup(), template, write_turns=looking, **task)


def loss_of(template: str, task: Task) -> str:
    """Return what a template loses of a task's text, in a few words; `kept` where nothing."""
    probes = Probes(context_of(template, task))
    failed = [
        each for each in (*probes.task_outcomes, *probes.row_outcomes) if not isinstance(each, str)
    ]
    if failed or not probes.facts:
        return "raises"
    lost = [each.piece.where for _, each in (*probes.lost, *probes.lost_from_rows)]
    codes = {finding.code[:3] for finding in check_context(probes.context)}
    lost += ["the tools"] if "R12" in codes else []
    lost += ["changes the prompt"] if "R32" in codes else []
    return "; ".join(dict.fromkeys(map(_short, lost))) or "kept"


def _short(where: str) -> str:
    """Return a place in a conversation without the words that the column says.

    >>> _short("a reply beside its tool call")
    'the reply'
    """
    plain = where.replace(" beside its tool call", "").replace(" of a tool call", "")
    return {
        "a reply": "the reply",
        "the reasoning of a reply": "reasoning",
        "a late system message": "system text",
        "text part 2 of a user message": "part 2",
    }.get(plain, plain)


def repairs_that_add(template: str, task: Task) -> list[str]:
    """Return the errors and warnings of offered repairs that the template alone has not.

    That another form exists (L08, L09, R25) is so of each of two forms, and left out.
    """
    context = context_of(template, task)
    before = _grave(context)
    setups = propose_repairs(context)
    repaired = [Probes(context).with_setup(setup).context for setup in setups]
    return [code for each in repaired for code in sorted(_grave(each) - before)]


def _grave(context: TemplateContext) -> set[str]:
    codes = {each.code[:3] for each in check_context(context) if each.severity != "info"}
    return codes - {"L08", "L09", "R25"}


def main(folder: Path = SHARED) -> int:
    """Write the table; return 1 where a repair adds a finding."""
    templates = {name: text for name, text in published(folder).items() if has_forms(text)}
    rows: list[Mapping[str, object]] = []
    added = offered = 0
    for name, text in templates.items():
        rows.append(
            {"template": name, **{what: loss_of(text, task) for what, task in TASKS.items()}}
        )
        for task in TASKS.values():
            offered += len(propose_repairs(context_of(text, task)))
            new = repairs_that_add(text, task)
            added += len(new)
            print(*([name, *new] if new else []), sep=" ", end="\n" if new else "")
    counts = {what: Counter(str(row[what]) for row in rows) for what in TASKS}
    kept = ", ".join(f"{what} {some['kept']}" for what, some in counts.items())
    about = (
        f"The {len(rows)} published templates that speak of tools, reasoning or typed parts, and what "
        f"each loses of a task's own text (`raises`: it refuses it). Kept: {kept}. Of {offered} repairs "
        f"that are offered for these, {added} bring an error or a warning of their own."
    )
    print(write_table("What published templates lose", rows, COMMAND, note=about))
    return 1 if added else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
