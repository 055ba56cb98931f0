"""Whole runs whose answers a judge scores: a scripted one, that is a lenient, stuck or broken one."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.errors import InconclusiveError, ModelLoadError
from ladder.gate.recompute import check_recomputed, recompute
from ladder.models.base import Request
from ladder.runs.samples import read_samples
from ladder.testing import Scripted, register_scripted
from ladder.testing.task_files import answer_right, answer_wrong, triples, write_task

Judge = Callable[[str, str], str]
"""What a judge makes of a target and an answer: its reply."""


def said(word: str) -> str:
    return json.dumps({"reason": f"It is {word}.", "verdict": word})


def honest(target: str, answer: str) -> str:
    return said("yes" if target == answer else "no")


def mumbling(target: str, answer: str) -> str:
    return honest(target, answer) if target.endswith("0") else "I like it."


def run_judged(
    folder: Path, model: Callable[[Request], str], judge: Judge, **fields: Any
) -> tuple[ladder.Decision, Path, list[str]]:
    """Run a task that a judge scores; return its decision, its folder and what the judge was asked."""
    asked: list[str] = []

    def reply(request: Request) -> str:
        prompt = request.messages[-1].content
        asked.append(prompt)
        blocks = re.findall(r"<data [0-9a-f]+>\n(.*?)\n</data [0-9a-f]+>", prompt, re.DOTALL)
        return judge(blocks[1], blocks[2])

    name = register_scripted(Scripted(reply, name=f"judge-{folder}"))
    metric = {"name": "judge", "rubric": "It is three times the number.", "judge": name}
    task = write_task(folder, model, **{"metric": metric, **fields})
    decision = ladder.run(task, runs_folder=folder / "runs")
    return decision, ladder.run_folder_of(task, folder / "runs"), asked


@pytest.mark.slow
def test_a_judge_takes_a_run_to_its_verdict_and_says_whose_it_is(tmp_path: Path) -> None:
    decision, folder, asked = run_judged(tmp_path, answer_right, honest)

    assert decision.verdict == "already_good"
    assert decision.sentence.startswith("As this judge sees it (")
    assert decision.judge is not None
    judge = decision.judge
    assert judge.n > 0
    assert decision.confirmation is not None
    assert judge.n_confirmation == decision.confirmation.n
    assert judge.calls == judge.n + judge.n_confirmation
    rows = list(read_samples(folder / "samples.jsonl", None))
    assert {each.reason for row in rows for each in row.answers} == {"It is yes."}
    assert len(asked) == len(set(asked))  # nothing is asked twice
    check_recomputed(recompute(folder, _spec(folder)), decision, folder)


@pytest.mark.slow
@pytest.mark.parametrize("pairwise", [False, True])
def test_the_calls_of_a_judge_are_foreseen(tmp_path: Path, pairwise: bool) -> None:  # noqa: FBT001
    prices = {"per_million_tokens": {f"scripted:judge-{tmp_path}": {"prompt": 1, "answer": 1}}}
    name = register_scripted(Scripted(lambda _: said("yes"), name=f"judge-{tmp_path}"))
    spec = {"name": "judge", "rubric": "It is right.", "judge": name, "pairwise": pairwise}
    judged = ladder.plan_run(write_task(tmp_path, answer_right, metric=spec, prices=prices))
    plain = ladder.plan_run(write_task(tmp_path, answer_right))

    each = 3 if pairwise else 2
    assert judged.calls_expected == each * plain.calls_expected
    assert judged.calls_at_most >= each * plain.calls_at_most
    assert judged.tokens_expected > 4 * plain.tokens_expected
    assert judged.money_expected is None  # the model itself has no price


@pytest.mark.slow
def test_a_run_that_goes_on_asks_the_judge_nothing_again(tmp_path: Path) -> None:
    _, folder, asked = run_judged(tmp_path, answer_wrong, honest)
    (folder / "decision.json").unlink()

    before = len(asked)
    again = ladder.run(tmp_path / "task.json", runs_folder=tmp_path / "runs")

    assert again.verdict == "fine_tune"
    assert len(asked) == before


def test_a_judge_that_cannot_be_had_is_refused_before_any_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    metric = {"name": "judge", "rubric": "It is right.", "judge": "gpt-4o-mini"}
    task = write_task(tmp_path, answer_right, metric=metric)

    with pytest.raises(ModelLoadError, match=r"metric\.judge: 'gpt-4o-mini' is no path") as caught:
        ladder.check_task(task)

    assert "base_url" in caught.value.next_step


def test_the_calls_of_a_judge_count_in_the_budget(tmp_path: Path) -> None:
    decision, *_ = run_judged(tmp_path, answer_right, honest, budget={"calls": 200})

    assert decision.verdict == "inconclusive"
    assert decision.ledger.ending == "budget"


@pytest.mark.parametrize(
    ("model", "judge", "part"),
    [
        (answer_wrong, lambda *_: said("yes"), "found everything good"),
        (answer_right, lambda *_: said("no"), "found everything bad"),
        (answer_right, mumbling, "no verdict from the judge"),
    ],
)
def test_a_judge_that_tells_nothing_apart_is_no_evidence(
    tmp_path: Path, model: Callable[[Request], str], judge: Judge, part: str
) -> None:
    with pytest.raises(InconclusiveError, match=part):
        run_judged(tmp_path, model, judge)

    [samples] = (tmp_path / "runs").glob("*/samples.jsonl")  # where `ladder show` looks
    assert any(answer.reason for row in read_samples(samples, None) for answer in row.answers)


@pytest.mark.slow
def test_a_judge_that_rejects_the_targets_justifies_no_training(tmp_path: Path) -> None:
    def picky(target: str, answer: str) -> str:
        return (
            said("yes" if answer == str(int(target) + 9) else "no")
            if answer.isdigit()
            else said("no")
        )

    def sometimes(request: Request) -> str:
        right = int(answer_right(request))
        return str(right + 9) if right % 2 else str(right + 1)

    decision, *_ = run_judged(tmp_path, sometimes, picky, rows=triples(200))

    assert decision.verdict == "inconclusive"
    assert "targets good" in decision.ledger.reason


def test_a_model_that_judges_itself_is_named(tmp_path: Path) -> None:
    def both(request: Request) -> str:
        text = request.messages[-1].content
        blocks = re.findall(r"<data [0-9a-f]+>\n(.*?)\n</data [0-9a-f]+>", text, re.DOTALL)
        return honest(blocks[1], blocks[2]) if blocks else answer_right(request)

    name = register_scripted(Scripted(both, name="both"))
    task = write_task(
        tmp_path, name, metric={"name": "judge", "rubric": "It is right.", "judge": name}
    )

    assert any(each.code.startswith("Q11") for each in ladder.check_task(task))


def test_pairs_need_targets(tmp_path: Path) -> None:
    name = register_scripted(Scripted(answer_right, name="both-sides"))
    metric = {"name": "judge", "rubric": "It is right.", "judge": name, "pairwise": True}
    task = write_task(tmp_path, name, metric=metric, data={"path": "eval.jsonl", "target": None})

    found = {each.code[:3] for each in ladder.check_task(task)}
    assert found & {"D24", "Q11"} == {"D24"}


def _spec(folder: Path) -> Any:
    from ladder.spec.task import TaskSpec

    return TaskSpec.model_validate_json((folder / "spec.json").read_text())
