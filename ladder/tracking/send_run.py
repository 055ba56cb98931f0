"""`send_run`: tells what will be sent of a run to a tracker, and then sends it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ladder.errors import InfrastructureError, SpecError
from ladder.tracking.mlflow_tracker import MlflowTracker
from ladder.tracking.tracked_run import PROJECT, tracked_run
from ladder.tracking.tracker import Tracker
from ladder.tracking.trackio_tracker import TrackioTracker
from ladder.tracking.wandb_tracker import WandbTracker

TRACKERS: Mapping[str, Callable[[], Tracker]] = {
    "mlflow": MlflowTracker,
    "wandb": WandbTracker,
    "trackio": TrackioTracker,
}
"""Each tracker by the word of the command line."""


def tracker_named(name: str) -> Tracker:
    """Return a tracker by its name.

    Raises:
        SpecError: There is none of this name.
    """
    if name not in TRACKERS:
        raise SpecError(
            f"--to {name} is no tracker that ladder knows.",
            next_step=f"Use one of {', '.join(TRACKERS)}.",
        )
    return TRACKERS[name]()


def send_run(
    run_folder: str | Path,
    tracker: Tracker,
    *,
    tell: Callable[[str], None],
    project: str = PROJECT,
    with_rows: bool = False,
    dry_run: bool = False,
) -> str:
    """Tell what is sent of a run, then send it; return where it is to be seen.

    Args:
        run_folder: The folder of a finished run.
        tracker: Where it goes.
        tell: Prints a line for a person.
        project: The experiment or project.
        with_rows: Whether samples and answers may be sent.
        dry_run: Only tell; what is returned is then empty.

    Raises:
        LadderError: The folder holds no decision, a key would be sent, or the tracker refuses.
    """
    run = tracked_run(run_folder, project=project, with_rows=with_rows)
    for line in run.contents(_place(tracker, must_be_here=not dry_run)):
        tell(line)
    return "" if dry_run else tracker.send(run)


def _place(tracker: Tracker, *, must_be_here: bool) -> str:
    """Return where a run would go; before anybody installs the library, that is not known."""
    try:
        return tracker.place()
    except InfrastructureError as error:
        if must_be_here:
            raise
        return f"a place that is not known yet ({str(error).rstrip('.')})"
