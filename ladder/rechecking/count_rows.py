"""`count_rows`: asks a confirmed candidate new rows and counts them, once each, in the run's folder."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ladder.activity import activity
from ladder.answering import RunAnswerer, ShownColumns
from ladder.data import Sample, normal_form
from ladder.data.labels import is_label_like
from ladder.decision import Decision
from ladder.errors import DataError, EvidenceError, SpecError
from ladder.frozen import digest_of
from ladder.measure import Scored, Workbench
from ladder.measure.task_data import load_rows_like
from ladder.models import model_digest
from ladder.models.base import Answer, NotesAnswers
from ladder.rechecking.fresh_rows import (
    FreshRows,
    KnownRows,
    LeftOutRow,
    fresh_rows,
    left_out_notes,
)
from ladder.rechecking.input_drift import InputRow, input_drift
from ladder.rechecking.new_answers import FEW, can_be_right, check_new_answers
from ladder.rechecking.new_files import NewFiles, read_months
from ladder.rechecking.question_digest import QuestionDigest, asked_in
from ladder.rechecking.recheck_result import Recheck, recheck_of
from ladder.rechecking.recorded_part import recorded_part
from ladder.runs.endpoint_probe import use_known_abilities
from ladder.runs.finished import read_sources
from ladder.runs.folder import RunFolder, alone_in
from ladder.runs.recheck_file import (
    CountedBatch,
    DriftLine,
    RecheckedMean,
    RecheckHead,
    RecheckRecord,
    ScoreBounds,
    read_rechecks,
    refuse_other_head,
)
from ladder.runs.samples import SampleRow, read_samples
from ladder.scoring.judge.judge_metric import JudgeMetric
from ladder.search.answer_worth import least_differences, sureness_of
from ladder.search.climb import class_targets
from ladder.search.confirm.where_sure import COVERAGE
from ladder.search.select.scores import check_scores
from ladder.spec.candidate import Candidate
from ladder.spec.task import Budget, TaskSpec

NOTHING_COUNTED = "No new row counts, so what was shown before stands."


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


def count_rows(about: CandidateToRecheck, new: NewFiles, *, now: datetime | None = None) -> Recheck:
    """Ask the candidate the rows of files that were never counted, count them, and say what all show.

    Rows of different months are a batch each, the first month first. Answers are in the run's journal
    before they count, and a batch is in the record whole or not at all: the same call after a kill goes
    on, and counts nothing twice.

    Raises:
        DataError: A file cannot be read.
        EvidenceError: What was counted before is about something else, or another model answers now.
        EndpointError, OutageError: Too many calls failed; the month in which they did is not counted.
    """
    folder, now = about.folder, now or datetime.now(UTC)
    _refuse_recorded(about)
    with alone_in(folder.path):
        record = read_rechecks(folder)
        rows = _rows_of_run(folder)
        with activity("reading the new rows"):
            months, known, notes = _months_to_count(about, new, rows, now=now, record=record)
        with Workbench(about.answerer.data, journal=folder.journal) as bench:
            if about.task.model.is_endpoint:
                use_known_abilities(bench, folder)
            head = _head(about, bench, known.largest)
            if record is not None:
                refuse_other_head(record, head, folder)
            record = record or RecheckRecord.begun(head)
            for month, fresh in months.items():
                _note_who_answered(about, bench, fresh.samples[0], record)
                answered = bench.scored(about.candidate, fresh.samples)
                reference = about.task.reference
                other = [] if reference is None else bench.scored(reference, fresh.samples)
                batch = _batch(about, fresh, (answered, other), new.paths, now)
                _refuse_another_model(record, batch, about)
                batch = batch.replace(month=month, drift=_drift(rows, fresh.samples))
                record = record.with_batch(batch)
                record.write(folder)
    n_new = sum(len(fresh.samples) for fresh in months.values())
    return recheck_of(folder, record, n_new=n_new, notes=notes)


def _months_to_count(
    about: CandidateToRecheck,
    new: NewFiles,
    rows: Sequence[SampleRow],
    *,
    now: datetime,
    record: RecheckRecord | None,
) -> tuple[dict[str, FreshRows], KnownRows, tuple[str, ...]]:
    """Return the rows that count of each month, what they were held against, and what to know of them.

    Raises:
        DataError: A file cannot be read, or no answer could match the rows of a month.
    """
    read = read_months(about.task.data, new, now)
    shown = ShownColumns.of(about.candidate, about.task)
    digest = QuestionDigest(shown.names)
    known = KnownRows.of(digest, rows, record=record, at_hand=list(_at_hand(about)))
    left_out = Counter(
        {
            LeftOutRow.WITHOUT_ANSWER: read.n_without_answer,
            LeftOutRow.WITHOUT_DATE: read.n_without_date,
        }
    )
    months: dict[str, FreshRows] = {}
    notes = list(read.notes)
    for month, samples in read.months.items():
        shown.refuse_missing(samples, rows)
        fresh = fresh_rows(samples, known)
        known = known.with_counted(fresh)
        left_out += fresh.left_out
        if fresh.samples:
            months[month] = fresh
    for month, samples in _to_check(months):
        notes += check_new_answers(about.answerer.data, samples, rows, month=month)
    nothing = () if months else (NOTHING_COUNTED,)
    return months, known, (*nothing, *left_out_notes(left_out, read.n), *notes)


def _to_check(months: Mapping[str, FreshRows]) -> Iterator[tuple[str, list[Sample]]]:
    """Yield the rows whose answers are looked at together: a month, and all months of few rows as one."""
    few: list[Sample] = []
    for month, fresh in months.items():
        if len(fresh.samples) < FEW:
            few += fresh.samples
        else:
            yield month, fresh.samples
    yield "", few


def _rows_of_run(folder: RunFolder) -> list[SampleRow]:
    """Return the run's own samples.

    Raises:
        EvidenceError: They are not there, so nobody could tell them from fresh rows.
    """
    rows = list(read_samples(folder.samples, kept=()))
    if not rows:
        raise EvidenceError(
            f"{folder.samples} is missing, so rows of the run's own eval data could not be told from "
            "fresh ones.",
            next_step="Put it back, or run the same `ladder run` again: it writes it from its journal.",
        )
    return rows


def _refuse_recorded(about: CandidateToRecheck) -> None:
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


def _at_hand(about: CandidateToRecheck) -> Iterator[Sample]:
    """Yield the rows that the candidate learns from or is shown, where their files can be read."""
    task, candidate = about.task, about.candidate.effective
    pools = {candidate.examples.pool} if candidate.examples is not None else set()
    if candidate.model.classifier is not None:
        pools.add(candidate.model.classifier.pool)
    if about.is_trained and task.training is not None:
        pools.add(task.training.path)
    for pool in sorted(pools):
        with suppress(DataError):
            yield from load_rows_like(task.data, pool)


def _head(about: CandidateToRecheck, bench: Workbench, largest: int) -> RecheckHead:
    task, candidate = about.task, about.candidate
    is_single = largest == 1
    is_pass_fail = is_single and bench.metric.kind == "binary"
    edges = {"": task.reach}
    edges |= {label: target - task.margin for label, target in task.metric.at_least.items()}
    means = [
        RecheckedMean(
            label=label,
            edge=edge,
            is_pass_fail=is_pass_fail and (task.relative is None or bool(label)),
        )
        for label, edge in edges.items()
    ]
    review = task.levers.model.review
    if candidate.model.reviewed_below is not None and review is not None:
        least = review.least_coverage
        means.append(RecheckedMean(label=COVERAGE, edge=least, is_pass_fail=is_single))
    own, relative = bench.identity(candidate), task.relative
    against = "" if task.reference is None else bench.identity(task.reference)
    if against != about.reference_identity:
        raise EvidenceError(
            f"The reference of {about.folder.path} is not the one that its verdict was given against.",
            next_step="Restore it, or run the task again.",
        )
    return RecheckHead(
        candidate=digest_of([own, "against", against]) if against else own,
        label=about.label,
        reference="" if relative is None else relative.reference.name,
        judge=bench.metric.judge.id if isinstance(bench.metric, JudgeMetric) else "",
        means=tuple(means),
        largest=largest,
        is_trained=about.is_trained,
    )


def _batch(
    about: CandidateToRecheck,
    fresh: FreshRows,
    answers: tuple[Sequence[Scored], Sequence[Scored]],
    files: Sequence[Path],
    now: datetime,
) -> CountedBatch:
    answered, other = answers
    is_binary = about.answerer.data.metric.kind == "binary"
    check_scores(np.array([row.score for row in answered]), len(answered), is_binary=is_binary)
    served = {(row.answer.answered_by, row.answer.fingerprint) for row in answered}
    return CountedBatch(
        counted=now.astimezone(UTC).isoformat(timespec="seconds"),
        files=tuple(file.name for file in files),
        questions=tuple(fresh.questions),
        rows=tuple(fresh.rows),
        units=tuple(fresh.units),
        scores=_scores(about, fresh.samples, answered, other),
        unknown=sum(
            (row.could_be_right and row.score < 1)
            or not can_be_right(about.answerer.data.metric, sample)
            for row, sample in zip(answered, fresh.samples, strict=True)
        ),
        served_as=tuple(sorted(each for each in served if any(each))),
    )


def _scores(
    about: CandidateToRecheck,
    samples: Sequence[Sample],
    answered: Sequence[Scored],
    other: Sequence[Scored],
) -> dict[str, tuple[ScoreBounds, ...]]:
    """Return for each mean what each row scores: an unknown answer 0 for one claim and 1 for the other.

    It is the score by the task's own metric and reading: that is what was confirmed. With a reference
    it is (difference + 1) / 2, and the least of it is what the run itself would count.

    Args:
        about: The candidate.
        samples: What was asked.
        answered: Its answers.
        other: Those of the reference; none where the target is a score.
    """
    own = [(row.score, 1.0 if row.could_be_right else row.score) for row in answered]
    bounds: list[ScoreBounds] = [*(_differences(about, answered, other) if other else own)]
    metric = about.answerer.data.metric
    bounds = [
        each if can_be_right(metric, sample) else (0.0, 1.0)
        for each, sample in zip(bounds, samples, strict=True)
    ]
    below = about.candidate.model.reviewed_below
    found: dict[str, tuple[ScoreBounds, ...]] = {}
    if below is not None:
        # Which answers count is how sure they are; of a failed call nobody knows.
        sure = np.nan_to_num(sureness_of(answered), nan=-1.0) >= below
        lost = [row.answer.error is not None for row in answered]
        found[COVERAGE] = tuple(
            (float(is_sure), float(is_sure or is_lost))
            for is_sure, is_lost in zip(sure, lost, strict=True)
        )
        bounds = [each if is_sure else None for each, is_sure in zip(bounds, sure, strict=True)]
    found[""] = tuple(bounds)
    for each in class_targets(about.task.metric, samples):
        members = each.members
        found[each.label] = tuple(one if at in members else None for at, one in enumerate(bounds))
    return found


def _differences(
    about: CandidateToRecheck, answered: Sequence[Scored], other: Sequence[Scored]
) -> Iterator[tuple[float, float]]:
    """Yield the least and the most that each difference to the reference may be, as (d + 1) / 2."""
    least = least_differences(answered, other, about.task, about.answerer.data.metric)
    for low, mine, reference in zip(least.tolist(), answered, other, strict=True):
        most = 1.0 if mine.could_be_right else mine.score
        worst = 0.0 if reference.could_be_right else reference.score
        yield low, max(low, (most - worst + 1) / 2)


def _note_who_answered(
    about: CandidateToRecheck, bench: Workbench, sample: Sample, record: RecheckRecord
) -> None:
    """Let the client of a server know who answered in earlier batches, or in the run itself.

    It then refuses the first answer of another model, before that is kept.
    """
    generator = bench.generator(about.candidate)
    if not isinstance(generator, NotesAnswers):
        return
    served = {each for batch in record.batches for each in batch.served_as}
    kept = (each for each in bench.journal.values() if isinstance(each, dict))
    served = served or {(each.get("answered_by", ""), each.get("fingerprint", "")) for each in kept}
    if len({name for name, _ in served if name}) > 1:
        return  # a run of several models, or with a judge: nobody knows which of them this one is
    [(prompt, _)] = bench.prompted(about.candidate, [sample])
    for name, fingerprint in sorted(served):
        answer = Answer("", answered_by=name, fingerprint=fingerprint)
        generator.note_answered(prompt.request, answer)


def _refuse_another_model(
    record: RecheckRecord, batch: CountedBatch, about: CandidateToRecheck
) -> None:
    """Raise where a server called the model, or its weights, otherwise in earlier batches.

    A fingerprint is held against earlier ones only where these saw one throughout: some services
    change it from call to call.

    Raises:
        EvidenceError: It did.
    """
    before = {each for known in record.batches for each in known.served_as}
    for place, what in enumerate(("name", "fingerprint")):
        known = {each[place] for each in before if each[place]}
        now = {each[place] for each in batch.served_as if each[place]}
        if len(known) == 1 and now and not now & known:
            raise EvidenceError(
                f"{about.candidate.model.id} answered under the {what} {known.pop()!r} in earlier "
                f"batches and now under {now.pop()!r}: it is another model than was confirmed.",
                next_step="Pin the model on the server. A new model needs a run of its own.",
            )


def _drift(before: Sequence[SampleRow], now: Sequence[Sample]) -> tuple[DriftLine, ...]:
    asked_before = [(asked_in(row), next(iter(row.targets), "")) for row in before]
    asked_now = [(sample.asked, sample.targets[0]) for sample in now]
    # A label is one label in any spelling, on either side: it is shown as it stands first.
    spelt: dict[str, str] = {}
    old, new = (
        [InputRow(asked, spelt.setdefault(normal_form(answer), answer)) for asked, answer in pairs]
        for pairs in (asked_before, asked_now)
    )
    as_samples = [Sample(row.id, row.input, row.targets or ("",)) for row in before]
    return input_drift(old, new, has_labels=is_label_like(as_samples))
