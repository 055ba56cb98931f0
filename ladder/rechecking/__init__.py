"""Asks month after month, on fresh rows, whether a run's confirmed candidate still reaches the target."""

from ladder.rechecking.candidate_to_recheck import CandidateToRecheck, refuse_other_task
from ladder.rechecking.count_rows import count_rows
from ladder.rechecking.new_files import NewFiles
from ladder.rechecking.recheck_result import Recheck, recheck_of
from ladder.rechecking.recorded_part import recorded_part

__all__ = [
    "CandidateToRecheck",
    "NewFiles",
    "Recheck",
    "count_rows",
    "recheck_of",
    "recorded_part",
    "refuse_other_task",
]
