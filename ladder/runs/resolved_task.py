"""`read_task`: the task of a run, as it was resolved when the run began."""

from ladder.errors import SpecError
from ladder.runs.folder import RunFolder
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
