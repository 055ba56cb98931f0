"""A server that takes many calls at once is given them, and the verdict is that of one by one."""

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

import ladder
from benchmarks.slow_server import SlowServer
from ladder.decision import Decision
from ladder.gate.recompute import check_recomputed, recompute
from ladder.gate.strict_run import load_decision, load_run_task
from ladder.models.base import Request
from ladder.report import load_evidence, to_markdown
from ladder.runs import RunFolder
from ladder.runs.plan_and_use import read_plan
from ladder.testing.task_files import answer_right, answer_wrong, triples, write_task

pytestmark = pytest.mark.slow


def lot(request: Request, share: float) -> bool:
    """Return whether a request is among a share of all, by its text."""
    text = "\n".join(message.content for message in request.messages)
    return zlib.crc32(text.encode()) % 1000 < 1000 * share


def answer(request: Request, share: float) -> str:
    if not any(letter.isdigit() for letter in request.messages[-1].content):
        return "yes"  # a question that shows what the server honours
    return (answer_right if lot(request, share) else answer_wrong)(request)


def hopeless(request: Request) -> str:
    return answer(request, 0.3)


def better_with_examples(request: Request) -> str:
    return answer(request, 0.95 if len(request.messages) > 2 else 0.4)


def run(folder: Path, server: SlowServer, slots: int) -> Decision:
    task = write_task(
        folder,
        {"id": "m", "base_url": server.url, "concurrency": slots},
        pool=triples(40, start=5000),
        levers={"few_shot": {"pool": "pool.jsonl", "shots": [1, 2, 4], "methods": ["random"]}},
    )
    spec = json.loads(task.read_text())
    spec["prices"] = {"per_million_tokens": {"m": {"prompt": 1.0, "answer": 1.0}}}
    spec["levers"]["prompt"] = {"prompts": [{"user": f"{at}: {{{{ input }}}}"} for at in range(5)]}
    task.write_text(json.dumps(spec))
    planned = ladder.plan_run(task, runs_folder=folder / "runs", measure=True)
    assert planned.money_expected == pytest.approx(planned.tokens_expected / 1e6, rel=0.01)
    decision = ladder.run(task, runs_folder=folder / "runs")
    made = sum(server.n_answered.values())
    assert made / 1.5 <= planned.by_verdict[decision.verdict].calls <= made * 1.5
    assert planned.low.calls <= made <= planned.high.calls < planned.calls_at_most
    found_in = ladder.run_folder_of(task, folder / "runs")
    cost = read_plan(RunFolder(found_in))
    assert cost is not None
    foreseen, used = cost.foreseen_for_verdict, cost.used
    assert used is not None
    assert foreseen == planned.by_verdict[decision.verdict]
    assert made / 1.1 <= used.calls <= made
    assert sum(each.calls for each in cost.by_lever.values()) == used.calls
    # How long prompts are depends on which lever helps, and that nobody knows before.
    assert planned.low.tokens <= used.tokens <= planned.high.tokens
    assert used.money == pytest.approx(used.tokens / 1e6, rel=0.05)
    assert f"| {foreseen.calls:,} | {used.calls:,} |" in to_markdown(load_evidence(found_in))
    check_recomputed(
        recompute(found_in, load_run_task(found_in, load_decision(found_in))), decision, found_in
    )
    return decision


@pytest.mark.parametrize("model", [hopeless, better_with_examples], ids=["all below", "a lever"])
def test_sixty_four_slots_give_the_verdict_of_one_with_hardly_a_call_more(
    tmp_path: Path, model: Callable[[Request], str]
) -> None:
    calls, decisions = [], []
    for slots in (1, 64):
        with SlowServer(model, seconds=0.05 if slots > 1 else 0.0) as server:
            decisions.append(run(tmp_path / str(slots), server, slots))
        calls.append(sum(server.n_answered.values()))

    one_by_one, together = decisions
    assert together.verdict == one_by_one.verdict != "inconclusive"
    assert together.ledger == one_by_one.ledger
    assert calls[0] <= calls[1] <= 1.05 * calls[0]
    assert server.busiest > 32  # one by one it is a handful; a busy machine sends more slowly
    assert server.rounds <= calls[1] / 8
