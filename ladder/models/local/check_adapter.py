"""Refuse an adapter folder that is not exactly LoRA weights with an effect, before peft loads it.

Measured on peft 0.21: NaN weights, all-zero weights, and tensors named like the base model's own
(which are then overwritten) all load without a word.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ladder.errors import ModelLoadError, UnsafeError

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"

_LORA = re.compile(r"base_model\.model\.(?P<layer>.+)\.lora_(?P<half>[AB])\.weight")

Halves = dict[str, dict[str, Any]]
"""The tensors `A` and `B` of each layer."""


def check_adapter(folder: Path, model: Any) -> None:
    """Refuse an adapter that is not exactly LoRA weights for this model.

    Raises:
        ModelLoadError: Files missing, shapes of another model, not finite, or without effect.
        UnsafeError: Pickled weights, or tensors that would overwrite the base model.
    """
    modules = dict(model.named_modules())
    for layer, halves in check_adapter_files(folder).items():
        shape = _shape_of(modules.get(layer))
        if shape is None:
            raise _wrong(folder, f"has {layer!r}, for which this base model has no linear layer")
        found = (halves["A"].shape[1], halves["B"].shape[0])
        if found != shape:
            raise _wrong(folder, f"has {layer!r} of shape {found}, and the model's is {shape}")


def check_adapter_files(folder: Path) -> Halves:
    """Return the weights of an adapter after a look at its files alone, without a model.

    Raises:
        ModelLoadError: Files missing, halves that do not fit, not finite, or without effect.
        UnsafeError: Pickled weights, or tensors that would overwrite the base model.
    """
    layers = _read_layers(folder)
    config = _read_config(folder)
    _check_named(folder, layers, config.get("target_modules"))
    rank = None if config.get("rank_pattern") else config.get("r")
    for layer, halves in layers.items():
        _check_halves(folder, layer, halves, rank if isinstance(rank, int) else None)
    if not layers:
        raise _wrong(folder, "lacks a lora_A or lora_B")
    if not any(halves["A"].any() and halves["B"].any() for halves in layers.values()):
        raise _wrong(folder, "has only zeros in lora_A or lora_B, so it changes nothing")
    return layers


def _read_layers(folder: Path) -> Halves:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    file = folder / WEIGHTS
    if not file.is_file() and (folder / "adapter_model.bin").exists():
        raise UnsafeError(
            f"{folder} holds the adapter as a pickle (adapter_model.bin).",
            next_step="Save it again with safe_serialization=True.",
        )
    if not file.is_file() or not (folder / CONFIG).is_file():
        raise _wrong(folder, f"holds no {WEIGHTS} with an {CONFIG}")
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise _wrong(folder, f"is damaged ({str(error)[:120]})") from error
    layers: Halves = {}
    for key, tensor in tensors.items():
        found = _LORA.fullmatch(key)
        if found is None:
            raise UnsafeError(
                f"{folder}: tensor {key!r} is no LoRA weight; it would overwrite the base model.",
                next_step="Train the adapter again with ladder, or use one that holds LoRA only.",
            )
        layers.setdefault(found["layer"], {})[found["half"]] = tensor
    return layers


def _read_config(folder: Path) -> Mapping[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(folder, f"has an {CONFIG} that is not JSON") from error
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise _wrong(folder, "is not a LoRA adapter")
    mapping = config.get("auto_mapping") or {}
    library = str(mapping.get("parent_library", "transformers"))
    if config.get("modules_to_save") or library.partition(".")[0] != "transformers":
        raise UnsafeError(
            f"{folder}: {CONFIG} asks for whole modules or for code of its own.",
            next_step="Use adapters of LoRA weights alone.",
        )
    return config


def _check_named(folder: Path, layers: Iterable[str], targets: object) -> None:
    """Raise where weights are for layers that the configuration does not name."""
    if not isinstance(targets, list):
        return
    for layer in layers:
        if not any(layer == name or layer.endswith(f".{name}") for name in targets):
            raise UnsafeError(
                f"{folder}: it holds weights for {layer}, which its {CONFIG} does not name.",
                next_step="Do not load this adapter; train again or ask who made it.",
            )


def _check_halves(folder: Path, layer: str, halves: Mapping[str, Any], rank: int | None) -> None:
    if set(halves) != {"A", "B"}:
        raise _wrong(folder, f"lacks a lora_A or lora_B of {layer!r}")
    a, b = halves["A"], halves["B"]
    if a.ndim != 2 or b.ndim != 2 or a.shape[0] != b.shape[1] or rank not in (None, a.shape[0]):
        shapes = f"{tuple(a.shape)} and {tuple(b.shape)}"
        raise _wrong(folder, f"has {layer!r} of shape {shapes}, at rank {rank or 'unknown'}")
    if not (a.isfinite().all() and b.isfinite().all()):
        raise _wrong(folder, f"has NaN or infinity in {layer!r}")


def _shape_of(module: Any) -> tuple[int, int] | None:
    """Return how many numbers a linear layer takes and gives: `Linear`, or GPT-2's `Conv1D`."""
    if hasattr(module, "in_features"):
        return module.in_features, module.out_features
    if hasattr(module, "nx") and hasattr(module, "nf"):
        return module.nx, module.nf
    return None


def _wrong(folder: Path, what: str) -> ModelLoadError:
    return ModelLoadError(
        f"The adapter {folder} {what}.",
        next_step="Use the adapter that was trained for this base model, or train it again.",
    )
