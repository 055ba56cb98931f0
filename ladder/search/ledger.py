"""`Ledger`: all that was measured, and what was asked of the confirmation part.

Every score in a `Trial` comes from the selection part. No score of the confirmation part is in
here before a verdict; a `Look` says only whether its test passed.
"""

from typing import Literal

from ladder.spec.base import Frozen

Configuration = tuple[int, ...]
"""One slot a lever, in the ladder's order; 0 means that the lever is not applied."""


class Trial(Frozen):
    """One configuration on the selection part.

    Attributes:
        n_seen: Samples of the selection part that it was scored on before it was dropped.
        score: Mean score on those.
        low, high: 95 % interval of the score; for the eye, not part of the claim.
        wins, losses: Samples it got right and its parent did not, and the reverse.
        stopped: Why it was not scored further, in words.
    """

    configuration: Configuration
    parent: Configuration | None = None
    n_seen: int
    score: float
    low: float
    high: float
    wins: int = 0
    losses: int = 0
    stopped: str = ""


AttemptStatus = Literal[
    "carried", "no_gain", "nothing_to_try", "not_applicable", "ceiling", "untested", "error"
]


class Attempt(Frozen):
    """One lever, or the joint pass ("together"), tried from a parent."""

    lever: str
    status: AttemptStatus
    reason: str = ""
    parent: Configuration
    chosen: Configuration
    gain: float = 0.0
    trials: tuple[Trial, ...] = ()


class Look(Frozen):
    """One test on the confirmation part. It says passed or not; never a score."""

    configuration: Configuration
    question: Literal["reached", "below"]
    alpha: float
    passed: bool
    n_seen: int


class Ledger(Frozen):
    """All that was measured in one run, in the order it happened."""

    n: int
    n_selection: int
    n_confirmation: int
    baseline: Trial
    attempts: tuple[Attempt, ...] = ()
    looks: tuple[Look, ...] = ()
    best: Configuration
    ending: Literal["reached", "justified", "undecided", "budget"]
    examples_needed: int | None = None
    alpha_reached_left: float = 0.05
    alpha_justified_left: float = 0.05
    calls: int = 0
