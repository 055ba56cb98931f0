"""`training_shown`: a training as a person sees it: its parts in lines, its steps and a clock redrawn."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from ladder.finetune.training.training_progress import TrainingObserver, TrainingProgress
from ladder.progress.working import working


@contextmanager
def training_shown(console: Console | None) -> Iterator[TrainingObserver]:
    """Show a training while the block lasts; the value of the block takes its progress.

    Args:
        console: Where; None shows nothing.
    """
    with working(console, "preparing") as work:

        def observe(progress: TrainingProgress) -> None:
            work.rename(progress.stage if progress.note else str(progress).replace("  ", ", "))
            if not progress.steps or work.is_log:
                work.say(str(progress))

        yield observe
