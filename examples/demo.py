"""Five small tasks on a real model, each taken to its verdict by measurement: `make demo`."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ladder
from examples import tasks
from ladder.report import load_evidence, to_index_html, write_text

Write = Callable[[Path, int], Path]

TASKS: dict[str, tuple[str, Write]] = {
    "order-number-shots": (
        "Two examples stand in the prompt already",
        lambda folder, seed: tasks.order_number(folder, seed, shots_in_baseline=True),
    ),
    "order-number-inst": (
        "The model runs under another family's chat template",
        lambda folder, seed: tasks.order_number(folder, seed, foreign=True),
    ),
    "facts": (
        "The answers stand in a corpus, the format in no instruction",
        tasks.facts,
    ),
    "queue-code": (
        "An internal code that no prompt conveys",
        tasks.queue_code,
    ),
    "queue-code-small": (
        "The same with 60 examples and a modest target",
        lambda folder, seed: tasks.queue_code(folder, seed, n=60, target=0.25),
    ),
}


def main() -> None:
    """Run the tasks, print a verdict each, and write one page with all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="decides every row of the data")
    parser.add_argument("--folder", type=Path, default=Path("runs/demo"), help="where to write")
    parser.add_argument("--only", choices=TASKS, action="append", help="run these tasks alone")
    arguments = parser.parse_args()
    folder = arguments.folder / f"seed-{arguments.seed}"

    started = time.monotonic()
    pages = []
    for name in arguments.only or TASKS:
        title, write = TASKS[name]
        print(f"\n{name}: {title}", file=sys.stderr)
        decision, run_folder = _run(write(folder / name, arguments.seed), folder / "runs")
        print(f"  {decision.verdict}: {decision.sentence}")
        pages.append((f"{name}: {title}", load_evidence(run_folder)))
    page = folder / "demo.html"
    write_text(page, to_index_html(pages))
    print(f"\n{len(pages)} verdicts in {time.monotonic() - started:.0f} s. Open {page.resolve()}")


def _run(spec: Path, runs_folder: Path) -> tuple[ladder.Decision, Path]:
    task = ladder.load_task(spec)
    decision = ladder.run(task, runs_folder=runs_folder, progress=True)
    return decision, ladder.run_folder_of(task, runs_folder)


if __name__ == "__main__":
    main()
