"""What an adapter's folder may hold, and what is refused that peft would load silently."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from ladder.errors import EvidenceError, LadderError, ModelLoadError, UnsafeError
from ladder.finetune.permit import Permit
from ladder.finetune.training.lora_model import add_lora, load_base
from ladder.finetune.versions.adapter_version import find_adapter, save_adapter, verify_adapter
from ladder.manifest import write_manifest
from ladder.models import load_generator
from ladder.models.base import Message, Request
from ladder.models.local.check_adapter import check_adapter_files
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.spec.training import Training
from tests.finetune.conftest import MakePermit, MakeTask

MADE_FROM = {"spec": "s", "training_rows": "r"}


@pytest.fixture
def permit(make_task: MakeTask, make_permit: MakePermit) -> Permit:
    return make_permit(make_task())


@pytest.fixture
def model(permit: Permit, tiny_model: Path) -> torch.nn.Module:
    torch.manual_seed(0)
    model: torch.nn.Module = add_lora(
        permit, load_base(tiny_model, "lora"), Training(path="x", rank=4)
    )
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.3)
    return model


@pytest.fixture
def adapter(permit: Permit, model: torch.nn.Module, tiny_model: Path, tmp_path: Path) -> Path:
    facts = {"made_from": MADE_FROM}
    return save_adapter(permit, model, tmp_path / "mine", base=str(tiny_model), facts=facts)


def test_a_version_holds_weights_configuration_and_manifest_alone(adapter: Path) -> None:
    assert adapter.name == "v1"
    assert {path.name for path in adapter.iterdir()} == {
        "MANIFEST.json",
        "adapter_config.json",
        "adapter_model.safetensors",
    }


def test_the_manifest_says_what_the_adapter_was_made_from(adapter: Path, permit: Permit) -> None:
    manifest = verify_adapter(adapter, base_model=permit.base_model)

    assert manifest["base"]["digest"] == permit.base_model
    assert manifest["digests"]["decision"] == permit.decision
    assert manifest["made_from"] == MADE_FROM


def test_versions_are_numbered_and_found_by_what_they_were_made_from(
    adapter: Path, permit: Permit, model: torch.nn.Module
) -> None:
    second = save_adapter(
        permit, model, adapter.parent, base="b", facts={"made_from": {**MADE_FROM, "spec": "t"}}
    )

    assert second.name == "v2"
    assert find_adapter(adapter.parent, MADE_FROM) == adapter
    assert find_adapter(adapter.parent, {"spec": "unknown"}) is None


def test_an_untrained_adapter_is_not_saved(
    permit: Permit, tiny_model: Path, tmp_path: Path
) -> None:
    untrained = add_lora(permit, load_base(tiny_model, "lora"), Training(path="x", rank=4))

    with pytest.raises(EvidenceError, match="only zeros in lora_A or lora_B"):
        save_adapter(permit, untrained, tmp_path / "mine", base="b", facts={})

    assert not list((tmp_path / "mine").glob("v*"))


def test_an_adapter_for_another_base_is_refused(adapter: Path) -> None:
    with pytest.raises(EvidenceError, match="another base"):
        verify_adapter(adapter, base_model="0" * 64)


def _nan(weights: dict[str, torch.Tensor]) -> None:
    weights[next(iter(weights))][0, 0] = float("nan")


def _infinite(weights: dict[str, torch.Tensor]) -> None:
    weights[next(name for name in weights if "lora_B" in name)][-1, -1] = float("inf")


def _over_embedding(weights: dict[str, torch.Tensor]) -> None:
    weights["base_model.model.model.embed_tokens.weight"] = torch.zeros(260, 64)


def _beside_embedding(weights: dict[str, torch.Tensor]) -> None:
    weights["base_model.model.model.embed_tokens.lora_A.weight"] = torch.ones(4, 64)
    weights["base_model.model.model.embed_tokens.lora_B.weight"] = torch.ones(260, 4)


def _other_rank(weights: dict[str, torch.Tensor]) -> None:
    for name, tensor in weights.items():
        side = 0 if "lora_A" in name else 1
        weights[name] = torch.cat([tensor, tensor], dim=side)


def _over_head(weights: dict[str, torch.Tensor]) -> None:
    weights["base_model.model.lm_head.weight"] = torch.zeros(260, 64)


def _over_norm(weights: dict[str, torch.Tensor]) -> None:
    weights["base_model.model.model.norm.weight"] = torch.zeros(64)


def _half(weights: dict[str, torch.Tensor]) -> None:
    del weights[next(name for name in weights if "lora_B" in name)]


def _no_effect(weights: dict[str, torch.Tensor]) -> None:
    for name, tensor in weights.items():
        if "lora_B" in name:
            tensor.zero_()


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (_nan, ModelLoadError),
        (_infinite, ModelLoadError),
        (_other_rank, ModelLoadError),
        (_over_embedding, UnsafeError),
        (_beside_embedding, UnsafeError),
        (_over_head, UnsafeError),
        (_over_norm, UnsafeError),
        (_half, ModelLoadError),
        (_no_effect, ModelLoadError),
    ],
)
def test_unsound_tensors_are_refused(
    damage: Callable[[dict[str, torch.Tensor]], None], error: type[LadderError], adapter: Path
) -> None:
    weights = load_file(adapter / "adapter_model.safetensors")
    damage(weights)
    save_file(weights, adapter / "adapter_model.safetensors")

    with pytest.raises(error):
        check_adapter_files(adapter)


def test_a_pickle_beside_the_weights_is_refused_as_unsafe(adapter: Path) -> None:
    (adapter / "adapter_model.bin").write_bytes(b"\x80")

    with pytest.raises(UnsafeError) as caught:
        verify_adapter(adapter)

    assert caught.value.exit_code == 6


def test_an_edited_configuration_is_noticed(adapter: Path) -> None:
    config = json.loads((adapter / "adapter_config.json").read_text("utf-8"))
    (adapter / "adapter_config.json").write_text(json.dumps({**config, "lora_alpha": 999}), "utf-8")

    with pytest.raises(EvidenceError, match=r"adapter_config\.json is not what was written"):
        verify_adapter(adapter)


@pytest.mark.parametrize(("field", "value"), [("lora_alpha", 999), ("r", 2)])
def test_settings_that_were_not_trained_with_are_noticed_under_a_fresh_seal(
    field: str, value: int, permit: Permit, model: torch.nn.Module, tmp_path: Path
) -> None:
    facts = {"made_from": MADE_FROM, "training": {"rank": 4, "alpha": 32}}
    adapter = save_adapter(permit, model, tmp_path / "sealed", base="b", facts=facts)
    manifest = verify_adapter(adapter)
    config = json.loads((adapter / "adapter_config.json").read_text("utf-8"))
    (adapter / "adapter_config.json").write_text(json.dumps({**config, field: value}), "utf-8")
    write_manifest(adapter, {name: manifest[name] for name in manifest if name != "files"})

    with pytest.raises(EvidenceError, match=f"{value}"):
        verify_adapter(adapter)


def test_the_adapter_answers_as_a_candidate_like_any_other(adapter: Path, tiny_model: Path) -> None:
    ref = ModelRef(id=str(tiny_model), dtype="float32")
    request = Request((Message("user", "Hello?"),), ChatSetup(), Decoding(max_new_tokens=8))

    plain, adapted = load_generator(ref), load_generator(ref, adapter=str(adapter))

    assert plain.identity != adapted.identity
    assert dict(plain.generate([request]))[0].text != dict(adapted.generate([request]))[0].text
