"""`count_rows`: asks a confirmed candidate new rows and counts them, once each, in the run's folder."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from ladder.activity import activity
from ladder.answering import ShownColumns
from ladder.answering.recorded_answers import recorded_answers
from ladder.data import Sample, normal_form
from ladder.data.labels import is_label_like
from ladder.errors import DataError, EvidenceError
from ladder.frozen import digest_of
from ladder.measure import Workbench
from ladder.measure.task_data import load_rows_like
from ladder.models.base import NotesFindings
from ladder.rechecking.candidate_to_recheck import (
    CandidateToRecheck,
    note_who_answered,
    refuse_another_model,
    refuse_recorded,
)
from ladder.rechecking.counted_batch import counted_batch
from ladder.rechecking.fresh_rows import (
    FreshRows,
    KnownRows,
    LeftOutRow,
    fresh_rows,
    left_out_notes,
)
from ladder.rechecking.input_drift import InputRow, input_drift
from ladder.rechecking.new_answers import FEW, check_new_answers
from ladder.rechecking.new_files import NewFiles, read_months
from ladder.rechecking.question_digest import QuestionDigest, asked_in
from ladder.rechecking.recheck_result import Recheck, recheck_of
from ladder.runs.endpoint_probe import use_known_abilities
from ladder.runs.folder import RunFolder, alone_in
from ladder.runs.recheck_file import (
    DriftLine,
    RecheckHead,
    RecheckRecord,
    read_rechecks,
    refuse_other_head,
)
from ladder.runs.samples import SampleRow, read_samples
from ladder.scoring.judge.judge_metric import JudgeMetric
from ladder.search.confirm.cascade_claim import COVERAGE
from ladder.statistics.monitoring import WatchedMean

NOTHING_COUNTED = "No new row counts, so what was shown before stands."


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
    refuse_recorded(about)
    with alone_in(folder.path):
        record = read_rechecks(folder)
        rows = _rows_of_run(folder)
        with activity("reading the new rows"):
            months, known, notes = _months_to_count(about, new, rows, now=now, record=record)
        answerer = about.answerer
        with Workbench(answerer.data, journal=folder.journal, moved=answerer.places) as bench:
            bench.recorded = partial(recorded_answers, bench, folder)
            if about.task.model.is_endpoint:
                use_known_abilities(bench, folder)
            head = _head(about, bench, known.largest)
            if record is not None:
                refuse_other_head(record, head, folder)
            record = record or RecheckRecord.begun(head)
            for month, fresh in months.items():
                note_who_answered(about, bench, fresh.samples[0], record)
                answered = bench.scored(about.candidate, fresh.samples)
                reference = about.task.reference
                other = [] if reference is None else bench.scored(reference, fresh.samples)
                batch = counted_batch(about, fresh, (answered, other), new.paths, now)
                refuse_another_model(record, batch, about)
                asked_at = "" if answerer.moved is None else answerer.moved.now
                drift = _drift(rows, fresh.samples)
                batch = batch.replace(month=month, drift=drift, asked_at=asked_at)
                record = record.with_batch(batch)
                record.write(folder)
            notes = (*notes, *_of_server(about, bench))
    n_new = sum(len(fresh.samples) for fresh in months.values())
    return recheck_of(folder, record, n_new=n_new, notes=notes)


def _of_server(about: CandidateToRecheck, bench: Workbench) -> Iterator[str]:
    """Yield where the server is now, and that it has another fingerprint, where that is so."""
    if about.answerer.moved is not None:
        yield about.answerer.moved.sentence
    if about.candidate.model.is_endpoint:
        generator = bench.generator(about.candidate)
        found = generator.findings() if isinstance(generator, NotesFindings) else ()
        yield from (each.problem for each in found if each.code.startswith("N10"))


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
        WatchedMean(
            label=label,
            edge=edge,
            is_pass_fail=is_pass_fail and (task.relative is None or bool(label)),
        )
        for label, edge in edges.items()
    ]
    review = task.levers.model.review
    if candidate.model.reviewed_below is not None and review is not None:
        least = review.least_coverage
        means.append(WatchedMean(label=COVERAGE, edge=least, is_pass_fail=is_single))
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
