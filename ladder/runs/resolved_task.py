"""`read_task`: the task of a run, as it was resolved when the run began."""

import shlex
from pathlib import Path

from ladder.errors import EvidenceError, SpecError
from ladder.runs.folder import RunFolder
from ladder.spec.paths import relative_paths
from ladder.spec.task import TaskSpec


def read_task(run: RunFolder) -> TaskSpec:
    """Return the task of a run, as it was resolved.

    Raises:
        SpecError: The folder holds none, or another version wrote it.
    """
    try:
        return TaskSpec.model_validate_json(run.spec.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SpecError(
            f"{run.spec} cannot be read as a task.",
            next_step="Run the task again: ladder run SPEC.",
        ) from error


def started_in(run: RunFolder, task: TaskSpec) -> Path | None:
    """Return the folder in which a run was started, where its files lie there and not here; else None."""
    paths = [text.partition(".py:")[0] for text in relative_paths(task)]
    if all(Path(each).exists() for each in paths):
        return None
    above = run.path.resolve().parents
    return next(
        (folder for folder in above if all((folder / each).exists() for each in paths)), None
    )


def refuse_elsewhere(run: RunFolder, task: TaskSpec) -> None:
    """Raise where the files of a run's task lie in the folder in which it was started, and not here.

    Raises:
        EvidenceError: Says from which folder the same command finds them.
    """
    elsewhere = started_in(run, task)
    if elsewhere is not None:
        raise EvidenceError(
            f"{run.path} was started in {elsewhere}, and the files of its task are named from there.",
            next_step=f"cd {shlex.quote(str(elsewhere))}, and then the same command with the run's folder "
            f"{shlex.quote(str(run.path.resolve()))}.",
        )
