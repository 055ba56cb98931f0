"""`check_adapter`: an adapter carries the digest of the verdict that it was trained under."""

from pathlib import Path
from typing import Any

from ladder.errors import EvidenceRefusedError
from ladder.gate.statement import EvidenceRecord
from ladder.gate.strict import parse_object, read_bytes

MANIFEST = "MANIFEST.json"
AGAIN = "Publish the adapter that `ladder train` wrote under this verdict, with its MANIFEST.json."


def check_adapter(folder: Path, record: EvidenceRecord) -> None:
    """Raise EvidenceRefusedError unless an adapter's files are as written, and from this record's verdict.

    Files and digests only: whether the tensors are sound is checked by `ladder train`.
    """
    from ladder.gate.subjects import digest_bytes

    path = folder / MANIFEST
    manifest = parse_object(read_bytes(path, what="manifest"), str(path))
    files, digests, base = (_mapping(manifest, name) for name in ("files", "digests", "base"))
    present = {each.name for each in folder.iterdir() if each.name != MANIFEST}
    if changed := sorted(present ^ files.keys()):
        _refuse(folder, f"{changed[0]} is missing or was added")
    for name, entry in files.items():
        if _mapping({"entry": entry}, "entry").get("sha256") != digest_bytes(folder / name).sha256:
            _refuse(folder, f"{name} is not what was written")
    if digests.get("decision") != record.predicate.decision:
        _refuse(folder, "it was trained under another verdict, or under none")
    if base.get("digest") != record.sha256_of("base"):
        _refuse(folder, "it was trained on another base model")


def _mapping(fields: dict[str, Any], name: str) -> dict[str, Any]:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _refuse(folder: Path, why: str) -> None:
    raise EvidenceRefusedError("SUBJECT_MISMATCH", f"the adapter {folder}: {why}.", next_step=AGAIN)
