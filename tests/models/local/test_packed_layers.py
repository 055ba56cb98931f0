"""Weights that are laid out for the processor give the answers that they gave before."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    GemmaConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    MixtralConfig,
    Phi3Config,
    Qwen2Config,
)

from ladder.models import Message, Request
from ladder.models.local import packed_layers
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.local.packed_layers import PackedLinear, pack_layers
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from tests.models.local.small_configs import SMALL

FEW = {**SMALL, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
MODELS = {
    "llama": LlamaConfig(**FEW, tie_word_embeddings=False),
    "llama-tied": LlamaConfig(**FEW, tie_word_embeddings=True),
    "qwen2": Qwen2Config(**FEW),
    "gemma": GemmaConfig(**FEW),
    "mistral-sliding": MistralConfig(**FEW, sliding_window=8),
    "mixtral": MixtralConfig(**FEW, num_local_experts=4),
    "phi3": Phi3Config(**FEW),
    "gpt-neox": GPTNeoXConfig(
        **{name: size for name, size in SMALL.items() if name != "num_key_value_heads"}
    ),
    "gpt2": GPT2Config(vocab_size=97, n_embd=32, n_layer=2, n_head=4, n_positions=256),
}
IDS = torch.tensor([[5, 9, 2, 7, 1, 30], [8, 0, 4, 8, 6, 41], [1, 3, 3, 2, 1, 52]])


def pair(name: str, dtype: torch.dtype = torch.float32) -> tuple[Any, Any]:
    """Return a model as it was, and the same with its layers laid out."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(MODELS[name]).eval().to(dtype)
    packed = copy.deepcopy(model)
    pack_layers(packed)
    return model, packed


def packed_in(model: Any) -> list[str]:
    return [name for name, layer in model.named_modules() if isinstance(layer, PackedLinear)]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_answers_as_before(name: str) -> None:
    model, packed = pair(name)

    assert packed_in(packed)
    options = {"do_sample": False, "max_new_tokens": 20, "eos_token_id": None, "pad_token_id": 0}
    mask = torch.ones_like(IDS)
    with torch.inference_mode():
        before, after = model(IDS).logits, packed(IDS).logits
        told = [each.generate(IDS, attention_mask=mask, **options) for each in (model, packed)]
    torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-4)
    assert torch.equal(*told)


def test_a_weight_can_be_read_as_it_was() -> None:
    model, packed = pair("llama", torch.bfloat16)

    before = model.model.layers[0].mlp.up_proj.weight
    after = packed.model.layers[0].mlp.up_proj.weight

    assert torch.equal(before, after)
    assert after.dtype == torch.bfloat16


def test_an_embedding_that_is_the_last_layer_too_is_copied_only_where_memory_is_plenty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, plenty = pair("llama-tied")
    monkeypatch.setattr(packed_layers, "free_gib", lambda _: 0.0)
    _, little = pair("llama-tied")

    assert "lm_head" in packed_in(plenty)
    assert "lm_head" not in packed_in(little)
    assert little.lm_head.weight is little.model.embed_tokens.weight
    assert plenty.model.embed_tokens.weight.shape == (97, 32)


def test_what_onednn_does_not_multiply_here_stays_as_it_is() -> None:
    _, half = pair("llama", torch.float16)

    assert not packed_in(half)


def test_no_rows_give_no_rows() -> None:
    _, packed = pair("llama")

    assert packed.lm_head(torch.zeros(0, 32)).shape == (0, 97)


def test_weights_are_laid_out_with_the_first_answer(tiny: Path) -> None:
    generator = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))
    before = packed_in(generator.model)
    request = Request((Message("user", "a"),), ChatSetup(), Decoding(max_new_tokens=2))

    list(generator.generate([request]))

    on_a_processor = generator.model.device.type == "cpu"
    assert not before
    assert bool(packed_in(generator.model)) == on_a_processor
