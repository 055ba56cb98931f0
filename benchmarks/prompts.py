"""Lever 2 in full, on the demo's model and in worlds in which no prompt is better.

    python -m benchmarks.prompts

A task of the demo's model whose prompt is vague: what the edits find, and what the rewriter finds with
a scripted reflector, in at most 60 calls, confirmed. The same beside DSPy's GEPA and promptfoo's method
by hand on two tasks (`--dspy FOLDER` where DSPy is installed apart). Then worlds in which all prompts
are alike: how often a run with edits and a rewriter claims that one is better.
"""

import argparse
import hashlib
import itertools
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import ladder
from benchmarks.prompt_rivals import CALLS as RIVAL_CALLS
from benchmarks.prompt_rivals import (
    N_EXAMPLES,
    N_ROWS,
    TRAINED_ON,
    import_dspy,
    rival_runs,
    rival_table,
)
from benchmarks.prompt_tasks import TASKS, DemoAnswers, PromptTask, demo_answers
from benchmarks.table import write_table
from ladder.decision import record_of
from ladder.levers import Prompt
from ladder.measure import Workbench, load_task_data
from ladder.models.base import Request
from ladder.search.climb import climb_task
from ladder.search.confirm.looks import Looks
from ladder.search.task_problem import LadderProblem
from ladder.spec.load_task import load_task
from ladder.statistics import clopper_pearson
from ladder.testing import Scripted, register_scripted
from ladder.testing.task_files import number_in, triples, write_task

COMMAND = "python -m benchmarks.prompts"
CALLS = 60
N = 84
TARGETS = (0.5, 0.8)
"""What is asked beside other tools: one that a clear prompt may reach, and one that is hard."""

RATE, TARGET = 0.72, 0.75
"""How often every prompt of a null world is right, and what it would have to be."""


def clear(task: PromptTask, request: Request) -> str:
    """Answer as a rewriting model that saw what is wanted."""
    del request
    return f"The labels are not named.\n```\n{task.clear}\n```"


def demo_row(answers: DemoAnswers, way: str, folder: Path) -> dict[str, object]:
    """Return what a run on the demo's model finds for a vague prompt: by edits, or by the rewriter."""
    task = TASKS[0]
    reflector = Scripted(partial(clear, task), name=f"clear-{task.name}")
    rewrite = {"model": register_scripted(reflector), "calls": CALLS}
    lever = {"edits": True} if way == "edits" else {"edits": False, "rewrite": rewrite}
    spec = write_task(
        folder,
        Scripted(answers, name=f"demo-{way}"),
        name=f"{task.name}-{way}",
        rows=task.rows(1, N),
        prompt=task.vague.user,
        target=task.target,
        metric={"name": "choice", "labels": list(task.labels)},
        generation={"max_new_tokens": task.most_tokens},
        levers={"prompt": lever},
    )
    decision = ladder.run(spec, runs_folder=folder / "runs")
    best = record_of(decision, decision.configuration)
    confirmed = decision.confirmation
    return {
        "task": task.name,
        "way": way,
        "vague": decision.ledger.baseline.score,
        "verdict": decision.verdict,
        "prompt": "" if best is None else best.label,
        "confirmed": "" if confirmed is None else f"{confirmed.score:.2f} on {confirmed.n}",
        "target": task.target,
        "calls": decision.ledger.calls,
        "calls of the reflector": reflector.calls,
    }


def lucky(seed: int, request: Request) -> str:
    """Answer right by the luck of prompt and sample together, whatever the prompt says."""
    text, number = request.messages[-1].text, number_in(request)
    digest = hashlib.sha256(f"{seed} {request.messages}".encode()).hexdigest()
    is_right = int(digest[:8], 16) / 2**32 < RATE or str(3 * number) in text
    return str(3 * number) if is_right else f"{number}?"


def useless(seen: "itertools.count[int]", request: Request) -> str:
    """Propose another instruction that changes nothing."""
    del request
    return f"```\nWork with care, attempt {next(seen)}.\n```"


def is_claimed(folder: Path, seed: int) -> bool:
    """Return whether a run in a null world says that something reaches the target."""
    proposer = Scripted(partial(useless, itertools.count()), name=f"useless-{seed}")
    model = Scripted(partial(lucky, seed), name=f"lucky-{seed}")
    spec = write_task(
        folder,
        model,
        rows=triples(200, start=1000 * (seed + 1)),
        prompt="Work.\n\n{{ input }}",
        target=TARGET,
        metric={"name": "exact_match", "reading": "last_number"},
        levers={"prompt": {"rewrite": {"model": register_scripted(proposer), "calls": CALLS}}},
    )
    data = load_task_data(load_task(spec))
    with Workbench(data) as bench:
        ledger = climb_task(LadderProblem(bench, [Prompt()]), data, looks=Looks())
    return ledger.ending == "reached"


def null_row(seeds: int) -> tuple[dict[str, object], bool]:
    """Return how often a claim is false where no prompt reaches the target; and whether too often."""
    with tempfile.TemporaryDirectory() as folder:
        false = sum(is_claimed(Path(folder), seed) for seed in range(seeds))
    low, high = clopper_pearson(false, seeds)
    row: dict[str, object] = {
        "worlds": f"{seeds}: every prompt right {RATE:.2f} of the time, target {TARGET:.2f}",
        "false use_lever": f"{false / seeds:.3f} ({low:.2f} to {high:.2f})",
        "asked": "≤ 0.05",
    }
    return row, false / seeds > 0.05


def null_short(seeds: int) -> list[str]:
    """Write the table of null worlds; return what falls short."""
    row, is_short = null_row(seeds)
    print(row, flush=True)
    note = (
        "200 rows, every edit that fits and one on top, and a reflector that proposes a new instruction "
        "at each call. Rows in a prompt would give their answers away."
    )
    write_table("Prompts where none is better", [row], COMMAND, note=note)
    return ["null worlds"] * is_short


def _in_folder(answers: DemoAnswers, way: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        row = demo_row(answers, way, Path(folder))
    print(row, flush=True)
    return row


def demo_short() -> list[str]:
    """Write what edits and the rewriter find on the demo's model; return what falls short."""
    with demo_answers(TASKS[0].most_tokens) as answers:
        rows = [_in_folder(answers, way) for way in ("edits", "rewriter")]
    short = [f"by {row['way']}" for row in rows if row["verdict"] != "use_lever"]
    note = (
        f"{N} examples, prompt `{TASKS[0].question}`, the demo's model by llama.cpp's server. The reflector is scripted; the "
        f"rewriter may make {CALLS} calls of both models."
    )
    write_table("A vague prompt made clear", rows, COMMAND, note=note)
    return short


def rivals_short(dspy_folder: str, seeds: int) -> list[str]:
    """Write what other tools find on the same tasks with the same calls; return what falls short."""
    dspy = import_dspy(dspy_folder)
    runs = [run for task in TASKS for run in rival_runs(task, TARGETS, seeds, dspy)]
    rows, short = rival_table(runs)
    note = (
        f"{seeds} draws of {N_EXAMPLES} examples out of {N_ROWS}, the demo's model, greedy; at most about "
        f"{RIVAL_CALLS} calls of both models. The scripted model that proposes prompts is the same for "
        f"DSPy's GEPA (which compares them on {N_EXAMPLES - TRAINED_ON} examples) and for ladder's rewriter; promptfoo's method is "
        "done by hand: it scores a list of all these prompts and ladder's edits on as many examples as "
        "the calls allow, and takes the best. Reached: on all examples that there are, also those that the "
        "tools saw. Fresh: on those that were not drawn, few a draw. `says so`: its own score is at the "
        "target; for ladder, its verdict. Where ladder says nothing, mostly the calls were spent."
    )
    write_table("Prompts of other tools", rows, COMMAND, note=note)
    return short if dspy is not None else [*short, "DSPy is not installed"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables, and return 1 where something falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("demo", "null", "rivals"))
    parser.add_argument("--seeds", type=int, default=100, help="null worlds")
    parser.add_argument("--draws", type=int, default=5, help="draws of examples beside other tools")
    parser.add_argument("--dspy", default="", help="a folder in which DSPy was installed")
    chosen = parser.parse_args(arguments)
    parts: dict[str, Callable[[], list[str]]] = {
        "null": partial(null_short, chosen.seeds),
        "demo": demo_short,
        "rivals": partial(rivals_short, chosen.dspy, chosen.draws),
    }
    short = [each for name, part in parts.items() if chosen.only in (None, name) for each in part()]
    for each in short:
        print(f"FALLS SHORT  {each}", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    raise SystemExit(main())
