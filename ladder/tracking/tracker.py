"""`Tracker`: the interface to an experiment tracker, whose library is loaded when it is needed."""

import importlib
from types import ModuleType
from typing import Any, Protocol

from ladder.errors import InfrastructureError
from ladder.spec.secrets import masked
from ladder.text import one_line
from ladder.tracking.tracked_run import TrackedRun

_MOST = 300


class Tracker(Protocol):
    """Where a run can be sent."""

    def place(self) -> str:
        """Return where a run would go, in words, without sending anything."""
        ...

    def send(self, run: TrackedRun) -> str:
        """Send a run, once; return where it is to be seen.

        Raises:
            InfrastructureError: The library is missing, or what it writes to refuses.
        """
        ...


def library(name: str, install: str) -> Any:  # noqa: ANN401 - a module without types
    """Return a library by its name.

    Raises:
        InfrastructureError: It is not installed.
    """
    try:
        module: ModuleType = importlib.import_module(name)
    except ImportError as error:
        is_absent = isinstance(error, ModuleNotFoundError) and error.name == name
        raise _as_missing(name, install, "" if is_absent else str(error)) from error
    if module.__file__ is None:  # a folder of this name, such as W&B's own beside the runs
        raise _as_missing(name, install, "")
    return module


def _as_missing(name: str, install: str, why: str) -> InfrastructureError:
    what = f"cannot be loaded: {why}" if why else "is not installed"
    step = f"pip install {install}, then the same command again."
    return InfrastructureError(f"{name} {what}.", next_step=step)


def as_refused(name: str, error: Exception, *, next_step: str) -> InfrastructureError:
    """Return what a library said when it could not write, without keys, on one line."""
    said = one_line(masked(str(error)), _MOST) or type(error).__name__
    return InfrastructureError(f"{name} did not take the run: {said}", next_step=next_step)
