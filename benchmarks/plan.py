"""Hold what `ladder plan --measure` foresees against what the run then takes.

The five tasks of the demo: with the demo's weights in this process and at llama.cpp's server, both with
fewer rows; and at a scripted server that takes half a second for every answer, and answers about as well
as those weights do. Fails where calls are off by more than a factor of 1.5, or minutes by more than 2.

Where the machine has other work, minutes in this process and at llama.cpp tell more of that than of the
plan. `--seed` draws other rows: what then differs is luck.

    python -m benchmarks.plan [--only llama.cpp] [--task facts] [--seed 1]
"""

import argparse
import json
import sqlite3
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ladder
from benchmarks.slow_server import SlowServer
from benchmarks.table import write_table
from examples import tasks
from ladder.models.base import Request
from ladder.models.tokenizer import load_tokenizer
from ladder.runs import RunFolder
from ladder.runs.plan_and_use import read_plan
from ladder.spec.candidate import ModelRef
from ladder.spec.load_task import load_task
from ladder.testing.llama_server import llama_server

MOST_CALLS_OFF = 1.5
MOST_MINUTES_OFF = 2.0
SECONDS = 0.5
FEW = 100
"""Rows at most where a model answers, which is slow on two cores. With 60 it is a toss-up whether a
repaired template can be confirmed at all, and the middle of the simulated runs says little."""

SCRIPTED = "scripted, 0.5 s"
AT_ONCE = 16
SLOTS = 4


@dataclass(frozen=True)
class DemoCase:
    """One task of the demo.

    Attributes:
        name: Of the task.
        n: Its rows in the demo.
        write: Writes the task into a folder, with a seed and so many rows; returns its spec.
        share: Share of answers that the scripted server gives right, by the text of a prompt and the
            row's target.
    """

    name: str
    n: int
    write: Callable[[Path, int, int], Path]
    share: Callable[[str, str], float]


def _with_examples(text: str) -> bool:
    return "assistant:" in text


CASES = (
    DemoCase(
        "order-number-shots",
        200,
        lambda folder, seed, n: tasks.order_number(folder, seed, n=n, shots_in_baseline=True),
        lambda text, _: 0.99 if _with_examples(text) else 0.9,
    ),
    DemoCase(
        "order-number-inst",
        200,
        lambda folder, seed, n: tasks.order_number(folder, seed, n=n, foreign=True),
        lambda text, _: 0.97 if "<|im_start|>assistant" in text else 0.02,
    ),
    DemoCase(
        "facts",
        120,
        lambda folder, seed, n: tasks.facts(folder, seed, n=n),
        lambda text, target: 0.98 if f" is {target}." in text and _with_examples(text) else 0.0,
    ),
    DemoCase(
        "queue-code",
        150,
        lambda folder, seed, n: tasks.queue_code(folder, seed, n=n),
        lambda text, _: 0.31 if _with_examples(text) else 0.0,
    ),
    DemoCase(
        "queue-code-small",
        60,
        lambda folder, seed, n: tasks.queue_code(folder, seed, n=n, target=0.25),
        lambda text, _: 0.31 if _with_examples(text) else 0.0,
    ),
)

Opened = AbstractContextManager[dict[str, Any]]


@contextmanager
def _here(case: DemoCase, spec: Path) -> Iterator[dict[str, Any]]:
    del case, spec
    yield {}


@contextmanager
def _llama_cpp(case: DemoCase, spec: Path) -> Iterator[dict[str, Any]]:
    del case, spec
    with llama_server(ModelRef(id=tasks.MODEL), context_tokens=8192, slots=SLOTS) as ref:
        yield {"id": ref.id, "base_url": ref.base_url, "concurrency": SLOTS}


@contextmanager
def _half_a_second(case: DemoCase, spec: Path) -> Iterator[dict[str, Any]]:
    decode = load_tokenizer(ModelRef(id=tasks.MODEL)).decode
    with SlowServer(_scripted(case, spec), seconds=SECONDS, decode=decode) as server:
        yield {"id": "m", "base_url": server.url, "concurrency": AT_ONCE}


PLACES: dict[str, Callable[[DemoCase, Path], Opened]] = {
    "in this process": _here,
    "llama.cpp": _llama_cpp,
    SCRIPTED: _half_a_second,
}


def _scripted(case: DemoCase, spec: Path) -> Callable[[Request], str]:
    """Return what answers the rows of a task, so many of them right."""
    described = load_task(spec).data
    lines = Path(described.path).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    targets = {row[described.input]: row[described.target] for row in rows}
    wrong = dict(zip(targets, [*list(targets.values())[1:], "none"], strict=True))

    def answer(request: Request) -> str:
        asked = next((each for each in targets if each in request.messages[-1].content), None)
        if asked is None:
            return "yes"  # to a question that shows what the server honours
        text = "\n".join(f"{message.role}: {message.content}" for message in request.messages)
        share = case.share(text, targets[asked])
        is_right = zlib.crc32(text.encode()) % 1000 < 1000 * share
        return str(targets[asked] if is_right else wrong[asked])

    return answer


def foreseen_and_used(
    case: DemoCase, where: str, folder: Path, *, seed: int = 0
) -> dict[str, object]:
    """Return one row: the plan of a run, and what it took."""
    n = case.n if where == SCRIPTED else min(FEW, case.n)
    spec = case.write(folder, seed, n)
    runs = folder / "runs"
    with PLACES[where](case, spec) as model:
        task = load_task(spec)
        if model and task.chat.template is not None:
            model["tokenizer"] = (
                tasks.MODEL
            )  # a server is given the prompts that this template writes
        task = task.replace(model=ModelRef(**model)) if model else task
        ladder.plan_run(task, runs_folder=runs, measure=True)
        decision = ladder.run(task, runs_folder=runs)
    found_in = RunFolder(ladder.run_folder_of(task, runs))
    kept = read_plan(found_in)
    if kept is None:
        raise SystemExit(f"{case.name}: the run's folder holds no plan.")
    calls, minutes = _used(found_in)
    foreseen, low, high = kept.foreseen, kept.low, kept.high
    return {
        "task": case.name,
        "where": where,
        "rows": n,
        "verdict": decision.verdict,
        "calls foreseen": f"{foreseen.calls} ({low.calls} to {high.calls})",
        "used": calls,
        "×": calls / foreseen.calls,
        "minutes foreseen": f"{foreseen.minutes:.2f} ({low.minutes:.2f} to {high.minutes:.2f})",
        "taken": minutes,
        "× ": minutes / foreseen.minutes,
    }


def _used(run: RunFolder) -> tuple[int, float]:
    """Return how many answers a run's journal holds, and the minutes in which they were awaited.

    A report of a run without a verdict leaves out those on the confirmation part.
    """
    with sqlite3.connect(run.journal) as journal:
        rows = [json.loads(text) for (text,) in journal.execute("SELECT value FROM answers")]
    answers = [row for row in rows if isinstance(row, dict)]
    return len(answers), sum(row["waited"] or row["seconds"] for row in answers) / 60


def main() -> None:
    """Print and write the table; fail where a plan is too far off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PLACES, help="one place; nothing is written then")
    parser.add_argument(
        "--task", choices=[case.name for case in CASES], help="the same of one task"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the rows")
    chosen = parser.parse_args()
    only = chosen.only or chosen.task or chosen.seed
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for where in [chosen.only] if chosen.only else PLACES:
            for case in [each for each in CASES if chosen.task in (None, each.name)]:
                folder = Path(place) / where / case.name
                rows.append(foreseen_and_used(case, where, folder, seed=chosen.seed))
                print(rows[-1], flush=True)
    note = (
        "`ladder plan --measure` before a run: the middle one of its simulated runs, and the range of "
        "eight of ten, against all answers of the run, those on the confirmation part among them. "
        "Minutes are those in which answers are awaited. Asked: calls within a factor of "
        f"{MOST_CALLS_OFF:g}, minutes within {MOST_MINUTES_OFF:g}."
    )
    if not only:
        print(write_table("Foreseen and used", rows, "python -m benchmarks.plan", note=note))
    far = [
        f"{row['task']} {row['where']}: {name.strip()} {float(str(row[name])):.2f}"
        for row in rows
        for name, most in (("×", MOST_CALLS_OFF), ("× ", MOST_MINUTES_OFF))
        if not 1 / most <= float(str(row[name])) <= most
    ]
    if far:
        sys.exit("Too far off: " + "; ".join(far))


if __name__ == "__main__":
    main()
