"""`RunFolder`: what the files of a run are called; and the lock of who works in it."""

import os
import shlex
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ladder.disk import locked
from ladder.errors import InfrastructureError, SpecError
from ladder.finding import Finding

if TYPE_CHECKING:
    from ladder.spec.task import TaskSpec


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where the files of one run are.

    >>> RunFolder(Path("runs/facts-1a2b3c4d")).decision.as_posix()
    'runs/facts-1a2b3c4d/decision.json'
    """

    path: Path

    @property
    def spec(self) -> Path:
        """Return the file of the resolved task spec; it is there from the start of the run."""
        return self.path / "spec.json"

    @property
    def journal(self) -> Path:
        """Return the database of every answer, and of all that the search was told."""
        return self.path / "journal.sqlite"

    @property
    def endpoint(self) -> Path:
        """Return the file of what the model's server was seen to do."""
        return self.path / "endpoint.json"

    @property
    def decision(self) -> Path:
        """Return the file of the verdict and its evidence; `Decision.load` reads it."""
        return self.path / "decision.json"

    @property
    def earlier_decisions(self) -> Path:
        """Return the folder of the decisions that a later one took the place of."""
        return self.path / "earlier-decisions"

    @property
    def samples(self) -> Path:
        """Return the file of every sample with every answer to it; see `runs/samples.py`."""
        return self.path / "samples.jsonl"

    @property
    def sources(self) -> Path:
        """Return the file with the digests of the files that the run was measured on."""
        return self.path / "sources.json"

    @property
    def plan(self) -> Path:
        """Return the file of what the run was foreseen to cost, beside what it took."""
        return self.path / "plan.json"

    @property
    def tokens(self) -> Path:
        """Return the file with the token ids of the prompts that a report shows."""
        return self.path / "tokens.json"

    @property
    def record(self) -> Path:
        """Return the file of the evidence record that `ladder record write` signs."""
        return self.path / "record.json"

    @property
    def labels(self) -> Path:
        """Return the file of what people said of the answers; see `ladder label`."""
        return self.path / "labels.json"

    @property
    def classifiers(self) -> Path:
        """Return the folder of the classifiers that were tried; `load_classifier` reads each."""
        return self.path / "classifiers"

    @property
    def moved(self) -> Path:
        """Return the file of where servers are now, if that is another address than was measured."""
        return self.path / "moved.json"

    @property
    def rechecks(self) -> Path:
        """Return the file of what `ladder recheck` counted, batch after batch; to be kept."""
        return self.path / "rechecks.jsonl"

    @property
    def training(self) -> Path:
        """Return the file of what `ladder train` did and found."""
        return self.path / "training.json"


def folder_of(task: "TaskSpec", runs_folder: str | Path) -> Path:
    """Return the folder of a task's run: the same for the same spec, whatever budget and training.

    So a run that ended with its budget goes on when the budget is raised.
    """
    return Path(runs_folder) / f"{task.name}-{task.digest[:8]}"


def in_run(findings: Iterable[Finding], folder: Path) -> list[Finding]:
    """Return findings whose commands name the run's folder in the place of `RUN`."""
    named = shlex.quote(str(folder))
    return [
        each.replace(next_step=each.next_step.replace("ladder show RUN", f"ladder show {named}"))
        for each in findings
    ]


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
