"""Lever 2 in full, on the demo's model and in worlds in which no prompt is better.

    python -m benchmarks.prompts

A task of the demo's model whose prompt is vague: what the edits find, and what the rewriter finds with
a scripted reflector, in at most 60 calls, confirmed. Then worlds in which all prompts are alike: how
often a run with edits and a rewriter claims that one is better.
"""

import argparse
import hashlib
import itertools
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import ladder
from benchmarks.table import write_table
from examples.tasks import MODEL
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
RATE, TARGET = 0.72, 0.75
"""How often every prompt of a null world is right, and what it would have to be."""

VAGUE = "What is this?\n\n{input}"

TOPICS = {
    "weather": (
        "rain until noon", "a storm from the west", "snow on the hills", "strong wind at night",
        "fog in the morning", "a hot and sunny day", "clouds and light showers", "frost before dawn",
    ),
    "music": (
        "a song for piano", "a concert of the orchestra", "a new album of the band",
        "a choir and its singer", "a guitar and a drum", "the melody of the violin",
        "an opera with a famous tenor", "jazz in a small club",
    ),
    "sport": (
        "a goal in the last minute", "the final of the tennis cup", "a marathon through the park",
        "the coach of the team", "a swimmer and her medal", "a football match",
        "the race of the cyclists", "a boxer and his title",
    ),
}  # fmt: skip
TASKS = {"topics": (TOPICS, 0.5)}


def rows_of(pieces: Mapping[str, Sequence[str]], seed: int, n: int) -> list[dict[str, str]]:
    """Return notes of two pieces each, with the label of both; no note occurs twice."""
    rng = random.Random(seed)  # noqa: S311 - synthetic data, not a secret
    notes = [
        {"input": f"{one[0].upper()}{one[1:]}, and {other}.", "target": label}
        for label, some in pieces.items()
        for one, other in itertools.combinations(some, 2)
    ]
    rng.shuffle(notes)
    return notes[:n]


def clear(labels: Sequence[str], request: Request) -> str:
    """Answer as a rewriting model that saw what is wanted: after a first try that is no use."""
    del request
    listed = "\n".join(f"- {label}" for label in labels)
    return (
        "The labels are not named.\n```\nWhat is this?\n\n{{ input }}\n\nThe answer is one of these:\n"
        f"{listed}\n\nAnswer with one of these labels alone, nothing else.\n```"
    )


def demo_row(name: str, way: str, folder: Path, n: int) -> dict[str, object]:
    """Return what a run on the demo's model finds for a vague prompt: by edits, or by the rewriter."""
    pieces, target = TASKS[name]
    reflector = Scripted(partial(clear, list(pieces)), name=f"clear-{name}")
    rewrite = {"model": register_scripted(reflector), "calls": CALLS}
    lever = {"edits": True} if way == "edits" else {"edits": False, "rewrite": rewrite}
    spec = write_task(
        folder,
        MODEL,
        name=f"{name}-{way}",
        rows=rows_of(pieces, 1, n),
        prompt=VAGUE,
        target=target,
        metric={"name": "choice", "labels": list(pieces)},
        generation={"max_new_tokens": 10},
        levers={"prompt": lever},
    )
    decision = ladder.run(spec, runs_folder=folder / "runs")
    best = record_of(decision, decision.configuration)
    confirmed = decision.confirmation
    return {
        "task": name,
        "way": way,
        "vague": decision.ledger.baseline.score,
        "verdict": decision.verdict,
        "prompt": "" if best is None else best.label,
        "confirmed": "" if confirmed is None else f"{confirmed.score:.2f} on {confirmed.n}",
        "target": target,
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables, and return 1 where something falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("demo", "null"))
    parser.add_argument("--seeds", type=int, default=100, help="null worlds")
    chosen = parser.parse_args(arguments)
    short = []
    if chosen.only in (None, "null"):
        row, is_short = null_row(chosen.seeds)
        print(row, flush=True)
        note = (
            "200 rows, seven edits and one on top, and a reflector that proposes a new instruction at "
            "each call. Rows in a prompt would give their answers away."
        )
        write_table("Prompts where none is better", [row], COMMAND, note=note)
        short += ["null worlds"] * is_short
    if chosen.only in (None, "demo"):
        rows = []
        for name, way in itertools.product(TASKS, ("edits", "rewriter")):
            with tempfile.TemporaryDirectory() as folder:
                rows.append(demo_row(name, way, Path(folder), N))
            print(rows[-1], flush=True)
            if rows[-1]["verdict"] != "use_lever":
                short.append(f"{name} by {way}")
        note = (
            f"{N} examples of the demo's model, prompt `What is this?`. The reflector is scripted; the "
            f"rewriter may make {CALLS} calls of both models."
        )
        write_table("A vague prompt made clear", rows, COMMAND, note=note)
    for each in short:
        print(f"FALLS SHORT  {each}", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    raise SystemExit(main())
