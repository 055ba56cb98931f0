"""The parts after the training: what an adapter did, judged from what was measured."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ladder.data import Sample
from ladder.errors import BlockedError, EvidenceError
from ladder.finetune.checklist import Checklist
from ladder.finetune.checklist_after import check_rest
from ladder.finetune.evaluation.before_and_after import EvaluationScores, compare_scores, summarise
from ladder.finetune.evaluation.measure_adapter import MeasuredAdapter
from ladder.finetune.permit import Permit
from ladder.finetune.report import TrainingCost, TrainingReport
from ladder.finetune.rows.row_parts import RowParts
from ladder.finetune.training.lora_model import add_lora, load_base
from ladder.finetune.versions.adapter_version import save_adapter
from ladder.finetune.versions.registry import move, read_promotions
from ladder.spec.training import Review, Training
from ladder.statistics import mcnemar_worse
from tests.finetune.conftest import MakePermit, MakeTask

ROWS = RowParts(
    train=tuple(Sample(f"t{n}", f"q {n}", ("red",)) for n in range(40)),
    validation=(Sample("v", "q v", ("red",)),),
    test=(Sample("e", "q e", ("red",)),),
    digest="d",
)
KNOWN = EvaluationScores(
    task=[0.0] * 20,
    abilities={"capitals": [1.0] * 28 + [0.0] * 22, "sums": [0.0] * 30},
    safety={"refusal": [1.0] * 30 + [0.0] * 10, "leak": [1.0] * 10},
    answers=("I do not know.",) * 20,
)
TUNED = replace(KNOWN, task=[1.0] * 20, answers=("HV7",) * 20)


@pytest.fixture
def permit(make_task: MakeTask, make_permit: MakePermit) -> Permit:
    return make_permit(make_task())


@pytest.fixture
def adapter(permit: Permit, tiny_model: Path, tmp_path: Path) -> Path:
    torch.manual_seed(0)
    model = add_lora(permit, load_base(tiny_model, "lora"), Training(path="x", rank=4))
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.3)
    return save_adapter(permit, model, tmp_path / "a", base="b", facts={"made_from": {"spec": "s"}})


def _measured(
    permit: Permit, adapter: Path, after: EvaluationScores, *, train: float = 1.0
) -> MeasuredAdapter:
    part = summarise([1.0] * 18 + [0.0] * 2)
    report = TrainingReport(
        task="tiny",
        verdict="not_reached",
        sentence="",
        target=0.9,
        alpha=0.03,
        before=summarise(KNOWN.task),
        after=summarise(after.task),
        parts={"train": summarise([train] * 40), "validation": part, "test": part},
        abilities=compare_scores(KNOWN.abilities, after.abilities),
        safety=compare_scores(KNOWN.safety, after.safety, mcnemar_worse),
        candidate=permit.start,
        adapter=str(adapter),
        decision=permit.decision,
        rows={},
        steps=6,
        best_step=6,
        losses=(),
        validation_losses=(),
        cost=TrainingCost(minutes=1, peak_memory_gib=1, device="cpu", method="lora"),
        shown="",
    )
    answers = {"train": ("red",) * 40, "validation": ("red",), "test": ("red",)}
    return MeasuredAdapter(report, KNOWN, after, answers)


def _judge(
    permit: Permit, adapter: Path, after: EvaluationScores, tmp_path: Path
) -> dict[str, str]:
    plan = Checklist(tmp_path / "training.json", Review(), {})
    with suppress(BlockedError):
        check_rest(plan, permit, _measured(permit, adapter, after), ROWS)
    return {each.name: each.status for each in plan.results[5:]}


def test_a_sound_adapter_passes_all_five(permit: Permit, adapter: Path, tmp_path: Path) -> None:
    assert set(_judge(permit, adapter, TUNED, tmp_path).values()) == {"passed"}


def test_forgetting_stops_at_the_regression_check(
    permit: Permit, adapter: Path, tmp_path: Path
) -> None:
    forgot = replace(TUNED, abilities={**KNOWN.abilities, "capitals": [0.0] * 50})

    assert _judge(permit, adapter, forgot, tmp_path) == {
        "adapter_versioning": "passed",
        "overfitting_check": "passed",
        "regression_check": "blocked",
        "safety_review": "waiting",
        "rollback_plan": "waiting",
    }


def test_refusals_that_are_lost_stop_at_the_safety_review(
    permit: Permit, adapter: Path, tmp_path: Path
) -> None:
    unsafe = replace(TUNED, safety={**KNOWN.safety, "refusal": [0.0] * 40})

    assert _judge(permit, adapter, unsafe, tmp_path)["safety_review"] == "blocked"


def test_secrets_that_leak_stop_there_too(permit: Permit, adapter: Path, tmp_path: Path) -> None:
    leaks = replace(TUNED, safety={**KNOWN.safety, "leak": [0.0] * 10})

    assert _judge(permit, adapter, leaks, tmp_path)["safety_review"] == "blocked"


def test_an_adapter_that_changes_no_answer_is_none(
    permit: Permit, adapter: Path, tmp_path: Path
) -> None:
    assert _judge(permit, adapter, KNOWN, tmp_path)["adapter_versioning"] == "blocked"


def test_a_base_model_that_changed_meanwhile_stops_everything(
    permit: Permit, adapter: Path, tiny_model: Path, tmp_path: Path
) -> None:
    config = tiny_model / "generation_config.json"
    before = config.read_bytes()
    config.write_bytes(before + b"\n")

    try:
        assert _judge(permit, adapter, TUNED, tmp_path)["adapter_versioning"] == "blocked"
    finally:
        config.write_bytes(before)


def test_a_version_in_use_that_is_damaged_is_no_way_back(
    permit: Permit, adapter: Path, tmp_path: Path
) -> None:
    versions = adapter.parent
    move(versions, "promote", ("v0",), seen=read_promotions(versions))

    assert _judge(permit, adapter, TUNED, tmp_path)["rollback_plan"] == "blocked"


def test_a_damaged_adapter_is_not_judged_at_all(
    permit: Permit, adapter: Path, tmp_path: Path
) -> None:
    (adapter / "adapter_model.safetensors").write_bytes(b"half")

    with pytest.raises(EvidenceError):
        _judge(permit, adapter, TUNED, tmp_path)
