"""Whole runs of lever 2: edits by name, one on top of another, columns in one pair of braces."""

import random
from pathlib import Path

import pytest

import ladder
from ladder.models.base import Request
from ladder.report.ladder_rows import ladder_rows
from ladder.testing.task_files import number_in, write_task

VAGUE = "Three times this?\n\n{input}"


def _text(request: Request) -> str:
    return "\n".join(message.text for message in request.messages)


def needs_two(request: Request) -> str:
    """Answer right more often with each of two edits, and nearly always with both."""
    text = _text(request)
    share = 0.3 + 0.3 * ("answer only" in text) + 0.35 * ("You are an expert" in text)
    number = number_in(request)
    is_right = random.Random(number).random() < share  # noqa: S311 - no secret
    return str(3 * number) if is_right else "no"


def test_an_edit_on_top_of_another_is_found_confirmed_and_named(tmp_path: Path) -> None:
    spec = write_task(tmp_path, needs_two, prompt=VAGUE, levers={"prompt": {}})

    decision = ladder.run(spec, runs_folder=tmp_path / "runs")

    assert decision.verdict == "use_lever"
    best = next(c for c in decision.candidates if c.configuration == decision.configuration)
    assert sorted(best.label.split(" + ")) == ["format stated", "role line"]
    first, again = (row for row in ladder_rows(decision) if row.name.startswith("prompt"))
    assert "on selection: role line (+" in first.note
    assert "format stated (+" in first.note
    assert again.name == "prompt, again"


def needs_both(request: Request) -> str:
    """Answer with a label alone only where labels stand in a list and nothing else is asked for."""
    text = _text(request)
    is_clear = "- even" in text and "labels alone" in text
    return ("odd" if number_in(request) % 2 else "even") if is_clear else "What is what?"


@pytest.mark.slow
def test_two_edits_that_help_only_together_are_found(tmp_path: Path) -> None:
    rows = [{"input": str(at), "target": "odd" if at % 2 else "even"} for at in range(100, 184)]
    metric = {"name": "choice", "labels": ["odd", "even"]}
    spec = write_task(
        tmp_path, needs_both, rows=rows, prompt="What?\n\n{input}", metric=metric,
        levers={"prompt": {}},
    )  # fmt: skip

    decision = ladder.run(spec, runs_folder=tmp_path / "runs")

    assert decision.verdict == "use_lever"
    best = next(c for c in decision.candidates if c.configuration == decision.configuration)
    assert set(best.label.split(" + ")) == {"allowed labels listed", "format stated"}


def test_the_plan_names_what_the_lever_will_try(tmp_path: Path) -> None:
    spec = write_task(
        tmp_path, needs_two, prompt=VAGUE, levers={"prompt": {"prompts": ["Thrice {input}"]}}
    )

    plan = ladder.plan_run(spec, runs_folder=tmp_path / "runs")

    assert "prompt: prompt “Thrice {input}”; format stated; role line;" in plan.describe()
