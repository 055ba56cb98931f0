"""A verdict is rebuilt from the journal alone: whatever verdict, however the run came about."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import ladder
from ladder.errors import EvidenceRefusedError
from ladder.gate.recompute import Recomputed, check_recomputed, recompute
from ladder.gate.strict_run import load_decision, load_run_task
from ladder.models.base import Request
from ladder.testing import Scripted, register_scripted
from tests.gate.conftest import ANSWERS, Case, never, write_task


def rebuild(run: Path) -> Recomputed:
    """Return what the journal of a run gives, after checking it against the decision there."""
    decision = load_decision(run)
    found = recompute(run, load_run_task(run, decision))
    check_recomputed(found, decision, run)
    return found


@pytest.mark.parametrize("verdict", ANSWERS)
def test_each_verdict_is_rebuilt_without_the_model(
    make_case: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch, verdict: str
) -> None:
    case = make_case(verdict)
    monkeypatch.setattr(Scripted, "generate", None)

    assert rebuild(case.run).decision.verdict == verdict


def test_a_reason_in_the_words_of_an_earlier_version_is_no_contradiction(
    make_case: Callable[[str], Case],
) -> None:
    run = make_case("use_lever").run
    decision = load_decision(run)
    found = recompute(run, load_run_task(run, decision))

    def told(recomputed: Recomputed, reason: str) -> Recomputed:
        attempts = (recomputed.decision.attempts[0].replace(reason=reason),)
        ledger = recomputed.decision.ledger.replace(attempts=attempts)
        return Recomputed(
            recomputed.decision.replace(ledger=ledger), recomputed.head, recomputed.data
        )

    now = told(found, "cheaper, and as likely to pass")

    check_recomputed(now, told(found, "as likely to pass, for less").decision, run)
    with pytest.raises(EvidenceRefusedError, match="attempts"):
        check_recomputed(now, told(found, "another reason").decision, run)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that runs a task with some changes and returns the run's folder."""
    monkeypatch.chdir(tmp_path)
    write_task("scripted:unknown")

    def start(model: Scripted, **changes: object) -> Path:
        task = {**json.loads(Path("task.json").read_text()), **changes}
        task["model"] = register_scripted(model)
        Path("changed.json").write_text(json.dumps(task))
        ladder.run("changed.json")
        return ladder.run_folder_of("changed.json")

    return start


def likelihood(request: Request, target: str) -> float:
    """Prefer long conversations: a finer signal where every score is 0."""
    return -100.0 / (1 + len(request.messages)) - len(target)


@pytest.mark.slow
def test_a_run_that_used_likelihoods_is_rebuilt(run: Callable[..., Path]) -> None:
    folder = run(Scripted(never, name="gate-likely", likelihood=likelihood))

    decision = rebuild(folder).decision

    assert decision.verdict == "fine_tune"
    assert load_decision(folder).candidates[0].log_likelihood is not None


def mostly_right(request: Request) -> str:
    """Answer right in four of five draws, and never where nothing is drawn."""
    is_right = request.decoding.temperature > 0 and request.decoding.seed % 5
    return str(3 * int(request.messages[-1].text.split()[-1]) + (0 if is_right else 1))


def never_held(request: Request) -> str:
    return f"I do not know {request.messages[-1].text}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "grid", "verdict"),
    [
        (mostly_right, {"majority_of": [5], "temperature": [0.7]}, "use_lever"),
        (never_held, {"constraint": [{"regex": "[0-9]+"}]}, "inconclusive"),
    ],
    ids=["a majority of draws", "a constraint that nobody kept"],
)
def test_a_run_of_lever_decoding_is_rebuilt(
    run: Callable[..., Path],
    answer: Callable[[Request], str],
    grid: dict[str, object],
    verdict: str,
) -> None:
    levers = json.loads(Path("task.json").read_text())["levers"]
    folder = run(
        Scripted(answer, name=f"gate-decoding-{verdict}"),
        levers={**levers, "decoding": {"grid": grid}},
    )

    assert rebuild(folder).decision.verdict == verdict


@pytest.mark.slow
def test_a_run_on_what_earlier_verdicts_left_is_rebuilt(run: Callable[..., Path]) -> None:
    names = ("first", "second", "third")
    folders = [run(Scripted(never, name=f"gate-{name}"), name=name) for name in names]

    rebuilt = [rebuild(folder).decision for folder in folders]

    sizes = [decision.ledger.n_confirmation for decision in rebuilt]
    assert {decision.verdict for decision in rebuilt} == {"fine_tune"}
    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.slow
def test_a_run_that_ended_with_its_budget_and_went_on_is_rebuilt_both_times(
    run: Callable[..., Path],
) -> None:
    model = Scripted(never, name="gate-budget")

    ended = rebuild(run(model, budget={"calls": 100})).decision
    went_on = rebuild(run(model, budget={"calls": 100_000})).decision

    assert (ended.ledger.ending, went_on.verdict) == ("budget", "fine_tune")


@pytest.mark.slow
def test_samples_of_one_cluster_are_rebuilt_together(run: Callable[..., Path]) -> None:
    rows = [{"input": str(i), "target": str(i * 3), "page": str(i // 2)} for i in range(400)]
    Path("eval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    folder = run(
        Scripted(never, name="gate-cluster"), data={"path": "eval.jsonl", "cluster": "page"}
    )

    assert rebuild(folder).decision.verdict == "fine_tune"


@pytest.mark.slow
def test_a_run_that_left_out_samples_which_no_verdict_showed_is_refused(
    run: Callable[..., Path],
) -> None:
    run(Scripted(never, name="gate-shown"), name="shown")
    folder = run(Scripted(never, name="gate-left-out"), name="left-out")
    rebuild(folder)
    ledger = Path("eval.jsonl.looks.json")
    content = json.loads(ledger.read_text())
    first, _ = content["sets"]
    del content["sets"][first]
    ledger.write_text(json.dumps(content))

    with pytest.raises(EvidenceRefusedError, match="records no verdict that showed"):
        rebuild(folder)
