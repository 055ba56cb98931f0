"""`MANIFEST.json`: what a folder of weights holds and what it was made from, written last.

A folder without one, or with one that does not fit its files, is not used: a process that was
killed in the middle of a save leaves a folder that looks whole.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ladder.disk import file_digest, write_json
from ladder.errors import EvidenceError

MANIFEST = "MANIFEST.json"
RECORD = "RECORD.json"
CARD = "README.md"
_BESIDE = (MANIFEST, RECORD, CARD)
"""Written after the weights: how they were judged, and a card for people."""

_DONE = ("passed", "waived")


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write sizes and sha256 of all files of `folder`, and `facts`, in one atomic step."""
    files = {path.name: _entry(path) for path in _files(folder)}
    write_json(folder / MANIFEST, {"schema_version": 1, **facts, "files": files})


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder whose files all are as they were written.

    Raises:
        EvidenceError: It is missing, not readable, or a file is missing, changed or new.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(folder, f"its {MANIFEST} is missing or not readable") from error
    present = {path.name: path for path in _files(folder)}
    for name in sorted(files.keys() ^ present.keys()):
        raise _broken(folder, f"{name} is {'missing' if name in files else 'not in the manifest'}")
    for name, path in present.items():
        if _entry(path) != files[name]:
            raise _broken(folder, f"{name} is not what was written")
    return dict(manifest)


def may_be_used(verdict: object, parts: Collection[object]) -> bool:
    """Return whether an adapter reached its target, and no part of its plan blocks or waits.

    Args:
        verdict: What its record says of the target.
        parts: The status of each part of the plan.

    >>> may_be_used("reached", ["passed", "waived"]), may_be_used("reached", ["passed", "blocked"])
    (True, False)
    """
    return verdict == "reached" and bool(parts) and all(each in _DONE for each in parts)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.name not in _BESIDE and not path.name.startswith(".")
    )


def _entry(path: Path) -> dict[str, Any]:
    if not path.is_file() or path.is_symlink():
        return {"bytes": -1, "sha256": ""}
    return {"bytes": path.stat().st_size, "sha256": file_digest(path)}


def _broken(folder: Path, why: str) -> EvidenceError:
    return EvidenceError(
        f"{folder} is not whole: {why}.", next_step="Use another version, or train again."
    )
