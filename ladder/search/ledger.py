"""`Ledger`: all that was measured, and what was asked of the confirmation part.

Every score in a `Trial` comes from the selection part. No score of the confirmation part is in
here before a verdict; a `Look` says only whether its test passed.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ladder.frozen import Frozen, added
from ladder.search.candidate_costs import CostBound, Standing, standing_of
from ladder.spec.limits import LimitName
from ladder.statistics.sizes import ERROR_BUDGET


class Configuration(tuple[int, ...]):
    """One slot a lever, in the ladder's order: 0 where the lever is not applied.

    A slot above zero is one of the lever's variants, one below zero its ceiling, which bounds the
    lever and which nobody can deploy. It equals the plain tuple, and its JSON is a list.
    """

    __slots__ = ()

    @classmethod
    def baseline(cls, n_levers: int) -> "Configuration":
        """Return the configuration in which no lever is applied."""
        return cls((0,) * n_levers)

    @property
    def can_be_deployed(self) -> bool:
        """Return whether it holds no ceiling.

        >>> Configuration((1, 0)).can_be_deployed, Configuration((1, -1)).can_be_deployed
        (True, False)
        """
        return min(self, default=0) >= 0

    @property
    def applied(self) -> tuple[int, ...]:
        """Return the positions of the levers that are applied.

        >>> Configuration((1, 0, -1)).applied
        (0, 2)
        """
        return tuple(lever for lever, slot in enumerate(self) if slot)

    def with_slot(self, lever: int, slot: int) -> "Configuration":
        """Return the configuration with another slot of one lever.

        >>> Configuration((1, 2, 3)).with_slot(1, 5)
        (1, 5, 3)
        """
        return Configuration((*self[:lever], slot, *self[lever + 1 :]))

    def without(self, lever: int) -> "Configuration":
        """Return the configuration with one lever not applied.

        >>> Configuration((1, 2, 3)).without(1)
        (1, 0, 3)
        """
        return self.with_slot(lever, 0)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[object], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read and write it as the tuple that it is."""
        del source
        return core_schema.no_info_after_validator_function(cls, handler(tuple[int, ...]))


REFERENCE = Configuration((-1_000_000,))
"""What a target with a reference holds candidates against: scored like one, and no stack of levers."""

SAME_RESULT = "same result"
"""How the words begin that tell why one was not scored which can only answer as another does."""


class AgainstReference(Frozen):
    """How a candidate did against the reference, sample by sample.

    Attributes:
        difference: Mean of its score minus the reference's.
        low, high: Of a trial a 95 % interval, for the eye; of a confirmation bounds that hold
            although a test may have stopped early, each wrong with probability at most 5 %.
        n: Samples that both answered.
        reference: Mean score of the reference on them.
    """

    difference: float
    low: float
    high: float
    n: int
    reference: float


PairedTest = Literal["bets", "exact", "sign test"]
"""By bets alone; by bets that may end early, and an exact test of paired proportions at the end; or,
with no margin, by the exact sign test on the samples that only one of both gets right."""


class ReferenceScore(Frozen):
    """What candidates were held against, on the selection part.

    Attributes:
        n, score: Samples, and the mean score on them.
        low, high: 95 % interval of the score, for the eye.
        margin: How much worse a candidate may be.
        test: How differences are tested; see `PairedTest`.
    """

    n: int
    score: float
    low: float
    high: float
    margin: float
    test: PairedTest

    @property
    def mark(self) -> float:
        """Return the score from which a candidate would be good enough, as the selection part tells."""
        return max(self.score - self.margin, 0.0)


_ROUNDING = 1e-6


class Trial(Frozen):
    """One configuration on the selection part.

    Attributes:
        n_seen: Samples of the selection part that it was scored on before it was dropped.
        score: Mean score on those.
        low, high: 95 % interval of the score; for the eye, not part of the claim.
        wins, losses: Samples it got right and its parent did not, and the reverse.
        stopped: Why it was not scored further, in words.
        coverage: Of a cascade the share that it answers by itself: its score is over these alone.
        against: How it did against the reference, where the target has one.
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
    coverage: float | None = added(None)
    against: AgainstReference | None = added(None)

    @property
    def is_over_all(self) -> bool:
        """Return whether it is the score of what could be deployed, and over every sample."""
        return self.configuration.can_be_deployed and self.coverage is None

    @property
    def is_pass_or_fail(self) -> bool:
        """Return whether its score is that of answers which pass or fail: in sum a whole number of them."""
        right = self.score * self.n_seen
        return abs(right - round(right)) < _ROUNDING

    @property
    def is_same_as_another(self) -> bool:
        """Return whether it was not scored, as it can only answer as another does."""
        return not self.n_seen and self.stopped.startswith(SAME_RESULT)


AttemptStatus = Literal[
    "carried",
    "no_gain",
    "set_aside",
    "nothing_to_try",
    "not_applicable",
    "ceiling",
    "untested",
    "error",
]
"""`set_aside` is what stands alone and scored higher: no lever can be added to it."""


class Attempt(Frozen):
    """One lever, the joint pass ("together"), a cheaper candidate ("cheaper"), a "classifier", a "cascade"."""

    lever: str
    status: AttemptStatus
    reason: str = ""
    parent: Configuration
    chosen: Configuration
    gain: float = 0.0
    trials: tuple[Trial, ...] = ()


class Look(Frozen):
    """One test on the confirmation part. It says passed or not; never a score.

    Attributes:
        question: `reached` the target, or every configuration tried `below` it. Before a verdict
            the second is one look for all of them: which one stood in the way is not said.
        n_seen: Samples scored when it ended; all of the part while no verdict closed the set, as
            the moment at which a test ends tells something about the scores.
    """

    configuration: Configuration
    question: Literal["reached", "below"]
    alpha: float
    passed: bool
    n_seen: int


class Coverage(Frozen):
    """How much a cascade answers by itself; a person answers the rest.

    Attributes:
        share: Of the confirmation samples that its own test read.
        n: These samples.
        at_least: Lower 95 % bound of the share.
        asked: The least share that was asked for.
        below: The sureness below which an answer is handed on.
    """

    share: float
    n: int
    at_least: float
    asked: float
    below: float


class Confirmation(Frozen):
    """The one score that is a claim: shown only once a verdict closed the set.

    Attributes:
        score: Mean on the confirmation part.
        n: Samples of the confirmation part that were scored.
        at_least: Lower 95 % bound (for `fine_tune`, `at_most` is the upper one).
        label: The class whose samples the test was about; empty where it was about all. What one
            candidate cannot do for one class is enough to show that it does not reach its targets.
        classes: The same for each class with a target of its own, where all were tested.
        coverage: Of a cascade: score and `n` are then those of the samples that it answered itself.
        against: The difference to the reference, where the target has one: then it is the claim.
    """

    score: float
    n: int
    at_least: float
    at_most: float
    label: str = added("")
    classes: tuple["Confirmation", ...] = added(())
    coverage: Coverage | None = added(None)
    against: AgainstReference | None = added(None)


class ClassScore(Frozen):
    """A class with a target of its own, and how `best` does on its samples of the selection part.

    Attributes:
        n_selection, n_confirmation: Its samples in each part.
        n, score, low, high: Those that were scored, their mean, and its 95 % interval, for the eye.
        more: About how many more of its samples would decide, where that is known.
    """

    label: str
    target: float
    n_selection: int
    n_confirmation: int
    n: int
    score: float
    low: float
    high: float
    more: int | None = None


class CandidateCosts(Frozen):
    """What one configuration costs by each limit of its task, on the selection part."""

    configuration: Configuration
    bounds: tuple[CostBound, ...]

    @property
    def standing(self) -> Standing:
        """Return whether it is within all limits."""
        return standing_of(self.bounds)

    @property
    def telling(self) -> tuple[CostBound, ...]:
        """Return the limits that its standing is due to."""
        return tuple(each for each in self.bounds if each.standing == self.standing)


TOLD = (0.35, 0.6, 0.85)
"""Chances of a verdict for which the number of examples is told, as near as they are known."""

SLIM = 0.1
"""Chance below which a number of examples is not worth a word."""


class MoreExamples(Frozen):
    """How likely a run with more examples would end with a verdict.

    Attributes:
        examples: How many are added, in both parts together.
        chance: The probability of a verdict.
        reached: The part of it in which a candidate is shown to reach the target.
    """

    examples: int
    chance: float
    reached: float


def _nearest(curve: Sequence[MoreExamples], chance: float) -> MoreExamples:
    return min(curve, key=lambda each: abs(each.chance - chance))


class Ledger(Frozen):
    """All that was measured in one run, in the order it happened.

    Attributes:
        best: What passed; without a pass, the best on the selection part if it is clearly better
            there than the baseline, else the baseline.
        ending: `reached` and `justified` close the confirmation part; `budget` and `outage` are
            runs that stopped on the way.
        reason: Why the run ended undecided, in words; empty after a verdict.
        is_explored: Whether the confirmation part was not to be asked at all.
        blocked: Whether more examples alone would not help: a lever is untested or failed.
        closed: Whether the confirmation part may not be asked at all: an earlier verdict showed it.
        confirmation: What the closing test saw; None while undecided, and where it is sealed.
        earlier: What an earlier run showed of the same candidate, which then is not tested again.
        worth: Of a part that stays sealed, how many samples of pass and fail its units are worth.
        n_open: Units of the confirmation part that no verdict has shown, this one counted; they can
            still be asked. None in a ledger of an older version.
        ablation: The winning stack without each of its parts, on the selection part; wins and losses
            are against the whole stack.
        classes: Classes with a target of their own.
        reference: What candidates were held against, where the target is relative.
        why_no_reference: Why its answers allow no comparison; empty where they do.
        costs: Where there are limits, what each configuration costs that was scored. They were
            settled on the selection part, before the test that closed the confirmation part.
        examples_needed: With how many more a verdict is likely, where that is known.
        more_examples: How likely so many more end an open run with a verdict.
        if_as_it_looks: How many more would decide if the best were as good as it looks.
        calls: Scores asked for. While undecided those of the selection part alone: the rest
            would tell when the tests on the confirmation part ended.
    """

    n: int
    n_selection: int
    n_confirmation: int
    baseline: Trial
    attempts: tuple[Attempt, ...] = ()
    looks: tuple[Look, ...] = ()
    best: Configuration
    ending: Literal["reached", "justified", "undecided", "budget", "outage"]
    reason: str = ""
    is_explored: bool = False
    blocked: bool = False
    closed: bool = False
    confirmation: Confirmation | None = None
    earlier: Confirmation | None = added(None)
    worth: int | None = added(None)
    n_open: int | None = None
    ablation: tuple[Trial, ...] = ()
    examples_needed: int | None = None
    more_examples: tuple[MoreExamples, ...] = added(())
    if_as_it_looks: int | None = added(None)
    alpha_reached_left: float = ERROR_BUDGET
    alpha_justified_left: float = ERROR_BUDGET
    calls: int = 0
    classes: tuple[ClassScore, ...] = added(())
    reference: ReferenceScore | None = added(None)
    why_no_reference: str = added("")
    costs: tuple[CandidateCosts, ...] = added(())

    @property
    def advice(self) -> tuple[MoreExamples, ...]:
        """Return up to three sizes to tell: a long shot, about an even chance, and a good one.

        None where not even the largest that was looked at has a chance.
        """
        some = [each for each in self.more_examples if each.chance >= SLIM]
        nearest = {_nearest(some, chance) for chance in TOLD} if some else set()
        return tuple(sorted(nearest, key=lambda each: each.examples))

    @property
    def is_sealed(self) -> bool:
        """Return whether a candidate is named and the verdict showed no score of its test."""
        return self.ending == "reached" and self.confirmation is None

    @property
    def shows_scores(self) -> bool:
        """Return whether its verdict showed scores of the confirmation part, and so closed some."""
        return self.confirmation is not None

    @property
    def class_targets(self) -> dict[str, float]:
        """Return the target of each class that has one of its own."""
        return {each.label: each.target for each in self.classes}

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Return every trial in the order it was made, the baseline first."""
        return self.baseline, *(trial for attempt in self.attempts for trial in attempt.trials)

    @property
    def tried(self) -> tuple[Configuration, ...]:
        """Return every configuration that was scored on all samples, the baseline first, each once."""
        real = (each for each in self.trials if each.n_seen and each.is_over_all)
        return tuple(dict.fromkeys(trial.configuration for trial in real))

    @property
    def within_reach(self) -> tuple[Configuration, ...]:
        """Return those of them that "none reaches the target" is about: all but those beyond a limit."""
        return tuple(each for each in self.tried if self.standing(each) != "beyond")

    @property
    def limits(self) -> dict[LimitName, float]:
        """Return the limits that candidates were held against; empty without any."""
        return {one.limit: one.most for each in self.costs[:1] for one in each.bounds}

    def costs_of(self, configuration: Configuration) -> CandidateCosts | None:
        """Return what a configuration costs by each limit; None where there are none."""
        return next((each for each in self.costs if each.configuration == configuration), None)

    def standing(self, configuration: Configuration) -> Standing:
        """Return whether a configuration is within all limits."""
        found = self.costs_of(configuration)
        return "within" if found is None else found.standing
