"""Sends a run's verdict, scores and page to where a team looks: MLflow, W&B, trackio."""

from ladder.tracking.send_run import TRACKERS, send_run, tracker_named
from ladder.tracking.tracked_run import TrackedRun, tracked_run

__all__ = ["TRACKERS", "TrackedRun", "send_run", "tracked_run", "tracker_named"]
