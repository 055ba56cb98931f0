"""`train`: from a Permit, through the ten parts of the plan, to an adapter that is measured."""

import gc
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ladder.activity import activity
from ladder.data.load_samples import load_samples
from ladder.data.sample import Sample
from ladder.errors import BlockedError, EvidenceError
from ladder.finetune.behaviour import check_behaviour
from ladder.finetune.card import write_card
from ladder.finetune.checklist import Checklist, CheckOutcome
from ladder.finetune.checklist_after import check_rest
from ladder.finetune.evaluation.before_and_after import Evaluation
from ladder.finetune.evaluation.classifier import check_baselines
from ladder.finetune.evaluation.measure_adapter import MeasuredAdapter, measure_adapter
from ladder.finetune.evaluation.safety import load_safety
from ladder.finetune.evaluation.unsafe_rows import check_unsafe_rows
from ladder.finetune.licences.review import LicenceReview, review_licences
from ladder.finetune.obstacles import refuse_obstacles
from ladder.finetune.permit import Permit, training_of
from ladder.finetune.report import TrainingReport, advise_next, read_report
from ladder.finetune.rows.row_parts import RowParts, check_splits, split_rows
from ladder.finetune.training.checkpoint import forget_checkpoints
from ladder.finetune.training.loop import fit
from ladder.finetune.training.processes import Launch, alone_in, is_first
from ladder.finetune.training.tokenised_rows import TokenisedRows, check_data
from ladder.finetune.training.training_progress import TrainingObserver, TrainingProgress, ignore
from ladder.finetune.training.training_set import TrainingSet, prepare
from ladder.finetune.versions.adapter_version import find_adapter, keep_version
from ladder.finetune.versions.version_record import VersionRecord, take_probes, write_record
from ladder.frozen import digest_of
from ladder.manifest import read_manifest
from ladder.measure import TaskData, Workbench
from ladder.runs import RunFolder
from ladder.search.confirm.looks_of_task import as_left
from ladder.spec.task import Budget, TaskSpec

_OF_MACHINE = ("software", "processes")
"""Of the training set's digests, those that say what it is trained by and not what on."""


def train(
    permit: Permit,
    task: TaskSpec,
    *,
    run_folder: str | Path,
    observer: TrainingObserver = ignore,
    allow_code: bool = False,
) -> TrainingReport:
    """Run the ten parts of the plan with the training among them, and measure what came of it.

    The same call continues: what is answered is not asked again, a training goes on from the
    newest whole checkpoint, and an adapter that is trained is only measured. `training.json` in
    `run_folder` holds the parts' results, whatever happens; adapters lie beside it in
    `adapters/<task>/<version>`. A part that blocks after the training stands in the report.

    Raises:
        BlockedError: A part before the training blocks; its next step says what to do.
        LeakageError: Eval rows stand in the training data.
        EvidenceError: The Permit is for another task, or something it rests on has changed.
        DataError: The training rows cannot be used at all.
        DivergedError: A loss or a gradient stopped being a number.
    """
    permit.check_given()
    run = Path(run_folder)
    evals = load_samples(task.data)
    permit.check(task, evals)
    launch = Launch()
    if not is_first():
        launch.follow(lambda digests: _beside(permit, task, evals, run, digests))
        return read_report(RunFolder(run).training)
    refuse_obstacles(task)
    training = training_of(task)
    head = {"schema_version": 1, "task": task.name, "decision": permit.decision}
    checklist = Checklist(RunFolder(run).training, training.review, head)
    with launch, alone_in(run / "training"):
        observer(TrainingProgress("preparing"))
        with activity("checking rows and licences, writing rows as tokens"):
            tokenised, rows, licences = _look_first(permit, task, evals, checklist)
        observer(TrainingProgress("preparing", note=f"a row, its loss in ⟦⟧: {tokenised.shown}"))
        closed = as_left(TaskData(task, evals), run.parent).closed
        evaluation = Evaluation(evals, rows, training, closed=closed)
        unlimited = TaskData(task.replace(budget=Budget()), evaluation.samples, allow_code)
        with Workbench(unlimited, journal=RunFolder(run).journal) as bench:
            observer(TrainingProgress("baseline"))
            before, simpler = checklist.check(
                "baseline_evals",
                lambda: check_baselines(
                    permit, task, evals, rows, evaluation=evaluation, bench=bench
                ),
            )
            bench.release()
            for finding in checklist.warnings:
                observer(TrainingProgress("found", note=f"{finding.code}: {finding.problem}"))
            training_set, facts = prepare(
                permit, task, rows, tokenised, folder=run / "training", observer=observer
            )
            adapter = _adapter(
                permit, training_set, facts, run=run, launch=launch, observer=observer
            )
            observer(TrainingProgress("measuring"))
            measured = measure_adapter(
                permit,
                task,
                evals,
                evaluation=evaluation,
                bench=bench,
                before=before,
                adapter=adapter,
            )
            probes = take_probes(
                bench, permit.start, measured.report.candidate, evaluation.confirmation
            )
        report = _judge(checklist, permit, measured, rows, run)
        files = read_manifest(adapter)["files"]
        record = VersionRecord(adapter=digest_of(files), report=report, probes=probes)
        write_record(adapter, record)
        write_card(adapter, report, licences, simpler)
    return report


def _look_first(
    permit: Permit, task: TaskSpec, evals: Sequence[Sample], checklist: Checklist
) -> tuple[TokenisedRows, RowParts, LicenceReview]:
    """Run the parts that need no model: most of what makes a training useless is seen here."""
    checklist.check("target_behaviour", lambda: check_behaviour(permit, task))
    licences = checklist.check("licence_review", lambda: review_licences(permit, task))
    tokenised = checklist.check("clean_data", lambda: check_data(permit, task, evals))
    checklist.check("safety_review", lambda: _unsafe(tokenised.rows, task), is_whole=False)
    rows = checklist.check("splits", lambda: check_splits(tokenised.rows, training_of(task)))
    return tokenised, rows, licences


def _unsafe(rows: Sequence[Sample], task: TaskSpec) -> CheckOutcome[None]:
    prompts = load_safety(training_of(task).review)
    seen = f"{len(rows)} training rows looked at"
    return CheckOutcome(None, seen, check_unsafe_rows(rows, prompts))


def _adapter(
    permit: Permit,
    training_set: TrainingSet,
    facts: Mapping[str, Any],
    *,
    run: Path,
    launch: Launch,
    observer: TrainingObserver,
) -> Path:
    """Return the version that this very training set gives: the one on disk, or a new one."""
    folder = run / "training"
    versions = run.parent / "adapters" / permit.task
    # Other library versions may not go on with a training; a finished one they may measure.
    made_from = {
        name: each for name, each in training_set.digests.items() if name not in _OF_MACHINE
    }
    adapter = find_adapter(versions, made_from)
    if adapter is None:
        launch.begin(dict(training_set.digests))
        trained = fit(permit, training_set, folder, observer)
        observer(TrainingProgress("adapter"))
        adapter = keep_version(permit, training_set, trained, versions, facts)
        # The trainer and its model know each other: without this they stay beside what is measured.
        del trained
        gc.collect()
    forget_checkpoints(folder, training_set.digests)
    return adapter


def _beside(
    permit: Permit, task: TaskSpec, evals: Sequence[Sample], run: Path, digests: Mapping[str, str]
) -> None:
    """Train along with the first process, on the same training set; only the first keeps the result."""
    tokenised = check_data(permit, task, evals).value
    rows = split_rows(tokenised.rows, training_of(task))
    folder = run / "training"
    training_set, _ = prepare(permit, task, rows, tokenised, folder=folder, observer=ignore)
    if dict(training_set.digests) != dict(digests):
        raise EvidenceError(
            "The processes of this launch do not see the same rows, model or library versions.",
            next_step="Give them one folder that all can read, and the same installation.",
        )
    fit(permit, training_set, folder, ignore)


def _judge(
    checklist: Checklist, permit: Permit, measured: MeasuredAdapter, rows: RowParts, run: Path
) -> TrainingReport:
    """Return the report with the whole plan; a part that blocks here ends it, not the report."""
    report = measured.report
    if report.verdict == "not_reached":
        curve = report.validation_losses
        report = report.replace(
            advice=advise_next(run, steps=report.steps, validation_losses=curve)
        )
    checklist.facts = report.model_dump(mode="json", exclude={"plan"})
    with suppress(BlockedError):
        check_rest(checklist, permit, measured, rows)
    checklist.save()
    return report.replace(plan=checklist.results)
