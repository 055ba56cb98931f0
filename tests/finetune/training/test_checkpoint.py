"""A folder is used only where its manifest fits, and only for the very same training."""

import json
from pathlib import Path

import pytest

from ladder.errors import EvidenceError
from ladder.finetune.training.checkpoint import find_checkpoint, seal_checkpoint
from ladder.manifest import MANIFEST, read_manifest

pytestmark = pytest.mark.slow

DIGESTS = {"spec": "a", "training_rows": "b"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for step in (5, 10):
        checkpoint = tmp_path / f"checkpoint-{step}"
        checkpoint.mkdir()
        (checkpoint / "adapter_model.safetensors").write_bytes(b"weights" * step)
        (checkpoint / "training_args.bin").write_bytes(b"pickle")
        seal_checkpoint(checkpoint, step, DIGESTS, seconds=2.0 * step)
    return tmp_path


def test_the_newest_whole_checkpoint_is_continued(folder: Path) -> None:
    resume = find_checkpoint(folder, DIGESTS)

    assert (resume.step, resume.passed_over) == (10, ())
    assert resume.folder == folder / "checkpoint-10"
    assert resume.seconds == 20.0


def test_no_pickle_is_kept(folder: Path) -> None:
    assert not list(folder.rglob("training_args.bin"))


@pytest.mark.parametrize("damage", ["cut", "missing", "added", "no manifest", "half a manifest"])
def test_a_damaged_newest_checkpoint_is_passed_over_and_named(folder: Path, damage: str) -> None:
    newest = folder / "checkpoint-10"
    if damage == "cut":
        (newest / "adapter_model.safetensors").write_bytes(b"weights")
    if damage == "missing":
        (newest / "adapter_model.safetensors").unlink()
    if damage == "added":
        (newest / "more.pt").write_bytes(b"?")
    if damage == "no manifest":
        (newest / MANIFEST).unlink()
    if damage == "half a manifest":
        (newest / MANIFEST).write_text((newest / MANIFEST).read_text("utf-8")[:40], "utf-8")

    resume = find_checkpoint(folder, DIGESTS)

    assert resume.step == 5
    assert len(resume.passed_over) == 1
    assert "checkpoint-10" in resume.passed_over[0]


def test_checkpoints_of_another_training_stop_with_what_differs(folder: Path) -> None:
    with pytest.raises(EvidenceError, match="training_rows differ") as caught:
        find_checkpoint(folder, {**DIGESTS, "training_rows": "other"})

    assert caught.value.exit_code == 5


def test_without_checkpoints_training_starts_at_the_beginning(tmp_path: Path) -> None:
    assert find_checkpoint(tmp_path, DIGESTS).folder is None


def test_the_manifest_names_size_and_digest_of_every_file(folder: Path) -> None:
    manifest = read_manifest(folder / "checkpoint-5")

    assert manifest["step"] == 5
    assert manifest["digests"] == DIGESTS
    assert json.loads((folder / "checkpoint-5" / MANIFEST).read_text("utf-8")) == manifest
    assert manifest["files"]["adapter_model.safetensors"]["bytes"] == 35
