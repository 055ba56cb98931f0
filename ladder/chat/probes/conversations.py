"""The probe conversations: made of words that occur nowhere else.

The text around such a word in a rendered prompt is the template's own, whatever its family.
"""

from collections.abc import Collection
from typing import Any

U1, U2 = "quokka one asks", "quokka two asks"
A1, A2 = "wombat one answers", "wombat two answers"
S1, R1 = "numbat sets the rules", "bilby ponders quietly"

TOOL, KEY, VALUE, RESULT = "find_wallaby", "burrow_name", "echidna hill", "potoroo result"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": TOOL,
            "description": "Find it, caf\u00e9 included.",
            "parameters": {
                "type": "object",
                "properties": {KEY: {"type": "string", "description": "Which one."}},
                "required": [KEY],
            },
        },
    }
]


def user(text: Any) -> dict[str, Any]:  # noqa: ANN401 - text, or typed parts
    """Return a user message."""
    return {"role": "user", "content": text}


def assistant(text: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an assistant message."""
    return {"role": "assistant", "content": text, **more}


def system(text: str) -> dict[str, Any]:
    """Return a system message."""
    return {"role": "system", "content": text}


def tool_call(arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - a dictionary, or JSON text
    """Return an assistant message that calls the tool."""
    function = {"name": TOOL, "arguments": arguments}
    call = {"type": "function", "id": "abcde1234", "function": function}
    return {"role": "assistant", "content": "", "tool_calls": [call]}


def tool_result() -> dict[str, Any]:
    """Return the tool's answer."""
    return {"role": "tool", "name": TOOL, "tool_call_id": "abcde1234", "content": RESULT}


def in_parts(turns: list[dict[str, Any]], roles: Collection[str]) -> list[dict[str, Any]]:
    """Return turns in which the content of some roles is given as typed parts.

    >>> in_parts([user("hi")], {"user"})
    [{'role': 'user', 'content': [{'type': 'text', 'text': 'hi'}]}]
    """
    return [
        {**turn, "content": [{"type": "text", "text": turn["content"]}]}
        if turn["role"] in roles and isinstance(turn["content"], str) and turn["content"]
        else turn
        for turn in turns
    ]


CONVERSATIONS: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "u": ([user(U1)], False),
    "u+": ([user(U1)], True),
    "ua": ([user(U1), assistant(A1)], False),
    "uau": ([user(U1), assistant(A1), user(U2)], False),
    "uau+": ([user(U1), assistant(A1), user(U2)], True),
    "uaua": ([user(U1), assistant(A1), user(U2), assistant(A2)], False),
    "su+": ([system(S1), user(U1)], True),
    "uu+": ([user(U1), user(U2)], True),
    "au+": ([assistant(A1), user(U1)], True),
    "uasu+": ([user(U1), assistant(A1), system(S1), user(U2)], True),
    "spaced": ([user(f"  {U1} \n")], True),
    "parts+": ([user([{"type": "text", "text": U1}])], True),
    "ra": ([user(U1), assistant(A1, reasoning_content=R1)], False),
    "rau": ([user(U1), assistant(A1, reasoning_content=R1), user(U2)], False),
    "twice": ([user(U1)], True),
    "other day": ([user(U1)], True),
}

# Rendered with TOOLS, and only for a task that uses tools.
TOOL_CONVERSATIONS: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "tools+": ([user(U1)], True),
    "call+": ([user(U1), tool_call({KEY: VALUE}), tool_result()], True),
    "call": ([user(U1), tool_call({KEY: VALUE})], False),
    "text call+": ([user(U1), tool_call(f'{{"{KEY}": "{VALUE}"}}'), tool_result()], True),
}
