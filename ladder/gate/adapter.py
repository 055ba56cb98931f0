"""Whether an adapter is whole, and was trained under exactly the verdict of a record."""

from pathlib import Path
from typing import NoReturn

from ladder.disk import read_json_object
from ladder.errors import EvidenceError, EvidenceRefusedError, InconclusiveError, NotJustifiedError
from ladder.formats.lines import harmless
from ladder.frozen import digest_of
from ladder.gate.statement import EvidenceRecord
from ladder.manifest import RECORD, may_be_used, read_manifest

AGAIN = "Publish the adapter that `ladder train` wrote under this verdict, with its MANIFEST.json."


def check_adapter_of(folder: Path, record: EvidenceRecord) -> None:
    """Let an adapter pass that is as written, from this record's verdict, and not known to be bad.

    Files and digests only: whether the tensors are sound is checked where they are loaded.

    Raises:
        EvidenceRefusedError: It is damaged, or was trained under another verdict.
        InconclusiveError: No record beside it says how it was judged: its training may have been ended before.
        NotJustifiedError: It is not shown to reach the target, or a part of its plan blocks.
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
    _check_judged(folder, manifest["files"])


def _check_judged(folder: Path, files: object) -> None:
    record = read_json_object(folder / RECORD)
    report = record.get("report")
    if not isinstance(report, dict):
        raise InconclusiveError(
            f"The adapter {folder} was never judged, or its {RECORD} is gone: nothing shows that it reaches "
            "the target.",
            next_step="Judge it: ladder train SPEC --run RUN goes on where it was ended. Or publish the whole "
            "folder that it leaves.",
        )
    if record.get("adapter") != digest_of(files):
        _refuse(f"the {RECORD} in {folder} is about another adapter.")
    plan = report.get("plan")
    parts = [each for each in plan if isinstance(each, dict)] if isinstance(plan, list) else []
    if may_be_used(report.get("verdict"), [each.get("status") for each in parts]):
        return
    blocked = next((each for each in parts if each.get("status") == "blocked"), None)
    why = report.get("sentence") if blocked is None else f"{blocked.get('name')} blocks."
    raise NotJustifiedError(
        f"The adapter {folder} may not be used: {harmless(str(why), 300)}",
        next_step=f"Keep what is in use now. What was found: ladder adapter show {folder}",
    )


def _refuse(why: str) -> NoReturn:
    raise EvidenceRefusedError("SUBJECT_MISMATCH", why, next_step=AGAIN)
