"""The task "heating": a request to a smart home becomes calls of its tools, or none."""

import json
import random
from pathlib import Path
from typing import Any

from examples.tasks import write_spec

ROOMS = ("kitchen", "office", "hall", "attic", "cellar", "bathroom", "bedroom", "garage")
TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "set_heating",
            "description": "Set the temperature of a room.",
            "parameters": {
                "type": "object",
                "properties": {
                    "room": {"type": "string", "description": "The room, as it was named."},
                    "degrees": {"type": "integer", "description": "The temperature."},
                    "unit": {
                        "type": "string",
                        "description": "The unit.",
                        "enum": ["celsius", "fahrenheit"],
                        "default": "celsius",
                    },
                },
                "required": ["room", "degrees"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "open_blinds",
            "description": "Open the blinds of a room.",
            "parameters": {
                "type": "object",
                "properties": {"room": {"type": "string", "description": "The room."}},
                "required": ["room"],
            },
        },
    },
]
NO_TOOL = "I have no tool for that."
_GREETINGS = ("Hello", "Hi", "Good morning", "Please", "Good evening", "Hey")
_OTHERS = ("order a pizza", "call my mother", "tell me a joke", "water the plants", "feed the cat")


def heating(folder: Path, seed: int, *, n: int = 160, model: str = "demo") -> Path:
    """Write the task into a folder; return the spec's path.

    One row in eight asks for what no tool can do, and one in eight for two things at once.

    Args:
        folder: Where to write.
        seed: Decides every row.
        n: Rows of eval data; forty more are worked examples.
        model: What the spec says of the model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)  # noqa: S311 - synthetic data, not a secret
    rows = [_row(rng, number) for number in rng.sample(range(1000, 9000), n + 40)]
    for name, part in (("eval", rows[:n]), ("pool", rows[n:])):
        text = "".join(json.dumps(row) + "\n" for row in part)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    spec = {
        "name": "heating",
        "model": model,
        "data": "eval.jsonl",
        "metric": "tool_calls",
        "target": 0.8,
        "generation": {"max_new_tokens": 96},
        "levers": {
            "model": {"not_applicable": "one model is allowed"},
            "rag": {"not_applicable": "all that is needed stands in the request"},
            "rerank": {"not_applicable": "there is nothing to rank"},
            "few_shot": {"pool": "pool.jsonl", "shots": [2], "methods": ["random"]},
        },
        "seed": seed,
    }
    return write_spec(folder, spec)


def _row(rng: random.Random, number: int) -> dict[str, Any]:
    greeting, room, other = rng.choice(_GREETINGS), *rng.sample(ROOMS, 2)
    degrees = 10 + number % 16
    wish = f"{greeting}, this is flat {number}: "
    warm = _call("set_heating", {"room": room, "degrees": degrees})
    kind = number % 8
    if kind == 0:
        asked, answer = rng.choice(_OTHERS), {"role": "assistant", "content": NO_TOOL}
    elif kind == 1:
        asked = f"heat the {room} to {degrees} degrees and open the blinds of the {other}"
        answer = _calling(warm, _call("open_blinds", {"room": other}))
    elif kind == 2:
        asked, answer = f"open the {room} blinds", _calling(_call("open_blinds", {"room": room}))
    else:
        asked, answer = f"heat the {room} to {degrees} degrees", _calling(warm)
    return {"messages": [{"role": "user", "content": f"{wish}{asked}."}, answer], "tools": TOOLS}


def _calling(*calls: dict[str, Any]) -> dict[str, Any]:
    numbered = [{"id": f"call_{at}", **call} for at, call in enumerate(calls)]
    return {"role": "assistant", "content": None, "tool_calls": numbered}


def _call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"type": "function", "function": function}
