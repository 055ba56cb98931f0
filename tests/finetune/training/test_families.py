"""Every family of models that transformers knows trains alike, or is refused before a long run."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from ladder.errors import ModelLoadError
from ladder.finetune import Permit, train
from ladder.finetune.training.encode_rows import MASKED, EncodedRow
from ladder.finetune.training.lora_model import add_lora, empty_lora_model, load_base
from ladder.finetune.training.loss import answer_loss, collate
from ladder.finetune.training.memory_estimate import estimate_memory
from ladder.models.local.check_adapter import check_adapter
from ladder.spec.candidate import ChatSetup, ModelRef
from ladder.spec.training import Training
from ladder.templates.describe import folder_context
from ladder.testing import write_tiny_model
from tests.finetune.conftest import MakePermit, MakeTask, on_device_of

USUAL = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
GATED = {**USUAL, "intermediate_size": 128, "num_key_value_heads": 2}
FAMILIES: dict[str, dict[str, Any]] = {
    "gpt2": {"n_embd": 64, "n_layer": 2, "n_head": 4},
    "gptj": {"n_embd": 64, "n_layer": 2, "n_head": 4, "rotary_dim": 8},
    "codegen": {"n_embd": 64, "n_layer": 2, "n_head": 4, "rotary_dim": 8},
    "gpt_bigcode": {"n_embd": 64, "n_layer": 2, "n_head": 4},
    "gpt_neo": {
        "hidden_size": 64,
        "num_layers": 2,
        "num_heads": 4,
        "attention_types": [[["global", "local"], 1]],
    },
    "bloom": {"hidden_size": 64, "n_layer": 2, "n_head": 4},
    "mpt": {"d_model": 64, "n_layers": 2, "n_heads": 4},
    "gpt_neox": {**USUAL, "intermediate_size": 128},
    "opt": {**USUAL, "ffn_dim": 128, "word_embed_proj_dim": 64},
    "falcon": USUAL,
    "qwen2": GATED,
    "gemma": {**GATED, "head_dim": 16},
    "gemma3_text": {**GATED, "head_dim": 16},
    "phi": {**USUAL, "intermediate_size": 128},
    "phi3": GATED,
    "stablelm": GATED,
    "mixtral": {**GATED, "num_local_experts": 2},
}
"""The smallest configuration of each family, under the names that it gives to its own sizes."""

ROWS = [
    EncodedRow("1", (5, 6, 7, 8, 9), (MASKED, MASKED, 7, 8, 9), 2),
    EncodedRow("2", (5, 6, 8), (MASKED, 6, 8), 1),
]


def write_family(folder: Path, family: str, **sizes: object) -> Path:
    """Write a tiny random model of a family, with the tokenizer of `write_tiny_model`."""
    from transformers import AutoModelForCausalLM
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    write_tiny_model(folder)
    known = json.loads((folder / "config.json").read_text("utf-8"))
    same = ("vocab_size", "bos_token_id", "eos_token_id", "pad_token_id")
    config = CONFIG_MAPPING[family](**{name: known[name] for name in same}, **sizes)
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


@pytest.fixture
def permit(make_task: MakeTask, make_permit: MakePermit) -> Permit:
    return make_permit(make_task())


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "qlora"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_takes_lora_weights_and_learns(
    family: str, method: str, permit: Permit, tmp_path: Path
) -> None:
    folder = write_family(tmp_path / "model", family, **FAMILIES[family])
    training = Training.model_validate({"path": "x", "rank": 4, "method": method})

    estimate = estimate_memory(permit, folder, training, ROWS)
    model = add_lora(permit, load_base(folder, training.method), training)
    losses = _losses(model)
    model.save_pretrained(tmp_path / "adapter")

    assert estimate.weights > 0
    assert estimate.activations > 0
    assert losses[-1] < losses[0]
    check_adapter(tmp_path / "adapter", load_base(folder, "lora"))


def test_what_is_estimated_is_what_is_trained(permit: Permit, tmp_path: Path) -> None:
    folder = write_family(tmp_path / "model", "gpt2", **FAMILIES["gpt2"])
    training = Training(path="x", rank=4)

    empty = empty_lora_model(permit, folder, training)
    real = add_lora(permit, load_base(folder, "lora"), training)

    shapes = [
        {name: tuple(each.shape) for name, each in model.named_parameters()}
        for model in (empty, real)
    ]
    assert shapes[0] == shapes[1]
    assert all(each.device.type == "meta" for each in empty.parameters())


def test_the_layers_of_gpt2_are_quantised_as_linear_layers_are(tmp_path: Path) -> None:
    folder = write_family(tmp_path / "model", "gpt2", **FAMILIES["gpt2"])
    ids = torch.tensor([[5, 6, 7, 8, 9, 10, 11, 12]])

    models = [load_base(folder, method) for method in ("lora", "qlora")]
    plain, quantised = (model(ids.to(model.device)).logits for model in models)

    assert torch.nn.functional.cosine_similarity(plain, quantised, dim=-1).min() > 0.97


@pytest.mark.parametrize(
    ("family", "name"), [("gpt2", "n_positions"), ("mpt", "max_seq_len"), ("opt", None)]
)
def test_the_context_is_known_under_each_familys_name_for_it(
    family: str, name: str | None, tmp_path: Path
) -> None:
    longest = {name or "max_position_embeddings": 96}
    folder = write_family(tmp_path / "model", family, **FAMILIES[family], **longest)

    assert folder_context(folder, ChatSetup()).context_tokens == 96


@pytest.mark.parametrize("family", ["mamba"])
def test_a_family_without_lora_is_refused_before_anything_is_loaded(
    family: str, permit: Permit, tmp_path: Path
) -> None:
    folder = write_family(tmp_path / "model", family, hidden_size=64, num_hidden_layers=2)

    with pytest.raises(ModelLoadError, match="LoRA weights cannot be put on"):
        estimate_memory(permit, folder, Training(path="x"), ROWS)


@pytest.mark.slow
def test_a_gpt2_is_trained_and_measured_from_end_to_end(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    folder = write_family(tmp_path / "gpt2", "gpt2", **FAMILIES["gpt2"])
    task = make_task(method="qlora", steps=2).replace(
        model=ModelRef(id=str(folder), dtype="float32")
    )

    report = train(make_permit(task), task, run_folder=tmp_path / "runs" / "tiny")

    assert report.steps == 2
    assert [part.status for part in report.plan[:6]] == ["passed"] * 6


def _losses(model: Any) -> list[float]:
    trained = [each for each in model.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=0.001)
    losses = []
    for _ in range(6):
        loss, _ = answer_loss(model, on_device_of(model, collate(ROWS)))
        losses.append(float(loss.detach()))
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    return losses
