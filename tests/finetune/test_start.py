"""Training starts from the shortest way of asking that is not clearly worse."""

from ladder.decision import CandidateRecord, Decision
from ladder.finetune.permit import starting_candidate
from ladder.search.ledger import Attempt, Configuration, Trial
from ladder.spec.candidate import Candidate, Examples, Prompt
from ladder.spec.task import TaskSpec
from tests.finetune.conftest import MakeDecision, MakeTask

PROMPT = Configuration((0, 1, 0, 0, 0, 0, 0))
SHOTS = Configuration((0, 0, 0, 0, 0, 0, 1))


def decision_with(
    make_decision: MakeDecision, task: TaskSpec, scores: dict[Configuration, Trial]
) -> Decision:
    decision = make_decision(task)
    attempt = Attempt(
        lever="together",
        status="no_gain",
        parent=(0,) * 7,
        chosen=(0,) * 7,
        trials=tuple(scores.values()),
    )
    records = [
        CandidateRecord(configuration=each, candidate=candidate(task, each), label="")
        for each in scores
    ]
    ledger = decision.ledger.replace(attempts=(*decision.attempts, attempt))
    return decision.replace(ledger=ledger, candidates=tuple(records))


def candidate(task: TaskSpec, configuration: Configuration) -> Candidate:
    baseline = task.baseline()
    if configuration == SHOTS:
        return baseline.replace(examples=Examples(pool="pool.jsonl"))
    return baseline.replace(prompt=Prompt(user="Think of the colour of {{ input }}."))


def trial(configuration: Configuration, low: float, *, n_seen: int = 16) -> Trial:
    return Trial(configuration=configuration, n_seen=n_seen, score=low + 0.1, low=low, high=1.0)


def test_a_prompt_that_clearly_helped_is_kept(
    make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()
    decision = decision_with(make_decision, task, {PROMPT: trial(PROMPT, 0.3)})

    assert starting_candidate(decision, task) == candidate(task, PROMPT)


def test_a_prompt_that_may_have_been_lucky_is_not(
    make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()
    lucky = decision_with(make_decision, task, {PROMPT: trial(PROMPT, 0.1)})
    dropped = decision_with(make_decision, task, {PROMPT: trial(PROMPT, 0.3, n_seen=8)})

    assert starting_candidate(lucky, task) == task.baseline()
    assert starting_candidate(dropped, task) == task.baseline()


def test_worked_examples_are_left_to_the_training(
    make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()
    decision = decision_with(make_decision, task, {SHOTS: trial(SHOTS, 0.5)})

    assert starting_candidate(decision, task) == task.baseline()
