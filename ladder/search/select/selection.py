"""`Selection`: the scores on the selection part, the part on which anything may be tried."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from ladder.search.ledger import REFERENCE, AgainstReference, Configuration, Trial
from ladder.search.problem import Problem
from ladder.search.select.claim_scores import ClaimScores
from ladder.search.select.scores import Scores
from ladder.search.select.units import Units
from ladder.statistics import Difference, Guess, paired_difference, prefix_difference, wilson
from ladder.statistics.arrays import FloatArray, IntArray

CLEAR = 2.0
"""Standard errors of a paired difference beyond which two candidates are told apart."""

SIGNAL_UNITS = 48
"""Units on which finer readings are asked for: they are far less noisy than the score."""

NINETY_FIVE = 1.96
"""Standard errors of a 95 % interval."""

FEWEST_TO_DECIDE = 128
"""Units on which a race is decided at least, where there are so many."""


ROUNDING = 1e-9
"""By how much a number may be off that went through an edge in [0, 1]."""

UNKNOWN = Guess(0.5, 0.25)
"""What to expect where no unit was scored."""


class Selection:
    """Scores of the selection part, by units: means, paired differences, finer readings."""

    def __init__(
        self,
        problem: Problem,
        units: Units,
        scores: Scores,
        *,
        is_raced_whole: bool = False,
        weights: FloatArray | None = None,
        is_relative: bool = False,
    ) -> None:
        self.units = units
        self.claim = ClaimScores(problem, scores, is_relative=is_relative)
        self.has_reference = False
        self._weights = weights
        self._is_raced_whole = is_raced_whole
        self._problem = problem
        self._scores = scores
        self._sums: dict[Configuration, FloatArray] = {}
        self._weighted: dict[Configuration, FloatArray] = {}
        self._most: dict[Configuration, FloatArray] = {}
        self._least: dict[Configuration, FloatArray] = {}
        self._signals: dict[Configuration, tuple[FloatArray, ...]] = {}

    @property
    def enough(self) -> int:
        """Return the units on which a race is decided: half of them, in a small part more.

        The other half is scored where a test comes near: there the mean is not too high by selection.
        """
        n = len(self.units)
        if self._is_raced_whole:
            return n
        return max(math.ceil(n / 2), min(n, FEWEST_TO_DECIDE))

    def is_measured(self, configuration: Configuration) -> bool:
        """Return whether a configuration was scored as far as a race goes."""
        return self.n_seen(configuration) >= self.enough

    def see(self, configuration: Configuration, n_units: int) -> None:
        """Score a configuration on the first `n_units` units."""
        known = self.n_seen(configuration)
        if known >= n_units:
            return
        positions = self.units.between(known, n_units)
        scores = self._scores.ask(configuration, positions)
        self._keep(self._sums, configuration, self.units.sums(scores, known))
        if self._weights is not None:
            weighted = self.units.sums(scores * self._weights[positions], known)
            self._keep(self._weighted, configuration, weighted)

    def see_reference(self) -> None:
        """Score what candidates are held against on the whole part."""
        self._scores.ask(REFERENCE, self.units.positions)
        self.has_reference = True

    def why_reference_fails(self, margin: float) -> str:
        """Return why the reference's answers allow no comparison: unread, cut, lost or all the same.

        Nor do those that score no more than the margin, however they are read: whatever answers
        nothing right would be no worse by more than that.
        """
        positions = self.units.positions
        most = float(self._scores.most(REFERENCE, positions).mean())
        is_idle = most <= margin + ROUNDING
        return (
            self._problem.why_not_tried(REFERENCE, positions)
            or self._problem.why_no_evidence(REFERENCE, positions)
            or (_why_nothing_is_worse(most, margin) if is_idle else "")
        )

    def reference_scores(self) -> FloatArray:
        """Return the scores of the reference on the whole part, in the order of its units."""
        return self._scores.ask(REFERENCE, self.units.positions)

    def _keep(
        self, kept: dict[Configuration, FloatArray], configuration: Configuration, fresh: FloatArray
    ) -> None:
        before = kept.get(configuration)
        kept[configuration] = fresh if before is None else np.concatenate([before, fresh])

    def ask_ahead(
        self,
        configurations: Sequence[Configuration],
        n_units: int,
        likely: Sequence[Configuration] = (),
        n_next: int = 0,
        chance: float = 1.0,
    ) -> None:
        """Ask side by side for what `see` will need of several configurations.

        Args:
            configurations: Scored on the first `n_units` units next.
            n_units: Of the part.
            likely: Those of them that are perhaps scored on `n_next` units then, the likeliest first.
            n_next: More of the part.
            chance: How likely one of them is.
        """
        if self._problem.asks_at_once <= 1:
            return
        between = self.units.between
        spans = [(each, self.n_seen(each)) for each in configurations]
        self._problem.ask_ahead(
            [(each, between(at, n_units)) for each, at in spans if at < n_units],
            [(each, between(n_units, n_next), chance) for each in likely if n_units < n_next],
        )

    def n_seen(self, configuration: Configuration) -> int:
        """Return on how many units a configuration was scored."""
        sums = self._sums.get(configuration)
        return 0 if sums is None else len(sums)

    def n_samples(self, configuration: Configuration) -> int:
        """Return on how many samples a configuration was scored."""
        return int(self.units.starts[self.n_seen(configuration)])

    @property
    def calls(self) -> int:
        """Return how many scores were asked for."""
        return self._scores.calls

    @property
    def seen(self) -> tuple[Configuration, ...]:
        """Return every configuration scored so far, in the order it was first scored."""
        return tuple(self._sums)

    def scores(self, configuration: Configuration, positions: IntArray) -> FloatArray:
        """Return the scores of a configuration on samples of the part that it was scored on."""
        return self._scores.ask(configuration, positions)

    def mean(self, configuration: Configuration) -> float:
        """Return the mean score a sample, on all units seen."""
        sums = self._sums[configuration]
        return float(sums.sum() / self.units.starts[len(sums)])

    def value(self, configuration: Configuration, n_units: int | None = None) -> float:
        """Return what candidates are compared by: the mean score, or with weights that of classes."""
        sums = self._compared[configuration][:n_units]
        return float(sums.sum() / self.units.starts[len(sums)])

    def gain(self, after: Configuration, before: Configuration) -> float:
        """Return by how much the mean score went up, without weights."""
        return self._difference(self._sums, after, before).mean

    def difference(self, after: Configuration, before: Configuration) -> Difference:
        """Return the difference a sample: paired on the units that both were scored on.

        Where one was scored on more, the rest tells how hard the shared units were for it.
        """
        return self._difference(self._compared, after, before)

    @property
    def _compared(self) -> dict[Configuration, FloatArray]:
        return self._sums if self._weights is None else self._weighted

    def _difference(
        self, sums: dict[Configuration, FloatArray], after: Configuration, before: Configuration
    ) -> Difference:
        a, b = sums[after], sums[before]
        mean, error = prefix_difference(a, b)
        n = max(len(a), len(b))
        scale = n / float(self.units.starts[n])
        return Difference(mean * scale, error * scale)

    def most(self, configuration: Configuration) -> float:
        """Return the mean of the most that the answers may be worth: see `Problem.could_score`."""
        return float(self._most_sums(configuration).sum() / self.n_samples(configuration))

    def mean_within(
        self, configuration: Configuration, units: Units, *, most: bool = False
    ) -> float | None:
        """Return the mean score on the samples of one class; None where none was scored."""
        sums = self._sums_within(configuration, units, most=most)
        return float(sums.sum() / units.starts[len(sums)]) if len(sums) else None

    def unit_scores(
        self, configuration: Configuration, units: Units, target: float, *, most: bool = False
    ) -> FloatArray:
        """Return the score of each unit seen, of those of one class where `units` are its own."""
        return _unit_scores(self._sums_within(configuration, units, most=most), units, target)

    def n_within(self, configuration: Configuration, units: Units) -> int:
        """Return on how many units of one class a configuration was scored."""
        return units.n_within(self.n_seen(configuration))

    def guess(
        self,
        configuration: Configuration,
        target: float,
        *,
        most: bool = False,
        units: Units | None = None,
    ) -> Guess:
        """Return what to expect of a unit's score, drawn a little towards the middle.

        Of one that was dropped early few units are known, all of them the first; how the baseline
        did on the whole part tells whether these were easy ones.

        Args:
            configuration: Seen before.
            target: Towards which a small unit's score is drawn.
            most: Whether to expect the most that the answers may be worth.
            units: Those of one class, where the score is that of its samples alone.
        """
        units = units or self.units
        sums = [self._sums_within(each, units, most=most) for each in (configuration, self.seen[0])]
        scores, longest = (_unit_scores(each, units, target) for each in sums)
        n = len(scores)
        if not n:
            return UNKNOWN
        known = longest.mean() + prefix_difference(scores, longest).mean
        return guess_from(scores, float(known) * n)

    def _sums_within(self, configuration: Configuration, units: Units, *, most: bool) -> FloatArray:
        """Return the sum of scores of each unit seen, of all samples or of those of one class."""
        if units.places is None:
            return self._most_sums(configuration) if most else self._least_sums(configuration)
        positions = units.between(0, self.n_within(configuration, units))
        read = self.claim.most if most else self.claim.least
        return units.sums(read(configuration, positions)) if len(positions) else np.zeros(0)

    def _most_sums(self, configuration: Configuration) -> FloatArray:
        return self._claimed(self._most, self.claim.most, configuration)

    def _least_sums(self, configuration: Configuration) -> FloatArray:
        if not self.claim.is_relative:
            return self._sums[configuration]
        return self._claimed(self._least, self.claim.least, configuration)

    def _claimed(
        self,
        kept: dict[Configuration, FloatArray],
        read: Callable[[Configuration, IntArray], FloatArray],
        configuration: Configuration,
    ) -> FloatArray:
        """Return sums of what a claim is about, of each unit seen; read once."""
        n_units = self.n_seen(configuration)
        known = kept.get(configuration)
        if known is None or len(known) < n_units:
            known = self.units.sums(read(configuration, self.units.between(0, n_units)))
            kept[configuration] = known
        return known

    def against(self, configuration: Configuration) -> AgainstReference | None:
        """Return how one did against the reference, on the samples it was scored on."""
        n_units = self.n_seen(configuration)
        if not (self.has_reference and n_units):
            return None
        own, reference = self.claim.plain(configuration, self.units.between(0, n_units))
        sums = self.units.sums(own), self.units.sums(reference)
        size = len(own) / n_units
        mean, error = (each / size for each in paired_difference(*sums))
        spread = NINETY_FIVE * (error if math.isfinite(error) else 1.0)
        return AgainstReference(
            difference=mean,
            low=max(mean - spread, -1.0),
            high=min(mean + spread, 1.0),
            n=len(own),
            reference=float(reference.mean()),
        )

    def signals(self, configuration: Configuration) -> tuple[FloatArray, ...]:
        """Return finer readings of the first units, a value a sample; empty without any."""
        if configuration not in self._signals:
            stop = min(len(self.units), SIGNAL_UNITS, self.n_seen(configuration))
            positions = self.units.between(0, stop)
            readings = self._problem.signals(configuration, positions)
            self._signals[configuration] = tuple(np.asarray(reading) for reading in readings)
        return self._signals[configuration]

    def why_not_tried(self, configuration: Configuration) -> str:
        """Return what shows that the answers so far are no try of a configuration."""
        return self._problem.why_not_tried(configuration, self._positions(configuration))

    def why_no_evidence(self, configuration: Configuration) -> str:
        """Return why the answers so far must not justify fine-tuning."""
        return self._problem.why_no_evidence(configuration, self._positions(configuration))

    def _positions(self, configuration: Configuration) -> IntArray:
        return self.units.between(0, self.n_seen(configuration))

    def moved(self, after: Configuration, before: Configuration) -> int:
        """Return 1 or -1 if the first finer reading that tells the two apart went up or down."""
        for a, b in zip(self.signals(after), self.signals(before), strict=False):
            n = min(len(a), len(b))
            if paired_difference(a[:n], b[:n]).exceeds(CLEAR):
                return 1
            if paired_difference(b[:n], a[:n]).exceeds(CLEAR):
                return -1
        return 0

    def ranked(self, configurations: Sequence[Configuration]) -> list[Configuration]:
        """Return configurations scored on the same units, the best first; ties keep their order.

        The metric orders them. Those that it cannot tell from the first are ordered by the finer
        readings, each of which puts those that it can tell from its own first behind.
        """
        if len(configurations) < 2:
            return list(configurations)
        by_mean = sorted(configurations, key=lambda each: -self.value(each))
        tied = [c for c in by_mean if not self.difference(by_mean[0], c).exceeds(CLEAR)]
        if len(tied) < 2:
            return by_mean
        return [*self._finer(tied, 0), *(c for c in by_mean if c not in tied)]

    def _finer(self, tied: list[Configuration], level: int) -> list[Configuration]:
        readings = [self.signals(each) for each in tied]
        if len(tied) < 2 or level >= min(map(len, readings)):
            return tied
        n = min(len(reading[level]) for reading in readings)
        values = {c: reading[level][:n] for c, reading in zip(tied, readings, strict=True)}
        first = max(tied, key=lambda c: float(values[c].mean()))
        near = [c for c in tied if not paired_difference(values[first], values[c]).exceeds(CLEAR)]
        far = [c for c in tied if c not in near]
        far.sort(key=lambda c: -float(values[c].mean()))
        return [*self._finer(near, level + 1), *far]

    def trial(
        self, configuration: Configuration, parent: Configuration | None, stopped: str = ""
    ) -> Trial:
        """Return the record of a configuration."""
        n = self.n_samples(configuration)
        score = self.mean(configuration) if n else 0.0
        low, high = wilson(score * n, n)
        wins, losses = self._wins(configuration, parent)
        return Trial(
            configuration=configuration,
            parent=parent,
            n_seen=n,
            score=score,
            low=low,
            high=high,
            wins=wins,
            losses=losses,
            stopped=stopped,
            against=self.against(configuration),
        )

    def _wins(self, configuration: Configuration, parent: Configuration | None) -> tuple[int, int]:
        if parent is None or not self.n_seen(parent):
            return 0, 0
        positions = self.units.between(0, min(self.n_seen(configuration), self.n_seen(parent)))
        after = self._scores.ask(configuration, positions)
        before = self._scores.ask(parent, positions)
        return int((after > before).sum()), int((after < before).sum())


def _why_nothing_is_worse(score: float, margin: float) -> str:
    """Return why no candidate can be worse than a reference by more than the margin.

    >>> _why_nothing_is_worse(0.0, 0.1)
    'it scores 0.00 on the selection part, and nothing is worse than that by more than the margin, 0.1'
    """
    return (
        f"it scores {score:.2f} on the selection part, and nothing is worse than that by more than "
        f"the margin, {margin:.3g}"
    )


def guess_from(scores: FloatArray, total: float) -> Guess:
    """Return what to expect of a unit whose like have these scores, drawn a little towards the middle.

    Args:
        scores: Of some units.
        total: What they would add up to, were they no easier or harder than others.
    """
    n = len(scores)
    mean = (total + 0.5) / (n + 1)
    spread = float(((scores - mean) ** 2).sum()) + (0.5 - mean) ** 2
    return Guess(mean, max(spread / (n + 1), 1e-4))


def _unit_scores(sums: FloatArray, units: Units, target: float) -> FloatArray:
    """Return each unit's score so far, scaled to be in [0, 1]; see `Units.deviations`."""
    sizes = units.sizes[: len(sums)]
    return np.asarray(target + (sums - sizes * target) / units.largest)
