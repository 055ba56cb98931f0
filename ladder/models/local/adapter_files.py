"""Look into an adapter folder before peft does, because peft loads almost anything silently.

Measured on peft 0.21: NaN weights, all-zero weights, and tensors named like the base model's own
(which are then overwritten) all load without a word.
"""

import json
import re
from pathlib import Path
from typing import Any

from ladder.errors import ModelLoadError, UnsafeError

_LORA = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])\.weight")


def check_adapter(folder: Path, model: Any) -> None:  # noqa: ANN401 - transformers has no types
    """Refuse an adapter that is not exactly LoRA weights for this model.

    Raises:
        ModelLoadError: Files missing, shapes of another model, not finite, or without effect.
        UnsafeError: Pickled weights, or tensors that would overwrite the base model.
    """
    tensors = _read(folder)
    rank = _rank(folder)
    modules = dict(model.named_modules())
    sides: dict[str, set[str]] = {}
    for key, tensor in tensors.items():
        found = _LORA.fullmatch(key)
        if found is None:
            raise UnsafeError(
                f"{folder}: tensor {key!r} is no LoRA weight; it would overwrite the base model.",
                next_step="Train the adapter again with ladder, or use one that holds LoRA only.",
            )
        module, side = found["module"], found["side"]
        _check_tensor(folder, key, tensor, _expected(modules.get(module), side, rank))
        sides.setdefault(module, set()).add(side)
    if any(len(both) != 2 for both in sides.values()) or not sides:
        raise _wrong(folder, "lacks a lora_A or lora_B")
    if not any(tensor.any() for key, tensor in tensors.items() if ".lora_B." in key):
        raise _wrong(folder, "has only zeros in lora_B, so it changes nothing")


def _read(folder: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    file = folder / "adapter_model.safetensors"
    if not file.is_file() and (folder / "adapter_model.bin").exists():
        raise UnsafeError(
            f"{folder} holds the adapter as a pickle (adapter_model.bin).",
            next_step="Save it again with safe_serialization=True.",
        )
    if not file.is_file() or not (folder / "adapter_config.json").is_file():
        raise _wrong(folder, "holds no adapter_model.safetensors with an adapter_config.json")
    try:
        return dict(load_file(file))
    except (SafetensorError, OSError, ValueError) as error:
        raise _wrong(folder, f"is damaged ({str(error)[:120]})") from error


def _rank(folder: Path) -> int | None:
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(folder, "has an adapter_config.json that is not JSON") from error
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise _wrong(folder, "is not a LoRA adapter")
    return (
        config["r"] if isinstance(config.get("r"), int) and not config.get("rank_pattern") else None
    )


def _expected(module: Any, side: str, rank: int | None) -> tuple[int | None, int | None] | None:  # noqa: ANN401
    if module is None or not hasattr(module, "in_features"):
        return None
    return (rank, module.in_features) if side == "A" else (module.out_features, rank)


def _check_tensor(
    folder: Path,
    key: str,
    tensor: Any,  # noqa: ANN401
    expected: tuple[int | None, int | None] | None,
) -> None:
    if expected is None:
        raise _wrong(folder, f"has {key!r}, for which this base model has no linear layer")
    if tensor.ndim != 2 or any(
        want is not None and want != have for want, have in zip(expected, tensor.shape, strict=True)
    ):
        raise _wrong(folder, f"has {key!r} of shape {tuple(tensor.shape)}, not {expected}")
    if not tensor.isfinite().all():
        raise _wrong(folder, f"has NaN or infinity in {key!r}")


def _wrong(folder: Path, what: str) -> ModelLoadError:
    return ModelLoadError(
        f"The adapter {folder} {what}.",
        next_step="Use the adapter that was trained for this base model, or train it again.",
    )
