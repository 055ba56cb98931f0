"""`read_task`: the task of a run, as it was resolved when the run began."""

from pathlib import Path

from ladder.errors import SpecError
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
