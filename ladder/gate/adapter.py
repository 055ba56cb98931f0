"""Whether an adapter is whole, and was trained under exactly the verdict of a record."""

from pathlib import Path
from typing import NoReturn

from ladder.errors import EvidenceError, EvidenceRefusedError
from ladder.gate.statement import EvidenceRecord
from ladder.manifest import read_manifest

AGAIN = "Publish the adapter that `ladder train` wrote under this verdict, with its MANIFEST.json."


def check_adapter_of(folder: Path, record: EvidenceRecord) -> None:
    """Raise EvidenceRefusedError unless an adapter is as written, and from this record's verdict.

    Files and digests only: whether the tensors are sound is checked where they are loaded.
    """
    try:
        manifest = read_manifest(folder)
    except EvidenceError as error:
        _refuse(str(error))
    digests, base = manifest.get("digests"), manifest.get("base")
    if not isinstance(digests, dict) or digests.get("decision") != record.predicate.decision:
        _refuse(f"the adapter {folder} was trained under another verdict, or under none.")
    if not isinstance(base, dict) or base.get("digest") != record.sha256_of("base"):
        _refuse(f"the adapter {folder} was trained on another base model.")


def _refuse(why: str) -> NoReturn:
    raise EvidenceRefusedError("SUBJECT_MISMATCH", why, next_step=AGAIN)
