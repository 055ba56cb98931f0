import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from ladder.errors import LadderError, ModelLoadError, UnsafeError
from ladder.models import Answer, Message, Request
from ladder.models.local.check_adapter import check_adapter, check_adapter_files
from ladder.models.local.local_generator import LocalGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef

Tensors = dict[str, torch.Tensor]

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")


@pytest.fixture(scope="module")
def adapter(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("adapter")
    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(tiny), LoraConfig(r=4, target_modules=["q_proj"])
    )
    torch.manual_seed(0)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=2.0)
    model.save_pretrained(folder)
    return folder


def answer(tiny: Path, adapter: Path | None) -> Answer:
    generator = LocalGenerator(
        ModelRef(id=str(tiny), dtype="float32"), adapter=None if adapter is None else str(adapter)
    )
    [(_, found)] = generator.generate(
        [
            Request(
                (Message("user", "hello"),), ChatSetup(stop_tokens=()), Decoding(max_new_tokens=8)
            )
        ]
    )
    return found


def test_an_adapter_changes_the_answers_as_peft_does(tiny: Path, adapter: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    plain = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny), adapter).eval()
    found = answer(tiny, adapter)
    ids = torch.tensor([plain.tokenizer.encode(found.prompt or "")])
    output = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=8,
        do_sample=False,
        eos_token_id=None,
        pad_token_id=0,
    )

    assert found.text == plain.tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True)
    assert found.text != answer(tiny, None).text


def test_an_adapter_is_part_of_the_identity(tiny: Path, adapter: Path) -> None:
    ref = ModelRef(id=str(tiny), dtype="float32")

    with_it = LocalGenerator(ref, adapter=str(adapter))

    assert with_it.identity != LocalGenerator(ref).identity


def poison(name: str, value: float) -> Callable[[Tensors], Tensors]:
    def change(tensors: Tensors) -> Tensors:
        return {
            key: torch.full_like(each, value) if name in key else each
            for key, each in tensors.items()
        }

    return change


def drop(name: str) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {key: each for key, each in tensors.items() if name not in key}


def add(key: str, *shape: int) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {**tensors, key: torch.ones(*shape)}


def rename(old: str, new: str) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {key.replace(old, new): each for key, each in tensors.items()}


LAYER = "base_model.model.model.layers.0.self_attn.q_proj"
FAULTS: dict[str, tuple[Callable[[Tensors], Tensors], type[LadderError], str]] = {
    "nan": (poison("lora_A", float("nan")), ModelLoadError, "NaN"),
    "zeros": (poison("lora_B", 0.0), ModelLoadError, "only zeros"),
    "half": (drop("lora_A"), ModelLoadError, "lacks a lora_A"),
    "nothing": (drop("lora"), ModelLoadError, "lacks a lora_A"),
    "overwrites": (add("base_model.model.lm_head.weight", 260, 64), UnsafeError, "overwrite"),
    "norm": (add("base_model.model.model.norm.weight", 64), UnsafeError, "overwrite"),
    "prefix": (rename("base_model.model.", ""), UnsafeError, "no LoRA weight"),
    "layer": (rename("layers.0", "layers.7"), ModelLoadError, "no linear layer"),
    "shape": (add(f"{LAYER}.lora_A.weight", 4, 32), ModelLoadError, "shape"),
    "rank": (add(f"{LAYER}.lora_B.weight", 64, 5), ModelLoadError, "shape"),
}


@pytest.mark.parametrize(("change", "error", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_an_adapter_that_peft_would_load_silently_is_refused(
    tiny: Path, adapter: Path, tmp_path: Path, change: Any, error: type[LadderError], said: str
) -> None:
    folder = shutil.copytree(adapter, tmp_path / "adapter")
    file = folder / "adapter_model.safetensors"
    save_file(change(load_file(file)), file)

    with pytest.raises(error, match=said):
        answer(tiny, folder)


def test_a_pickled_adapter_is_refused(tiny: Path, adapter: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(adapter, tmp_path / "adapter")
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")

    with pytest.raises(UnsafeError, match="pickle"):
        answer(tiny, folder)


@pytest.mark.parametrize("config", ["{", "[]", json.dumps({"peft_type": "IA3"})])
def test_a_config_of_something_else_is_refused(
    tiny: Path, adapter: Path, tmp_path: Path, config: str
) -> None:
    folder = shutil.copytree(adapter, tmp_path / "adapter")
    (folder / "adapter_config.json").write_text(config)

    with pytest.raises(ModelLoadError, match="adapter"):
        answer(tiny, folder)


def test_a_damaged_or_missing_adapter_is_named(tiny: Path, adapter: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(adapter, tmp_path / "adapter")
    (folder / "adapter_model.safetensors").write_bytes(b"\xff" * 100)

    with pytest.raises(ModelLoadError, match="damaged"):
        answer(tiny, folder)
    with pytest.raises(ModelLoadError, match=r"holds no adapter_model\.safetensors"):
        answer(tiny, tmp_path / "none")


def test_weights_of_gpt2s_own_kind_of_layer_fit(tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import GPT2Config, GPT2LMHeadModel

    base = GPT2LMHeadModel(
        GPT2Config(vocab_size=64, n_positions=32, n_embd=32, n_layer=1, n_head=2)
    )
    model = get_peft_model(
        base, LoraConfig(r=4, target_modules=["c_attn"], fan_in_fan_out=True, bias="none")
    )
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    model.save_pretrained(tmp_path)
    fresh = GPT2LMHeadModel(base.config)

    check_adapter(tmp_path, fresh)

    with pytest.raises(ModelLoadError, match="no linear layer"):
        check_adapter(tmp_path, torch.nn.Module())


def test_code_that_a_configuration_names_is_unsafe(adapter: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(adapter, tmp_path / "adapter")
    path = folder / "adapter_config.json"
    mapping = {"base_model_class": "Mine", "parent_library": "my_code"}
    path.write_text(json.dumps({**json.loads(path.read_text()), "auto_mapping": mapping}))

    with pytest.raises(UnsafeError, match="code of its own"):
        check_adapter_files(folder)
