"""A task of Python values: rows, functions and keywords in place of a spec."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.errors import LadderError
from ladder.function_digest import function_digest
from ladder.levers import Decoding
from ladder.models.base import Request
from ladder.testing import Scripted

ROWS = [{"input": f"{at} + {at % 7}", "target": str(at + at % 7)} for at in range(120)]


def added(text: str) -> str:
    first, _, second = text.rpartition("Sum: ")[2].partition(" + ")
    return str(int(first) + int(second))


def from_prompt(prompt: str) -> str:
    return added(prompt)


def from_messages(messages: list[dict[str, str]]) -> str:
    return added(messages[-1]["content"])


def from_request(request: Request) -> str:
    return added(request.messages[-1].content)


class Answers:
    """An object that can be called, as clients and chains are."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, prompt: str) -> str:
        return added(prompt)


def half(answer: str, targets: list[str], share: float = 0.5) -> float:
    return 1.0 if answer in targets else share


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        from_prompt,
        from_messages,
        from_request,
        Answers("a"),
        functools.partial(lambda end, prompt: added(prompt) + end, ""),
        Scripted(from_request, name="a-generator"),
    ],
    ids=["prompt", "messages", "request", "object", "partial", "generator"],
)
def test_whatever_answers_can_be_the_model(model: Any, tmp_path: Path) -> None:
    decision = ladder.run(
        data=ROWS,
        prompt="Sum: {{ input }}",
        model=model,
        metric=half,
        target=0.85,
        runs_folder=tmp_path,
    )

    assert decision.verdict == "already_good"
    lines = str(decision).splitlines()
    assert lines[0].startswith("already_good: ")
    assert 6 <= len(lines) <= 10
    assert any(line.startswith("confirmed: 1.00") for line in lines)


@pytest.mark.slow
def test_what_was_answered_is_not_asked_again_until_the_function_changes(tmp_path: Path) -> None:
    asked: list[str] = []

    def model(prompt: str) -> str:
        asked.append(prompt)
        return added(prompt)

    def run(metric: Callable[..., float]) -> ladder.Decision:
        task = {"data": ROWS, "prompt": "Sum: {{ input }}", "model": model, "target": 0.85}
        return ladder.run({**task, "metric": metric}, runs_folder=tmp_path)

    run(half)
    once = len(asked)
    run(half)
    assert len(asked) == once

    assert function_digest(half) != function_digest(functools.partial(half, share=0.4))
    assert function_digest(Answers("a")) != function_digest(Answers("b"))


def wrong(text: str) -> str:
    return text.rpartition(" ")[2]


DECLARED = {
    name: {"not_applicable": "not here"} for name in ("template", "model", "rag", "few_shot")
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "levers", "given", "status"),
    [
        (wrong, None, {}, "untested"),
        (
            lambda messages: wrong(messages[-1]["content"]),
            None,
            {"grid": {"temperature": [0.5]}},
            "untested",
        ),
        (wrong, [Decoding()], {}, "untested"),
        (wrong, None, {"not_applicable": "no setting is ours"}, "not_applicable"),
        (lambda request: wrong(request.messages[-1].content), None, {}, "no_gain"),
    ],
    ids=["prompt", "messages", "levers of the caller", "declared", "request"],
)
def test_settings_count_as_tried_only_where_the_function_is_told_of_them(
    model: Any, levers: Any, given: dict[str, Any], status: str, tmp_path: Path
) -> None:
    prompt = {"prompts": ["Think. {{ input }}"]}
    task = {
        "data": ROWS * 3,
        "prompt": "Sum: {{ input }}",
        "model": model,
        "target": 0.9,
        "levers": {**DECLARED, "prompt": prompt, "decoding": given},
    }

    decision = ladder.run(task, levers=levers, runs_folder=tmp_path)

    (attempt,) = [each for each in decision.attempts if each.lever == "decoding"]
    assert attempt.status == status
    assert ("write def model(request)" in attempt.reason) == (status == "untested")
    if levers is None:
        assert (decision.verdict == "fine_tune") == (status != "untested")
        found = [each for each in ladder.check_task(task) if each.code.startswith("W01")]
        assert [("def model(request) or" in each.next_step) for each in found] == (
            [True] if status == "untested" else []
        )


PRIVATE = "Ada Lovelace, 12 St James's Square, London, born 10 December 1815, card 4111 1111"


@pytest.mark.parametrize(
    ("fields", "problem", "step"),
    [
        ({"promt": "x"}, "promt is not a known key", "prompt?"),
        ({"data": 3}, "data: int is no table", "DataFrame"),
        ({"data": []}, "no rows", "one row"),
        ({"model": lambda: "x"}, "not one argument", "def model(prompt"),
        ({"model": lambda prompt: len(prompt) + 1}, "gave int", "Return the text"),
        ({"model": lambda prompt: prompt[999]}, "raised IndexError", "Correct it"),
        ({"model": object()}, "model", "text"),
        (
            {"metric": lambda answer: len(answer) + 1},
            "takes (answer)",
            "def metric(answer, targets)",
        ),
        (
            {"metric": lambda answer, targets: 7 + len(answer + targets[0])},
            "gave ",
            "def metric(answer, row)",
        ),
        ({"target": "80%"}, "'80%' is not a number", "0.8"),
        ({"data": [{"input": PRIVATE, "target": ""}]}, "empty", "Fill"),
        ({"data": [{"text": PRIVATE, "target": "a"}] * 9}, "no column 'input'", '"input": "text"'),
        (
            {"data": {"path": [{"ticket": PRIVATE, "input": "a"}] * 9, "input": "ticket"}},
            "row 1 of the table in memory has no column 'target'",
            'data={"path": rows, "target": "input"}',
        ),
        ({"data": [{"input": {"a": PRIVATE}, "target": "a"}]}, "not text", "data.input"),
    ],
)
def test_a_slip_in_a_call_is_named_without_private_data(
    fields: dict[str, Any], problem: str, step: str, tmp_path: Path
) -> None:
    given = {"data": ROWS, "prompt": "Sum: {{ input }}", "model": from_prompt, "target": 0.85}

    with pytest.raises(LadderError) as raised:
        ladder.run(runs_folder=tmp_path, **{**given, **fields})

    assert problem in str(raised.value)
    assert step in raised.value.next_step
    assert PRIVATE[:61] not in f"{raised.value} {raised.value.next_step}"


def equal(answer: str, target: object) -> bool:
    return answer == target


def stripped(answer: str, reference: Any) -> float:
    return float(answer.strip() == reference)


@pytest.mark.parametrize("metric", [equal, stripped])
def test_a_metric_that_compares_with_the_list_of_targets_is_told_what_it_was_given(
    metric: Callable[..., Any],
) -> None:
    task = {"data": ROWS, "prompt": "Sum: {{ input }}", "model": from_prompt, "target": 0.85}

    found = {each.code: each for each in ladder.check_task({**task, "metric": metric})}
    good = {each.code for each in ladder.check_task({**task, "metric": half})}

    assert "gives 0 to all 8 targets" in found["W17 metric-refuses-targets"].problem
    assert "called as metric('0', ['0'])" in found["W17 metric-refuses-targets"].next_step
    assert "W17 metric-refuses-targets" not in good


@pytest.mark.slow
def test_a_constant_answer_that_reaches_the_target_is_told_and_the_folder_named(
    tmp_path: Path,
) -> None:
    rows = [{"input": f"row {at}", "target": "a" if at % 9 else "b"} for at in range(90)]

    decision = ladder.run(
        data=rows,
        prompt="{{ input }}",
        model=lambda prompt: f"{prompt:.0}a",
        target=0.7,
        runs_folder=tmp_path / "my runs",
    )

    found = [each for each in decision.checks if each.code.startswith("Q17")]
    assert decision.verdict == "already_good"
    assert "The baseline gives 'a' as" in found[0].problem
    assert f"`ladder answer '{tmp_path}/my runs/task-" in str(decision).splitlines()[-1]


def test_a_metric_sees_the_row_under_its_plain_name(tmp_path: Path) -> None:
    def by_row(answer: str, row: Any) -> float:
        return float(answer == row.targets[0] and row["input"].startswith(answer[:0]))

    decision = ladder.run(
        data=ROWS, prompt="Sum: {{ input }}", model=from_prompt, metric=by_row, target=0.8,
        runs_folder=tmp_path,
    )  # fmt: skip

    assert decision.verdict == "already_good"
