"""Write an evidence record: a run's verdict, bound by digest to what it is about, and signed."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ladder.decision import Decision
from ladder.errors import EvidenceRefusedError, SpecError
from ladder.gate.envelope import Envelope, seal
from ladder.gate.keys import SigningKey
from ladder.gate.predicate import predicate_of
from ladder.gate.recompute import check_recomputed, recompute
from ladder.gate.statement import STATEMENT, VERDICT, EvidenceRecord, JournalHead, Subject
from ladder.gate.strict_run import check_unchanged, load_decision, load_run_task
from ladder.gate.subjects import digest_bytes, subjects_of
from ladder.search.confirm.looks_file import looks_path_of
from ladder.spec.task import TaskSpec

DAYS = 90
"""How long a record is good for, unless its writer says otherwise."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a record is for.

    Attributes:
        train_data, train_config: What the training will read, and how it will train.
        command: The words that will start it.
        days: How long the record is good for.
    """

    train_data: tuple[str, ...] = ()
    train_config: tuple[str, ...] = ()
    days: int = DAYS
    command: tuple[str, ...] = ()


def write_record(
    run: str | Path,
    keys: Sequence[SigningKey],
    *,
    binding: Binding | None = None,
    allow_code: bool = False,
) -> Envelope:
    """Return the signed record of a run's verdict.

    Nothing is signed on trust: the verdict is first rebuilt from the journal, and eval data and
    model must still be what was measured.

    Args:
        run: The run's folder.
        keys: Each signs; none makes an unsigned record.
        binding: The training that the record is for, and how long it is good for.
        allow_code: Whether the metric may be the user's own code.

    Raises:
        EvidenceRefusedError: The run's files do not belong together, or something changed since.
    """
    folder, bound = Path(run), binding or Binding()
    if not 1 <= bound.days <= 3650:
        raise SpecError(
            f"--days {bound.days} is not 1 to 3650.", next_step="Give a number of days."
        )
    decision = load_decision(folder)
    task = load_run_task(folder, decision)
    check_unchanged(decision, task)
    found = recompute(folder, task, allow_code=allow_code)
    check_recomputed(found, decision, folder)
    if decision.verdict != "inconclusive":  # without a verdict nothing may have been asked yet
        check_looks(task)
    subjects = subjects_of(
        task, train_data=bound.train_data, train_config=bound.train_config, command=bound.command
    )
    record = make_record(
        decision,
        task,
        bound,
        folder=folder,
        issued=datetime.now(UTC),
        subjects=subjects,
        journal=found.head,
    )
    return seal(record.model_dump_json(by_alias=True).encode(), keys)


def make_record(  # noqa: PLR0913 - all by name but the first three
    decision: Decision,
    task: TaskSpec,
    bound: Binding,
    *,
    folder: Path,
    issued: datetime,
    subjects: tuple[Subject, ...],
    journal: JournalHead | None = None,
) -> EvidenceRecord:
    """Return what a record says of a decision."""
    looks = looks_path_of(task.data, folder.parent)
    return EvidenceRecord(
        _type=STATEMENT,
        subject=subjects,
        predicateType=VERDICT,
        predicate=predicate_of(
            decision,
            task=task,
            issued=issued,
            days=bound.days,
            looks_sha256=digest_bytes(looks).sha256 if looks.is_file() else None,
            journal=journal,
            commit=_commit(),
        ),
    )


def check_looks(task: TaskSpec) -> None:
    """Raise EvidenceRefusedError where the ledger of looks is missing: it counts as spent."""
    looks = looks_path_of(task.data, Path())
    if Path(task.data.path).exists() and not looks.is_file():
        raise EvidenceRefusedError(
            "MISSING",
            f"{looks}, the record of confirmation tests, is missing, so its error budget counts as "
            "used up.",
            next_step="Restore it from version control, or take fresh eval examples.",
        )


def _commit() -> str | None:
    """Return the commit of the repository that ladder was called in, where there is one."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git the user has
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
