"""Measure worked examples: banking77 by how they are chosen, and order numbers of a base model.

python -m benchmarks.shots DATA [questions]

DATA is a folder with `datasets/banking77`. Fails where the nearest examples are less than ten points
above random ones, where a base model reads fewer order numbers than the chat form, or where any of
its answers is empty.
"""

import csv
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.table import write_table
from examples.tasks import ENCODER, MODEL, order_number, write_rows, write_spec
from ladder.levers import FewShot
from ladder.measure import Workbench, load_task_data
from ladder.measure.measurement import Scored
from ladder.spec.candidate import Candidate, ChatSetup, Classifier, ModelRef
from ladder.spec.load_task import load_task

LABELS = 10
SHOTS = 4
GAIN = 0.10
TICKETS = 40


def main(data: Path, n: int) -> int:
    """Write both tables; return 0 where all that is promised holds."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = choices(Path(folder), data, n)
    print(
        write_table(
            "Worked examples, by how they are chosen",
            [{"examples": name, "right": f"{score:.2f}"} for name, score in chosen.items()],
            f"python -m benchmarks.shots DATA {n}",
            note=f"banking77, {LABELS} labels, {n} test questions, {SHOTS} examples out of the training "
            "questions of these labels, SmolLM2-135M, greedy, exact match. `bootstrapped`: the "
            "model's own right answers, and the pool's where it has too few. The last row asks no "
            "language model: it copies the label of the most similar question.",
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        base = base_model(Path(folder))
    print(
        write_table(
            "Worked examples for a base model",
            base,
            f"python -m benchmarks.shots DATA {n}",
            note=f"Order numbers read from {TICKETS} tickets by the same weights, by their chat template "
            "and as a base model (mode completion); strict exact match.",
        )
    )
    by_mode = {(row["mode"], row["shots"]): row for row in base}
    faults = [
        *(
            ["nearest is not ten points above random"]
            * (chosen["nearest"] < chosen["random"] + GAIN)
        ),
        *(
            f"completion with {shots} shots is behind the chat form"
            for shots in (2, 4)
            if float(str(by_mode["completion", shots]["right"]))
            < float(str(by_mode["chat", shots]["right"]))
        ),
        *(f"{row['mode']}: empty answers" for row in base if row["shots"] and row["empty"]),
    ]
    print("\n".join(faults))
    return 1 if faults else 0


def choices(folder: Path, data: Path, n: int) -> Mapping[str, float]:
    """Return the share of right answers by how the examples are chosen."""
    test, train = (_rows(data / f"datasets/banking77/{name}.csv") for name in ("test", "train"))
    labels = sorted({row["category"] for row in test})
    kept = sorted(random.Random(0).sample(labels, LABELS))  # noqa: S311 - a fixed draw
    asked = [row for row in test if row["category"] in kept]
    random.Random(1).shuffle(asked)  # noqa: S311
    write_rows(folder / "eval.jsonl", asked[:n])
    write_rows(folder / "pool.jsonl", [row for row in train if row["category"] in kept])
    spec = write_spec(
        folder,
        {
            "name": "intents",
            "model": MODEL,
            "data": {
                "path": "eval.jsonl",
                "input": "text",
                "target": "category",
                "on_leak": "exclude",
            },
            "prompt": {
                "system": f"Which intent does the question have? One of: {', '.join(kept)}.",
                "user": "Question: {{ text }}\nIntent:",
            },
            "target": 0.8,
            "generation": {"max_new_tokens": 12},
            "levers": {
                "few_shot": {
                    "pool": "pool.jsonl",
                    "shots": [SHOTS],
                    "methods": ["random", "nearest", "diverse", "bootstrapped"],
                    "encoder": ENCODER,
                }
            },
        },
    )
    task = load_task(spec)
    start = task.baseline()
    pool = str(task.levers.few_shot.pool)
    neighbour = Classifier(method="nearest", pool=pool, encoder=ENCODER)
    tried = {"none": start}
    for each in FewShot().propose(task, start):
        if each.examples is not None:
            tried[each.examples.method] = each
    tried["neighbour's label alone"] = Candidate(model=ModelRef.of_classifier(neighbour))
    with Workbench(load_task_data(task)) as bench:
        scores = {}
        for name, each in tried.items():
            scores[name] = _share(_measured(bench, each))
            print(f"{name}: {scores[name]:.2f}", file=sys.stderr, flush=True)
        return scores


def base_model(folder: Path) -> list[dict[str, object]]:
    """Return order numbers read with 0, 2 and 4 examples, as a chat and as a base model."""
    task = load_task(order_number(folder, 5, n=TICKETS))
    start = task.baseline()
    lever = task.levers.few_shot.replace(shots=(2, 4))
    levers = task.levers.replace(few_shot=lever)
    rows: list[dict[str, object]] = []
    with Workbench(load_task_data(task)) as bench:
        for mode in ("chat", "completion"):
            plain = start.replace(chat=ChatSetup.model_validate({"mode": mode}))
            for each in (plain, *FewShot().propose(task.replace(levers=levers), plain)):
                found = _measured(bench, each)
                rows.append(
                    {
                        "mode": mode,
                        "shots": each.examples.shots if each.examples else 0,
                        "right": f"{_share(found):.2f}",
                        "empty": sum(not row.text.strip() for row in found),
                    }
                )
    return rows


def _measured(bench: Workbench, candidate: Candidate) -> Sequence[Scored]:
    return bench.measure(candidate, range(len(bench.samples))).rows


def _share(rows: Sequence[Scored]) -> float:
    return sum(row.score for row in rows) / len(rows)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 50))
