"""`ClosingScores`: what a verdict shows of the candidate that it is about, on the confirmation part."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ladder.search.confirm.cascade_claim import CascadeClaim, SureAnswers
from ladder.search.confirm.requirement import Requirement
from ladder.search.ledger import AgainstReference, Configuration, Confirmation, Coverage
from ladder.search.select.claim_scores import ClaimScores
from ladder.search.select.scores import Scores
from ladder.statistics import watched_bounds
from ladder.statistics.arrays import FloatArray
from ladder.statistics.sizes import QuestionName


@dataclass(frozen=True, slots=True)
class ClosingScores:
    """Makes a Confirmation of what tests have read, and knows how far each of them read.

    Attributes:
        requirements: What a candidate must reach: the mean over all samples first.
        scores: Of the confirmation part.
        claimed: The same, as the tests of the claim read them.
        sure: Which samples a cascade answers itself.
        read: How many units of each mean a test has read of a candidate.
    """

    requirements: Sequence[Requirement]
    scores: Scores
    claimed: ClaimScores
    sure: SureAnswers
    read: dict[tuple[Configuration, str], int] = field(default_factory=dict)

    def note(self, configuration: Configuration, about: Requirement, n_units: int) -> None:
        """Note how many units of a mean a test has read of a candidate."""
        place = (configuration, about.label)
        self.read[place] = max(self.read.get(place, 0), n_units)

    def n_read(self, configuration: Configuration, about: Requirement, n_units: int = 0) -> int:
        """Return how many units of a mean were read of a candidate.

        After a kill the test is not repeated, and `n_units` were read before; else all count.
        """
        return self.read.get((configuration, about.label)) or n_units or len(about.confirmation)

    def of(
        self, question: QuestionName, configuration: Configuration, about: Requirement, n_units: int
    ) -> Confirmation:
        """Return what was seen of a candidate, and of each class where all targets were tested."""
        shown = self._of_mean(question, configuration, about, n_units)
        if question != "reached":
            return shown
        rest = self.requirements[1:]
        classes = tuple(self._of_mean(question, configuration, each) for each in rest)
        return shown.replace(classes=classes)

    def of_cascade(self, cascade: CascadeClaim, n_units: int) -> Confirmation:
        """Return what was seen of a cascade that passed: its scores, and the share that they are of."""
        configuration = cascade.configuration
        *means, about = self.sure.means(cascade)
        whole, *classes = (self._of_mean("reached", configuration, each) for each in means)
        stop = self.n_read(configuration, about, n_units)
        positions = about.confirmation.between(0, stop)
        answered = self.sure.answered(cascade, positions)
        share = float(answered.mean())
        low, _ = with_verdict(
            "reached", self._bounds(about, answered, stop), cascade.least_coverage, share
        )
        coverage = Coverage(
            share=share,
            n=len(positions),
            at_least=low,
            asked=cascade.least_coverage,
            below=cascade.below,
        )
        return whole.replace(classes=tuple(classes), coverage=coverage)

    def _of_mean(
        self,
        question: QuestionName,
        configuration: Configuration,
        about: Requirement,
        n_units: int = 0,
    ) -> Confirmation:
        stop = self.n_read(configuration, about, n_units)
        positions = about.confirmation.between(0, stop)
        scores = self.scores.ask(configuration, positions)
        low, _ = self._bounds(about, scores, stop)
        _, high = self._bounds(about, self.scores.most(configuration, positions), stop)
        score, against = float(scores.mean()), None
        if self.claimed.is_relative:
            against = self._against(question, configuration, about, stop)
        else:
            low, high = with_verdict(question, (low, high), about.edge(question), score)
        return Confirmation(
            score=score,
            n=len(scores),
            at_least=low,
            at_most=high,
            label=about.label,
            against=against,
        )

    def _against(
        self, question: QuestionName, configuration: Configuration, about: Requirement, stop: int
    ) -> AgainstReference:
        """Return the difference to the reference, with bounds that unknown answers cannot break."""
        positions = about.confirmation.between(0, stop)
        own, reference = self.claimed.plain(configuration, positions)
        low, _ = self._bounds(about, self.claimed.least(configuration, positions), stop)
        _, high = self._bounds(about, self.claimed.most(configuration, positions), stop)
        mean = float((own - reference).mean())
        bounds = min(2 * low - 1, mean), max(2 * high - 1, mean)
        low, high = with_verdict(question, bounds, 2 * about.edge(question) - 1, mean)
        return AgainstReference(
            difference=mean, low=low, high=high, n=len(own), reference=float(reference.mean())
        )

    def _bounds(self, about: Requirement, scores: FloatArray, stop: int) -> tuple[float, float]:
        units = about.confirmation
        return watched_bounds(
            units.sums(scores),
            units.sizes[:stop],
            largest=units.largest,
            is_complete=about.is_binary and stop == len(units),
        )


def with_verdict(
    question: QuestionName, bounds: tuple[float, float], edge: float, mean: float
) -> tuple[float, float]:
    """Return bounds without what the closing test ruled out: its verdict is a bound too."""
    low, high = bounds
    if question == "reached":
        return max(low, min(edge, mean)), high
    return low, min(high, max(edge, mean))
