"""Hold what `ladder plan --measure` foresees against what the run then takes.

The three tasks of the examples with the demo's model, in this process and at llama.cpp's server;
and a hopeless task at a scripted server that takes half a second for every answer. Fails where
calls are off by more than a factor of 1.5, or minutes by more than 2.

    python -m benchmarks.plan
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ladder
from benchmarks.scale import PROMPTS, SECONDS, served
from benchmarks.table import write_table
from examples import tasks
from ladder.runs import RunFolder
from ladder.runs.plan_and_use import read_plan
from ladder.spec.candidate import ModelRef
from ladder.spec.load_task import load_task
from ladder.testing.llama_server import llama_server
from ladder.testing.task_files import triples, write_task

MOST_CALLS_OFF = 1.5
MOST_MINUTES_OFF = 2.0
N = 60

Make = Callable[[Path], Path]
MADE: dict[str, Make] = {
    "order number": lambda folder: tasks.order_number(folder, 1, n=N),
    "facts": lambda folder: tasks.facts(folder, 1, n=N),
    "queue code": lambda folder: tasks.queue_code(folder, 1, n=N),
}


@contextmanager
def _here() -> Iterator[dict[str, Any]]:
    yield {}


@contextmanager
def _llama_cpp() -> Iterator[dict[str, Any]]:
    with llama_server(ModelRef(id=tasks.MODEL), context_tokens=8192, slots=4) as ref:
        yield {"id": ref.id, "base_url": ref.base_url, "concurrency": 4}


@contextmanager
def _half_a_second() -> Iterator[dict[str, Any]]:
    with served(seconds=SECONDS) as server:
        yield {"id": "m", "base_url": server.url, "concurrency": 16}


def _hopeless(folder: Path) -> Path:
    few = {"pool": "pool.jsonl", "shots": [1, 2, 4], "methods": ["random"]}
    return write_task(
        folder,
        "m",
        rows=triples(N),
        pool=triples(40, start=5000),
        levers={"prompt": {"prompts": PROMPTS}, "decoding": {}, "few_shot": few},
    )


def foreseen_and_used(
    name: str, where: str, spec: Path, model: dict[str, Any]
) -> dict[str, object]:
    """Return one row: the plan of a run, and what it took."""
    task = load_task(spec)
    if model:
        task = task.replace(model=ModelRef(**model))
    runs = spec.parent / "runs"
    ladder.plan_run(task, runs_folder=runs, measure=True)
    decision = ladder.run(task, runs_folder=runs)
    kept = read_plan(RunFolder(ladder.run_folder_of(task, runs)))
    if kept is None or kept.used is None:
        raise SystemExit(f"{name}: the run's folder holds no plan.")
    before, used = kept.foreseen_for_verdict, kept.used
    return {
        "task": name,
        "where": where,
        "verdict": decision.verdict,
        "calls foreseen": before.calls,
        "used": used.calls,
        "×": used.calls / before.calls,
        "minutes foreseen": before.minutes,
        "taken": used.minutes,
        "× ": used.minutes / before.minutes,
    }


def main() -> None:
    """Print and write the table; fail where a plan is too far off."""
    cases = [
        *((name, "in this process", make, _here) for name, make in MADE.items()),
        *((name, "llama.cpp", make, _llama_cpp) for name, make in MADE.items()),
        ("triples", "scripted, 0.5 s", _hopeless, _half_a_second),
    ]
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for at, (name, where, make, opened) in enumerate(cases):
            with opened() as model:
                rows.append(foreseen_and_used(name, where, make(Path(place) / str(at)), model))
            print(rows[-1], flush=True)
    note = (
        "`ladder plan --measure` before a run, for the verdict that the run then ended in, against "
        f"what it took. {N} rows a task; minutes are those in which answers were awaited."
    )
    print(write_table("Foreseen and used", rows, "python -m benchmarks.plan", note=note))
    far = [
        f"{row['task']} {row['where']}"
        for row in rows
        for name, most in (("×", MOST_CALLS_OFF), ("× ", MOST_MINUTES_OFF))
        if not 1 / most <= float(str(row[name])) <= most
    ]
    if far:
        sys.exit("Too far off: " + "; ".join(far))


if __name__ == "__main__":
    main()
