"""Whether a model fits is known from its files' headers; how weights are packed stays as it is."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from ladder.errors import ModelLoadError, ModelTooLargeError, SpecError
from ladder.models import load_generator
from ladder.models.base import Message, Request
from ladder.models.local import memory_need as room
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.local.memory import GIB, free_gib
from ladder.models.local.memory_need import check_memory_need, memory_need
from ladder.models.local.model_size import ModelSize, count_weights, size_of
from ladder.models.local.weights import device_map_of, load_weights
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef

SEVEN = ModelSize(6_500_000_000, 500_000_000, 32, 4096, 11_008, 4096, 4096, 32_000)


def test_the_size_is_read_from_the_headers(tiny: Path) -> None:
    size = size_of(ModelRef(id=str(tiny)))
    model = load_weights(tiny, dtype="float32", device="cpu")

    assert size.weights == sum(each.numel() for each in model.parameters())
    assert size.weights == count_weights(ModelRef(id=str(tiny)))
    assert (size.layers, size.hidden, size.inner, size.keys) == (2, 64, 128, 32)


@pytest.mark.parametrize(
    ("form", "layers"),
    [("gemma3n_text", 2), ("mamba", 0), ("gemma4_text", 0)],
    ids=["a width a layer", "no attention", "heads that differ"],
)
def test_a_config_of_another_form_is_not_refused(
    tiny: Path, tmp_path: Path, form: str, layers: int
) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "other"))
    config = {"model_type": form, "num_hidden_layers": 2}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")

    # Mistral's own form of all weights beside that of transformers.
    shutil.copy(folder / "model.safetensors", folder / "consolidated.safetensors")

    size = size_of(ModelRef(id=str(folder)))

    assert (size.weights, size.layers) == (size_of(ModelRef(id=str(tiny))).weights, layers)
    assert memory_need(size, dtype="float32").total >= 4 * size.weights
    check_memory_need(ModelRef(id=str(folder)))


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({}, {"dtype": "float32"}),
        ({"quantization": "int8"}, {}),
        ({"quantization": "nf4"}, {"quantization": "int8"}),
        ({}, {"rows": 8}),
        ({}, {"tokens": 4096}),
    ],
)
def test_what_takes_more_memory_needs_more(less: dict[str, Any], more: dict[str, Any]) -> None:
    few, many = (memory_need(SEVEN, **{"dtype": "bfloat16", **each}) for each in (less, more))

    assert few.total < many.total


def test_a_model_that_does_not_fit_is_refused_at_once_with_what_would_fit(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "free_gib", lambda _: 16.0)
    monkeypatch.setattr(room, "size_of", lambda _: SEVEN)
    ref = ModelRef(id=str(tiny), dtype="float32")
    started = time.monotonic()

    with pytest.raises(
        ModelTooLargeError, match=r"not testable: .* in float32 on (cpu|cuda), and 16"
    ) as told:
        LocalGenerator(ref)

    assert time.monotonic() - started < 2
    assert told.value.next_step == (
        "What would fit: dtype: bfloat16 (13.8 GiB); quantization: int8 (7.8 GiB); quantization: nf4 "
        "(4.9 GiB). Or use a smaller model."
    )
    monkeypatch.setattr(room, "free_gib", lambda _: 2.0)
    with pytest.raises(ModelTooLargeError) as told:
        check_memory_need(ref)
    assert "use a smaller model, or serve it" in told.value.next_step


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("packed", ["int8", "nf4"])
def test_a_packed_model_answers_and_is_another_model(tiny: Path, packed: str) -> None:
    plain = ModelRef(id=str(tiny), dtype="float32")
    ref = ModelRef.model_validate({**plain.model_dump(), "quantization": packed})
    request = Request((Message("user", "hello"),), ChatSetup(), Decoding(max_new_tokens=4))

    identities = set()
    for each in (plain, ref):
        generator = load_generator(each)
        [(_, answer)] = generator.generate([request])
        identities.add(generator.identity)
        generator.close()
        assert answer.error is None

    assert len(identities) == 2
    assert ref.digest != plain.digest


@pytest.mark.parametrize("method", ["awq", "gptq", "fp8", "compressed-tensors"])
def test_packed_weights_are_never_expanded_in_silence(
    tiny: Path, tmp_path: Path, method: str
) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": method, "bits": 4}
    (folder / "config.json").write_text(json.dumps(config))

    with pytest.raises(ModelLoadError, match=f"packed as {method}, which needs a GPU"):
        load_weights(folder, dtype="float32", device="cpu")
    with pytest.raises(ModelLoadError, match=f"are {method} already"):
        load_weights(folder, dtype="float32", device="cpu", quantization="nf4")


@pytest.mark.parametrize("option", [{"quantization": "nf4"}, {"device_map": "auto"}])
def test_options_of_loading_are_refused_where_nothing_is_loaded_here(option: Any) -> None:
    served = ModelRef(id="m", base_url="http://127.0.0.1:1/v1", **option)

    with pytest.raises(SpecError, match="are not loaded here"):
        load_generator(served)
    if "device_map" in option:
        with pytest.raises(ModelLoadError, match="cpu is all there is"):
            device_map_of(ModelRef(id="m", **option), "cpu")


def test_what_torch_keeps_of_a_closed_model_is_free_for_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (4 * GIB, 24 * GIB))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: 15 * GIB)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: 2 * GIB)

    assert free_gib("cuda") == 17.0
