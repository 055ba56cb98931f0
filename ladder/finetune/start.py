"""Which way of asking the training starts from."""

from ladder.decision import Decision
from ladder.search.ledger import Trial
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec


def starting_candidate(decision: Decision, task: TaskSpec) -> Candidate:
    """Return the best way of asking without worked examples; the baseline unless one is better.

    Training replaces worked examples, and whatever else stands in the prompt is paid for in every
    training step and every call. So a change is kept only where it clearly helped by itself: scored
    on the whole selection part, with its 95 % interval above the baseline's.
    """
    baseline = task.baseline().replace(examples=None)
    trials = {trial.configuration: trial for trial in _finished(decision)}
    unchanged = decision.ledger.baseline
    found: list[tuple[float, Candidate]] = [
        (trials[record.configuration].score, record.candidate)
        for record in decision.candidates
        if _is_trainable(record.candidate, task)
        and record.configuration in trials
        and trials[record.configuration].low > unchanged.high
    ]
    return max(found, key=lambda pair: pair[0], default=(unchanged.score, baseline))[1]


def _finished(decision: Decision) -> list[Trial]:
    ledger = decision.ledger
    trials = [trial for attempt in ledger.attempts for trial in attempt.trials]
    return [
        trial
        for trial in trials
        if trial.n_seen == ledger.n_selection and trial.configuration in ledger.tried
    ]


def _is_trainable(candidate: Candidate, task: TaskSpec) -> bool:
    return candidate.examples is None and candidate.model == task.model
