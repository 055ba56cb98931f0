"""`check_precision`: weights are answered with in the precision that they have, or that is asked for."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ladder.disk import read_json_object
from ladder.errors import ModelLoadError

_ANYWHERE = frozenset({"bitsandbytes"})
"""Packed forms of weights that this code computes with as they are, on any device."""

_SERVE = "Serve it as it is (vLLM, SGLang) and give base_url, or use the checkpoint that it was made from."


def check_precision(
    folder: Path, device: str, *, quantization: str | None, adapter: Path | None
) -> bool:
    """Return whether a checkpoint's weights are packed already, as AWQ, GPTQ, FP8 and such.

    They would otherwise be expanded on loading: another model than the one that is served.

    Args:
        folder: The model's.
        device: Where it is to run.
        quantization: What a spec asks for.
        adapter: LoRA weights that are to be merged.

    Raises:
        ModelLoadError: The weights cannot be computed with here as they are.
    """
    own = _packed_as(folder)
    if quantization is not None and own:
        raise ModelLoadError(
            f"quantization: {quantization}, but the weights in {folder} are {own} already.",
            next_step="Leave quantization out: they are loaded as they are.",
        )
    if (quantization is not None or own) and adapter is not None:
        raise ModelLoadError(
            f"An adapter is not merged into weights of {own or quantization}: that would round them.",
            next_step="Use the adapter with the whole weights, and export the merged model packed.",
        )
    if own and own not in _ANYWHERE and device != "cuda":
        raise ModelLoadError(
            f"The weights in {folder} are packed as {own}, which needs a GPU: here they would be "
            "expanded to another precision than the one that is served.",
            next_step=_SERVE,
        )
    if (quantization is not None or own in _ANYWHERE) and find_spec("bitsandbytes") is None:
        raise ModelLoadError(
            f"Weights in {quantization or own} need the package bitsandbytes, which is not installed.",
            next_step="pip install bitsandbytes",
        )
    return bool(own)


def packing(quantization: str, compute: Any) -> dict[str, Any]:
    """Return the arguments by which transformers packs linear layers while it loads them.

    `nf4` is 4-bit NormalFloat with double quantisation (Dettmers and others 2023), `int8` is
    LLM.int8() (Dettmers and others 2022).
    """
    from transformers import BitsAndBytesConfig

    if quantization == "int8":
        return {"quantization_config": BitsAndBytesConfig(load_in_8bit=True)}
    return {
        "quantization_config": BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=compute,
        )
    }


def check_still_packed(model: Any, folder: Path) -> None:
    """Raise where a packed checkpoint was expanded while it was loaded.

    Raises:
        ModelLoadError: It was: for want of a kernel or a package.
    """
    settings = getattr(model.config, "quantization_config", None)
    is_packed = bool(getattr(model, "is_quantized", False)) and settings is not None
    if not is_packed or getattr(settings, "dequantize", False):
        raise ModelLoadError(
            f"The packed weights in {folder} were expanded on loading, so what would be measured is "
            "not what is served.",
            next_step=_SERVE,
        )


def _packed_as(folder: Path) -> str:
    """Return how a checkpoint says that its weights are packed; nothing where they are not.

    A file of a later library may say it in words of its own: whatever stands there counts.
    """
    config = read_json_object(folder / "config.json")
    inner = config.get("text_config")
    found = config.get("quantization_config") or (
        inner.get("quantization_config") if isinstance(inner, dict) else None
    )
    if not found:
        return ""
    return (
        str(found.get("quant_method") or "another form") if isinstance(found, dict) else str(found)
    )
