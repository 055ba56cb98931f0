"""Writes a run's candidate, or an adapter, in the form in which another tool uses it."""

from ladder.exporting.export_adapter import export_adapter
from ladder.exporting.export_run import export_run
from ladder.exporting.form_files import Form

__all__ = ["Form", "export_adapter", "export_run"]
