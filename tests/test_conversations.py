"""Rows of conversations go from the file to a verdict and a readable report."""

import json
from pathlib import Path
from typing import Any

import pytest

from ladder.api import check_task, run, run_folder_of
from ladder.models.base import Request
from ladder.report.write_report import write_report
from ladder.runs import RunFolder
from ladder.runs.samples import SampleRow
from ladder.testing import write_task

TOOLS = [{"type": "function", "function": {"name": "triple", "parameters": {"type": "object"}}}]


def turns(number: int) -> list[dict[str, Any]]:
    return [
        {"role": "system", "content": "Calculate, größer ist besser."},
        {"role": "user", "content": f"Good morning {number * 7}."},
        {"role": "assistant", "content": "Hello. What is your question?"},
        {"role": "user", "content": [{"type": "text", "text": f"What is three times {number}?"}]},
        {"role": "assistant", "content": str(number * 3)},
    ]


def row(number: int) -> dict[str, Any]:
    return {"messages": turns(number), "tools": TOOLS}


def answer(request: Request) -> str:
    assert json.loads(request.tools) == TOOLS
    assert request.messages[0].role == "system"
    asked = request.messages[-1]
    assert asked.given is not None
    number = int(asked.content.split()[4].rstrip("?"))
    return str(number * 3 + (len(request.messages) < 12))


@pytest.mark.slow
def test_conversations_go_to_a_verdict_and_are_readable_in_the_report(tmp_path: Path) -> None:
    task = write_task(
        tmp_path,
        answer,
        rows=map(row, range(100, 260)),
        pool=map(row, range(1000, 1020)),
        metric="numeric",
    )

    said = " ".join(each.problem for each in check_task(task) if each.code.startswith("D18"))
    decision = run(task, runs_folder=tmp_path / "runs")

    assert (
        "eval data: 160 samples from messages (OpenAI). Conversations: 160, of 5 turns; 160 with"
        in said
    )
    assert "pool: 20 samples" in said
    assert decision.verdict == "use_lever"
    folder = run_folder_of(task, tmp_path / "runs")
    kept = {each.id: each for each in map(SampleRow.from_line, _lines(folder))}
    one = next(each for each in kept.values() if each.input == "What is three times 100?")
    assert json.dumps(one.turns) == json.dumps(turns(100))
    assert list(one.tools) == TOOLS
    page, text = (
        write_report(folder, form, tmp_path / form).read_text("utf-8") for form in ("html", "md")
    )
    assert "turn 1: system" in page
    assert "Assistant: Hello. What is your question?" in text


def _lines(folder: Path) -> list[str]:
    return RunFolder(folder).samples.read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    ("metric", "target", "code"),
    [
        ("exact_match", {"city": "Ulm"}, "D23"),
        ("json_equal", {"city": "Ulm"}, None),
        ("exact_match", '{"city": "Ulm"}', None),
    ],
)
def test_an_object_as_the_target_needs_a_metric_that_reads_objects(
    tmp_path: Path, metric: str, target: object, code: str | None
) -> None:
    rows = [{"input": f"Where is number {at * 7}?", "target": target} for at in range(40)]
    rows += [{"input": f"And who is {at * 13}?", "target": {"n": at}} for at in range(40)]
    rows = rows if isinstance(target, dict) else rows[:40]
    task = write_task(tmp_path, answer, rows=rows, metric=metric)

    assert next((e.code[:3] for e in check_task(task) if e.code.startswith("D23")), None) == code


@pytest.mark.parametrize(("metric", "codes"), [("exact_match", ["D24"]), ("json_valid", [])])
def test_a_metric_that_compares_needs_targets(
    tmp_path: Path, metric: str, codes: list[str]
) -> None:
    rows = [{"input": f"Where is number {at * 7}?"} for at in range(80)]
    data = {"path": "eval.jsonl", "target": None}
    task = write_task(tmp_path, answer, rows=rows, data=data, metric=metric)

    assert [each.code[:3] for each in check_task(task) if each.code.startswith("D")] == codes
