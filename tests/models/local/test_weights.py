import json
import shutil
from pathlib import Path

import pytest
import torch

from ladder.errors import ModelLoadError, UnsafeError
from ladder.models.local.weights import load_weights, resolve_dtype


def test_auto_is_bfloat16_only_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for able in ({"avx512_bf16": True}, {"amx_bf16": True}, {"avx512_f": True}):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        found.append(resolve_dtype("auto", "cpu"))

    assert found == ["bfloat16", "bfloat16", "float32"]
    assert resolve_dtype("float16", "cpu") == "float16"


def test_a_model_that_brings_its_own_code_is_refused(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "own",
        "auto_map": {"AutoConfig": "code.C", "AutoModelForCausalLM": "code.M"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text("raise SystemExit('remote code ran')")

    with pytest.raises(UnsafeError, match="code of its own"):
        load_weights(folder, dtype="float32", device="cpu")


def test_damaged_weights_are_named(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"\x00" * 64)

    with pytest.raises(ModelLoadError, match="could not be loaded"):
        load_weights(folder, dtype="float32", device="cpu")
