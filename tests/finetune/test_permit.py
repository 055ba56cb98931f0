"""A Permit comes from a matching `fine_tune` decision and from nowhere else."""

import ast
import copy
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest

import ladder
from ladder.decision import CandidateRecord, Decision
from ladder.errors import EvidenceError, InconclusiveError, LadderError, NotJustifiedError
from ladder.finetune import Permit, train
from ladder.finetune.permit import starting_candidate
from ladder.gate.policy import policy_here
from ladder.gate.predicate import predicate_of
from ladder.gate.rules import objections
from ladder.search.ledger import Attempt, Configuration, Trial
from ladder.spec.candidate import Candidate, Decoding, Examples, Prompt
from ladder.spec.task import TaskSpec
from tests.finetune.conftest import MakeDecision, MakePermit, MakeTask

ROOM = Path(ladder.__file__).parent / "finetune"
TRAINS = {"AnswerTrainer", "Trainer", "get_peft_model", "backward", "train_step"}
SPENDS_TIME = {"fit", "add_lora", "save_adapter", *TRAINS}


def test_a_matching_decision_gives_a_permit(
    make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()

    permit = Permit.from_decision(make_decision(task), task)

    assert permit.spec == task.digest
    assert permit.start == task.baseline()
    permit.check_given()


@pytest.mark.parametrize("verdict", ["already_good", "use_lever"])
def test_a_cheaper_verdict_gives_none_and_exits_1(
    verdict: str, make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()

    with pytest.raises(NotJustifiedError, match="This is the sentence") as caught:
        Permit.from_decision(make_decision(task, verdict=verdict), task)

    assert caught.value.exit_code == 1


def test_no_verdict_gives_none_and_exits_3(
    make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()

    with pytest.raises(InconclusiveError) as caught:
        Permit.from_decision(make_decision(task, verdict="inconclusive"), task)

    assert caught.value.exit_code == 3


@pytest.mark.parametrize("part", ["spec", "eval_data", "model"])
def test_evidence_for_something_else_gives_none_and_exits_5(
    part: str, make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()
    decision = make_decision(task)
    assert decision.provenance is not None
    other = decision.replace(provenance=decision.provenance.replace(**{part: "0" * 64}))

    with pytest.raises(EvidenceError, match="changed since the decision") as caught:
        Permit.from_decision(other, task)

    assert caught.value.exit_code == 5


def test_eval_data_edited_after_the_run_gives_none(
    make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()
    decision = make_decision(task)
    path = Path(task.data.path)
    path.write_text(path.read_text("utf-8").replace("red", "pink", 1), "utf-8")

    with pytest.raises(EvidenceError, match="eval data"):
        Permit.from_decision(decision, task)


def test_a_decision_without_provenance_gives_none(
    make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()

    with pytest.raises(EvidenceError, match="does not say"):
        Permit.from_decision(make_decision(task, provenance=None), task)


@pytest.mark.parametrize("status", ["untested", "error"])
def test_a_lever_that_was_never_tried_gives_none(
    status: str, make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()
    decision = make_decision(task)
    attempts = [each.replace(status=status) for each in decision.attempts[:1]]
    edited = decision.ledger.replace(attempts=(*attempts, *decision.attempts[1:]))

    with pytest.raises(EvidenceError, match="template"):
        Permit.from_decision(decision.replace(ledger=edited), task)


def test_too_little_for_the_gate_is_too_little_for_a_permit(
    make_task: MakeTask,
    make_decision: MakeDecision,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    task = make_task()
    decision = make_decision(task)
    few = [each.replace(trials=()) for each in decision.attempts[3:]]
    edited = decision.ledger.replace(attempts=(*decision.attempts[:3], *few))

    with pytest.raises(InconclusiveError, match="4 configurations were tried") as caught:
        Permit.from_decision(decision.replace(ledger=edited), task)

    assert caught.value.exit_code == 3
    Path("ladder-policy.yaml").write_text("unsigned: allow\nleast_configurations: 4\n")
    assert Permit.from_decision(decision.replace(ledger=edited), task)


@pytest.mark.parametrize(
    ("lever", "changes"),
    [
        ("prompt", {"status": "not_applicable", "reason": "it is fine", "trials": ()}),
        ("decoding", {"status": "not_applicable", "reason": "greedy", "trials": ()}),
        ("prompt", {"trials": ()}),
        ("rag", {}),
        ("rag", {"status": "not_applicable", "reason": "no documents", "trials": ()}),
        ("few_shot", {"status": "nothing_to_try", "trials": ()}),
        (None, {"status": "not_applicable", "reason": "x", "trials": ()}),
    ],
)
@pytest.mark.parametrize(
    "policy", ["", "levers: {rag: {not_applicable: never}}", "least_levers: 7", "most_cut: 0"]
)
def test_what_the_gate_refuses_gives_no_permit_and_what_it_passes_gives_one(  # noqa: PLR0913, PLR0917
    lever: str | None,
    changes: dict[str, object],
    policy: str,
    make_task: MakeTask,
    make_decision: MakeDecision,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    if policy:
        Path("ladder-policy.yaml").write_text(f"unsigned: allow\n{policy}\n", "utf-8")
    task = make_task()
    decision = make_decision(task)
    attempts = [
        each.replace(**changes) if lever in (each.lever, None) else each
        for each in decision.attempts
    ]
    edited = decision.replace(ledger=decision.ledger.replace(attempts=tuple(attempts)))
    predicate = predicate_of(edited, task=task, issued=datetime.now(UTC), days=1)
    refused = objections(predicate, policy_here())

    told = _refusal(edited, task)

    assert bool(told) == bool(refused)
    assert all(each.problem in told for each in refused[:1])


@pytest.mark.parametrize("behaviour", ["output_format", "tool_calls"])
def test_a_form_is_not_trained_before_constrained_output_was_tried_or_answered_for(
    behaviour: str, make_task: MakeTask, make_decision: MakeDecision
) -> None:
    def task(*waivers: dict[str, str]) -> TaskSpec:
        return make_task(review={"behaviour": [behaviour], "waivers": list(waivers)})

    answered = {"code": "T05", "by": "Jane Doe", "reason": "with a grammar it scored .31"}
    other = {**answered, "code": "T03"}
    over = {**answered, "until": "2020-01-31"}

    for refused in (task(), task(other), task(over)):
        with pytest.raises(InconclusiveError, match="nothing is trained for it") as caught:
            Permit.from_decision(make_decision(refused), refused)
        assert "T05" in caught.value.next_step
    assert Permit.from_decision(make_decision(task(answered)), task(answered))
    assert _refusal(make_decision(make_task()), make_task()) == ""
    constrained = Candidate(
        model=task().model, decoding=Decoding(max_new_tokens=6, response_format="json")
    )
    record = CandidateRecord(configuration=SHOTS, candidate=constrained, label="json")
    tried = make_decision(task()).replace(candidates=(record,))
    assert _refusal(tried, task()) == ""


def _refusal(decision: Decision, task: TaskSpec) -> str:
    try:
        Permit.from_decision(decision, task)
    except InconclusiveError as error:
        return str(error)
    return ""


def test_a_permit_cannot_be_made_changed_copied_or_subclassed(
    make_task: MakeTask, make_permit: MakePermit
) -> None:
    permit = make_permit(make_task())

    with pytest.raises(EvidenceError):
        Permit()
    with pytest.raises(EvidenceError):
        permit.spec = "0"
    with pytest.raises(EvidenceError):
        copy.copy(permit)
    with pytest.raises(EvidenceError):
        pickle.dumps(permit)
    with pytest.raises(EvidenceError):
        type("Mine", (Permit,), {})


def test_an_empty_shell_of_a_permit_trains_nothing(make_task: MakeTask, tmp_path: Path) -> None:
    shell = object.__new__(Permit)

    with pytest.raises(LadderError, match="cannot be made"):
        train(shell, make_task(), run_folder=tmp_path / "run")


def test_a_permit_for_another_task_trains_nothing(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    permit = make_permit(make_task())

    with pytest.raises(EvidenceError, match="task spec"):
        train(permit, make_task().replace(target=0.8), run_folder=tmp_path / "run")


def test_whatever_trains_takes_a_permit_first() -> None:
    functions = _functions(ROOM)
    training = _reaching(functions, SPENDS_TIME)

    without = [
        name
        for name in training
        if not functions[name].args.args
        or ast.unparse(functions[name].args.args[0].annotation or ast.Constant(None)) != "Permit"
    ]

    assert {"train", "fit", "add_lora", "save_adapter"} <= training
    assert without == []


@pytest.mark.slow
def test_nothing_outside_the_room_can_train() -> None:
    package = Path(ladder.__file__).parent
    others = [path for path in package.rglob("*.py") if ROOM not in path.parents]

    calls = {path.name: _called(ast.parse(path.read_text("utf-8"))) & TRAINS for path in others}

    assert {name for name, found in calls.items() if found} == set()


def _functions(room: Path) -> dict[str, ast.FunctionDef]:
    # classifier.py fits scikit-learn's classifiers to compare with; no weights of a model change there.
    paths = [path for path in room.rglob("*.py") if path.name != "classifier.py"]
    trees = [ast.parse(path.read_text("utf-8")) for path in paths]
    return {
        node.name: node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)
    }


def _reaching(functions: dict[str, ast.FunctionDef], goals: set[str]) -> set[str]:
    calls = {name: _called(node) for name, node in functions.items()}
    reaching = {name for name, called in calls.items() if called & goals or name in goals}
    while True:
        more = {name for name, called in calls.items() if called & reaching} - reaching
        if not more:
            return reaching
        reaching |= more


def _called(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            target = node.func
            names.add(target.attr if isinstance(target, ast.Attribute) else ast.unparse(target))
    return names


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
