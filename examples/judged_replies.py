"""The task "replies": a shop's customers want a short, polite reply; a judge says whether it is one.

A row's `reply` is one good reply of many and no target to compare with, so another model decides by a
rubric, and people label the one candidate that its verdict is about:

    ladder run task.yaml
    ladder label runs/replies-…
"""

import random
from pathlib import Path
from typing import Any

from examples.tasks import MODEL, write_rows, write_spec

RUBRIC = (
    "The reply greets the customer by name, is polite, promises no refund, and has at most three "
    "sentences."
)
_NAMES = ("Ann", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gita", "Hugo")
_COMPLAINTS = (
    "my parcel is late",
    "the lamp arrived broken",
    "I was charged twice",
    "the shoes are too small",
    "nobody answers the phone",
    "the invoice is missing",
)


def replies(folder: Path, seed: int, *, judge: Any, model: Any = MODEL, n: int = 160) -> Path:  # noqa: ANN401
    """Write the task into a folder; return the spec's path.

    Args:
        folder: Where to write.
        seed: Decides every row.
        judge: What the spec says of the judge: any model but the one that replies.
        model: What it says of that one.
        n: Rows of eval data; ten more are worked examples.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)  # noqa: S311 - synthetic data, not a secret
    rows = [_row(rng, number) for number in rng.sample(range(10_000, 99_000), n + 10)]
    write_rows(folder / "eval.jsonl", rows[:n])
    write_rows(folder / "pool.jsonl", rows[n:])
    spec = {
        "name": "replies",
        "model": model,
        "data": {"path": "eval.jsonl", "target": "reply"},
        "metric": {"name": "judge", "rubric": RUBRIC, "judge": judge},
        "target": 0.7,
        "prompt": "Reply to this message of a customer.\n\n{{ input }}",
        "generation": {"max_new_tokens": 24},
        "levers": {
            "template": {"not_applicable": "the template has no fault"},
            "prompt": {
                "prompts": [f"Reply to this message. {RUBRIC}\n\n{{{{ input }}}}"],
                "edits": False,
            },
            "decoding": {"not_applicable": "the form of a reply is free"},
            "model": {"not_applicable": "one model is allowed"},
            "rag": {"not_applicable": "nothing has to be looked up"},
            "rerank": {"not_applicable": "there is nothing to rank"},
            "few_shot": {"pool": "pool.jsonl", "shots": [2], "methods": ["random"]},
        },
        "seed": seed,
    }
    return write_spec(folder, spec)


def _row(rng: random.Random, number: int) -> dict[str, str]:
    name, complaint = rng.choice(_NAMES), rng.choice(_COMPLAINTS)
    return {
        "input": f"Order {number}: {complaint}. {name}",
        "reply": f"Dear {name}, we are sorry. We will look into order {number} today.",
    }
