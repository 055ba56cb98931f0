"""`StandingAlone`: races and tests candidates to which no lever can be added, such as a classifier."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ladder.search.confirm.questions import Questions
from ladder.search.ledger import Attempt, AttemptStatus, Configuration
from ladder.search.problem import Problem
from ladder.search.select.race import Race, race

NAME = "classifier"
"""What the attempt is called: all that stands alone so far are classifiers."""

SET_ASIDE = "scored higher than the best so far, and no other lever can be added to it"
THROWN_AWAY = "thrown away: "


@dataclass(slots=True)
class StandingAlone:
    """Candidates that the climb tests like any other, and goes on without.

    Were one of them the parent of later levers, these could change nothing of its answers, and would
    count as tried without having had a chance.

    Attributes:
        found: Those that were scored, the best first.
    """

    problem: Problem
    questions: Questions
    found: list[Configuration] = field(default_factory=list)
    tried: set[Configuration] = field(default_factory=set)

    def parted(
        self, variants: Sequence[Configuration]
    ) -> tuple[list[Configuration], list[Configuration]]:
        """Return the variants that stand alone and were not tried yet, and those that do not."""
        alone = [each for each in variants if self.problem.stands_alone(each)]
        others = [each for each in variants if each not in alone]
        return [each for each in alone if each not in self.tried], others

    def race(self, variants: Sequence[Configuration]) -> Race:
        """Race some of them; one whose own training rows show that it is worth nothing is not scored."""
        self.tried.update(variants)
        thrown = {each: self.problem.why_thrown_away(each) for each in variants}
        parent = Configuration.baseline(len(self.problem.levers))
        alive = [each for each in variants if not thrown[each]]
        result = race(self.questions.track, parent, alive, name=NAME) if alive else Race(parent)
        self.questions.blocked += [
            f"{NAME}: {why}" for why in dict.fromkeys(result.failed.values())
        ]
        result.failed |= {each: f"{THROWN_AWAY}{why}" for each, why in thrown.items() if why}
        self.found += result.order
        return result

    def attempt(self, result: Race, best: Configuration, *, passed: bool) -> Attempt:
        """Return the record of a race; `best` is what the climb goes on from."""
        selection = self.questions.selection
        first = next(iter(result.order), None)
        gain = 0.0 if first is None else selection.gain(first, best)
        status, reason = _outcome(result, is_better=gain > 0, passed=passed)
        return Attempt(
            lever=NAME,
            status=status,
            reason=reason,
            parent=result.parent,
            chosen=first if passed and first is not None else best,
            gain=gain,
            trials=result.trials(selection),
        )


def _outcome(result: Race, *, is_better: bool, passed: bool) -> tuple[AttemptStatus, str]:
    if passed:
        return "carried", "it reaches the target by itself"
    if result.order:
        return ("set_aside", SET_ASIDE) if is_better else ("no_gain", "")
    reasons = list(dict.fromkeys(result.failed.values()))
    is_thrown = all(reason.startswith(THROWN_AWAY) for reason in reasons)
    return "nothing_to_try" if is_thrown else "error", "; ".join(reasons)
