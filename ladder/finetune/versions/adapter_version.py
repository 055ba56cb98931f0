"""Adapter versions on disk: save one, verify one, find the one that was trained from given inputs."""

import json
import platform
import resource
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ladder.disk import write_json
from ladder.errors import EvidenceError, ModelLoadError, UnsafeError
from ladder.finetune.permit import Permit
from ladder.finetune.training.training_set import TrainedModel, TrainingSet
from ladder.manifest import read_manifest, write_manifest
from ladder.models.local.check_adapter import CONFIG, WEIGHTS, check_adapter_files
from ladder.models.local.weights import best_device

_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")


def keep_version(
    permit: Permit,
    training_set: TrainingSet,
    trained: TrainedModel,
    versions: Path,
    facts: Mapping[str, Any],
) -> Path:
    """Save what was trained as the next version, and return its folder."""
    return save_adapter(
        permit,
        trained.model,
        versions,
        base=permit.start.model.id,
        facts={
            "made_from": dict(training_set.digests),
            "training": training_set.training.model_dump(mode="json"),
            "start": permit.start.model_dump(mode="json"),
            **facts,
            "steps": trained.steps,
            "best_step": trained.best_step,
            "losses": trained.losses,
            "validation_losses": trained.validation_losses,
            "validation_whole": trained.validation_whole,
            "rows_at_once": trained.rows_at_once,
            "passed_over": list(trained.passed_over),
            "cost": {
                "minutes": trained.seconds / 60,
                "peak_memory_gib": _peak_memory_gib(),
                "device": best_device(),
                "method": training_set.training.method,
            },
        },
    )


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
    config = json.loads((draft / CONFIG).read_text("utf-8"))
    write_json(draft / CONFIG, {**config, "base_model_name_or_path": base})
    _check_files(draft)
    version = versions / f"v{max(map(_number, versions.glob('v*')), default=0) + 1}"
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
    _check_files(folder)
    manifest = read_manifest(folder)
    _check_settings(folder, manifest.get("training", {}))
    trained_on = str(manifest.get("base", {}).get("digest", ""))
    if base_model is not None and base_model != trained_on:
        raise EvidenceError(
            f"{folder} was trained on another base model: {trained_on[:12]}, not {base_model[:12]}.",
            next_step="Load it with the model that its MANIFEST.json names.",
        )
    return manifest


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


def _check_files(folder: Path) -> None:
    """Raise unless a version holds sound LoRA weights and no pickle beside them."""
    pickles = [path.name for path in folder.glob("*") if path.suffix in _PICKLES]
    if pickles:
        raise UnsafeError(
            f"{folder} holds {', '.join(pickles)}: a pickle can run code when it is read.",
            next_step=f"Keep only {WEIGHTS} and {CONFIG}.",
        )
    try:
        check_adapter_files(folder)
    except ModelLoadError as error:
        raise EvidenceError(
            f"{folder} is not sound. {error}", next_step="Use another version, or train again."
        ) from error


def _check_settings(folder: Path, training: Mapping[str, Any]) -> None:
    """Raise unless rank and alpha are those of the training: alpha edited scales every weight."""
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    for name, field in (("rank", "r"), ("alpha", "lora_alpha")):
        if name in training and config.get(field) != training[name]:
            raise EvidenceError(
                f"The adapter {folder} was trained with {field} {training[name]}, and its "
                f"{CONFIG} says {config.get(field)}.",
                next_step="Use another version, or train again.",
            )


def _keep_only_weights(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name in (WEIGHTS, CONFIG):
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _number(folder: Path) -> int:
    return int(folder.name[1:]) if folder.name[1:].isdigit() else 0


def _peak_memory_gib() -> float:
    """Return the most memory that this process, or its GPU, has held."""
    import torch

    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated()) / 2**30
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
