"""One run: its folder, its looks, and its decision."""

from ladder.running.decide import decide_task
from ladder.running.folder import alone_in, finished_run, folder_of, write_run
from ladder.running.looks import looks_of

__all__ = ["alone_in", "decide_task", "finished_run", "folder_of", "looks_of", "write_run"]
