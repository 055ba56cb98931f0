"""Several processes that train one adapter together: `accelerate launch`, a process for each GPU.

The first does everything: it alone holds the run's lock, checks, asks, measures and writes. The
others wait until the training set stands, train beside it, and end with it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ladder.disk import locked
from ladder.errors import InfrastructureError, LadderError, SpecError

_LONGEST = timedelta(days=7)
"""What the others wait for the first, which asks the base model hundreds of questions before."""


def is_first() -> bool:
    """Return whether this process is the first of its launch; a process alone always is."""
    return int(os.environ.get("RANK", "0")) == 0


def n_processes() -> int:
    """Return how many processes were launched together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def own_device(device: str) -> str:
    """Return the device of this process: with several, each has a GPU of its own."""
    local = os.environ.get("LOCAL_RANK", "0")
    return f"cuda:{local}" if device == "cuda" and n_processes() > 1 else device


def refuse_several(what: str) -> None:
    """Raise SpecError where several processes were launched for what one does."""
    if n_processes() > 1:
        raise SpecError(
            f"{what} runs in one process, and {n_processes()} were launched.",
            next_step="Start it without `accelerate launch`.",
        )


def wait_for_all() -> None:
    """Return once every process of the launch is here; at once for a process alone."""
    if n_processes() > 1:
        import torch

        torch.distributed.barrier()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder that one training may use.

    Raises:
        InfrastructureError: Another process trains there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    busy = InfrastructureError(
        f"Another process trains in {folder}.",
        next_step="Wait for it, or end it; then the same command continues.",
    )
    with locked(folder / "training.lock", wait_seconds=0, busy=lambda: busy):
        yield


class Launch:
    """The processes of one launch. In a `with` block the first tells the others how it ended."""

    def __init__(self) -> None:
        if n_processes() > 1:
            import torch
            from accelerate import PartialState

            PartialState(cpu=not torch.cuda.is_available(), timeout=_LONGEST)

    def __enter__(self) -> Self:
        """Return the launch."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Let the others end; after any other error the launcher ends them."""
        if kind is None or isinstance(error, LadderError):
            self._tell({"is_done": kind is None})
            self._leave()

    def begin(self, digests: dict[str, str]) -> None:
        """Let the others train on the training set with these digests."""
        self._tell({"digests": digests})

    def follow(self, fit: Callable[[dict[str, str]], Any]) -> None:
        """Do what a process that is not the first does: train where it is told to, and end.

        Raises:
            SystemExit: The first process stopped on purpose, and says why. The code is 0: a launcher
                kills the first as soon as another fails.
        """
        told = self._hear()
        if "digests" in told:
            # What stops the training stops it in the first process too, which says it.
            with suppress(LadderError):
                fit(told["digests"])
            told = self._hear()
        self._leave()
        if not told["is_done"]:
            raise SystemExit(0)

    def _leave(self) -> None:
        if n_processes() > 1:
            import torch

            torch.distributed.destroy_process_group()

    def _tell(self, message: dict[str, Any]) -> None:
        if n_processes() > 1:
            import torch

            torch.distributed.broadcast_object_list([message], src=0)

    def _hear(self) -> dict[str, Any]:
        import torch

        messages: list[Any] = [None]
        torch.distributed.broadcast_object_list(messages, src=0)
        return dict(messages[0])
