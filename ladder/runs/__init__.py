"""A run's folder: what its files are called, who writes and who reads them."""

from ladder.runs.folder import RunFolder, alone_in, folder_of, in_run

__all__ = ["RunFolder", "alone_in", "folder_of", "in_run"]
