"""Which adapter version is in use: one small file beside the versions, replaced in one step."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from ladder.disk import locked, write_json
from ladder.errors import EvidenceError
from ladder.frozen import Frozen

PROMOTED = "PROMOTED.json"


class Move(Frozen):
    """One promotion or rollback: to which version, None for the base model alone."""

    action: Literal["promote", "rollback"]
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


def push(versions: Path, version: str, *, seen: Promotions) -> Promotions:
    """Put a version into use, unless another process moved meanwhile.

    Args:
        versions: The folder of the versions.
        version: The one to use.
        seen: What was in use when the promotion was prepared.

    Raises:
        EvidenceError: Something else was promoted or rolled back since.
    """
    stack = tuple(each for each in seen.stack if each != version)
    return _move(versions, (*stack, version), "promote", seen=seen)


def pop(versions: Path, *, seen: Promotions) -> Promotions:
    """Go back to what was in use before the newest promotion.

    Raises:
        EvidenceError: Something else was promoted or rolled back since.
    """
    return _move(versions, seen.stack[:-1], "rollback", seen=seen)


def _move(
    versions: Path,
    stack: tuple[str, ...],
    action: Literal["promote", "rollback"],
    *,
    seen: Promotions,
) -> Promotions:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    move = Move(action=action, to=stack[-1] if stack else None, at=now)
    with locked(versions / ".promoted.lock"):
        if read_promotions(versions) != seen:
            raise EvidenceError(
                f"{versions}: another process changed the version in use meanwhile.",
                next_step="Look at it with `ladder adapter list`, then decide again.",
            )
        moved = Promotions(stack=stack, history=(*seen.history, move))
        write_json(versions / PROMOTED, moved.model_dump(mode="json"))
    return moved
