"""Answers new rows as they were measured: `python answer_rows.py rows.jsonl`, or `--text "…"`.

A row is a line of JSON, or of a CSV file with a head. Each comes back with `answer` and `read_as`.
"""

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ladder.exporting.standalone.read_answers import read, without_thoughts
from ladder.exporting.standalone.row_messages import Stack
from ladder.exporting.standalone.self_test import backend_of


def answer(stack: Stack, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each row with its answer, and the part of it that the metric reads."""
    several = [stack.messages(row) for row in rows]
    reading = stack.settings["reading"]
    for row, (_, raw) in zip(rows, backend_of(stack)(stack, several), strict=True):
        text = without_thoughts(raw, keeps=reading["keeps_thoughts"])
        yield {**row, "answer": text, "read_as": read(text, reading)}


def rows_of(words: Sequence[str], column: str) -> list[dict[str, Any]]:
    """Return the rows that a command line names.

    >>> rows_of(["--text", "Where is order 7?"], "ticket")
    [{'ticket': 'Where is order 7?'}]
    """
    if len(words) == 2 and words[0] == "--text":
        return [{column: words[1]}]
    if len(words) != 1:
        raise SystemExit(__doc__)
    path = Path(words[0])
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [dict(row) for row in csv.DictReader(file)]
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    here = Stack(Path(__file__).resolve().parent)
    for each in answer(here, rows_of(sys.argv[1:], here.settings["input"])):
        sys.stdout.write(json.dumps(each, ensure_ascii=False, default=str) + "\n")
