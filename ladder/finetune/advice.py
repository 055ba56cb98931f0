"""What to do where fine-tuning did not reach the target either: what the curves say, in words."""

import json
from collections.abc import Sequence
from pathlib import Path

CURVE = "learning_curve.json"
"""Where `ladder train --learning-curve` leaves what it found, in the run's folder."""


def advise_next(run: Path, *, steps: int, validation_losses: Sequence[tuple[int, float]]) -> str:
    """Return what the learning curve advises, or, where none was asked for, the loss curve.

    >>> losses = [(100, 0.9), (200, 0.5), (300, 0.3)]
    >>> advise_next(Path("nowhere"), steps=300, validation_losses=losses)[:50]
    'The validation loss was still falling at step 300:'
    >>> losses = [(100, 0.9), (200, 0.5), (300, 0.7)]
    >>> advise_next(Path("nowhere"), steps=300, validation_losses=losses)[:49]
    'The validation loss was lowest at step 200 of 300'
    """
    found = _curve_advice(run / CURVE)
    if found:
        return found
    ask = "`ladder train --learning-curve` says whether more rows are likely to help."
    if not validation_losses:
        return ask
    best, _ = min(validation_losses, key=lambda point: point[1])
    last, _ = validation_losses[-1]
    if best == last:
        return (
            f"The validation loss was still falling at step {last}: take more training.steps. {ask}"
        )
    return f"The validation loss was lowest at step {best} of {steps}, so more steps do not help. {ask}"


def _curve_advice(path: Path) -> str:
    try:
        return str(json.loads(path.read_text("utf-8"))["advice"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
