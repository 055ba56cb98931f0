"""`TrackioTracker`: sends a run to trackio on this machine, or to the Space or server it is set to."""

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any

from ladder.tracking.tracked_run import COLUMNS, PAGE, TrackedRun
from ladder.tracking.tracker import as_refused, library


class TrackioTracker:
    """Sends what ladder measured; nothing is read of processor or GPU beside it."""

    def place(self) -> str:
        """Return the folder, or the Space or server, as TRACKIO_SPACE_ID and TRACKIO_SERVER_URL say."""
        trackio = _trackio()
        space = os.environ.get("TRACKIO_SPACE_ID")
        server = os.environ.get("TRACKIO_SERVER_URL", "").partition("?")[0]
        return (
            f"trackio at {f'the Space {space}' if space else server or trackio.utils.TRACKIO_DIR}"
        )

    def send(self, run: TrackedRun) -> str:
        """Send a run; return the command that shows it."""
        trackio = _trackio()
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                return _send(trackio, run)
        except (ValueError, RuntimeError, OSError) as error:
            raise as_refused(
                "trackio",
                error,
                next_step="Without TRACKIO_SPACE_ID and TRACKIO_SERVER_URL it stays on this machine; "
                "TRACKIO_DIR names the folder.",
            ) from error


def _trackio() -> Any:  # noqa: ANN401 - a module without types
    return library("trackio", "trackio")


def _send(trackio: Any, run: TrackedRun) -> str:  # noqa: ANN401
    name = f"{run.name}-{run.key[:6]}"
    show = f"trackio show --project {run.project}  # run {name}"
    if name in _names(trackio, run.project):
        return f"{show} (it was there already)"
    trackio.init(
        project=run.project,
        name=name,
        config={**run.parameters, "ladder.run": run.key},
        embed=False,
        auto_log_gpu=False,
        auto_log_cpu=False,
    )
    for at, one in enumerate(run.steps):
        trackio.log(one, step=at)
    rows = [list(map(_shown, row)) for row in run.candidates]
    table = trackio.Table(columns=list(COLUMNS), data=rows)
    trackio.log({**run.metrics, "candidates_table": table}, step=len(rows))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / PAGE
        page.write_text(run.page, encoding="utf-8")
        trackio.log_artifact(page, name=f"report-{run.key}", type="report")
        trackio.finish()
    return show


def _names(trackio: Any, project: str) -> list[str]:  # noqa: ANN401
    try:
        return [each.name for each in trackio.Api().runs(project)]
    except ValueError:  # no such project yet
        return []


def _shown(value: object) -> object:
    return value if isinstance(value, (str, int, float)) else ""
