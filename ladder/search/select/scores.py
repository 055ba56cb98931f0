"""`Scores`: asks for the score of each configuration on each sample once, and checks it."""

import numpy as np

from ladder.errors import (
    InconclusiveError,
    InfrastructureError,
    LadderError,
    ModelLoadError,
    OtherFingerprintError,
    ScoreError,
)
from ladder.search.ledger import Configuration
from ladder.search.problem import Problem
from ladder.statistics.arrays import BoolArray, FloatArray, IntArray


class Scores:
    """What was scored so far of one part; it asks the problem for the rest."""

    def __init__(self, problem: Problem, *, is_binary: bool) -> None:
        self._problem = problem
        self._is_binary = is_binary
        self._known: dict[Configuration, FloatArray] = {}
        self.calls = 0

    def ask(self, configuration: Configuration, positions: IntArray) -> FloatArray:
        """Return the scores of a configuration on some samples, in their order."""
        known = self._known.get(configuration)
        if known is None:
            known = np.full(self._problem.size, np.nan)
            self._known[configuration] = known
        missing = positions[np.isnan(known[positions])]
        if len(missing):
            fresh = np.asarray(self._problem.scores(configuration, missing), dtype=np.float64)
            check_scores(fresh, len(missing), is_binary=self._is_binary)
            self.calls += len(missing)
            known[missing] = fresh
        return known[positions]

    def most(self, configuration: Configuration, positions: IntArray) -> FloatArray:
        """Return the most that answers may be worth: what the claim "below" is tested on."""
        scores = self.ask(configuration, positions)
        most = np.maximum(scores, self._problem.could_score(configuration, positions))
        most = np.ceil(most) if self._is_binary else most
        check_scores(most, len(positions), is_binary=self._is_binary)
        return most

    def known(self, positions: IntArray) -> BoolArray:
        """Return of each of these samples whether it was scored, of any configuration."""
        known = np.zeros(len(positions), dtype=bool)
        for scores in self._known.values():
            known |= ~np.isnan(scores[positions])
        return known


def stops_the_run(error: LadderError) -> bool:
    """Return whether an error is about more than the one configuration that met it.

    A budget that ended, a scorer that gives no scores, an endpoint or disk that is gone, another
    model than was measured: the run stops, and the same command continues it. A model that does not
    load is that candidate's fault.
    """
    if isinstance(error, ModelLoadError):
        return False
    return isinstance(
        error, InconclusiveError | InfrastructureError | OtherFingerprintError | ScoreError
    )


def check_scores(scores: FloatArray, n: int, *, is_binary: bool) -> None:
    """Raise ScoreError unless there are `n` scores, all in [0, 1] and of the kind promised."""
    if scores.shape != (n,):
        raise ScoreError(
            f"{n} samples got scores of shape {scores.shape}.",
            next_step="Return one number a sample, in the order of the indices.",
        )
    if not bool(((scores >= 0) & (scores <= 1)).all()):
        wrong = scores[~((scores >= 0) & (scores <= 1))][0]
        raise ScoreError(
            f"A score is {wrong}, not in [0, 1].",
            next_step="Scale the metric to [0, 1], higher is better; score a failed call 0.",
        )
    if is_binary and not bool(((scores == 0) | (scores == 1)).all()):
        wrong = scores[(scores != 0) & (scores != 1)][0]
        raise ScoreError(
            f"The metric is declared pass/fail, but a score is {wrong}.",
            next_step='Say kind="graded" or kind="bounded".',
        )
