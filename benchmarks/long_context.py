"""Measure whether a prompt with too many passages is answered, and as shortened as `check` foretells.

python -m benchmarks.long_context DATA [questions]

DATA is a folder with `datasets/cranfield`: 100 abstracts are about 17,000 tokens, and the demo's model
reads 8,192. Fails where a prompt is refused, or where another number of passages is left out of one
than was foretold. A question takes a core some two minutes.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.retrieval import cranfield_rows
from benchmarks.table import write_table
from examples.tasks import MODEL, write_rows
from ladder.levers import Rag
from ladder.measure import Workbench, load_task_data
from ladder.measure.checks.check_prompt_room import foreseen_left_out
from ladder.measure.prompt_room import LeftOut, room_of
from ladder.spec.load_task import load_task

TOP_K = 100
ROWS = 24


def main(data: Path, n: int) -> int:
    """Write the table; return 0 where all prompts were answered as foretold."""
    with tempfile.TemporaryDirectory() as folder:
        rows = list(answered(Path(folder), data / "datasets/cranfield", n))
    print(
        write_table(
            "Prompts that fill the context",
            rows,
            f"python -m benchmarks.long_context DATA {n}",
            note=f"{TOP_K} passages of Cranfield before each question, lexical search, SmolLM2-135M with "
            "its 8,192 tokens, 4 new tokens. `foretold`: passages left out by `ladder check`; `left "
            "out`: by the run.",
        )
    )
    faults = [row for row in rows if row["foretold"] != row["left out"] or row["refused"] != "no"]
    return 1 if faults else 0


def answered(folder: Path, cranfield: Path, n: int) -> list[dict[str, object]]:
    """Return a row a question: what was foretold, and what came of it."""
    passages, questions = cranfield_rows(cranfield)
    write_rows(folder / "corpus.jsonl", passages)
    write_rows(folder / "eval.jsonl", questions[:ROWS])
    spec = {
        "name": "long-context",
        "model": MODEL,
        "data": {"path": "eval.jsonl"},
        "target": 0.8,
        "generation": {"max_new_tokens": 4},
        "levers": {"rag": {"corpus": "corpus.jsonl", "methods": ["lexical"], "top_k": [TOP_K]}},
    }
    (folder / "task.json").write_text(json.dumps(spec), encoding="utf-8")
    task = load_task(folder / "task.json")
    [candidate] = Rag().propose(task, task.baseline())
    room = room_of(candidate.model)
    if room is None:
        raise RuntimeError("the model's tokenizer is not at hand")
    bench = Workbench(load_task_data(task))
    asked = [int(at) for at in bench.data.split.selection[:n]]
    foretold = foreseen_left_out(bench.data, room, candidate, n)
    rows: list[dict[str, object]] = []
    with bench:
        for at, ahead in zip(asked, foretold, strict=True):
            start = time.monotonic()
            [row] = bench.measure(candidate, [at]).rows
            left = bench.left_out.get(candidate.digest, {}).get(at, LeftOut())
            rows.append(
                {
                    "question": bench.samples[at].id,
                    "foretold": ahead.passages,
                    "left out": left.passages,
                    "prompt tokens": row.answer.prompt_tokens,
                    "new tokens": row.answer.completion_tokens,
                    "refused": row.answer.error or "no",
                    "seconds": f"{time.monotonic() - start:.0f}",
                }
            )
            print(rows[-1], file=sys.stderr, flush=True)
    return rows


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3))
