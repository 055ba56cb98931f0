"""Whole runs with a target for a class, and what the gate makes of them."""

import json
import random
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.cli import main
from ladder.decision import Decision
from ladder.gate import write_keys
from ladder.gate.recompute import check_recomputed, recompute
from ladder.gate.strict_run import load_decision, load_run_task
from ladder.measure.checks.classes import check_classes
from ladder.measure.task_data import load_task_data
from ladder.models.base import Request
from ladder.report import load_evidence, to_html, to_json, to_markdown, to_terminal
from ladder.runs.samples import SampleRow
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.load_task import load_task
from ladder.testing import write_task
from tests.gate.conftest import Case

REFUND = "charged"
METRIC = {"name": "choice", "labels": {"refund": ["money back"], "shipping": None}}
AT_LEAST = {**METRIC, "at_least": {"refund": 0.8}}


def tickets(n: int, share: float, start: int = 0) -> list[dict[str, str]]:
    """Return tickets of which few are about refunds; some targets are written as the synonym."""
    rng = random.Random(start)  # noqa: S311 - synthetic data, not a secret
    rows = []
    for at in range(start, start + n):
        is_refund = rng.random() < share
        target = ("money back" if at % 2 else "refund") if is_refund else "shipping"
        words = ["".join(rng.choices("abdeiklmnoprstu", k=6)) for _ in range(6)]
        text = f"ticket {at} {' '.join(words)} {REFUND if is_refund else 'parcel'}"
        rows.append({"input": text, "target": target})
    return rows


def mostly_shipping(request: Request) -> str:
    """Answer the common class to nearly everything: right for more than four tickets in five."""
    text = request.messages[-1].content
    number = int(re.findall(r"ticket (\d+)", text)[-1])
    if REFUND in text:
        return "refund" if number % 5 == 0 else "shipping"
    return "shipping" if number % 50 else "It is unclear."


def with_examples(request: Request) -> str:
    """Answer right in the synonym's words where worked examples stand in the prompt."""
    is_shown = len(request.messages) >= 5 and REFUND in request.messages[-1].content
    return "They want their money back." if is_shown else mostly_shipping(request)


def run(
    folder: Path, model: Callable[[Request], str], metric: dict[str, Any], n: int = 220
) -> Path:
    """Run a task whose target over all is .6; return the run's folder."""
    task = write_task(
        folder, model, rows=tickets(n, 0.2), pool=tickets(40, 0.5, 2000), metric=metric,
        prompt="Which queue? refund or shipping.\n{{ input }}", name="queues", target=0.6,
    )  # fmt: skip
    ladder.run(task, runs_folder=folder / "runs")
    (found,) = (folder / "runs").glob("*/decision.json")
    return found.parent


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a run of each kind."""
    root = tmp_path_factory.mktemp("classes")
    return {
        "fooled": run(root / "fooled", mostly_shipping, METRIC),
        "missed": run(root / "missed", mostly_shipping, AT_LEAST),
        "mended": run(root / "mended", with_examples, AT_LEAST),
        "few": run(root / "few", with_examples, {**METRIC, "at_least": {"refund": 0.95}}, n=60),
    }


def decision_of(folder: Path) -> Decision:
    return Decision.load(folder / "decision.json")


@pytest.mark.slow
def test_who_always_names_the_common_class_is_good_until_the_rare_one_has_a_target(
    runs: dict[str, Path],
) -> None:
    fooled, missed, mended, few = map(decision_of, runs.values())

    assert (fooled.verdict, missed.verdict) == ("already_good", "fine_tune")
    assert "reaches .60 and the target of refund (.80)" in missed.sentence
    assert re.search(r"It falls short for refund: \.\d+ of \.80 asked\.", missed.sentence)
    assert (mended.verdict, mended.sentence) == (
        "use_lever",
        "Do not fine-tune. Worked examples reach the target, also that of refund (.80).",
    )
    assert few.verdict == "inconclusive"
    assert few.confirmation is None
    assert re.search(r"[\d,]+ more examples would decide with probability \.\d+", few.sentence)


@pytest.mark.slow
def test_reports_show_each_class_and_what_it_is_taken_for(runs: dict[str, Path]) -> None:
    evidence = load_evidence(runs["mended"])
    rows = {row["candidate"]: row for row in json.loads(to_json(evidence))["by_class"]}
    page, text = to_html(evidence), to_markdown(evidence)
    plain = re.sub(r"\s+", " ", str(to_terminal(evidence, is_whole=True)) + text)

    assert set(rows) == {"baseline", "best"}
    assert rows["baseline"]["columns"] == ["shipping", "refund", "no label read", "cut or lost"]
    shipping, refund = rows["baseline"]["cells"]
    assert (shipping[1], shipping[3], refund[2]) == (0, 0, 0)
    assert shipping[2] >= 1  # "It is unclear." is no other class
    before, after = (rows[name]["classes"][1] for name in ("baseline", "best"))
    assert (before["label"], before["asked"]) == ("refund", 0.8)
    assert before["recall"]["score"] < 0.5
    assert after["recall"]["score"] == 1.0
    assert before["f1"]["interval"] == "bootstrap, no claim"
    assert rows["baseline"]["macro_f1"]["score"] < 0.8 < rows["best"]["macro_f1"]["score"]
    for shown in (page, text):
        assert "By class: baseline" in shown
        assert "no label read" in shown
    assert "of refund" in plain
    samples = [SampleRow.from_line(line) for line in
               (runs["few"] / "samples.jsonl").read_text().splitlines()]  # fmt: skip
    assert all(not each.answers for each in samples if each.part == "confirmation")
    assert {each.label for each in samples} == {"refund", "shipping"}


@pytest.mark.slow
def test_a_class_that_no_target_names_is_refused_before_the_first_call(tmp_path: Path) -> None:
    def ask(_: Request) -> str:
        raise AssertionError("a model was asked")

    metric = {
        "name": "choice",
        "labels": ["refund", "shipping", "fraud"],
        "at_least": {"fraud": 0.9},
    }
    task = write_task(tmp_path, ask, rows=tickets(60, 0.5), metric=metric, prompt="{{ input }}")

    with pytest.raises(ladder.LadderError, match="at_least names fraud"):
        ladder.run(task, runs_folder=tmp_path / "runs")


@pytest.mark.parametrize(
    ("n_refunds", "share", "margin", "told"),
    [(12, 0.9, 0.0, "D44"), (80, 0.9, 0.0, ""), (40, 1.0, 0.0, "D44"), (80, 1.0, 0.1, "")],
)
def test_a_class_that_is_too_small_to_show_anything_is_named_before_the_run(
    tmp_path: Path, n_refunds: int, share: float, margin: float, told: str
) -> None:
    rows = tickets(n_refunds, 1.0) + tickets(120, 0.0, 1000)
    task = write_task(
        tmp_path, "scripted:none", rows=rows, prompt="{{ input }}", margin=margin,
        metric={**METRIC, "at_least": {"refund": share}},
    )  # fmt: skip

    found = check_classes(load_task_data(load_task(task)))

    assert "".join(each.code[:3] for each in found) == told


def test_a_margin_as_large_as_the_target_of_a_class_is_refused(tmp_path: Path) -> None:
    metric = {**METRIC, "at_least": {"refund": 0.1}}
    task = write_task(tmp_path, "scripted:none", rows=tickets(9, 0.5), metric=metric, margin=0.1)

    with pytest.raises(ladder.LadderError, match=r"not below the target .* of refund"):
        load_task(task)


FORGED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "the class is left out": (lambda it: it.pop("at_least"), "which has no target"),
    "its target is lowered": (
        lambda it: it["at_least"].update(refund=0.01), "reaches the target 0.01"),
    "the score is said to be of all": (
        lambda it: it["confirmation"].pop("label") and it["confirmation"].update(score=0.85, at_most=0.9),
        "reaches the target 0.6"),
    "a class is said to be reached": (
        lambda it: it["confirmation"].update(
            classes=[{"label": "refund", "score": 0.9, "n": 9, "at_least": 0.8, "at_most": 1.0}]),
        "shown to reach"),
}  # fmt: skip


def _forge(edit: Callable[[dict[str, Any]], object], statement: dict[str, Any]) -> None:
    edit(statement["predicate"])


@pytest.mark.slow
def test_the_gate_rechecks_the_targets_of_classes(
    runs: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(runs["missed"].parents[1])
    folder = runs["missed"]
    write_keys(Path("ci.key"))
    case = Case(tmp_path, folder, capsys)
    accepts = {"levers": {name: {"not_applicable": "any"} for name in LEVER_NAMES}}
    open_all = {**accepts, "least_levers": 1, "least_configurations": 2}
    case.write_policy(**open_all)
    case.write_record()

    assert case.gate() == 0, case.out
    assert main(["record", "show", str(folder)]) == 0
    assert "class      refund: target 0.8" in capsys.readouterr().out
    decision = load_decision(folder)
    found = recompute(folder, load_run_task(folder, decision))
    check_recomputed(found, decision, folder)
    assert found.decision.ledger.classes == decision.ledger.classes

    case.write_policy(**open_all, target={"at_most": 0.79})
    assert case.gate() == 5
    case.write_policy(**open_all, target={"at_least": 0.1, "at_most": 0.8})
    assert case.gate() == 0, case.out
    record = case.record.read_text()
    (folder / "decision.json").rename(folder / "kept.json")
    for edit, told in FORGED.values():
        case.record.write_text(record)
        case.resign(partial(_forge, edit))
        assert case.gate() == 5
        assert told in case.out
    (folder / "kept.json").rename(folder / "decision.json")


@pytest.mark.slow
def test_a_class_that_a_model_words_in_its_own_way_is_not_said_to_be_missed(tmp_path: Path) -> None:
    def own_words(request: Request) -> str:
        is_refund = REFUND in request.messages[-1].content
        return "reimbursement" if is_refund else mostly_shipping(request)

    found = run(tmp_path, own_words, AT_LEAST)

    decision = decision_of(found)
    assert decision.verdict == "inconclusive"
    assert "the score of refund could be as high as 1.00 (read: 0.00)" in decision.ledger.reason
    assert "or without one of metric.labels" in decision.ledger.reason
    named = run(tmp_path / "named", own_words,
                {**AT_LEAST, "labels": {"refund": ["money back", "reimbursement"], "shipping": []}})  # fmt: skip
    assert decision_of(named).verdict == "already_good"
