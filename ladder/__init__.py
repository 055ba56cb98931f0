"""Do we really need to fine-tune? An answer with evidence."""

import importlib
import sys
from typing import TYPE_CHECKING

from ladder.version import __version__

if TYPE_CHECKING:
    from ladder.api import check_task, load, plan_run, run, run_folder_of
    from ladder.decision import Decision, decide
    from ladder.errors import LadderError
    from ladder.finding import Finding
    from ladder.recheck_run import recheck
    from ladder.search.ledger import Ledger
    from ladder.search.problem import Progress
    from ladder.spec.candidate import Candidate
    from ladder.spec.load_task import load_task
    from ladder.spec.task import TaskSpec

_HOMES = {
    "Candidate": "ladder.spec.candidate",
    "Decision": "ladder.decision",
    "Finding": "ladder.finding",
    "LadderError": "ladder.errors",
    "Ledger": "ladder.search.ledger",
    "Progress": "ladder.search.problem",
    "TaskSpec": "ladder.spec.task",
    "check_task": "ladder.api",
    "decide": "ladder.decision",
    "load": "ladder.api",
    "load_task": "ladder.spec.load_task",
    "plan_run": "ladder.api",
    "recheck": "ladder.recheck_run",
    "run": "ladder.api",
    "run_folder_of": "ladder.api",
}

__all__ = [
    "Candidate",
    "Decision",
    "Finding",
    "LadderError",
    "Ledger",
    "Progress",
    "TaskSpec",
    "__version__",
    "check_task",
    "decide",
    "load",
    "load_task",
    "plan_run",
    "recheck",
    "run",
    "run_folder_of",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: `import ladder` itself takes no time."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ladder' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    if name in ("Decision", "decide") and "IPython" in sys.modules:
        importlib.import_module("ladder.report").show_in_notebook()
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
