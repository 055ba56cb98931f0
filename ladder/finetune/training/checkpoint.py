"""Checkpoints: only whole ones, of this very training, are continued from."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ladder.errors import EvidenceError
from ladder.manifest import read_manifest, write_manifest


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a training goes on.

    Attributes:
        folder: The newest whole checkpoint, or None: from the start.
        step: Its step.
        seconds: What the training had taken up to there.
        passed_over: Newer ones that are not whole, with the reason.
    """

    folder: Path | None
    step: int
    seconds: float
    passed_over: tuple[str, ...]


def seal_checkpoint(
    folder: Path, step: int, digests: Mapping[str, str], *, seconds: float = 0.0
) -> None:
    """Write the manifest of a checkpoint, last, without the pickle that nothing reads."""
    (folder / "training_args.bin").unlink(missing_ok=True)
    write_manifest(folder, {"step": step, "seconds": seconds, "digests": dict(digests)})


def find_checkpoint(folder: Path, digests: Mapping[str, str]) -> Resume:
    """Return the newest whole checkpoint in `folder`.

    Raises:
        EvidenceError: It belongs to a training on other data, of another spec or base model.
    """
    passed_over = []
    for checkpoint in sorted(folder.glob("checkpoint-*"), key=_step, reverse=True):
        try:
            manifest = read_manifest(checkpoint)
        except EvidenceError as error:
            passed_over.append(str(error))
            continue
        _refuse_other(checkpoint, dict(manifest.get("digests", {})), digests)
        seconds = float(manifest.get("seconds", 0.0))
        return Resume(checkpoint, _step(checkpoint), seconds, tuple(passed_over))
    return Resume(None, 0, 0.0, tuple(passed_over))


def forget_checkpoints(folder: Path, digests: Mapping[str, str]) -> None:
    """Delete the checkpoints of a training that is done, so that another may start here."""
    for checkpoint in folder.glob("checkpoint-*"):
        with suppress(EvidenceError):
            if dict(read_manifest(checkpoint).get("digests", {})) == dict(digests):
                shutil.rmtree(checkpoint)


def _step(checkpoint: Path) -> int:
    number = checkpoint.name.rpartition("-")[2]
    return int(number) if number.isdigit() else -1


def _refuse_other(checkpoint: Path, written: Mapping[str, str], now: Mapping[str, str]) -> None:
    other = [name for name in sorted({*written, *now}) if written.get(name) != now.get(name)]
    if other:
        raise EvidenceError(
            f"{checkpoint} belongs to another training: {', '.join(other)} differ.",
            next_step="Train in a new run folder, or delete the old checkpoints.",
        )
