"""`LabelFile`: what people said of a run's answers, on disk before it counts."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from ladder.disk import write_lines
from ladder.errors import EvidenceError
from ladder.frozen import Frozen, digest_of
from ladder.labelling.labels_so_far import Label


class LabelEntry(Frozen):
    """One label, with the sample and the answer that it is about."""

    id: str
    answer: str
    label: Label


class LabelDocument(Frozen):
    """The file's content: the question that the labels answer, and the labels in their order."""

    schema_version: Literal[1] = 1
    about: str
    labels: tuple[LabelEntry, ...] = ()


class LabelFile:
    """The labels of one candidate's answers; each is on disk when `add` returns.

    Args:
        path: The file, in the run's folder.
        about: Digest of run, candidate and rubric: labels of another question are refused.

    Raises:
        EvidenceError: It cannot be read, or is about something else.
    """

    def __init__(self, path: Path, about: str) -> None:
        self.path = path
        self._document = _read(path, about) if path.exists() else LabelDocument(about=about)

    def labels(self, answers: Mapping[str, str]) -> dict[str, Label]:
        """Return the labels of these answers (texts by the ids of their samples).

        Raises:
            EvidenceError: One was given to another answer.
        """
        for entry in self._document.labels:
            if entry.id in answers and entry.answer != _digest(answers[entry.id]):
                raise EvidenceError(
                    f"{self.path} labels another answer to sample {entry.id} than the run holds.",
                    next_step="Restore the run's journal, or move the file away and label anew.",
                )
        return {entry.id: entry.label for entry in self._document.labels}

    def add(self, sample: str, answer: str, label: Label) -> None:
        """Write down what somebody said of an answer; it takes the place of what was said before."""
        rest = tuple(each for each in self._document.labels if each.id != sample)
        self._write((*rest, LabelEntry(id=sample, answer=_digest(answer), label=label)))

    def undo(self) -> str | None:
        """Take back the last label; return the id of its sample."""
        if not self._document.labels:
            return None
        *rest, last = self._document.labels
        self._write(tuple(rest))
        return last.id

    @property
    def digest(self) -> str:
        """Return a digest of all labels, whatever their order."""
        return digest_of(
            sorted([each.id, each.answer, each.label] for each in self._document.labels)
        )

    def __len__(self) -> int:
        """Return the number of labels."""
        return len(self._document.labels)

    def _write(self, labels: tuple[LabelEntry, ...]) -> None:
        document = self._document.replace(labels=labels)
        write_lines(self.path, [document.model_dump_json(indent=1)])
        self._document = document


def _read(path: Path, about: str) -> LabelDocument:
    try:
        document = LabelDocument.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EvidenceError(
            f"{path} is no file of labels ({type(error).__name__}).",
            next_step="Restore it from a copy; what was labelled stays labelled.",
        ) from error
    if document.about != about:
        raise EvidenceError(
            f"{path} holds labels of another candidate, rubric or run.",
            next_step="Move it away, and label the answers of this one.",
        )
    return document


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
