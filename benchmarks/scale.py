"""Measure how fast a run is at a server that takes many calls at once, and at several servers.

Scripted servers, each in a process of its own, take half a second for every answer. What cannot be
waited for is simulated: the very same search on simulated answers, with a clock in place of servers.
Fails where a figure falls short of what is asked.

    python -m benchmarks.scale
"""

import multiprocessing
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

import ladder
from benchmarks.simulated_calls import SimulatedCalls
from benchmarks.slow_server import SlowServer
from benchmarks.table import PAGE, write_table
from benchmarks.worlds import SEVEN, World, below
from ladder.decision import Decision
from ladder.models.base import Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.score_problem import climb_scores
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing.task_files import answer_right, answer_wrong, triples, write_task

SECONDS = 0.5
SLOTS = 64
MOST_SECONDS = 20.0
"""For 1,548 calls at 64 at once; 12.1 if not one place were ever free."""

CALLS = 1548
MOST_MORE = 1.05
CROWDED = 1.35
FASTER = 2.5
PROMPTS = [{"user": f"Reply {how}. {{{{ input }}}}"} for how in ("briefly", "at once", "calmly")]
AT_ONCE = 16
"""Calls that one simulated replica works on at once: 32 answers a second at .5 s each."""


def hopeless(request: Request) -> str:
    """Answer three in ten right, whatever is tried; "yes" where no number is asked about."""
    text = "\n".join(message.content for message in request.messages)
    if not any(letter.isdigit() for letter in text):
        return "yes"
    is_right = zlib.crc32(text.encode()) % 10 < 3
    return (answer_right if is_right else answer_wrong)(request)


@dataclass(frozen=True)
class Served:
    """A server in a process of its own."""

    url: str
    process: multiprocessing.process.BaseProcess
    pipe: Connection

    def counts(self) -> dict[str, int]:
        """Return what the server did so far."""
        self.pipe.send("counts")
        found: dict[str, int] = self.pipe.recv()
        return found


def _serve(pipe: Connection, settings: dict[str, Any]) -> None:
    with SlowServer(hopeless, **settings) as server:
        pipe.send(server.url)
        while pipe.recv() == "counts":
            asked = server.n_answered.values()
            pipe.send({"calls": sum(asked), "most": max(asked, default=0)})


@contextmanager
def served(**settings: Any) -> Iterator[Served]:  # noqa: ANN401 - those of SlowServer
    """Start a server; stop it at the end."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, settings), daemon=True)
    process.start()
    try:
        yield Served(ours.recv(), process, ours)
    finally:
        process.terminate()
        process.join()


def run(folder: Path, n: int, **model: Any) -> tuple[Decision, float]:  # noqa: ANN401 - a model's fields
    """Take a hopeless task of `n` samples to its verdict; return it, and the seconds it took."""
    task = write_task(
        folder,
        {"id": "m", **model},
        rows=triples(n),
        pool=triples(40, start=5000),
        levers={
            "prompt": {"prompts": PROMPTS},
            "decoding": {},
            "few_shot": {"pool": "pool.jsonl", "shots": [1, 2, 4], "methods": ["random", "fixed"]},
        },
    )
    clock = time.monotonic()
    return ladder.run(task, runs_folder=folder / "runs"), time.monotonic() - clock


def whole_run(folder: Path, n: int) -> tuple[dict[str, object], list[str]]:
    """Return the row of a whole run at 64 calls at once, and what falls short in it."""
    with served(seconds=0.0) as server:
        alone, _ = run(folder / "alone", n, base_url=server.url, concurrency=1)
        calls_alone = server.counts()["calls"]
    with served(seconds=SECONDS) as server:
        together, seconds = run(folder / "together", n, base_url=server.url, concurrency=SLOTS)
        calls = server.counts()["calls"]
    scaled = seconds * CALLS / calls
    row = {
        "what": f"{calls:,} calls, {SLOTS} at once",
        "seconds": seconds,
        "ideal": calls * SECONDS / SLOTS,
        "one by one": calls_alone * SECONDS,
        "found": f"same verdict, {calls / calls_alone - 1:+.1%} calls; "
        f"{scaled:.1f} s for {CALLS:,} calls",
        "asked": f"≤ {MOST_SECONDS:g} s for {CALLS:,} calls, ≤ +5 % calls",
    }
    checks = {
        "the verdict is another": together.ledger != alone.ledger,
        f"{calls} calls for {calls_alone}": calls > MOST_MORE * calls_alone,
        f"{scaled:.1f} s for {CALLS} calls": scaled > MOST_SECONDS,
    }
    return row, [name for name, fails in checks.items() if fails]


def crowded(n: int = 240) -> tuple[dict[str, object], list[str]]:
    """Return the row of 64 calls at once at a server that admits eight."""
    requests = [
        Request((Message("user", str(at)),), ChatSetup(), Decoding()) for at in range(100, 100 + n)
    ]
    with served(seconds=SECONDS, slots=8) as server:
        ref = ModelRef(id="m", base_url=server.url, concurrency=SLOTS)
        with closing(EndpointGenerator(ref)) as endpoint:
            clock = time.monotonic()
            answers = [answer for _, answer in endpoint.generate(requests)]
            seconds = time.monotonic() - clock
            settled = endpoint.calls_at_once
    ideal, lost = n * SECONDS / 8, sum(answer.error is not None for answer in answers)
    row = {
        "what": f"{n} calls, 64 at once, 8 admitted",
        "seconds": seconds,
        "ideal": ideal,
        "one by one": n * SECONDS,
        "found": f"settles at {settled}, {lost} lost",
        "asked": f"≤ {CROWDED:g} × ideal, 6 to 9, none lost",
    }
    checks = {
        f"{seconds / ideal:.2f} × ideal": seconds > CROWDED * ideal,
        f"settles at {settled}": not 6 <= settled <= 9,
        f"{lost} lost": lost > 0,
    }
    return row, [name for name, fails in checks.items() if fails]


FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "one killed": {},
    "one ten times as slow": {"seconds": 10 * SECONDS},
    "one of another model": {"model": "another"},
}


def replicas(folder: Path, n: int) -> tuple[list[dict[str, object]], list[str], float]:
    """Return the rows of four servers of which one fails the others; what falls short; one's seconds."""
    with served(seconds=SECONDS) as server:
        alone, seconds_alone = run(folder / "one", n, base_url=server.url, concurrency=8)
    rows, short = [], []
    for fault, settings in FAULTS.items():
        with ExitStack() as stack:
            healthy = [stack.enter_context(served(seconds=SECONDS)) for _ in range(3)]
            faulty = stack.enter_context(served(**{"seconds": SECONDS, **settings}))
            if fault == "one killed":
                threading.Timer(5.0, faulty.process.kill).start()
            urls = [each.url for each in (*healthy[:2], faulty, healthy[2])]
            decision, seconds = run(folder / fault, n, base_urls=urls, concurrency=8)
        speed = seconds_alone / seconds
        is_same = decision.ledger == alone.ledger
        left_out = [each for each in decision.checks if each.code.startswith("N09")]
        rows.append(
            {
                "four servers": fault,
                "seconds": seconds,
                "× one server": speed,
                "verdict": "the same" if is_same else "ANOTHER",
                "lost": sum(each.failed for each in decision.failures),
                "left out": len(left_out),
                "asked": f"≥ {FASTER:g} ×, the same, none lost",
            }
        )
        if not is_same or speed < FASTER or decision.failures:
            short.append(f"four servers, {fault}: {speed:.2f} ×, same verdict: {is_same}")
    return rows, short, seconds_alone


def _draw() -> np.random.Generator:
    return np.random.default_rng(77)


def _words(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def simulated(sizes: Sequence[int], counts: Sequence[int]) -> list[dict[str, object]]:
    """Return what a ladder of 43 candidates costs, by samples and replicas."""
    rows = []
    for n in sizes:
        row: dict[str, object] = {"samples": f"{n:,}"}
        for replicas_used in counts:
            world = World(n, 1, below(_draw(), 0.7, 0.05))
            problem = SimulatedCalls(SEVEN, world, at_once=AT_ONCE * replicas_used)
            climb_scores(
                problem, TargetClaim(0.7), kind="binary", clusters=None, seed=1, looks=None,
            )  # fmt: skip
            row["calls"] = f"{problem.n_calls:,}"
            name = "1 replica" if replicas_used == 1 else f"{replicas_used} replicas"
            row[name] = _words(problem.rounds * SECONDS)
        rows.append(row)
    return rows


def main() -> None:
    """Print and write the tables; fail where one falls short."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        whole, short = whole_run(folder / "whole", 320)
        crowd, more = crowded()
        rows, still_more, seconds_alone = replicas(folder / "replicas", 320)
    command = "python -m benchmarks.scale"
    note = (
        "Scripted servers in processes of their own, half a second an answer, whatever is asked. The "
        "seconds are those of the whole run, with the first questions to the server and the verdict."
    )
    print(write_table("Many calls at once", [whole, crowd], command, note=note))
    note = (
        "A run of a hopeless task at four servers, eight calls at once each, against one server; "
        f"{seconds_alone:.0f} s there. With one of four left out, three times the speed is ideal."
    )
    print(write_table("Several servers", rows, command, note=note))
    note = (
        "Simulated: the search itself, 43 candidates of which the best is .05 below the target, on "
        f"a clock; a replica works on {AT_ONCE} calls at once, each takes half a second."
    )
    table = simulated([1_000, 10_000, 100_000], [1, 8, 64])
    page = PAGE.with_name("scale.md")
    print(write_table("What a ladder costs", table, command, note=note, page=page))
    if short := [*short, *more, *still_more]:
        sys.exit("Falls short: " + "; ".join(short))


if __name__ == "__main__":
    main()
