"""The loop: the right loss, a falling loss, bit-equal resume, and a stop where numbers end."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from ladder.errors import DivergedError, EvidenceError, InfrastructureError
from ladder.finetune.permit import Permit
from ladder.finetune.training import loop as qlora
from ladder.finetune.training.encode_rows import MASKED, EncodedRow
from ladder.finetune.training.loop import fit
from ladder.finetune.training.lora_model import add_lora, load_base, packed_layers
from ladder.finetune.training.loss import answer_loss, collate, whole_rows
from ladder.finetune.training.training_progress import TrainingProgress, ignore
from ladder.finetune.training.training_set import TrainedModel, TrainingSet
from ladder.spec.training import Training
from tests.finetune.conftest import MakePermit, bits_of, on_device_of, task_in

pytestmark = pytest.mark.slow

ROWS = [
    EncodedRow(str(n), (1, 40 + n, 50, 60 + n, 2), (MASKED, MASKED, MASKED, 60 + n, 2), 3)
    for n in range(12)
]


@pytest.fixture(scope="module")
def permit(
    tiny_model: Path, make_permit: MakePermit, tmp_path_factory: pytest.TempPathFactory
) -> Permit:
    return make_permit(task_in(tmp_path_factory.mktemp("task"), tiny_model))


@pytest.fixture(scope="module")
def training_set(tiny_model: Path) -> TrainingSet:
    training = Training(
        path="x", method="lora", steps=12, batch_size=4, rank=4, learning_rate=0.02, warmup_steps=2
    )
    return TrainingSet(tiny_model, ROWS * 4, ROWS[:4], training, 0, {"spec": "s"})


@pytest.fixture(scope="module")
def whole_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def whole(permit: Permit, training_set: TrainingSet, whole_folder: Path) -> TrainedModel:
    """Return a training that nothing disturbed."""
    return fit(permit, training_set, whole_folder, ignore)


@pytest.fixture(scope="module")
def stopped_at_nine(
    permit: Permit, training_set: TrainingSet, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the folder of a training that was stopped after nine of its twelve steps."""
    folder = tmp_path_factory.mktemp("stopped")
    with pytest.raises(KeyboardInterrupt):
        fit(permit, training_set, folder, _stop_at(9))
    return folder


@pytest.fixture
def stopped(stopped_at_nine: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder to go on in."""
    return shutil.copytree(stopped_at_nine, tmp_path / "stopped")


def test_the_loss_is_the_mean_over_rows_of_the_mean_over_their_answers(tiny_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    long = EncodedRow("long", (1, 9, 8, 7, 6, 5, 2), (MASKED, MASKED, 8, 7, 6, 5, 2), 2)
    rows = [ROWS[0], long]

    loss, _ = answer_loss(model, collate(rows))

    alone = [
        model(input_ids=torch.tensor([r.ids]), labels=torch.tensor([r.labels])).loss.item()
        for r in rows
    ]
    assert float(loss.detach()) == pytest.approx(sum(alone) / 2, rel=1e-5)


def test_padding_is_known_by_the_mask_and_never_by_its_id() -> None:
    batch = collate([ROWS[0], EncodedRow("0", (0, 0, 2), (MASKED, 0, 2), 1)])

    assert batch["attention_mask"].tolist() == [[1] * 5, [1, 1, 1, 0, 0]]
    assert batch["position_ids"][1].tolist() == [0, 1, 2, 2, 2]
    assert batch["labels"][1].tolist() == [MASKED, 0, 2, MASKED, MASKED]


def test_cudnns_attention_is_off_while_a_model_trains_and_no_longer(
    permit: Permit, training_set: TrainingSet, tmp_path: Path
) -> None:
    short = replace(training_set, training=training_set.training.replace(steps=1))
    kernels: Any = torch.backends.cuda
    was_enabled = kernels.cudnn_sdp_enabled()
    during: list[bool] = []

    fit(permit, short, tmp_path, lambda _: during.append(kernels.cudnn_sdp_enabled()))

    assert was_enabled
    assert not any(during)
    assert during
    assert kernels.cudnn_sdp_enabled()


@pytest.mark.parametrize("method", ["lora", "qlora"])
def test_the_loss_falls_and_the_base_stays_unpacked(
    method: str, permit: Permit, training_set: TrainingSet, whole: TrainedModel, tmp_path: Path
) -> None:
    trained = whole
    if method != training_set.training.method:
        training = training_set.training.replace(method=method)
        trained = fit(permit, replace(training_set, training=training), tmp_path, ignore)

    first, last = trained.losses[0][1], trained.losses[-1][1]
    assert len(trained.losses) == 12
    assert last < first - 0.3
    assert trained.validation_losses[-1][1] < trained.validation_losses[0][1]
    assert packed_layers(trained.model) == 0


def test_an_interrupted_training_goes_on_to_the_same_bits(
    permit: Permit, training_set: TrainingSet, whole: TrainedModel, stopped: Path
) -> None:
    resumed = fit(permit, training_set, stopped, ignore)

    assert resumed.resumed_from == 8
    assert bits_of(whole.model) == bits_of(resumed.model)
    assert whole.losses == resumed.losses


def test_a_damaged_newest_checkpoint_costs_steps_and_no_bit(
    permit: Permit, training_set: TrainingSet, whole: TrainedModel, stopped: Path
) -> None:
    (stopped / "checkpoint-8" / "optimizer.pt").write_bytes(b"half")
    seen: list[TrainingProgress] = []

    resumed = fit(permit, training_set, stopped, seen.append)

    assert resumed.resumed_from == 6
    assert "optimizer.pt" in resumed.passed_over[0]
    assert "passed over: " in str(seen[0])
    assert "checkpoint-8" in str(seen[0])
    assert bits_of(whole.model) == bits_of(resumed.model)


def test_checkpoints_made_from_something_else_are_not_continued(
    permit: Permit, training_set: TrainingSet, stopped: Path
) -> None:
    with pytest.raises(EvidenceError, match="spec differ"):
        fit(permit, replace(training_set, digests={"spec": "other"}), stopped, ignore)


def test_no_checkpoint_holds_training_args_and_all_are_sealed(
    whole: TrainedModel, whole_folder: Path
) -> None:
    checkpoints = sorted(whole_folder.glob("checkpoint-*"))

    assert whole.steps == 12
    assert checkpoints
    assert all((each / "MANIFEST.json").is_file() for each in checkpoints)
    assert not list(whole_folder.rglob("training_args.bin"))


def test_the_first_number_that_is_none_stops_the_training(
    permit: Permit, training_set: TrainingSet, tiny_model: Path, tmp_path: Path
) -> None:
    poisoned = tmp_path / "poisoned"
    poisoned.mkdir()
    for file in tiny_model.iterdir():
        (poisoned / file.name).write_bytes(file.read_bytes())
    weights = load_file(poisoned / "model.safetensors")
    weights["model.norm.weight"] = weights["model.norm.weight"] * float("nan")
    save_file(weights, poisoned / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(DivergedError, match="step 1") as caught:
        fit(permit, replace(training_set, base=poisoned), tmp_path / "run", ignore)

    assert caught.value.exit_code == 4
    assert not list((tmp_path / "run").glob("checkpoint-*"))


def test_the_best_weights_by_validation_are_the_ones_kept(
    permit: Permit, training_set: TrainingSet, tmp_path: Path
) -> None:
    wrong = [
        replace(row, ids=(*row.ids[:3], 99, 2), labels=(*row.labels[:3], 99, 2)) for row in ROWS
    ]
    turning = replace(training_set, batches=[*(ROWS * 2)[:24], *(wrong * 2)[:24]])

    trained = fit(permit, turning, tmp_path, ignore)

    best = min(trained.validation_losses, key=lambda point: point[1])
    assert trained.best_step == best[0] < 12
    loss, _ = answer_loss(trained.model.eval(), on_device_of(trained.model, collate(ROWS[:4])))
    assert float(loss.detach()) == pytest.approx(best[1], rel=1e-4)


def test_untrained_lora_weights_leave_the_base_as_it_is(
    permit: Permit, training_set: TrainingSet
) -> None:
    base = load_base(training_set.base, "lora").eval()
    ids = torch.tensor([[1, 40, 50, 60]], device=base.device)
    before = base(input_ids=ids).logits

    model = add_lora(permit, base, training_set.training).eval()

    assert torch.equal(before, model(input_ids=ids).logits)


def test_the_settings_of_the_training_stand_in_its_configuration(
    whole: TrainedModel, whole_folder: Path
) -> None:
    newest = whole_folder / f"checkpoint-{whole.steps}"

    config = json.loads((newest / "adapter_config.json").read_text("utf-8"))
    assert (config["r"], config["lora_alpha"], config["lora_dropout"]) == (4, 32, 0.0)


def _stop_at(step: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def observe(progress: TrainingProgress) -> None:
        if progress.step == step:
            raise KeyboardInterrupt

    return observe


def test_memory_that_runs_out_halves_the_rows_and_keeps_the_batch(
    permit: Permit,
    training_set: TrainingSet,
    whole: TrainedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes: list[int] = []

    def tight(rows: list[EncodedRow]) -> dict[str, torch.Tensor]:
        sizes.append(len(rows))
        if len(rows) > 2:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return collate(rows)

    monkeypatch.setattr(qlora, "collate", tight)
    notes: list[TrainingProgress] = []
    tightly = fit(permit, training_set, tmp_path / "tight", notes.append)

    assert tightly.rows_at_once == 2
    assert any("2 rows at once" in str(note) for note in notes)
    assert [step for step, _ in tightly.losses] == [step for step, _ in whole.losses]
    assert [loss for _, loss in tightly.losses] == pytest.approx(
        [loss for _, loss in whole.losses], rel=1e-3
    )


def test_memory_that_does_not_suffice_for_one_row_is_said(
    permit: Permit, training_set: TrainingSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(rows: list[EncodedRow]) -> dict[str, torch.Tensor]:
        raise RuntimeError(f"CUDA out of memory, with {len(rows)} rows.")

    monkeypatch.setattr(qlora, "collate", never)

    with pytest.raises(InfrastructureError, match="Memory ran out"):
        fit(permit, training_set, tmp_path, ignore)


def test_patience_ends_a_training_that_learns_nothing_more(
    permit: Permit, training_set: TrainingSet, tmp_path: Path
) -> None:
    still = training_set.training.replace(learning_rate=1e-12, patience=1)

    trained = fit(permit, replace(training_set, training=still), tmp_path, ignore)

    assert trained.steps < 12


def test_rows_answered_whole_are_those_that_greedy_decoding_writes(tiny_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    rows = []
    for row in ROWS[:4]:
        prompt = torch.tensor([row.ids[: row.prompt_tokens]])
        written = model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=3,
            do_sample=False,
            pad_token_id=0,
        )
        ids = tuple(written[0].tolist())
        rows.append(EncodedRow(row.sample_id, ids, (MASKED,) * 3 + ids[3:], 3))
        other = (*ids[:-1], (ids[-1] + 1) % 200)
        rows.append(EncodedRow("other", other, (MASKED,) * 3 + other[3:], 3))
    batch = collate(rows)

    with torch.no_grad():
        _, outputs = answer_loss(model, batch)

    assert whole_rows(outputs, batch) == [True, False] * 4
