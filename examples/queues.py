"""The task "queues": a ticket becomes the name of its queue, in one word.

Without worked examples a small model writes a sentence that names several queues.
"""

import random
from pathlib import Path
from typing import Any

from examples.tasks import MODEL, levers_of_examples, write_rows, write_spec

QUEUES = {
    "delivery": ("my delivery is late", "the delivery never came", "I wait for the delivery"),
    "invoice": ("the invoice has a wrong name", "I need the invoice", "I paid the invoice twice"),
    "password": ("my password is rejected", "I forgot my password", "the password is old"),
}
_GREETINGS = ("Hello", "Hi", "Good morning", "Dear team", "Hey")


def queues(folder: Path, seed: int, *, n: int = 160, model: str = MODEL) -> Path:
    """Write the task into a folder; return the spec's path.

    Args:
        folder: Where to write.
        seed: Decides every row.
        n: Rows of eval data; thirty more are worked examples.
        model: What the spec says of the model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(seed)  # noqa: S311 - data, not secrets
    rows = [_row(dice, number) for number in dice.sample(range(100, 9999), n + 30)]
    write_rows(folder / "eval.jsonl", rows[:n])
    write_rows(folder / "pool.jsonl", rows[n:])
    spec = {
        "name": "queues",
        "model": model,
        "data": {"path": "eval.jsonl", "input": "ticket", "target": "queue"},
        "prompt": f"Which queue does this ticket go to: {', '.join(QUEUES)}?\n\n{{{{ ticket }}}}",
        "metric": {"name": "choice", "labels": list(QUEUES)},
        "target": 0.7,
        "generation": {"max_new_tokens": 12},
        "levers": levers_of_examples(3, "balanced"),
        "seed": seed,
    }
    return write_spec(folder, spec)


def _row(dice: random.Random, number: int) -> dict[str, Any]:
    queue = dice.choice(list(QUEUES))
    ticket = f"{dice.choice(_GREETINGS)}, order {number}: {dice.choice(QUEUES[queue])}."
    return {"ticket": ticket, "queue": queue}
