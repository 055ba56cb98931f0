"""`MlflowTracker`: sends a run to the tracking server or database that MLflow is set to."""

import time
from typing import Any

from ladder.spec.secrets import masked
from ladder.tracking.tracked_run import PAGE, TABLE, TrackedRun
from ladder.tracking.tracker import as_refused, library

INSTALL = '"mlflow-skinny>=3" sqlalchemy alembic'
_KEY = "ladder.run"


class MlflowTracker:
    """Writes by MLflow's client alone: nothing of git, user or machine is read, as `start_run` would."""

    def place(self) -> str:
        """Return the tracking address, as MLFLOW_TRACKING_URI or MLflow's own default says."""
        return f"MLflow at {masked(str(_mlflow().get_tracking_uri()))}"

    def send(self, run: TrackedRun) -> str:
        """Send a run, and return its experiment and id."""
        mlflow = _mlflow()
        try:
            return _send(mlflow, run)
        except (mlflow.exceptions.MlflowException, OSError) as error:
            raise as_refused(
                "MLflow",
                error,
                next_step="Set MLFLOW_TRACKING_URI to your server, or to sqlite:///mlflow.db with "
                f"pip install {INSTALL}.",
            ) from error


def _mlflow() -> Any:  # noqa: ANN401 - a module without types
    return library("mlflow", INSTALL)


def _send(mlflow: Any, run: TrackedRun) -> str:  # noqa: ANN401
    client, entities = mlflow.MlflowClient(), mlflow.entities
    experiment = client.get_experiment_by_name(run.project)
    where = experiment.experiment_id if experiment else client.create_experiment(run.project)
    same = client.search_runs([where], filter_string=f"tags.`{_KEY}` = '{run.key}'", max_results=1)
    finished = next((each for each in same if each.info.status == "FINISHED"), None)
    if finished is not None:
        return f"experiment {run.project}, run {finished.info.run_id} (it was there already)"
    made = client.create_run(where, run_name=run.name, tags={"verdict": run.parameters["verdict"]})
    this, now = made.info.run_id, int(1000 * time.time())
    metrics = [(name, value, 0) for name, value in run.metrics.items()]
    metrics += [
        (name, value, at) for at, one in enumerate(run.steps) for name, value in one.items()
    ]
    for at in range(0, len(metrics), 900):  # a call takes a thousand
        some = metrics[at : at + 900]
        client.log_batch(
            this, metrics=[entities.Metric(name, value, now, step) for name, value, step in some]
        )
    client.log_batch(this, params=[entities.Param(*each) for each in run.parameters.items()])
    client.log_text(this, run.page, PAGE)
    client.log_text(this, run.table, TABLE)
    client.set_tag(this, _KEY, run.key)
    client.set_terminated(this)
    return f"experiment {run.project}, run {this}"
