"""`LimitCheck`: which candidates are within the limits of a task, as the selection part tells.

It decides before any test on the confirmation part is made, and from nothing of that part: so which
candidates the tests are about is fixed when they begin, and their proof holds as it stands.
"""

from dataclasses import dataclass, field

from ladder.errors import LadderError
from ladder.search.candidate_costs import CostBound, Standing, standing_of
from ladder.search.ledger import CandidateCosts, Configuration
from ladder.search.problem import Problem
from ladder.search.select.scores import stops_the_run
from ladder.search.select.selection import Selection
from ladder.spec.limits import LimitName
from ladder.statistics.cost_ranges import BEYOND, WITHIN, BoundErrors

WORDS: dict[LimitName, str] = {
    "money_per_1000": "money",
    "seconds_p95": "seconds",
    "prompt_tokens": "prompt tokens",
    "memory_gib": "memory",
}


@dataclass(slots=True)
class LimitCheck:
    """Holds candidates against the limits of a task.

    Attributes:
        levels: Of those that were about to be tested, the error that calling each within may have.
        refused: Those of them that were not shown to be within.
        kept_out: Why some of them are neither within nor beyond, in words.
        cascades: Whose answers those of a cascade are: it costs what that one costs.
    """

    problem: Problem
    selection: Selection
    levels: dict[Configuration, float] = field(default_factory=dict)
    refused: set[Configuration] = field(default_factory=set)
    kept_out: dict[Configuration, str] = field(default_factory=dict)
    cascades: dict[Configuration, Configuration] = field(default_factory=dict)
    _timed: dict[Configuration, int] = field(default_factory=dict)
    _known: dict[tuple[Configuration, int, float, bool], tuple[CostBound, ...]] = field(
        default_factory=dict
    )

    @property
    def are_set(self) -> bool:
        """Return whether there are limits at all."""
        return bool(self.problem.limits)

    def standing(self, configuration: Configuration, *, may_ask: bool = False) -> Standing:
        """Return whether a candidate is within the limits; `may_ask` allows calls to measure it."""
        if not self.are_set or not configuration.can_be_deployed:
            return "within"
        return standing_of(self._bounds(configuration, WITHIN, may_ask=may_ask))

    def is_beyond(self, configuration: Configuration) -> bool:
        """Return whether a candidate is shown to be beyond a limit: nothing is claimed of it."""
        return self.standing(configuration) == "beyond"

    def is_out(self, configuration: Configuration) -> bool:
        """Return whether a candidate cannot win: it is beyond, or nothing measures what it costs."""
        return self.standing(configuration) in ("beyond", "unknown")

    @property
    def leave_none(self) -> bool:
        """Return whether every candidate that was scored is beyond a limit, or of unknown cost."""
        deployed = [each for each in self.selection.seen if each.can_be_deployed]
        return self.are_set and all(map(self.is_out, deployed))

    def admits(self, configuration: Configuration) -> bool:
        """Return whether one that is about to be tested is shown to be within all limits.

        The error that this may have is halved with each that is not. Until then no more than the first
        of those that are truly beyond can be taken for within: where it is, the harm is done, and where
        it is not, it is the next one's turn. So all of them together err with twice the first error.
        """
        if not self.are_set:
            return True
        above = self.levels.setdefault(configuration, WITHIN / 2 ** len(self.refused))
        bounds = self._bounds(configuration, above, may_ask=True)
        standing = standing_of(bounds)
        if standing == "within":
            self.kept_out.pop(configuration, None)
            return True
        self.refused.add(configuration)
        if standing != "beyond":
            self.kept_out[configuration] = why_not_within(bounds)
        return False

    def why_out(self, configuration: Configuration) -> str:
        """Return by which limits a candidate cannot win, in words."""
        return why_not_within(self._bounds(configuration, WITHIN))

    @property
    def costs(self) -> tuple[CandidateCosts, ...]:
        """Return what every candidate costs that was scored."""
        if not self.are_set:
            return ()
        deployed = {each: each for each in self.selection.seen if each.can_be_deployed}
        return tuple(
            CandidateCosts(configuration=each, bounds=self._bounds(measured, WITHIN))
            for each, measured in {**deployed, **self.cascades}.items()
        )

    def _bounds(
        self, configuration: Configuration, above: float, *, may_ask: bool = False
    ) -> tuple[CostBound, ...]:
        n_units = self.selection.n_seen(configuration)
        # What was timed once is not timed again only to be told.
        is_timed = may_ask or configuration in self._timed
        n_units = n_units if may_ask else self._timed.get(configuration, n_units)
        key = (configuration, n_units, above, is_timed)
        if key not in self._known:
            self._known[key] = self._measured(configuration, n_units, above, may_ask=is_timed)
        if may_ask:
            self._timed[configuration] = n_units
        return self._known[key]

    def _measured(
        self, configuration: Configuration, n_units: int, above: float, *, may_ask: bool
    ) -> tuple[CostBound, ...]:
        """Return what one costs; where measuring it fails, that is not known."""
        indices = self.selection.units.between(0, n_units)
        # One that is within all limits may be called beyond by any of them, so they share the error.
        errors = BoundErrors(below=BEYOND / len(self.problem.limits), above=above)
        try:
            return self.problem.limit_bounds(configuration, indices, errors, may_ask=may_ask)
        except LadderError as error:
            if stops_the_run(error):
                raise
            why = str(error).rstrip(".")
            return tuple(
                CostBound(limit=limit, most=most, where=why, is_measurable=False)
                for limit, most in self.problem.limits.items()
            )


def why_not_within(bounds: tuple[CostBound, ...]) -> str:
    """Return by which limits a candidate is beyond, open or unknown, in words.

    >>> bound = CostBound(limit="prompt_tokens", most=2000, value=5200, low=5000, high=5400)
    >>> why_not_within((bound, bound.replace(limit="memory_gib", most=8000)))
    'prompt tokens 5,200 of 2,000'
    """
    standing = standing_of(bounds)
    return ", ".join(_of(each) for each in bounds if each.standing == standing)


def _of(bound: CostBound) -> str:
    name, most = WORDS[bound.limit], number(bound.most)
    if bound.value is None:
        return f"{name} not known: {bound.where}" if bound.where else f"{name} not measured"
    if bound.standing == "open":
        high = "any more" if bound.high is None else number(bound.high)
        return (
            f"{name} {number(bound.value)} of {most}, between {number(bound.low)} and {high} by "
            f"{bound.n} answers"
        )
    told = f" ({bound.where})" if bound.standing == "unknown" and bound.where else ""
    return f"{name} {number(bound.value)} of {most}{told}"


def number(value: float) -> str:
    """Return a cost as people write it.

    >>> number(5214.0), number(1.52), number(12.0)
    ('5,214', '1.52', '12')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
