"""The versions of an adapter: look at them, put one into use, go back, merge."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from ladder.disk import locked, write_json
from ladder.errors import EvidenceError, LadderError, NotJustifiedError
from ladder.finetune.checklist import first_blocked
from ladder.finetune.versions.adapter_version import verify_adapter
from ladder.finetune.versions.version_record import VersionRecord, read_record, rehearse
from ladder.frozen import Frozen
from ladder.manifest import MANIFEST
from ladder.models import model_digest
from ladder.spec.candidate import Candidate

PROMOTED = "PROMOTED.json"
Action = Literal["promote", "rollback"]


class Move(Frozen):
    """One promotion or rollback: to which version, None for the base model alone."""

    action: Action
    to: str | None
    at: str


class Promotions(Frozen):
    """What is in use, and what was before.

    Attributes:
        stack: Versions promoted and not rolled back, the newest last.
        history: All that was done, in order.
    """

    schema_version: Literal[1] = 1
    stack: tuple[str, ...] = ()
    history: tuple[Move, ...] = ()

    @property
    def current(self) -> str | None:
        """Return the version in use; None is the base model without an adapter."""
        return self.stack[-1] if self.stack else None

    @property
    def previous(self) -> str | None:
        """Return the version that a rollback goes back to."""
        return self.stack[-2] if len(self.stack) > 1 else None


class Version(Frozen):
    """One version in a list.

    Attributes:
        state: `in use`, `promotable`, `blocked by <part>`, `target not reached`, or what is wrong.
        score: On the confirmation part; None where it was not measured.
    """

    name: str
    state: str
    score: float | None = None
    folder: str


def is_version(folder: Path) -> bool:
    """Return whether a folder is a version of an adapter, sound or not."""
    return (folder / MANIFEST).is_file()


def list_versions(versions: Path) -> list[Version]:
    """Return the versions of a folder, the oldest first, damaged ones with what is wrong."""
    current = read_promotions(versions).current
    folders = sorted(versions.glob("v*"), key=lambda each: (len(each.name), each.name))
    return [_describe(folder, current) for folder in folders if folder.is_dir()]


def verify_version(folder: Path) -> tuple[dict[str, Any], VersionRecord]:
    """Return manifest and record of a version whose files, tensors and base are as they were.

    Raises:
        EvidenceError: Something was changed, or it was trained on another base.
        UnsafeError: It holds what may run code or overwrites the base.
    """
    manifest = verify_adapter(folder)
    record = read_record(folder, files=manifest["files"])
    verify_adapter(folder, base_model=model_digest(record.report.candidate.model))
    return manifest, record


def promote(folder: Path) -> Promotions:
    """Put a version into use, after a rehearsal of it and of the way back.

    The rehearsal loads this version, and then what a rollback would go back to, and asks both
    the questions of their records. A killed promotion leaves the old version in use, or the new
    one; never half of either.

    Raises:
        NotJustifiedError: A part of its plan blocks, or it does not reach the target.
        EvidenceError: It, or the version before, is not as recorded; or somebody else moved.
    """
    versions = folder.parent
    seen = read_promotions(versions)
    _, record = verify_version(folder)
    _refuse_unready(folder, record)
    rehearse(record, adapter=folder)
    _rehearse_way_back(versions, seen, folder.name, record)
    stack = (*(each for each in seen.stack if each != folder.name), folder.name)
    return move(versions, "promote", stack, seen=seen)


def rollback(versions: Path) -> Promotions:
    """Go back to the version that was in use before, or to the base model alone.

    Raises:
        EvidenceError: Nothing is in use, or the version before is damaged.
    """
    seen = read_promotions(versions)
    if seen.current is None:
        raise EvidenceError(
            f"No version of {versions} is in use, so there is nothing to go back from.",
            next_step="See `ladder adapter list`.",
        )
    if seen.previous is not None:
        verify_version(versions / seen.previous)
    return move(versions, "rollback", seen.stack[:-1], seen=seen)


def serving(versions: Path) -> Candidate | None:
    """Return the Candidate of the version in use; None is the base model as it was.

    Raises:
        EvidenceError: The version in use is damaged.
    """
    current = read_promotions(versions).current
    if current is None:
        return None
    folder = versions / current
    _, record = verify_version(folder)
    return record.report.candidate.replace(adapter=str(folder))


def _rehearse_way_back(
    versions: Path, seen: Promotions, promoted: str, record: VersionRecord
) -> None:
    before: Sequence[str] = [each for each in seen.stack if each != promoted]
    if not before:
        rehearse(record, adapter=None)
        return
    earlier = versions / before[-1]
    rehearse(verify_version(earlier)[1], adapter=earlier)


def _refuse_unready(folder: Path, record: VersionRecord) -> None:
    report = record.report
    if report.is_promotable:
        return
    blocked = first_blocked(report.plan)
    if blocked is not None:
        why = f"{blocked.name} blocks: {blocked.evidence}"
        step = blocked.next_step
    elif report.verdict == "not_reached":
        why, step = report.sentence, "Keep what is in use now."
    else:
        waiting = [part.name for part in report.plan if part.status == "waiting"]
        why = f"not done yet: {', '.join(waiting) or 'the plan'}"
        step = "Run `ladder train` again: it continues."
    raise NotJustifiedError(f"{folder} may not be promoted: {why}", next_step=step)


def _describe(folder: Path, current: str | None) -> Version:
    try:
        _, record = verify_version(folder)
    except LadderError as error:
        return Version(name=folder.name, state=str(error), folder=str(folder))
    report = record.report
    blocked = first_blocked(report.plan)
    if folder.name == current:
        state = "in use"
    elif blocked is not None:
        state = f"blocked by {blocked.name}"
    else:
        state = "promotable" if report.is_promotable else "target not reached"
    return Version(name=folder.name, state=state, score=report.after.score, folder=str(folder))


def read_promotions(versions: Path) -> Promotions:
    """Return what is in use among the versions of a folder.

    Raises:
        EvidenceError: The file is not readable, so what is in use is not known.
    """
    path = versions / PROMOTED
    try:
        return Promotions.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError:
        return Promotions()
    except (OSError, ValueError, ValidationError) as error:
        raise EvidenceError(
            f"{path} is not readable, so the version in use is not known.",
            next_step="Put it back from a copy, or delete it: then the base model is in use.",
        ) from error


def move(versions: Path, action: Action, stack: tuple[str, ...], *, seen: Promotions) -> Promotions:
    """Put the last of a stack of versions into use, unless another process moved since `seen`.

    Raises:
        EvidenceError: Something else was promoted or rolled back since.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    done = Move(action=action, to=stack[-1] if stack else None, at=now)
    with locked(versions / ".promoted.lock"):
        if read_promotions(versions) != seen:
            raise EvidenceError(
                f"{versions}: another process changed the version in use meanwhile.",
                next_step="Look at it with `ladder adapter list`, then decide again.",
            )
        moved = Promotions(stack=stack, history=(*seen.history, done))
        write_json(versions / PROMOTED, moved.model_dump(mode="json"))
    return moved
