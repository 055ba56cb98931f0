"""`Shown`: the training about to start, whose files and model must equal those of the record."""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ladder.errors import EvidenceRefusedError
from ladder.gate.statement import Digest, EvidenceRecord, SubjectName, digest_command

if TYPE_CHECKING:
    from ladder.spec.task import TaskSpec

FLAGS: dict[SubjectName, str] = {
    "spec": "--spec SPEC",
    "eval_data": "--spec SPEC",
    "train_data": "--train-data PATH",
    "base": "--base MODEL",
    "train_config": "--train-config PATH",
    "metric": "--spec SPEC",
    "reference": "--spec SPEC",
    "command": "-- COMMAND",
}
"""The option of the gate that shows a subject."""

_WORDS: dict[SubjectName, str] = {
    "spec": "task spec",
    "eval_data": "eval data",
    "train_data": "train data",
    "base": "base model",
    "train_config": "training configuration",
    "metric": "metric's code",
    "reference": "reference of the target",
    "command": "command",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The training that is about to start.

    Attributes:
        spec: The task spec; its eval data are compared too.
        train_data: Files and folders that the training reads.
        base: The model that it starts from: a folder, a `.gguf` file, a hub id.
        train_config: Files that say how it trains: configuration, and the script itself.
        command: The words that start it; compared where the record names them.
    """

    spec: str | Path | None = None
    train_data: tuple[str | Path, ...] = ()
    base: str | None = None
    train_config: tuple[str | Path, ...] = ()
    command: tuple[str, ...] = ()

    def digests(self) -> dict[SubjectName, Digest]:
        """Return the digest of each thing shown, of its bytes as they are now."""
        return dict(self._digests())

    def files(self) -> tuple[Path, ...]:
        """Return every path shown that is a file or folder here."""
        paths = [*self.train_data, *self.train_config, *([self.base] if self.base else [])]
        if self.spec is not None:
            paths += [self.spec, self.task().data.path]
        return tuple(Path(each) for each in paths if Path(each).exists())

    def task(self) -> "TaskSpec":
        """Return the task that the spec holds."""
        from ladder.spec.load_task import load_task

        return load_task(self.spec or "")

    def _digests(self) -> Iterator[tuple[SubjectName, Digest]]:
        if self.command:
            yield "command", digest_command(self.command)
        if not any((self.spec, self.train_data, self.base, self.train_config)):
            return
        from ladder.gate.subjects import (
            digest_base,
            digest_eval_data,
            digest_metric,
            digest_paths,
            digest_reference,
        )

        if self.spec is not None:
            task = self.task()
            yield "spec", Digest(sha256=task.digest)
            yield "eval_data", digest_eval_data(task.data)
            if ":" in task.metric.name:
                yield "metric", digest_metric(task.metric.name)
            if task.reference is not None:
                yield "reference", digest_reference(task.reference)
        if self.train_data:
            yield "train_data", digest_paths(self.train_data)
        if self.base is not None:
            yield "base", digest_base(self.base)
        if self.train_config:
            yield "train_config", digest_paths(self.train_config)


NOTHING = Shown()


def check_shown(
    record: EvidenceRecord, now: dict[SubjectName, Digest], where: str, *, differing: str = ""
) -> None:
    """Raise EvidenceRefusedError where something shown is not, byte for byte, what the record is about.

    Args:
        record: What was measured.
        now: The digests of what is shown.
        where: How messages name the record.
        differing: In what the spec that is shown asks another question, in words.
    """
    then = {each.name: each.digests for each in record.subject}
    wrong = [name for name in now if name in then and now[name].sha256 != then[name].sha256]
    if wrong:
        told = "; ".join(_tell(name, now[name], then[name]) for name in wrong)
        told += f" ({differing})" if differing and "spec" in wrong else ""
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH",
            f"{where} is about something else: {told}.",
            next_step="Show what the record was written for, or write a record for what you train "
            f"now: ladder record write RUN {_flags(now)}--key KEY",
        )


def check_named(record: EvidenceRecord, now: dict[SubjectName, Digest], run: str) -> None:
    """Raise EvidenceRefusedError where a record that would open says nothing of what is shown.

    A verdict that keeps the gate shut is told all the same: it needs no training to be shown.
    """
    missing = [name for name in now if record.sha256_of(name) is None and name != "command"]
    if missing:
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH",
            f"{run} is tied to no {' and no '.join(_WORDS[name] for name in missing)}, so what is "
            "shown cannot be compared with it.",
            next_step=f"Write a record for this training: ladder record write {shlex.quote(run)} "
            f"{_flags(now)}--key KEY. Without --key the record is unsigned, and counts only where "
            "ladder-policy.yaml says unsigned: allow.",
        )


def _flags(now: Iterable[SubjectName]) -> str:
    """Return the options of `ladder record write` that name what is shown."""
    named = [f"{FLAGS[name]} " for name in ("train_data", "train_config") if name in now]
    return "".join(named)


def not_shown(record: EvidenceRecord, now: dict[SubjectName, Digest]) -> tuple[str, ...]:
    """Return the subjects of the training that were not compared, in words."""
    names: tuple[SubjectName, ...] = ("train_data", "base", "train_config")
    unseen = [_WORDS[name] for name in names if name not in now]
    if ("command" in now) != (record.sha256_of("command") is not None):
        unseen.append(_WORDS["command"])
    return tuple(unseen)


def _tell(name: SubjectName, now: Digest, then: Digest) -> str:
    word = _WORDS[name]
    text = f"{word} {then.sha256[:12]} in the record, {now.sha256[:12]} here"
    if now.text_sha256 is not None and now.text_sha256 == then.text_sha256:
        return f"{text} (only the line ends differ: the file was converted)"
    return text
