"""The ladder as rows: the baseline, each lever in order, the joint pass, the confirmed score."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ladder.decision import Decision, record_of
from ladder.decision.candidate_labels import label_of
from ladder.report import numbers
from ladder.report.attempt_note import against_words, attempt_note, standing_of
from ladder.report.limit_table import share_of_limit
from ladder.search.ledger import REFERENCE, Attempt, Configuration, Trial
from ladder.search.standing_alone import NAME as CLASSIFIER

Kind = Literal["baseline", "lever", "together", "confirmed"]


@dataclass(frozen=True, slots=True)
class Dot:
    """One candidate on the selection part: a dot, its interval, and what it costs.

    `of_limit` is how much of its tightest limit it takes, where the task has limits.
    """

    configuration: Configuration
    label: str
    score: float
    low: float
    high: float
    n: int
    wins: int = 0
    losses: int = 0
    seconds: float | None = None
    tokens: float | None = None
    cost: float | None = None
    money: float | None = None
    stopped: str = ""
    is_chosen: bool = False
    is_confirmed: bool = False
    coverage: float | None = None
    of_limit: str = ""

    @property
    def is_real(self) -> bool:
        """Return whether it was scored and could be deployed: a ceiling's slot is below zero.

        The score of a cascade is not one over all samples: it stands among the others only where
        the verdict is about it.
        """
        is_comparable = self.coverage is None or self.is_confirmed
        return self.n > 0 and self.configuration.can_be_deployed and is_comparable


@dataclass(frozen=True, slots=True)
class LadderRow:
    """One row of the ladder.

    Attributes:
        dot: The candidate that stands for the row; None where nothing was measured.
        dots: Every candidate of the row, the order in which they were tried.
        gain: Against the best candidate before this lever; None where nothing was measured.
        is_used: Whether the shown candidate has this lever applied.
    """

    name: str
    kind: Kind
    note: str = ""
    dot: Dot | None = None
    dots: tuple[Dot, ...] = ()
    gain: float | None = None
    is_used: bool = False

    @property
    def spent(self) -> str:
        """Return what its candidates took on the selection part, in words; nothing if not counted."""
        calls = sum(dot.n for dot in self.dots)
        tokens = sum(dot.n * (dot.tokens or 0) for dot in self.dots)
        took = sum(dot.n * (dot.seconds or 0) for dot in self.dots)
        if not calls or not tokens:
            return ""
        time = f", {numbers.seconds(took)}" if took else ""
        return f"{numbers.counted(calls, 'call')}, {numbers.count(tokens)} tokens{time}"


def ladder_rows(decision: Decision) -> list[LadderRow]:
    """Return the rows of the ladder in its order."""
    attempts = decision.ledger.attempts
    first = {
        name: next((attempt for attempt in attempts if attempt.lever == name), None)
        for name in decision.levers
    }
    alone = [attempt for attempt in attempts if attempt.lever == CLASSIFIER]
    later = [
        attempt
        for attempt in attempts
        if attempt is not first.get(attempt.lever) and attempt not in alone
    ]
    rows = [_baseline(decision), *_reference(decision)]
    for name, attempt in first.items():
        # A classifier is a candidate of lever 3, tried before the others.
        is_model = name == "model"
        rows += [_attempt(decision, each, again=False) for each in alone if is_model]
        rows.append(_lever(decision, name, attempt))
    rows += [_attempt(decision, attempt, again=attempt.lever in first) for attempt in later]
    return [*rows, *_confirmed(decision)]


def best_first(rows: Iterable[LadderRow]) -> list[Dot]:
    """Return every candidate of the ladder's rows that was tried, once each, best first."""
    found: dict[Configuration, Dot] = {}
    for row in rows:
        for dot in row.dots:
            seen = found.get(dot.configuration)
            if dot.is_real and (seen is None or dot.n > seen.n):
                found[dot.configuration] = dot
    return sorted(found.values(), key=lambda dot: -dot.score)


def leading(tried: Sequence[Dot]) -> Dot | None:
    """Return the best that no race dropped, of candidates in their order; None where none is there.

    The score of one that was dropped rests on a few samples, on which others may have done as well.
    """
    kept = (dot for dot in tried if not dot.stopped)
    return next(kept, next(iter(tried), None))


def cost_of(decision: Decision, configuration: Configuration) -> float | None:
    """Return the tokens of a configuration as a multiple of the baseline's."""
    own = _tokens(decision, configuration)
    base = _tokens(decision, decision.ledger.baseline.configuration)
    return own / base if own and base else None


def _tokens(decision: Decision, configuration: Configuration) -> float | None:
    record = record_of(decision, configuration)
    return None if record is None else record.tokens


def dot_of(decision: Decision, trial: Trial, *, chosen: Configuration | None = None) -> Dot:
    """Return one candidate with its score and what it costs; `chosen` is what a lever went on with."""
    record = record_of(decision, trial.configuration)
    return Dot(
        configuration=trial.configuration,
        label=label_of(decision, trial.configuration),
        score=trial.score,
        low=trial.low,
        high=trial.high,
        n=trial.n_seen,
        wins=trial.wins,
        losses=trial.losses,
        seconds=record.seconds if record else None,
        tokens=_tokens(decision, trial.configuration),
        cost=cost_of(decision, trial.configuration),
        money=record.money if record else None,
        stopped=trial.stopped,
        is_chosen=trial.configuration == chosen,
        is_confirmed=decision.names_a_winner and trial.configuration == decision.configuration,
        coverage=trial.coverage,
        of_limit=share_of_limit(decision, trial.configuration) if trial.n_seen else "",
    )


def _baseline(decision: Decision) -> LadderRow:
    trial = decision.ledger.baseline
    if not trial.n_seen:
        return LadderRow("baseline", "baseline", note="not measured: see the reason above")
    lost = [each for each in decision.failures if each.configuration == trial.configuration]
    if any(each.failed == each.n for each in lost):
        note = f"not testable: none of its {numbers.counted(trial.n_seen, 'call')} was answered"
        return LadderRow("baseline", "baseline", note=note)
    dot = dot_of(decision, trial, chosen=trial.configuration)
    is_today = decision.relative is None
    what = "what you have today" if is_today else "where the ladder starts"
    note = f"{what}{against_words(trial)}"
    return LadderRow("baseline", "baseline", note=note, dot=dot, dots=(dot,))


def _reference(decision: Decision) -> Iterator[LadderRow]:
    """Yield what candidates are held against, where the target has a reference."""
    seen, goal = decision.ledger.reference, decision.relative
    if seen is None or goal is None:
        return
    dot = Dot(REFERENCE, goal.name, score=seen.score, low=seen.low, high=seen.high, n=seen.n)
    worse = f"; up to {numbers.exact(goal.margin)} worse is good enough" if goal.margin else ""
    note = f"{goal.name}: what candidates are held against{worse}"
    yield LadderRow("reference", "baseline", note=note, dot=dot)


def _lever(decision: Decision, name: str, attempt: Attempt | None) -> LadderRow:
    if attempt is not None:
        return _attempt(decision, attempt, again=False)
    note = "not needed" if decision.names_a_winner else "not tried"
    return LadderRow(name, "lever", note=note)


def _attempt(decision: Decision, attempt: Attempt, *, again: bool) -> LadderRow:
    dots = tuple(dot_of(decision, trial, chosen=attempt.chosen) for trial in attempt.trials)
    is_together = attempt.lever not in decision.levers
    standing = standing_of(attempt)
    return LadderRow(
        name=f"{attempt.lever}, again" if again else attempt.lever,
        kind="together" if is_together else "lever",
        note=attempt_note(decision, attempt),
        dot=dots[attempt.trials.index(standing)] if standing is not None else None,
        dots=dots,
        gain=attempt.gain if any(dot.is_real for dot in dots) else None,
        is_used=_is_used(decision, attempt, is_together=is_together, again=again),
    )


def _is_used(decision: Decision, attempt: Attempt, *, is_together: bool, again: bool) -> bool:
    """Return whether a row is part of the shown candidate; a second climb where it found that part."""
    best = decision.configuration
    if is_together:
        return attempt.status == "carried" and attempt.chosen == best
    slot = decision.levers.index(attempt.lever)
    is_applied = slot < len(best) and best[slot] != 0
    return is_applied and (
        not again or any(each.configuration[slot] == best[slot] for each in attempt.trials)
    )


def _confirmed(decision: Decision) -> Iterator[LadderRow]:
    confirmation = decision.confirmation
    if confirmation is None or decision.verdict == "inconclusive":
        return
    best, high = decision.configuration, float(numbers.at_most(confirmation.at_most))
    of_class = f" of {confirmation.label}" if confirmation.label else ""
    if confirmation.coverage is not None:
        of_class = (
            f", {numbers.percent(confirmation.coverage.share)} of all: a person answers the rest"
        )
    dot = Dot(
        configuration=best,
        label=label_of(decision, best),
        score=confirmation.score,
        low=float(numbers.at_least(confirmation.at_least)),
        high=min(high, decision.confirmed_target) if decision.verdict == "fine_tune" else high,
        n=confirmation.n,
        cost=cost_of(decision, best),
        of_limit=share_of_limit(decision, best),
        is_chosen=True,
    )
    yield LadderRow(
        "confirmed",
        "confirmed",
        note=f"on {numbers.counted(dot.n, 'confirmation sample')}{of_class}",
        dot=dot,
    )
