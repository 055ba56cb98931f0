"""`LooksFile`: the looks of a confirmation part, kept beside the eval data for all runs."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from ladder.errors import EvidenceError, InfrastructureError
from ladder.search.looks import Closing, Entry, Looks, QuestionName, Record
from ladder.spec.base import Frozen, digest_of

WAIT_SECONDS = 60


class Kept(Frozen):
    """One confirmation part in the file.

    Attributes:
        samples: A short hash of each sample's id: parts that share samples share a budget.
        scoring: Digest of metric, target and scorer version.
        record: What was asked.
        seal: Digest of the rest; a file that was edited does not match it.
    """

    samples: tuple[str, ...]
    scoring: str
    record: Record
    seal: str = ""

    def sealed(self) -> "Kept":
        """Return a copy with the seal that its content asks for."""
        return self.replace(seal=self.expected_seal())

    def expected_seal(self) -> str:
        """Return the digest of everything but the seal."""
        return digest_of(self.model_dump(mode="json", exclude={"seal"}))


def looks_path(data: str | Path) -> Path:
    """Return where the looks at an eval file are kept: beside it, to be committed with it.

    >>> looks_path("data/eval.jsonl").name
    'eval.jsonl.looks.json'
    """
    data = Path(data)
    return data.with_name(f"{data.name}.looks.json")


class LooksFile(Looks):
    """The looks at one confirmation part, over all runs and processes.

    Args:
        path: The JSON file; see `looks_path`.
        confirmation_ids: Ids of the samples of the confirmation part, in any order.
        metric: Name of the metric and of how it reads an answer.
        target: The score to reach.
        scorer_version: Changes when the metric's code does.
        must_exist: Whether a missing file counts as spent (a gate that expects it committed).
    """

    def __init__(
        self,
        path: str | Path,
        *,
        confirmation_ids: Sequence[str],
        metric: str,
        target: float,
        scorer_version: str = "",
        must_exist: bool = False,
    ) -> None:
        super().__init__()
        self.path = Path(path)
        self._samples = tuple(sorted({_short(each) for each in confirmation_ids}))
        self._scoring = digest_of([metric, target, scorer_version])
        self.key = digest_of([self._scoring, *self._samples])
        self._must_exist = must_exist
        self._refresh()

    @property
    def record(self) -> Record:
        """Return what was asked so far, by any process."""
        self._refresh()
        return self._record

    def begin(self, question: QuestionName, key: str, *, allowed: float) -> Entry | None:
        """Write down a question before it is asked; None if it may not be asked."""
        with self._alone():
            return super().begin(question, key, allowed=allowed)

    def finish(self, entry: Entry, *, passed: bool, n_units: int = 0) -> None:
        """Write down the answer to a question."""
        with self._alone():
            super().finish(entry, passed=passed, n_units=n_units)

    def close(self, closing: Closing) -> None:
        """Write down the verdict that ends the life of this confirmation part."""
        with self._alone():
            super().close(closing)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = FileLock(f"{self.path}.lock", timeout=WAIT_SECONDS, is_singleton=True)
        try:
            with lock:
                yield
        except Timeout as error:
            raise InfrastructureError(
                f"{self.path} was locked by another process for {WAIT_SECONDS} seconds.",
                next_step="Wait for the other run to end, then run the same command again.",
            ) from error

    def _change(self, record: Record) -> None:
        kept = Kept(samples=self._samples, scoring=self._scoring, record=record).sealed()
        sets = {**self._read(), self.key: kept.model_dump(mode="json")}
        _write_whole(self.path, json.dumps({"schema_version": 1, "sets": sets}, indent=1))
        self._record = record

    def _refresh(self) -> None:
        if not self.path.exists() and self._must_exist:
            self._record = Record(burned=f"{self.path.name} is missing and counts as spent")
            return
        sets = self._read()
        if self.key in sets:
            self._record = _opened(sets[self.key], self.path)
        else:
            self._record = self._inherit([_kept(each) for each in sets.values()])

    def _inherit(self, others: Sequence[Kept | None]) -> Record:
        """Return the record of a new part: what was spent on samples it shares stays spent."""
        mine = set(self._samples)
        reached, below, burned = 0.0, 0.0, ""
        for kept in others:
            if kept is None or kept.scoring != self._scoring or mine.isdisjoint(kept.samples):
                continue
            record = kept.record
            if kept.seal != kept.expected_seal():
                burned = f"{self.path.name} was edited and counts as spent"
            elif record.closing is not None or record.burned:
                shared = len(mine.intersection(kept.samples))
                burned = burned or (
                    f"{shared} of the {len(mine)} confirmation samples were shown by an earlier "
                    "verdict; another question needs fresh examples"
                )
            reached = max(reached, record.spent("reached"))
            below = max(below, record.spent("below"))
        return Record(inherited_reached=reached, inherited_below=below, burned=burned)

    def _read(self) -> dict[str, Any]:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            sets = content["sets"]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EvidenceError(
                f"{self.path} is not a ledger of looks.",
                next_step="Restore it from version control; do not write a new one.",
            ) from error
        if not isinstance(sets, dict):
            raise EvidenceError(
                f"{self.path} is not a ledger of looks.",
                next_step="Restore it from version control; do not write a new one.",
            )
        return sets


def read_kept(path: Path) -> tuple[Kept, ...]:
    """Return every confirmation part in a ledger of looks.

    Raises:
        EvidenceError: It is none, or one of its parts was edited.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        parts = [_kept(each) for each in content["sets"].values()]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise EvidenceError(
            f"{path} is not a ledger of looks.",
            next_step="Restore it from version control; do not write a new one.",
        ) from error
    good = tuple(each for each in parts if each is not None and each.seal == each.expected_seal())
    if len(good) < len(parts):
        raise EvidenceError(
            f"{path} was edited, and counts as spent.",
            next_step="Restore it from version control; its looks stay written down.",
        )
    return good


def _opened(raw: object, path: Path) -> Record:
    kept = _kept(raw)
    if kept is None or kept.seal != kept.expected_seal():
        return Record(burned=f"{path.name} was edited and counts as spent")
    return kept.record


def _kept(raw: object) -> Kept | None:
    try:
        return Kept.model_validate_json(json.dumps(raw))
    except ValidationError:
        return None


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash, finds the old one or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
