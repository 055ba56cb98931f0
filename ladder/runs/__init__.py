"""One run: its folder, its looks, and its decision."""

from ladder.runs.decide import decide_task
from ladder.runs.folder import alone_in, finished_run, folder_of, write_run
from ladder.search.confirm.looks_of_task import looks_of

__all__ = ["alone_in", "decide_task", "finished_run", "folder_of", "looks_of", "write_run"]
