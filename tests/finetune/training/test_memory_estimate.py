"""The memory of a training is estimated from the files, before a weight is loaded."""

from pathlib import Path

import pytest

from ladder.finetune.training.encode_rows import EncodedRow
from ladder.finetune.training.memory_estimate import MemoryEstimate, check_memory, estimate_memory
from ladder.spec.training import Training
from tests.finetune.conftest import MakePermit, MakeTask

ROWS = [EncodedRow("1", tuple(range(100)), (0,) * 100, 90)]


def _room(free: float | None) -> MemoryEstimate:
    return MemoryEstimate(1.0, 0.5, 2.0, measuring=3.0, free=free, device="cpu")


@pytest.mark.parametrize(("free", "blocks"), [(4.0, True), (6.0, False), (None, False)])
def test_too_little_memory_blocks_before_loading(free: float | None, blocks: bool) -> None:  # noqa: FBT001
    findings = check_memory(_room(free))

    assert [finding.code[:3] for finding in findings] == (["M01"] if blocks else [])


def test_the_larger_of_training_and_measuring_counts() -> None:
    assert _room(None).total == pytest.approx(3.5 + 1.2)


def test_a_quantised_base_and_a_smaller_batch_take_less(
    make_task: MakeTask, make_permit: MakePermit, tiny_model: Path
) -> None:
    permit = make_permit(make_task())

    plain = estimate_memory(permit, tiny_model, Training(path="x", method="lora"), ROWS)
    quantised = estimate_memory(permit, tiny_model, Training(path="x", method="qlora"), ROWS)
    small = estimate_memory(permit, tiny_model, Training(path="x", batch_size=2), ROWS)

    assert quantised.weights < plain.weights
    assert small.activations == pytest.approx(quantised.activations / 4)
    assert plain.free is None or plain.free > 0
