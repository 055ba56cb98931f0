"""`CandidateToRecheck`: what is rechecked, and refusals of all that is not what was confirmed."""

from collections.abc import Iterable
from dataclasses import dataclass

from ladder.answering import RunAnswerer
from ladder.data import Sample
from ladder.decision import Decision
from ladder.errors import EvidenceError, SpecError
from ladder.measure import Workbench
from ladder.models import model_digest
from ladder.models.base import Answer, NotesAnswers
from ladder.models.endpoint.model_name import is_one_name
from ladder.models.endpoint.same_model import OF_ITS_OWN
from ladder.rechecking.recorded_part import recorded_part
from ladder.runs.finished import read_sources
from ladder.runs.folder import RunFolder
from ladder.runs.recheck_file import CountedBatch, RecheckRecord
from ladder.spec.candidate import Candidate
from ladder.spec.task import Budget, TaskSpec


@dataclass(frozen=True, eq=False)
class CandidateToRecheck:
    """A candidate that a run's evidence says reaches the target.

    Attributes:
        answerer: It, ready to answer as it was measured.
        label: What the report calls it.
        is_trained: Whether it was trained after the verdict.
        reference_identity: Digest of all that can change the scores of the target's reference.
    """

    answerer: RunAnswerer
    label: str
    is_trained: bool = False
    reference_identity: str = ""

    @property
    def candidate(self) -> Candidate:
        """Return the candidate itself."""
        return self.answerer.candidate

    @property
    def task(self) -> TaskSpec:
        """Return the task of its run."""
        return self.answerer.data.task

    @property
    def folder(self) -> RunFolder:
        """Return the run's folder."""
        return self.answerer.folder


def refuse_other_task(decision: Decision, task: TaskSpec, folder: RunFolder) -> None:
    """Raise where the task beside a decision, or the model's files, are not those of its run.

    Raises:
        EvidenceError: They are not, or the run does not say what it was measured on.
    """
    provenance = decision.provenance
    if provenance is None or not read_sources(folder):
        raise EvidenceError(
            f"{folder.path} does not say what it was measured on ({folder.sources.name}), so nobody "
            "knows whether the candidate is the same.",
            next_step="Run the same `ladder run` again: it writes what is missing from its journal.",
        )
    now = (task.replace(budget=Budget()).digest, model_digest(task.model))
    if now != (provenance.spec, provenance.model):
        what = "spec" if now[0] != provenance.spec else "model"
        raise EvidenceError(
            f"The {what} of {folder.path} is not the one that its verdict is about.",
            next_step="Restore it, or run the task again: what was confirmed says nothing of it now.",
        )


def refuse_recorded(about: CandidateToRecheck) -> None:
    """Raise where answers were recorded: nobody can be asked new rows.

    Raises:
        SpecError: They were, of the candidate or of the target's reference.
    """
    what = recorded_part(about.candidate, about.task.reference)
    if what:
        raise SpecError(
            f"The answers of the {what} of {about.folder.path} are recorded, so it cannot be asked "
            "new rows.",
            next_step="Give the new rows and recorded answers to them a run of their own, or run the task "
            f"with the model that answers as its {'model' if what == 'candidate' else what}: that run "
            "can be rechecked.",
        )


def note_who_answered(
    about: CandidateToRecheck, bench: Workbench, sample: Sample, record: RecheckRecord
) -> None:
    """Let the client of a server know who answered in earlier batches, or in the run itself.

    It then refuses the first answer of another model, before that is kept.
    """
    generator = bench.generator(about.candidate)
    if not isinstance(generator, NotesAnswers):
        return
    served = set(record.batches[-1].served_as) if record.batches else set()
    kept = (each for each in bench.journal.values() if isinstance(each, dict))
    served = served or {(each.get("answered_by", ""), each.get("fingerprint", "")) for each in kept}
    if _are_several(name for name, _ in served):
        return  # a run of several models, or with a judge: nobody knows which of them this one is
    [(prompt, _)] = bench.prompted(about.candidate, [sample])
    for name, fingerprint in sorted(served):
        answer = Answer("", answered_by=name, fingerprint=fingerprint)
        generator.note_answered(prompt.request, answer)


def refuse_another_model(
    record: RecheckRecord, batch: CountedBatch, about: CandidateToRecheck
) -> None:
    """Raise where a server called the model otherwise in earlier batches.

    Raises:
        EvidenceError: It did.
    """
    known = {name for each in record.batches for name, _ in each.served_as if name}
    now = {name for name, _ in batch.served_as if name}
    if known and now and not _are_several(known) and _are_several({*known, *now}):
        raise EvidenceError(
            f"{about.candidate.model.id} answered as {min(known)!r} in earlier batches and now as "
            f"{min(now)!r}: it is another model than was confirmed.",
            next_step=OF_ITS_OWN,
        )


def _are_several(names: Iterable[str]) -> bool:
    """Return whether some names are those of several models."""
    given = [each for each in names if each]
    return any(not is_one_name(given[0], each) for each in given[1:])
