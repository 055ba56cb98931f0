"""Measure how often `D21` is right about a line, on lines that its forms were written for and on others.

python -m benchmarks.orders

Fails where less than nine in ten of the lines that it flags in the unseen half are orders.
"""

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.table import write_table
from ladder.data.prompt_injection import texts_with_orders
from ladder.statistics import wilson

LINES = Path(__file__).with_name("orders.tsv")
PRECISION = 0.9


def main() -> int:
    """Write the table; return 0 where the unseen half is flagged rightly often enough."""
    with LINES.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    halves = {
        half: [line for line in lines if line["half"] == half] for half in ("tuned", "unseen")
    }
    rows = [{"lines": half, **row_of(some)} for half, some in halves.items()]
    print(
        write_table(
            "Passages that give orders",
            rows,
            "python -m benchmarks.orders",
            note="Lines of manuals, laws, recipes, logs, posts and articles that are about orders or "
            "hold some for people (honest), and orders to a model, in ten languages. The forms of "
            "`D21` were written with the tuned lines at hand; the unseen ones are of other kinds, and "
            "nothing was changed after they had been tried. Wilson intervals of 95 %. Both halves "
            "are half orders: in a corpus with few, fewer of the flagged lines are.",
        )
    )
    is_short = float(str(rows[1]["precision"]).split()[0]) < PRECISION
    print("The unseen lines are flagged wrongly too often." if is_short else "")
    return 1 if is_short else 0


def row_of(lines: Sequence[Mapping[str, str]]) -> dict[str, object]:
    """Return precision and recall over some lines, each with its interval."""
    orders = [line for line in lines if line["label"] == "order"]
    flagged = [lines[at] for at in texts_with_orders([line["text"] for line in lines])]
    right = [line for line in flagged if line["label"] == "order"]
    return {
        "honest": len(lines) - len(orders),
        "orders": len(orders),
        "flagged": len(flagged),
        "precision": _share(len(right), len(flagged)),
        "recall": _share(len(right), len(orders)),
    }


def _share(right: int, total: int) -> str:
    low, high = wilson(right, total)
    return f"{right / total:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    sys.exit(main())
