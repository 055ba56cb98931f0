"""Two tasks of tools: a smart home's, with two calls or none at times, and a small one of a shop.

Most of "heating" is out of reach of a very small model. In "parcels" every request is one call with
one argument, and SmolLM2-135M makes it once two worked examples have shown how.
"""

import json
import random
from pathlib import Path
from typing import Any

from examples.tasks import MODEL, levers_of_examples, write_rows, write_spec

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
SHOP_TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {
                "type": "object",
                "properties": {argument: {"type": "integer"}},
                "required": [argument],
            },
        },
    }
    for name, argument, description in (
        ("track", "parcel", "Say where a parcel is."),
        ("cancel", "order", "Cancel an order."),
    )
]
WITH_TOOLS = (
    "{% if tools %}<|im_start|>system\nTools: {% for tool in tools %}{{ tool.function.name }}"
    "({{ tool.function.parameters.properties | join(', ') }}){{ '' if loop.last else ', ' }}"
    "{% endfor %}<|im_end|>\n{% endif %}"
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content or '' }}"
    "{% if message.tool_calls %}[{% for call in message.tool_calls %}{{ call.function.name }}("
    "{% for name, value in call.function.arguments.items() %}{{ name }}={{ value | tojson }}"
    "{{ '' if loop.last else ', ' }}{% endfor %}){{ '' if loop.last else ', ' }}{% endfor %}]"
    "{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""A chat template that shows tools, and writes calls as Python; SmolLM2's own drops both."""
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
    write_rows(folder / "eval.jsonl", rows[:n])
    write_rows(folder / "pool.jsonl", rows[n:])
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


def parcels(folder: Path, seed: int, *, n: int = 160, model: str = MODEL) -> Path:
    """Write the task of the shop into a folder; return the spec's path.

    Args:
        folder: Where to write.
        seed: Decides every row.
        n: Rows of eval data; ten more are worked examples.
        model: What the spec says of the model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)  # noqa: S311 - synthetic data, not a secret
    rows = [_shop_row(number) for number in rng.sample(range(100, 999), n)]
    pool = [_shop_row(number) for number in range(1000, 1010)]  # each tool in its turn
    write_rows(folder / "eval.jsonl", rows)
    write_rows(folder / "pool.jsonl", pool)
    spec = {
        "name": "parcels",
        "model": model,
        "chat": {"template": WITH_TOOLS},
        "data": "eval.jsonl",
        "metric": "tool_calls",
        "target": 0.7,
        "generation": {"max_new_tokens": 24},
        "levers": levers_of_examples(4, "fixed"),
        "seed": seed,
    }
    return write_spec(folder, spec)


def _shop_row(number: int) -> dict[str, Any]:
    asked, name, argument = (
        (f"Where is parcel {number}?", "track", "parcel"),
        (f"Cancel order {number}.", "cancel", "order"),
    )[number % 2]
    answer = _calling(_call(name, {argument: number}))
    return {"messages": [{"role": "user", "content": asked}, answer], "tools": SHOP_TOOLS}


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
