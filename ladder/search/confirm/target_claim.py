"""`TargetClaim`: what is to be shown of a candidate, and how often that may be wrong."""

from dataclasses import dataclass

from ladder.statistics.sizes import ERROR_BUDGET


@dataclass(frozen=True, slots=True)
class TargetClaim:
    """What is to be shown, and how often it may be wrong.

    Attributes:
        target: The score to reach; fine-tuning is justified only if all are below it. Where
            candidates are held against a reference, what the mean of (difference + 1) / 2 must reach:
            0.5, less half of what a candidate may be worse.
        margin: How far below the target still counts as reached.
        alpha_reached: Most probability of a false "reaches the target", for the part's life.
        alpha_justified: Most probability of a false "none tried reaches it".
        is_relative: Whether candidates are held against the problem's reference.
    """

    target: float
    margin: float = 0.0
    alpha_reached: float = ERROR_BUDGET
    alpha_justified: float = ERROR_BUDGET
    is_relative: bool = False

    @property
    def reach(self) -> float:
        """Return the score from which on a configuration reaches the target."""
        return self.target - self.margin

    @property
    def allowed(self) -> float:
        """Return by how much a candidate may score less than the reference, where there is one.

        >>> claim = TargetClaim(0.48, is_relative=True)
        >>> round(claim.allowed, 6)
        0.04
        """
        return 1 - 2 * self.reach
