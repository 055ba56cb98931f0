"""The ladder as rows: the baseline, each lever in order, the joint pass, the confirmed score."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ladder.decision import Decision, record_of
from ladder.decision.candidate_labels import label_of
from ladder.measure.passages_found import share
from ladder.report import numbers
from ladder.report.limit_table import share_of_limit
from ladder.search.ledger import REFERENCE, Attempt, Configuration, Trial
from ladder.search.standing_alone import NAME as CLASSIFIER
from ladder.text import listed

Kind = Literal["baseline", "lever", "together", "confirmed"]

STATUS = {
    "carried": "carried",
    "no_gain": "no gain",
    "set_aside": "set aside",
    "nothing_to_try": "nothing to try",
    "not_applicable": "declared not applicable",
    "ceiling": "bound too low",
    "untested": "not tried",
    "error": "not tried",
}


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
    first = {name: _first(attempts, name) for name in decision.levers}
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


def standing_of(attempt: Attempt) -> Trial | None:
    """Return the trial that stands for an attempt: the one carried on, else the best scored.

    Where only a ceiling was scored, which nobody could deploy, it is that.
    """
    scored = [trial for trial in attempt.trials if trial.n_seen > 0 and not why_untried(trial)]
    chosen = [trial for trial in scored if trial.configuration == attempt.chosen]
    real = (trial for trial in scored if trial.configuration.can_be_deployed)
    best = max(real, key=lambda trial: trial.score, default=None)
    return chosen[-1] if chosen else best or next(iter(scored), None)


def why_untried(trial: Trial) -> str:
    """Return why a candidate was not really tried, or refused; else nothing.

    >>> trial = Trial(configuration=(1,), n_seen=8, score=0, low=0, high=0.3)
    >>> why_untried(trial.replace(stopped="not tried: all 8 answers are empty"))
    'all 8 answers are empty'
    """
    kind, colon, why = trial.stopped.partition(": ")
    return why if colon and kind in ("not tried", "error") else ""


def cost_of(decision: Decision, configuration: Configuration) -> float | None:
    """Return the tokens of a configuration as a multiple of the baseline's."""
    own = _tokens(decision, configuration)
    base = _tokens(decision, decision.ledger.baseline.configuration)
    return own / base if own and base else None


def _tokens(decision: Decision, configuration: Configuration) -> float | None:
    record = record_of(decision, configuration)
    return None if record is None else record.prompt_tokens + record.completion_tokens


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
        is_confirmed=decision.verdict in ("already_good", "use_lever")
        and trial.configuration == decision.configuration,
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
    note = f"{what}{_against(trial)}"
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


def _against(trial: Trial | None) -> str:
    """Return how a candidate does against the reference on the selection part; else nothing."""
    if trial is None or trial.against is None:
        return ""
    seen = trial.against
    return (
        f" · {numbers.gain(seen.difference)} against the reference ({numbers.gain(seen.low)} to "
        f"{numbers.gain(seen.high)})"
    )


def _first(attempts: tuple[Attempt, ...], name: str) -> Attempt | None:
    return next((attempt for attempt in attempts if attempt.lever == name), None)


def _lever(decision: Decision, name: str, attempt: Attempt | None) -> LadderRow:
    if attempt is not None:
        return _attempt(decision, attempt, again=False)
    settled = decision.verdict in ("already_good", "use_lever")
    note = "not needed" if settled else "not tried"
    return LadderRow(name, "lever", note=note)


def _attempt(decision: Decision, attempt: Attempt, *, again: bool) -> LadderRow:
    dots = tuple(dot_of(decision, trial, chosen=attempt.chosen) for trial in attempt.trials)
    is_together = attempt.lever not in decision.levers
    standing = standing_of(attempt)
    return LadderRow(
        name=f"{attempt.lever}, again" if again else attempt.lever,
        kind="together" if is_together else "lever",
        note=f"{_note(attempt)}{_against(standing)}{_untried(attempt)}{_broken(decision, attempt)}"
        f"{_parent_there(decision, attempt, standing)}{_given(decision, attempt)}"
        f"{_same_results(decision, attempt)}{_ranking_times(decision, attempt)}"
        f"{_passages_found(decision, attempt)}{_ceiling_of_draws(decision, attempt)}{_unserved(decision, attempt)}{_learnt(decision, standing)}",
        dot=dots[attempt.trials.index(standing)] if standing is not None else None,
        dots=dots,
        gain=attempt.gain if any(dot.is_real for dot in dots) else None,
        is_used=_is_used(decision, attempt, is_together=is_together),
    )


def _parent_there(decision: Decision, attempt: Attempt, standing: Trial | None) -> str:
    """Return what the parent scored on the samples of a candidate that saw fewer; else nothing.

    Wins and losses tell it where scores are pass or fail.
    """
    if standing is None or standing.parent is None or not standing.n_seen:
        return ""
    trials = decision.ledger.trials
    seen = max((t.n_seen for t in trials if t.configuration == standing.parent), default=0)
    right = standing.score * standing.n_seen
    before = round(right) - standing.wins + standing.losses
    is_known = abs(right - round(right)) < 1e-6 and 0 <= before <= standing.n_seen
    if not is_known or seen <= standing.n_seen or attempt.status == "carried":
        return ""
    there = numbers.score(before / standing.n_seen)
    return f" · its parent scored {there} on the same {numbers.count(standing.n_seen)}"


def _given(decision: Decision, attempt: Attempt) -> str:
    """Return what each of several candidates gave on the selection part, by its name.

    Of a single one that stands in the row's own columns.
    """
    is_together = attempt.lever not in decision.levers
    name_of = _whole_name if is_together else _own_name
    found = [
        (name_of(decision, trial), numbers.gain(gain))
        for trial in attempt.trials
        if not why_untried(trial) and (gain := _gain(decision, trial)) is not None
    ]
    if len(found) < 2:
        return ""
    return f" · on selection: {listed([f'{name} ({gain})' for name, gain in found])}"


def _same_results(decision: Decision, attempt: Attempt) -> str:
    """Return which candidates were not raced, as they give what another one does."""
    found: dict[str, list[str]] = defaultdict(list)
    for trial in attempt.trials:
        if trial.is_same_as_another:
            found[trial.stopped].append(_own_name(decision, trial))
    return "".join(f" · {listed(names)}: {why}, not raced" for why, names in found.items())


def _ranking_times(decision: Decision, attempt: Attempt) -> str:
    """Return the milliseconds that each reranker took for a question; else nothing."""
    if attempt.lever != "rerank":
        return ""
    records = [(each, record_of(decision, each.configuration)) for each in attempt.trials]
    found = [
        f"{_own_name(decision, trial)} {record.ranking_milliseconds:.1f}"
        for trial, record in records
        if record is not None and record.ranking_milliseconds is not None
    ]
    return f" · ms a question to rank: {listed(found)}" if found else ""


def _whole_name(decision: Decision, trial: Trial) -> str:
    """Return a candidate's name, where others lack a part of what it was tried beside."""
    return label_of(decision, trial.configuration)


def _own_name(decision: Decision, trial: Trial) -> str:
    """Return a candidate's name without that of what it was tried on top of."""
    name = label_of(decision, trial.configuration)
    before = set() if trial.parent is None else set(label_of(decision, trial.parent).split(" · "))
    return " · ".join(each for each in name.split(" · ") if each not in before) or name


def _gain(decision: Decision, trial: Trial) -> float | None:
    """Return how much better a candidate did than its parent on the same samples, where that is known.

    Where the parent saw more, wins and losses tell it if scores are pass or fail.
    """
    if not trial.n_seen or trial.parent is None or not trial.configuration.can_be_deployed:
        return None
    parents = (t for t in decision.ledger.trials if t.configuration == trial.parent)
    same = next((t.score for t in parents if t.n_seen == trial.n_seen), None)
    if same is not None:
        return trial.score - same
    right = trial.score * trial.n_seen
    is_pass_or_fail = abs(right - round(right)) < 1e-6
    return (trial.wins - trial.losses) / trial.n_seen if is_pass_or_fail else None


def _learnt(decision: Decision, standing: Trial | None) -> str:
    """Return how strong a classifier is by the rows that it learnt from; else nothing."""
    record = None if standing is None else record_of(decision, standing.configuration)
    known = None if record is None else record.classifier
    if known is None:
        return ""
    sizes = "/".join(numbers.count(n) for n, _ in known.curve)
    scores = "/".join(numbers.score(right) for _, right in known.curve)
    return (
        f" · {known.labels} labels from {numbers.counted(known.rows, 'row')}: cross-validated "
        f"{numbers.score(known.accuracy)}; from {sizes} of them {scores}"
    )


def _untried(attempt: Attempt) -> str:
    """Return how many of a lever's candidates were not really tried or refused, and why the first.

    Where none of them was, that is the status of the lever, and its reason.
    """
    found = [why for trial in attempt.trials if (why := why_untried(trial))]
    if not found or attempt.status == "error":
        return ""
    return f" · {len(found)} of {len(attempt.trials)} not tried: {found[0]}"


def _passages_found(decision: Decision, attempt: Attempt) -> str:
    """Return for how many questions retrieval brings a right passage, beside the lever that needs it."""
    found = [each for each in decision.passages if each.searches]
    if attempt.lever != "rag" or not found:
        return ""
    each = found[0]
    best = max(each.searches, key=lambda one: one.shown)
    return (
        f" · of {numbers.count(each.n)} questions a right passage stands in the corpus for "
        f"{share(each.in_corpus)}, and in the prompt for {share(best.shown)} ({best.name})"
    )


def _ceiling_of_draws(decision: Decision, attempt: Attempt) -> str:
    """Return what a perfect choice among the draws of a majority would have scored."""
    records = [record_of(decision, trial.configuration) for trial in attempt.trials]
    drawn = [each for each in records if each is not None and each.best_of is not None]
    if not drawn or attempt.lever != "decoding":
        return ""
    best = max(drawn, key=lambda each: each.best_of or 0.0)
    draws, ceiling = best.candidate.decoding.majority_of, numbers.score(best.best_of or 0.0)
    return f" · any of {draws} draws is right: {ceiling} (a ceiling; nobody can deploy it)"


def _unserved(decision: Decision, attempt: Attempt) -> str:
    """Return that the task's server holds no answer to the form which the metric reads."""
    if attempt.lever != "decoding":
        return ""
    found = (each.problem for each in decision.checks if each.code.startswith("N14"))
    return "".join(f" · {each[:1].lower()}{each[1:].rstrip('.')}" for each in found)


def _broken(decision: Decision, attempt: Attempt) -> str:
    """Return how many answers of a lever's candidates break their constraint, the worst first."""
    records = [record_of(decision, trial.configuration) for trial in attempt.trials]
    found = {
        each.label: each.breaches
        for each in records
        if each is not None and each.breaches is not None and each.breaches.broken
    }
    if not found or attempt.lever != "decoding":
        return ""
    label, worst = max(found.items(), key=lambda pair: pair[1].broken)
    return f" · {label}: {worst.words}"


def _note(attempt: Attempt) -> str:
    status = STATUS[attempt.status]
    reason = attempt.reason.strip()
    if not reason or reason.lower() == status:
        return status
    return reason if reason.lower().startswith(status) else f"{status}: {reason}"


def _is_used(decision: Decision, attempt: Attempt, *, is_together: bool) -> bool:
    best = decision.configuration
    if is_together:
        return attempt.status == "carried" and attempt.chosen == best
    slot = decision.levers.index(attempt.lever)
    return slot < len(best) and best[slot] != 0


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
