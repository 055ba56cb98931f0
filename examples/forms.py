"""Three tasks: fields out of an order, a ticket in a JSON schema, a message in one sentence.

Each function writes `task.yaml` with its data into a folder and returns the spec's path. The rows
depend on the seed alone. The demo model needs worked examples for each of them;
`examples/behaviours.py` takes them to their verdicts.
"""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from examples.tasks import MODEL, levers_of_examples, write_rows, write_spec

NAMES = ("Ann Lee", "Bo Kim", "Cai Wu", "Dee Fox", "Eva Ray", "Finn Orr", "Gil Ash", "Hana Abe")
GOODS = ("lamps", "chairs", "cups", "desks", "plants", "clocks", "mirrors", "shelves", "rugs")
CITIES = ("Oslo", "Rome", "Lima", "Kyiv", "Cork", "Lyon", "Bern", "Turin")
TROUBLES = ("is late", "is broken", "has the wrong colour", "lacks a part", "was never ordered")
TICKET: dict[str, Any] = {
    "type": "object",
    "required": ["order", "urgent"],
    "properties": {
        "order": {"type": "integer", "minimum": 1000},
        "urgent": {"type": "boolean"},
    },
    "additionalProperties": False,
}


def orders(folder: Path, seed: int, *, n: int = 160, model: str = MODEL) -> Path:
    """Write the task of extraction: who pays how much, and where the goods go.

    Args:
        folder: Where to write.
        seed: Decides every row.
        n: Rows of eval data; twenty more are worked examples.
        model: What the spec says of the model.
    """
    dice = random.Random(seed)  # noqa: S311 - data, not secrets

    def row() -> dict[str, Any]:
        name, city, total = dice.choice(NAMES), dice.choice(CITIES), dice.randint(1000, 9999) / 10
        text = f"{name} paid {total:.2f} euros for {dice.choice(GOODS)} to {city}."
        return {"input": text, "target": {"name": name, "total": total, "address": {"city": city}}}

    fields = {
        "name": "text",
        "total": {"kind": "number", "tolerance": 0.005},
        "address.city": "text",
    }
    prompt = "Give name, total and address.city as JSON.\n\n{{ input }}"
    spec = {"metric": {"name": "json_fields", "fields": fields}, "target": 0.75, **_room(32)}
    return _write(folder, "orders", [row() for _ in range(n + 20)], spec, prompt, model)


def tickets(folder: Path, seed: int, *, n: int = 160, model: str = MODEL) -> Path:
    """Write the task of a form: a ticket that a schema allows, whatever stands in it.

    Args:
        folder: Where to write.
        seed: Decides every row.
        n: Rows of eval data; twenty more are worked examples.
        model: What the spec says of the model.
    """
    dice = random.Random(seed)  # noqa: S311 - data, not secrets

    def row() -> dict[str, Any]:
        number, urgent = dice.randint(1000, 99_999), dice.random() < 0.5
        text = (
            f"{dice.choice(NAMES)} from {dice.choice(CITIES)}: order {number} of "
            f"{dice.choice(GOODS)} {dice.choice(TROUBLES)}{', help at once' if urgent else ''}."
        )
        return {"input": text, "target": json.dumps({"order": number, "urgent": urgent})}

    prompt = "Write a ticket with order and urgent.\n\n{{ input }}"
    spec = {
        "metric": {"name": "json_schema", "schema": "ticket.schema.json"},
        "target": 0.7,
        **_room(24),
    }
    folder.mkdir(parents=True, exist_ok=True)
    schema = json.dumps(TICKET, indent=2) + "\n"
    (folder / "ticket.schema.json").write_text(schema, encoding="utf-8")
    return _write(folder, "tickets", [row() for _ in range(n + 20)], spec, prompt, model)


def messages(folder: Path, seed: int, *, n: int = 160, model: str = MODEL) -> Path:
    """Write the task of running text: what a customer writes, in one sentence of a fixed wording.

    Args:
        folder: Where to write.
        seed: Decides every row.
        n: Rows of eval data; twenty more are worked examples.
        model: What the spec says of the model.
    """
    dice = random.Random(seed)  # noqa: S311 - data, not secrets

    def row() -> dict[str, Any]:
        name, city, goods = dice.choice(NAMES), dice.choice(CITIES), dice.choice(GOODS)
        trouble, number = dice.choice(TROUBLES), dice.randint(1000, 99_999)
        text = (
            f"Hello, I am {name} and live in {city}. My parcel {number} with {goods} {trouble}. "
            "What now?"
        )
        said = f"Parcel {number} with {goods} for {name} in {city} {trouble}."
        return {"input": text, "target": said}

    prompt = "Say in one sentence what the message is about.\n\n{{ input }}"
    spec = {"metric": "rouge_l", "target": 0.7, **_room(28)}
    return _write(folder, "messages", [row() for _ in range(n + 20)], spec, prompt, model)


def _room(tokens: int) -> dict[str, Any]:
    return {"generation": {"max_new_tokens": tokens}}


def _write(
    folder: Path,
    name: str,
    rows: list[dict[str, Any]],
    fields: Mapping[str, Any],
    prompt: str,
    model: str,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder / "pool.jsonl", rows[:20])
    write_rows(folder / "eval.jsonl", rows[20:])
    spec = {
        "name": name,
        "model": model,
        "data": "eval.jsonl",
        "prompt": prompt,
        "margin": 0.05,
        **fields,
        "levers": levers_of_examples(2, "random"),
    }
    return write_spec(folder, spec)
