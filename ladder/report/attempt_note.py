"""`attempt_note`: what a report says beside the score of a lever: its status, and what came of it."""

from collections import defaultdict

from ladder.decision import CandidateRecord, Decision, record_of
from ladder.decision.candidate_labels import label_of
from ladder.measure.passages_found import share
from ladder.report import numbers
from ladder.search.ledger import Attempt, Trial
from ladder.text import listed, small

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


def attempt_note(decision: Decision, attempt: Attempt) -> str:
    """Return what is said of an attempt: its status first, then whatever else there is to say."""
    standing = standing_of(attempt)
    return "".join(
        (
            _status(attempt),
            against_words(standing),
            _untried(attempt),
            _broken(decision, attempt),
            _parent_there(decision, attempt, standing),
            _given(decision, attempt),
            _same_results(decision, attempt),
            _ranking_times(decision, attempt),
            _passages_found(decision, attempt),
            _ceiling_of_draws(decision, attempt),
            _unserved(decision, attempt),
            _learnt(decision, standing),
        )
    )


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


def _status(attempt: Attempt) -> str:
    status = STATUS[attempt.status]
    reason = attempt.reason.strip()
    if not reason or reason.lower() == status:
        return status
    return reason if reason.lower().startswith(status) else f"{status}: {reason}"


def against_words(trial: Trial | None) -> str:
    """Return how a candidate does against the reference on the selection part; else nothing."""
    if trial is None or trial.against is None:
        return ""
    seen = trial.against
    return (
        f" · {numbers.gain(seen.difference)} against the reference ({numbers.gain(seen.low)} to "
        f"{numbers.gain(seen.high)})"
    )


def _parent_there(decision: Decision, attempt: Attempt, standing: Trial | None) -> str:
    """Return what the parent scored on the samples of a candidate that saw fewer; else nothing.

    Wins and losses tell it where scores are pass or fail.
    """
    if standing is None or standing.parent is None or not standing.n_seen:
        return ""
    trials = decision.ledger.trials
    seen = max((t.n_seen for t in trials if t.configuration == standing.parent), default=0)
    right = round(standing.score * standing.n_seen)
    before = right - standing.wins + standing.losses
    is_known = standing.is_pass_or_fail and 0 <= before <= standing.n_seen
    if not is_known or seen <= standing.n_seen or attempt.status == "carried":
        return ""
    there = numbers.score(before / standing.n_seen)
    return f" · its parent scored {there} on the same {numbers.count(standing.n_seen)}"


def _given(decision: Decision, attempt: Attempt) -> str:
    """Return what each of several candidates gave on the selection part, by its name.

    Of a single one that stands in the row's own columns.
    """
    # Of a stack others lack a part of what it was tried beside, so its name stands whole.
    is_together = attempt.lever not in decision.levers
    found = [
        f"{label_of(decision, trial.configuration) if is_together else _own_name(decision, trial)} "
        f"({numbers.gain(gain)})"
        for trial in attempt.trials
        if not why_untried(trial) and (gain := _gain(decision, trial)) is not None
    ]
    return f" · on selection: {listed(found)}" if len(found) > 1 else ""


def _same_results(decision: Decision, attempt: Attempt) -> str:
    """Return which candidates were not raced, as they give what another one does."""
    found: dict[str, list[str]] = defaultdict(list)
    for trial in attempt.trials:
        if trial.is_same_as_another:
            found[trial.stopped].append(_own_name(decision, trial))
    return "".join(f" · {listed(names)}: {why}, not raced" for why, names in found.items())


def _ranking_times(decision: Decision, attempt: Attempt) -> str:
    """Return the milliseconds that each reranker took for a question; else nothing."""
    found = [
        f"{_own_name(decision, trial)} {record.ranking_milliseconds:.1f}"
        for trial, record in _records(decision, attempt, of="rerank")
        if record.ranking_milliseconds is not None
    ]
    return f" · ms a question to rank: {listed(found)}" if found else ""


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
    return (trial.wins - trial.losses) / trial.n_seen if trial.is_pass_or_fail else None


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
    records = [record for _, record in _records(decision, attempt, of="decoding")]
    drawn = [each for each in records if each.best_of is not None]
    if not drawn:
        return ""
    best = max(drawn, key=lambda each: each.best_of or 0.0)
    draws, ceiling = best.candidate.decoding.majority_of, numbers.score(best.best_of or 0.0)
    return f" · any of {draws} draws is right: {ceiling} (a ceiling; nobody can deploy it)"


def _unserved(decision: Decision, attempt: Attempt) -> str:
    """Return that the task's server holds no answer to the form which the metric reads."""
    if attempt.lever != "decoding":
        return ""
    found = (each.problem for each in decision.checks if each.code.startswith("N14"))
    return "".join(f" · {small(each).rstrip('.')}" for each in found)


def _broken(decision: Decision, attempt: Attempt) -> str:
    """Return how many answers of a lever's candidates break their constraint, the worst first."""
    found = {
        each.label: each.breaches
        for _, each in _records(decision, attempt, of="decoding")
        if each.breaches is not None and each.breaches.broken
    }
    if not found:
        return ""
    label, worst = max(found.items(), key=lambda pair: pair[1].broken)
    return f" · {label}: {worst.words}"


def _records(
    decision: Decision, attempt: Attempt, *, of: str
) -> list[tuple[Trial, CandidateRecord]]:
    """Return the candidates of an attempt with their records, where it is one of that lever."""
    trials = attempt.trials if attempt.lever == of else ()
    found = ((trial, record_of(decision, trial.configuration)) for trial in trials)
    return [(trial, record) for trial, record in found if record is not None]
