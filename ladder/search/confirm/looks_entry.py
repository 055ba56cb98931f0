"""`LookedAtPart`: one confirmation part as the ledger of looks holds it, and how the ledger is read."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from ladder.errors import EvidenceError
from ladder.frozen import Frozen, digest_of
from ladder.search.confirm.look_history import LookHistory
from ladder.statistics.sizes import QuestionName

VERSION: Literal[2] = 2
USED_UP = "so its error budget counts as used up"
_LATER = ("version", "content", "selection")
"""What an entry of version 1 does not have."""


class LookedAtPart(Frozen):
    """One confirmation part in the file.

    Attributes:
        version: 1 named samples by their ids, which an edit of the spec can change.
        samples: A short hash of each name of each sample: parts that share one share samples.
        scoring: Digest of metric, target and scorer version: parts that share it share a budget.
        content: Digest of all else that an answer depends on.
        record: What was asked of exactly this part; nothing that other parts hand on to it.
        selection: The same hashes of the samples that this part's runs selected on. Scores of
            those are seen by everybody, so another split must not make them confirmation samples.
        seal: Digest of the rest; an entry that was edited does not match it.
    """

    version: Literal[1, 2] = 1
    samples: tuple[str, ...]
    scoring: str
    content: str = ""
    record: LookHistory
    selection: tuple[str, ...] = ()
    seal: str = ""

    @property
    def key(self) -> str:
        """Return the name under which the part stands in the file."""
        if self.version == 1:
            return digest_of([self.scoring, *self.samples])
        return digest_of([self.version, self.scoring, self.content, *self.samples])

    def sealed(self) -> dict[str, Any]:
        """Return the entry as it is written, with the seal that its content asks for."""
        without = {"seal"} if self.version > 1 else {"seal", *_LATER}
        entry = self.model_dump(mode="json", exclude=without)
        return {**entry, "seal": digest_of(entry)}

    @property
    def shown(self) -> frozenset[str]:
        """Return the names of the samples whose scores its verdict showed; none without one."""
        closing = self.record.closing
        if closing is None:
            return frozenset()
        return frozenset(self.samples if closing.shown is None else closing.shown)

    @property
    def seen(self) -> frozenset[str]:
        """Return the names of all samples whose scores somebody may have seen."""
        return self.shown.union(self.selection)

    def shares(self, samples: Collection[str]) -> bool:
        """Return whether it holds one of these samples, as far as that can be told."""
        return self.version == 1 or not set(self.samples).isdisjoint(samples)

    def asks(self, scoring: str) -> bool:
        """Return whether its looks spend the budget of this metric, target and scorer."""
        return self.version == 1 or self.scoring == scoring


def short_name(text: str) -> str:
    """Return a hash of a sample's name, as it stands in the ledger."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def spent_in(parts: Iterable[LookedAtPart], question: QuestionName) -> float:
    """Return what was spent in several parts: each look stands in one of them, and counts once.

    Looks that asked nothing but what a verdict showed touched no sample that can still be asked.
    """
    records = [part.record for part in parts]
    entries = [entry for record in records for entry in record.entries if not entry.is_shown]
    by_people = sum(record.spent_by_people(question) for record in records)
    return sum(entry.cost for entry in entries if entry.question == question) + by_people


def read_sets(path: Path) -> Mapping[str, object]:
    """Return the entries of a ledger as they stand in it, by their keys.

    Raises:
        EvidenceError: It is none, or not there.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _no_ledger(path) from error
    sets = content.get("sets") if isinstance(content, dict) else None
    if not isinstance(sets, dict):
        raise _no_ledger(path)
    return sets


def opened(key: str, entry: object) -> LookedAtPart | None:
    """Return an entry as it was written; None if it was edited since, or cannot be read."""
    try:
        kept = LookedAtPart.model_validate_json(json.dumps(entry))
    except (ValidationError, RecursionError):
        return None
    if not isinstance(entry, dict) or kept.key != key:
        return None
    rest = {name: value for name, value in entry.items() if name != "seal"}
    return kept if kept.seal == digest_of(rest) else None


def read_parts(path: Path) -> tuple[LookedAtPart, ...]:
    """Return every confirmation part in a ledger of looks.

    Raises:
        EvidenceError: It is none, or one of its parts was edited.
    """
    parts = [opened(key, entry) for key, entry in read_sets(path).items()]
    good = tuple(part for part in parts if part is not None)
    if len(good) < len(parts):
        raise edited(path)
    return good


def part_of_run(parts: Iterable[LookedAtPart], run: str) -> LookedAtPart | None:
    """Return the confirmation part whose verdict a run came to, if it came to one."""
    closed = ((each, each.record.closing) for each in parts)
    return next((part for part, one in closed if one is not None and one.run == run != ""), None)


def edited(path: Path) -> EvidenceError:
    """Return the error that says that a ledger was edited."""
    return EvidenceError(
        f"{path} was edited, {USED_UP}.",
        next_step="Restore it from version control; the tests in it stay written down.",
    )


def _no_ledger(path: Path) -> EvidenceError:
    return EvidenceError(
        f"{path} is not a record of confirmation tests.",
        next_step="Restore it from version control; do not write a new one.",
    )
