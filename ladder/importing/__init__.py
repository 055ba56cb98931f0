"""Reads what other eval tools recorded, and writes a task that is decided without a model."""

from ladder.importing.compare_recordings import compare_recordings
from ladder.importing.import_logs import Choices, ImportedTask, import_logs

__all__ = ["Choices", "ImportedTask", "compare_recordings", "import_logs"]
