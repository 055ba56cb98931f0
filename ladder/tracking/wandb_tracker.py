"""`WandbTracker`: sends a run to Weights & Biases, or to a folder where WANDB_MODE is offline."""

import os
import tempfile
from pathlib import Path
from typing import Any

from ladder.tracking.tracked_run import COLUMNS, PAGE, TrackedRun
from ladder.tracking.tracker import as_refused, library


class WandbTracker:
    """Sends what ladder measured, and of the machine nothing: no git state, code, packages or user."""

    def place(self) -> str:
        """Return the server, or that nothing leaves the machine, as WANDB_MODE says."""
        if os.environ.get("WANDB_MODE") in ("offline", "dryrun"):
            return "W&B, offline: the folder wandb"
        return f"W&B at {_wandb().setup().settings.base_url}"

    def send(self, run: TrackedRun) -> str:
        """Send a run; return its address, or the command that brings it to the server later."""
        wandb = _wandb()
        try:
            return _send(wandb, run)
        except (wandb.errors.Error, OSError) as error:
            raise as_refused(
                "W&B", error, next_step="`wandb login`, or WANDB_MODE=offline to keep it here."
            ) from error


def _wandb() -> Any:  # noqa: ANN401 - a module without types
    return library("wandb", "wandb")


def _settings(wandb: Any) -> Any:  # noqa: ANN401
    return wandb.Settings(
        silent=True,
        console="off",
        disable_git=True,
        disable_code=True,
        save_code=False,
        disable_job_creation=True,
        x_disable_meta=True,
        x_disable_stats=True,
        x_disable_machine_info=True,
        x_save_requirements=False,
    )


def _send(wandb: Any, run: TrackedRun) -> str:  # noqa: ANN401
    sent = wandb.init(
        project=run.project,
        name=run.name,
        id=run.key,
        resume="allow",
        job_type="ladder",
        tags=[run.parameters["verdict"]],
        config=dict(run.parameters),
        settings=_settings(wandb),
    )
    columns = list(COLUMNS)
    for one in run.steps:
        sent.log(one)
    sent.log(
        {"candidates": wandb.Table(columns=columns, data=[list(row) for row in run.candidates])}
    )
    sent.summary.update(dict(run.metrics))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / PAGE
        page.write_text(run.page, encoding="utf-8")
        artifact = wandb.Artifact(f"report-{run.key}", type="report")
        artifact.add_file(str(page), name=PAGE)
        sent.log_artifact(artifact)
        sent.finish()
    return f"wandb sync {Path(sent.dir).parent}" if sent.offline else str(sent.url)
