"""`write_lora_gguf`: a LoRA adapter in the form that llama.cpp loads beside its base model.

Layout and names are those of llama.cpp's `convert_lora_to_gguf.py`, which is used where it is
installed: LoRA's two halves under the name of the weight that they change, and rows of `q_proj` and
`k_proj` in llama.cpp's own order where the architecture rotates pairs of neighbours.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ladder.errors import ExportRefusedError
from ladder.models.local.check_adapter import CONFIG, check_adapter_files
from ladder.models.quiet import quiet_transformers

CONVERTER = "convert_lora_to_gguf.py"
_ARCHITECTURES: Mapping[str, tuple[str, bool]] = {
    "llama": ("llama", True),
    "mistral": ("llama", True),
    "qwen2": ("qwen2", False),
    "qwen3": ("qwen3", False),
}
"""By the model type of transformers: llama.cpp's architecture, and whether rows are in its own order."""


def write_lora_gguf(adapter: Path, base: Path, out: Path) -> str:
    """Write an adapter as GGUF; return who wrote it.

    Args:
        adapter: Its folder, as peft saves it.
        base: The folder of the base model in safetensors.
        out: The file to write.

    Raises:
        ExportRefusedError: Nothing here can write it.
    """
    own = converter()
    if own is not None:
        _convert(own, adapter, base, out)
        return f"llama.cpp's {CONVERTER}"
    config = json.loads((base / "config.json").read_text("utf-8"))
    kind = str(config.get("model_type"))
    if kind not in _ARCHITECTURES:
        raise ExportRefusedError(
            f"ladder writes no GGUF of an adapter for {kind}, and llama.cpp's converter is not here.",
            next_step=f"Set LLAMA_CPP to a clone of llama.cpp (it holds {CONVERTER}) and export again.",
        )
    _refuse_other_loras(json.loads((adapter / CONFIG).read_text("utf-8")))
    _write(adapter, config, out)
    return "ladder, in the layout of llama.cpp's converter"


def converter() -> Path | None:
    """Return llama.cpp's own converter, where it is installed."""
    given = os.environ.get("LLAMA_CPP")
    found = shutil.which(CONVERTER)
    places = [Path(given).expanduser() / CONVERTER] if given else []
    places += [Path(found)] if found else []
    return next((each for each in places if each.is_file()), None)


def _convert(script: Path, adapter: Path, base: Path, out: Path) -> None:
    command = [sys.executable, str(script), "--base", str(base), "--outtype", "f32"]
    ended = subprocess.run(  # noqa: S603 - the converter that the user names
        [*command, "--outfile", str(out), str(adapter)], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise ExportRefusedError(
            f"{script} failed: {ended.stderr.strip()[-300:]}",
            next_step="See to it, or take LLAMA_CPP away: then ladder writes the file itself.",
        )


def _refuse_other_loras(config: Mapping[str, Any]) -> None:
    others = ("use_dora", "use_rslora", "modules_to_save", "rank_pattern", "alpha_pattern")
    found = [name for name in others if config.get(name)]
    if found:
        raise ExportRefusedError(
            f"The adapter is no plain LoRA ({', '.join(found)}), and ladder writes those alone as GGUF.",
            next_step=f"Set LLAMA_CPP to a clone of llama.cpp (it holds {CONVERTER}) and export again.",
        )


def _write(adapter: Path, config: Mapping[str, Any], out: Path) -> None:
    import gguf
    import numpy as np

    name, is_reordered = _ARCHITECTURES[str(config["model_type"])]
    kind = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == name)
    names = gguf.get_tensor_name_map(kind, int(config["num_hidden_layers"]))
    lora = json.loads((adapter / CONFIG).read_text("utf-8"))
    heads = {"q_proj": int(config["num_attention_heads"])}
    heads["k_proj"] = int(config.get("num_key_value_heads") or heads["q_proj"])
    with quiet_transformers():
        writer = gguf.GGUFWriter(out, name)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(lora["lora_alpha"]))
    for layer, halves in sorted(check_adapter_files(adapter).items()):
        weight = names.get_name(f"{layer}.weight", try_suffixes=(".weight",))
        if weight is None:
            raise ExportRefusedError(
                f"llama.cpp has no name for the layer {layer} of the adapter.",
                next_step="Merge it instead: ladder adapter merge.",
            )
        a, b = (halves[half].float().numpy() for half in "AB")
        n_heads = heads.get(layer.rpartition(".")[2])
        if is_reordered and n_heads is not None:
            b = _in_llama_order(b, n_heads)
        writer.add_tensor(f"{weight}.lora_a", np.ascontiguousarray(a))
        writer.add_tensor(f"{weight}.lora_b", np.ascontiguousarray(b))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _in_llama_order(rows: Any, heads: int) -> Any:  # noqa: ANN401 - a matrix
    """Return the rows of each head as llama.cpp rotates them: halves become neighbours.

    >>> import numpy as np
    >>> _in_llama_order(np.arange(4).reshape(4, 1), 1).ravel().tolist()
    [0, 2, 1, 3]
    """
    shape = rows.shape
    return rows.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)
