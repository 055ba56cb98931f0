"""A run's folder: what it is called, who works in it, and whether its verdict still stands."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ladder.disk import locked, write_lines
from ladder.decision import Decision, edited_fields
from ladder.errors import EvidenceError, InfrastructureError, SpecError
from ladder.search.task_problem import LEFT_OUT, LadderProblem
from ladder.runs.samples import write_samples
from ladder.spec.task import TaskSpec

STOPPED = ("budget", "outage")
"""Endings of a run that goes on where it stopped."""


def folder_of(task: TaskSpec, runs_folder: str | Path) -> Path:
    """Return the folder of a task's run: the same for the same spec, whatever budget and training.

    So a run that ended with its budget goes on when the budget is raised.
    """
    return Path(runs_folder) / f"{task.name}-{task.digest[:8]}"


def write_run(
    folder: Path, problem: LadderProblem, decision: Decision, sources: Mapping[str, str]
) -> None:
    """Write what a run leaves: samples, digests of its sources, the decision."""
    write_samples(
        folder / "samples.jsonl",
        problem,
        [each.configuration for each in decision.candidates],
        is_closed=decision.verdict != "inconclusive",
    )
    write_lines(folder / "sources.json", [json.dumps(sources, indent=1)])
    write_lines(folder / "decision.json", [decision.model_dump_json(indent=1)])


def finished_run(folder: Path, task: TaskSpec, sources: Mapping[str, str]) -> Decision | None:
    """Return the decision of this very run, if it was reached: all levers, the same sources."""
    try:
        decision = Decision.load(folder / "decision.json")
    except EvidenceError:
        return None
    provenance = decision.provenance
    if provenance is None or decision.ledger.ending in STOPPED or edited_fields(decision):
        return None
    if any(each.reason == LEFT_OUT for each in decision.attempts):
        return None
    try:
        measured_on = json.loads((folder / "sources.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return decision if (provenance.spec, measured_on) == (task.digest, sources) else None


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the run folder's lock; it frees itself when the process dies, however it dies."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InfrastructureError(
            f"The run folder {folder} cannot be made: {error.strerror}.",
            next_step="Name a folder that can be written: runs_folder, or --runs.",
        ) from error
    holder = folder / "run.lock.txt"

    def busy() -> SpecError:
        who = holder.read_text(encoding="utf-8") if holder.is_file() else "another process"
        return SpecError(
            f"The run {folder} is active ({who}).",
            next_step="Wait for it, or end it; then the same command continues.",
        )

    with locked(folder / "run.lock", wait_seconds=0, busy=busy):
        now = datetime.now(UTC).isoformat(timespec="seconds")
        holder.write_text(f"pid {os.getpid()} on {socket.gethostname()}, since {now}", "utf-8")
        yield
