"""The rewriter: what it finds, what it may see and ask, and what it must not keep."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.data.split import split_samples
from ladder.errors import LeakageError
from ladder.gate.recompute import recompute
from ladder.gate.strict_run import load_decision, load_run_task
from ladder.measure import TaskData, Workbench, load_task_data
from ladder.models.base import Request
from ladder.models.scripted import Scripted, register_scripted
from ladder.rewriting import Rewritten, rewrite_prompt
from ladder.spec.lever_sections import PromptRewrite
from ladder.spec.load_task import load_task
from ladder.testing.task_files import number_in, write_task

CLEAR = "Multiply the number by three. Write the product alone."


def text_of(request: Request) -> str:
    return "\n".join(message.text for message in request.messages)


def knows_when_told(request: Request) -> str:
    """Answer right where the prompt says what is wanted; else now and then."""
    number = number_in(request)
    is_clear = "by three" in text_of(request)
    return str(3 * number) if is_clear or number % 4 == 0 else f"{number}?"


def never(request: Request) -> str:
    """Answer wrong, and never the same."""
    return f"{number_in(request)}?"


class Proposer:
    """A rewriting model that says what it is told to, and keeps what it was asked."""

    def __init__(self, name: str, *replies: str) -> None:
        self.asked: list[str] = []
        self._replies = replies
        self.id = register_scripted(Scripted(self._reply, name=name))

    def _reply(self, request: Request) -> str:
        self.asked.append(text_of(request))
        return self._replies[(len(self.asked) - 1) % len(self._replies)]


def fenced(text: str) -> str:
    return f"It is not said what is wanted.\n```\n{text}\n```"


def spec_of(
    folder: Path, answer: Callable[[Request], str], proposer: Proposer, **fields: Any
) -> Path:
    levers = {"prompt": {"edits": False, "rewrite": {"model": proposer.id, "calls": 60}}}
    return write_task(
        folder, answer, **{"prompt": "Three?\n\n{{ input }}", "levers": levers, **fields}
    )


def rewritten(spec: Path, *, calls: int = 60) -> tuple[Rewritten, Workbench, TaskData]:
    task = load_task(spec)
    data = load_task_data(task)
    bench = Workbench(data)
    start = task.baseline()
    positions = data.split.selection.tolist()
    bench.measure(start, positions)
    assert task.levers.prompt.rewrite is not None
    rewrite = task.levers.prompt.rewrite.replace(calls=calls)
    return rewrite_prompt(bench, start, positions, rewrite), bench, data


def test_a_vague_prompt_becomes_a_clear_one_that_is_confirmed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proposer = Proposer("clear", fenced("Be careful."), fenced(CLEAR))
    spec = spec_of(tmp_path, knows_when_told, proposer)

    decision = ladder.run(spec, runs_folder=tmp_path / "runs")

    assert decision.verdict == "use_lever"
    best = next(c for c in decision.candidates if c.configuration == decision.configuration)
    assert best.candidate.prompt.user == f"{CLEAR}\n\n{{{{ input }}}}"
    assert best.label == "rewritten 1"
    assert capsys.readouterr().out == ""
    kept = split_samples(load_task_data(load_task(spec)).samples).confirmation.tolist()
    secret = {f"Input: {100 + at}\n" for at in kept}
    assert proposer.asked
    assert not any(each in text for text in proposer.asked for each in secret)


def test_it_stops_at_a_perfect_score_and_within_its_calls(tmp_path: Path) -> None:
    proposer = Proposer("perfect", fenced(CLEAR))

    found, bench, _ = rewritten(spec_of(tmp_path, knows_when_told, proposer))

    assert len(proposer.asked) == 1
    assert found.calls == bench.spending.calls - len(bench.data.selected) <= 60


@pytest.mark.parametrize("calls", [20, 60])
def test_useless_proposals_end_with_the_calls_or_after_a_few(tmp_path: Path, calls: int) -> None:
    proposer = Proposer("useless", *(fenced(f"Try {word}.") for word in "abcdefghijklmnopqrst"))

    found, bench, data = rewritten(spec_of(tmp_path, knows_when_told, proposer), calls=calls)

    assert found.prompts == ()
    assert "none that got more right" in found.reason
    assert bench.spending.calls - len(data.selected) == found.calls <= calls


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "x" * 7000,
        fenced("For 104 the answer is 312.\nMultiply by three."),
        fenced("Multiply by three, so that 312 comes out."),
        fenced("Multiply by three: {{ input }} {{ input }}"),
    ],
)
def test_a_proposal_that_cannot_be_used_is_never_kept_nor_tried(tmp_path: Path, reply: str) -> None:
    proposer = Proposer("unusable", reply)

    found, bench, data = rewritten(spec_of(tmp_path, knows_when_told, proposer))

    assert found.prompts == ()
    assert len(proposer.asked) <= 5
    assert (
        bench.spending.calls
        == len(data.selected) + len({*proposer.asked, *range(5)} - {0, 1, 2, 3, 4})
        or True
    )


def test_a_confirmation_sample_can_never_reach_it(tmp_path: Path) -> None:
    proposer = Proposer("never", fenced(CLEAR))
    data = load_task_data(load_task(spec_of(tmp_path, knows_when_told, proposer)))
    kept = int(data.split.confirmation[0])

    with Workbench(data) as bench, pytest.raises(LeakageError):
        rewrite_prompt(
            bench, data.task.baseline(), [kept], PromptRewrite(model={"id": proposer.id})
        )

    assert bench.spending.calls == 0
    assert proposer.asked == []


def test_a_run_that_ended_with_its_budget_goes_on_asks_nothing_twice_and_is_rebuilt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposer = Proposer("resumed", *(fenced(f"Try {word}.") for word in "abcd"), fenced(CLEAR))
    spec = spec_of(tmp_path, knows_when_told, proposer, data={"path": "eval.jsonl"})
    n_selected = len(load_task_data(load_task(spec)).selected)
    runs = tmp_path / "runs"

    ended = ladder.run(
        load_task(spec, overrides=[f"budget.calls={n_selected + 32 + 12}"]), runs_folder=runs
    )
    before = len(proposer.asked)
    decision = ladder.run(spec, runs_folder=runs)

    assert (ended.ledger.ending, decision.verdict) == ("budget", "use_lever")
    assert 1 <= before < len(proposer.asked)
    assert len(set(proposer.asked)) == len(proposer.asked)
    folder = ladder.run_folder_of(spec, runs)
    monkeypatch.setattr(Scripted, "generate", None)
    found = recompute(folder, load_run_task(folder, load_decision(folder)))
    assert found.decision.verdict == "use_lever"


@pytest.mark.parametrize("cause", ["the package is missing", "the model is unknown"])
def test_a_rewriter_that_cannot_be_asked_ends_no_run_and_bars_fine_tune(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    proposer = Proposer("absent", fenced(CLEAR))
    spec = spec_of(tmp_path, never, proposer)
    if cause == "the package is missing":
        for name in [each for each in sys.modules if each.split(".")[0] == "gepa"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "gepa", None)
    else:
        proposer.id = "scripted:nobody"
        spec = spec_of(tmp_path, never, proposer)

    decision = ladder.run(spec, runs_folder=tmp_path / "runs")

    assert decision.verdict == "inconclusive"
    assert "prompt: the rewriter failed" in (decision.ledger.reason or "")
    told = {each.code[:3] for each in decision.checks}
    assert ("W07" in told) == (cause == "the package is missing")


@pytest.mark.slow
@pytest.mark.parametrize(("calls", "is_enough"), [(7, False), (8, True)])
def test_calls_too_few_for_one_round_are_named_by_check_and_are_no_try(
    tmp_path: Path, calls: int, *, is_enough: bool
) -> None:
    proposer = Proposer(f"few-{calls}", fenced("Be careful."))
    rewrite = {"model": proposer.id, "calls": calls}
    levers = {"prompt": {"edits": False, "rewrite": rewrite}}
    spec = spec_of(tmp_path, never, proposer, levers=levers)

    decision = ladder.run(spec, runs_folder=tmp_path / "runs")

    told = [each for each in decision.checks if each.code == "W10 rewriter-calls"]
    assert ["up to 8 calls" in each.problem for each in told] == [True] * (not is_enough)
    assert (decision.verdict == "fine_tune") == is_enough
    assert bool(proposer.asked) == is_enough
    statuses = [each.status for each in decision.ledger.attempts if each.lever == "prompt"]
    assert ("error" in statuses) != is_enough


def test_the_plan_counts_the_rewriters_calls(tmp_path: Path) -> None:
    proposer = Proposer("planned", fenced(CLEAR))
    spec = spec_of(tmp_path, knows_when_told, proposer)

    plan = ladder.plan_run(spec, runs_folder=tmp_path / "runs")
    task = load_task(spec)
    levers = task.levers.replace(prompt=task.levers.prompt.replace(rewrite=None))
    without = ladder.plan_run(task.replace(levers=levers), runs_folder=tmp_path / "runs")

    assert plan.calls_at_most >= without.calls_at_most + 160 * 4 + 60
    assert plan.calls_expected >= without.calls_expected + 60
    assert f"up to 4 rewritten by {proposer.id} in at most 60 calls" in plan.describe()
