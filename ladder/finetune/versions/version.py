"""Adapter versions on disk: safetensors only, checked tensor by tensor, sealed by a manifest."""

import json
import math
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ladder.disk import write_json
from ladder.errors import EvidenceError, UnsafeError
from ladder.finetune.manifest import read_manifest, write_manifest
from ladder.finetune.permit import Permit

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
_KEY = re.compile(r"base_model\.model\.(?P<layer>[\w.]+)\.lora_(?P<half>[AB])\.weight")
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")


def save_adapter(
    permit: Permit,
    model: Any,  # noqa: ANN401 - a PeftModel; peft has no types
    versions: Path,
    *,
    base: str,
    facts: Mapping[str, Any],
) -> Path:
    """Save a trained adapter as the next version in `versions`, and return its folder.

    Only the weights (safetensors) and their configuration are kept: the pickles and the card
    that peft and transformers leave are not. The folder appears in one step, whole.

    Raises:
        EvidenceError: The tensors are not what a sound training leaves.
    """
    permit.check_given()
    versions.mkdir(parents=True, exist_ok=True)
    draft = versions / ".draft"
    shutil.rmtree(draft, ignore_errors=True)
    model.save_pretrained(draft)
    _keep_only_weights(draft)
    _name_base(draft / CONFIG, base)
    check_adapter(draft)
    version = versions / _next_version(versions)
    write_manifest(
        draft,
        {
            "base": {"id": base, "digest": permit.base_model},
            "digests": {
                "decision": permit.decision,
                "spec": permit.spec,
                "eval_data": permit.eval_data,
            },
            "version": version.name,
            **facts,
        },
    )
    draft.rename(version)
    return version


def verify_adapter(folder: Path, *, base_model: str | None = None) -> dict[str, Any]:
    """Return an adapter's manifest after checking files, tensors and, if given, the base.

    Raises:
        UnsafeError: A pickle lies beside the weights, or tensors overwrite the base model.
        EvidenceError: Something was changed, or it was trained on another base.
    """
    check_adapter(folder)
    manifest = read_manifest(folder)
    _check_settings(folder, manifest.get("training", {}))
    trained_on = str(manifest.get("base", {}).get("digest", ""))
    if base_model is not None and base_model != trained_on:
        raise EvidenceError(
            f"{folder} was trained on another base model: {trained_on[:12]}, not {base_model[:12]}.",
            next_step="Load it with the model that its MANIFEST.json names.",
        )
    return manifest


def check_adapter(folder: Path) -> None:
    """Raise unless the folder holds LoRA weights that do something and nothing else.

    peft loads silently what must not pass: an adapter whose B is all zero, NaN, tensors that
    overwrite the base model's own.
    """
    pickles = [path.name for path in folder.glob("*") if path.suffix in _PICKLES]
    if pickles:
        raise UnsafeError(
            f"{folder} holds {', '.join(pickles)}: a pickle can run code when it is read.",
            next_step="Keep only adapter_model.safetensors and adapter_config.json.",
        )
    config = _check_config(folder)
    halves = _read_halves(folder)
    _check_layers(folder, halves, config.get("target_modules"))
    _check_halves(folder, halves, None if config.get("rank_pattern") else config.get("r"))


def find_adapter(versions: Path, digests: Mapping[str, str]) -> Path | None:
    """Return the newest sound version that was trained from exactly `digests`, if there is one."""
    for folder in sorted(versions.glob("v*"), key=_number, reverse=True):
        try:
            made_from = verify_adapter(folder).get("made_from", {})
        except (EvidenceError, UnsafeError):
            continue
        if all(made_from.get(name) == digest for name, digest in digests.items()):
            return folder
    return None


def _check_settings(folder: Path, training: Mapping[str, Any]) -> None:
    """Raise unless rank and alpha are those of the training: alpha edited scales every weight."""
    config = _read_config(folder)
    for name, field in (("rank", "r"), ("alpha", "lora_alpha")):
        if name in training and config.get(field) != training[name]:
            raise _unsound(
                folder, f"{CONFIG} says {field} {config.get(field)}, trained with {training[name]}"
            )


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _unsound(folder, f"its {CONFIG} is missing or not readable") from error
    if not isinstance(config, dict):
        raise _unsound(folder, f"its {CONFIG} is missing or not readable")
    return config


def _check_config(folder: Path) -> dict[str, Any]:
    config = _read_config(folder)
    if config.get("peft_type") != "LORA":
        raise _unsound(folder, f"it is {config.get('peft_type')!r}, not LoRA")
    if config.get("modules_to_save") or config.get("auto_mapping"):
        raise UnsafeError(
            f"{folder}: {CONFIG} asks for whole modules or for code of its own.",
            next_step="Use adapters of LoRA weights alone.",
        )
    return config


def _read_halves(folder: Path) -> dict[str, dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    halves: dict[str, dict[str, Any]] = {}
    try:
        with safe_open(folder / WEIGHTS, framework="pt") as file:
            for key in file.keys():  # noqa: SIM118 - not a dict
                match = _KEY.fullmatch(key)
                if match is None:
                    raise UnsafeError(
                        f"{folder}: the tensor {key} is not a LoRA weight and would overwrite "
                        "the base model's own.",
                        next_step="Do not load this adapter; train again or ask who made it.",
                    )
                halves.setdefault(match["layer"], {})[match["half"]] = file.get_tensor(key)
    except (OSError, SafetensorError) as error:
        raise _unsound(folder, f"its {WEIGHTS} is missing or not readable") from error
    return halves


def _check_layers(folder: Path, layers: Iterable[str], targets: object) -> None:
    """Raise where weights are for layers that the configuration does not name."""
    if not isinstance(targets, list):
        return
    for layer in layers:
        if not any(layer == name or layer.endswith(f".{name}") for name in targets):
            raise UnsafeError(
                f"{folder}: it holds weights for {layer}, which its {CONFIG} does not name.",
                next_step="Do not load this adapter; train again or ask who made it.",
            )


def _check_halves(folder: Path, halves: Mapping[str, Mapping[str, Any]], rank: int | None) -> None:
    effect = 0.0
    for layer, pair in halves.items():
        if set(pair) != {"A", "B"} or pair["A"].shape[0] != pair["B"].shape[1]:
            raise _unsound(folder, f"{layer} lacks one half, or its halves do not fit")
        if rank is not None and pair["A"].shape[0] != rank:
            raise _unsound(
                folder, f"{layer} has rank {pair['A'].shape[0]}, and {CONFIG} says {rank}"
            )
        size = float(pair["A"].float().norm() * pair["B"].float().norm())
        if not math.isfinite(size):
            raise _unsound(folder, f"{layer} holds numbers that are none")
        effect = max(effect, size)
    if effect == 0.0:
        raise _unsound(folder, "it changes nothing: every B is zero")


def _keep_only_weights(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name in (WEIGHTS, CONFIG):
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _name_base(path: Path, base: str) -> None:
    write_json(path, {**json.loads(path.read_text("utf-8")), "base_model_name_or_path": base})


def _next_version(versions: Path) -> str:
    return f"v{max((_number(folder) for folder in versions.glob('v*')), default=0) + 1}"


def _number(folder: Path) -> int:
    return int(folder.name[1:]) if folder.name[1:].isdigit() else 0


def _unsound(folder: Path, why: str) -> EvidenceError:
    return EvidenceError(
        f"The adapter in {folder} is not sound: {why}.",
        next_step="Use another version, or train again.",
    )
