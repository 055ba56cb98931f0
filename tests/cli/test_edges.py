"""Values at the edge of what is legal end in words, never in a traceback."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ladder.models.base import Request
from ladder.testing.task_files import number_in
from tests.cli.conftest import Command, WriteSpec, right, wrong


def half_right(request: Request) -> str:
    """Answer every second question right."""
    return right(request) if number_in(request) % 2 else "no idea"


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["exact_match", "f1"])
@pytest.mark.parametrize("answer", [right, half_right, wrong])
@pytest.mark.parametrize("target", [1, 0.9999999, 1e-300, 5e-324])
def test_a_target_at_the_edge_goes_through_check_plan_run_and_report(
    command: Command,
    write_spec: WriteSpec,
    answer: Callable[[Request], str],
    target: float,
    metric: str,
) -> None:
    spec = write_spec(answer, n=60, target=target, metric=metric)

    checked, planned = command("check", spec), command("plan", spec, "--gap", "0.1")
    ran = command("run", spec, "--json")
    decision = json.loads(ran.out)
    (folder,) = Path("runs").glob("triples-*")
    reports = [command("report", folder, "--format", form) for form in ("md", "html", "txt")]

    assert (checked.code, planned.code) == (0, 0)
    assert ran.code == (3 if decision["verdict"] == "inconclusive" else 0)
    assert [each.code for each in reports] == [0, 0, 0]
    assert not (decision["verdict"] == "fine_tune" and answer is right)
    assert not (decision["verdict"] == "already_good" and answer is wrong)


@pytest.mark.slow
def test_a_target_of_one_is_said_to_be_out_of_proof_wherever_it_is_met(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right, target=1)

    checked, planned, ran = command("check", spec), command("plan", spec), command("run", spec)

    assert "D13" in checked.out
    assert "never be confirmed" in planned.out
    assert "a target of 1 can never be confirmed" in " ".join(ran.out.split())
    assert ran.code == 3


def test_a_margin_makes_a_target_of_one_confirmable(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right, target=1, margin=0.1)

    checked, ran = command("check", spec), command("run", spec, "--json")

    assert "D13" not in checked.out
    assert json.loads(ran.out)["verdict"] == "already_good"


@pytest.mark.parametrize(
    "metric", ["exact_mach", {"name": "exact_match", "reading": "pattern", "pattern": "("}]
)
def test_a_plan_refuses_the_metric_that_a_check_refuses(
    command: Command, write_spec: WriteSpec, metric: object
) -> None:
    spec = write_spec(right, metric=metric)

    assert command("plan", spec).code == command("check", spec).code == 2


def test_status_of_a_damaged_ledger_says_so_and_the_rest(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)
    command("run", spec)
    Path("eval.jsonl.looks.json").write_text("{")

    ended = command("status", spec)

    assert ended.code == 0
    assert "already_good" in ended.out
    assert "not known here" in ended.out


def test_a_metric_that_cannot_take_answer_and_targets_is_refused_by_check(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right, metric="os:system")

    ended = command("check", spec, "--allow-code")

    assert ended.code == 2
    assert "answer and its list of targets" in ended.err


def test_a_struct_as_target_is_named_with_its_line(command: Command, write_spec: WriteSpec) -> None:
    spec = write_spec(right)
    Path("eval.jsonl").write_text('{"input": "1", "target": {"text": "3"}}\n')

    ended = command("check", spec)

    assert "eval.jsonl:1" in ended.err
    assert "target.text" in ended.err


def test_columns_are_listed_once(command: Command, write_spec: WriteSpec) -> None:
    ended = command("plan", write_spec(right, prompt="{{ inptu }}"))

    assert "input, input" not in ended.err + ended.out


@pytest.mark.slow
@pytest.mark.parametrize(("size", "told_of"), [(20, 1), (2, 0)])
def test_a_cluster_that_costs_power_is_named_by_check_and_plan(
    command: Command, write_spec: WriteSpec, size: int, told_of: int
) -> None:
    spec = write_spec(right, data={"path": "eval.jsonl", "cluster": "who"})
    rows = [
        {"input": str(n), "target": str(3 * n), "who": "one" if n < size else f"w{n}"}
        for n in range(400)
    ]
    Path("eval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    checked, planned = command("check", spec), command("plan", spec)

    for told in (checked.out, planned.out):
        assert " ".join(told.split()).count("'one' has 20 of 400 rows") == told_of
    assert checked.out.count("D14") == told_of
