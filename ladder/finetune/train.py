"""`train`: from a Permit, through the ten parts of the plan, to an adapter that is measured."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ladder.data.load_samples import load_samples
from ladder.data.sample import Sample
from ladder.errors import BlockedError, EvidenceError
from ladder.finetune.advice import advise_next
from ladder.finetune.behaviour import check_behaviour
from ladder.finetune.card import write_card
from ladder.finetune.checklist import Checked, Plan
from ladder.finetune.checklist_after import check_rest
from ladder.finetune.evaluation.baseline import check_baselines
from ladder.finetune.evaluation.before_and_after import Exam
from ladder.finetune.evaluation.measure import Measured, measure_adapter
from ladder.finetune.evaluation.safety import load_safety
from ladder.finetune.evaluation.unsafe_rows import check_unsafe_rows
from ladder.finetune.licences.review import Reviewed, review_licences
from ladder.finetune.manifest import read_manifest
from ladder.finetune.permit import Permit
from ladder.finetune.report import TrainingReport, read_report
from ladder.finetune.rows.parts import Rows, check_splits, split_rows, training_of
from ladder.finetune.training.checkpoint import forget_checkpoints
from ladder.finetune.training.loop import fit
from ladder.finetune.training.material import Material, check_data
from ladder.finetune.training.prepare import prepare
from ladder.finetune.training.processes import Launch, alone_in, is_first
from ladder.finetune.training.progress import TrainingObserver, TrainingProgress, ignore
from ladder.finetune.training.training_set import Lesson
from ladder.finetune.versions.keep import keep_version
from ladder.finetune.versions.record import Record, take_probes, write_record
from ladder.finetune.versions.version import find_adapter
from ladder.frozen import digest_of
from ladder.measure import TaskData, Workbench
from ladder.spec.task import Budget, TaskSpec

_OF_MACHINE = ("software", "processes")
"""Of the lesson's digests, those that say what it is trained by and not what on."""


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
        return read_report(run / "training.json")
    training = training_of(task)
    head = {"schema_version": 1, "task": task.name, "decision": permit.decision}
    plan = Plan(run / "training.json", training.review, head)
    with launch, alone_in(run / "training"):
        observer(TrainingProgress("preparing"))
        material, rows, licences = _look_first(permit, task, evals, plan)
        observer(TrainingProgress("preparing", note=f"a row, its loss in ⟦⟧: {material.shown}"))
        exam = Exam(evals, rows, training)
        unlimited = TaskData(task.replace(budget=Budget()), exam.samples, allow_code)
        with Workbench(unlimited, journal=run / "journal.sqlite") as bench:
            observer(TrainingProgress("baseline"))
            before, baselines = plan.check(
                "baseline_evals",
                lambda: check_baselines(permit, task, evals, rows, exam=exam, bench=bench),
            )
            bench.release()
            for finding in plan.warnings:
                observer(TrainingProgress("found", note=f"{finding.code}: {finding.problem}"))
            lesson, facts = prepare(
                permit, task, rows, material, folder=run / "training", observer=observer
            )
            adapter = _adapter(permit, lesson, facts, run=run, launch=launch, observer=observer)
            observer(TrainingProgress("measuring"))
            measured = measure_adapter(
                permit, task, evals, exam=exam, bench=bench, before=before, adapter=adapter
            )
            probes = take_probes(bench, permit.start, measured.report.candidate, exam.confirmation)
        report = _judge(plan, permit, measured, rows, run)
        files = read_manifest(adapter)["files"]
        record = Record(adapter=digest_of(files), report=report, probes=probes)
        write_record(adapter, record)
        write_card(adapter, report, licences, baselines)
    return report


def _look_first(
    permit: Permit, task: TaskSpec, evals: Sequence[Sample], plan: Plan
) -> tuple[Material, Rows, Reviewed]:
    """Run the parts that need no model: most of what makes a training useless is seen here."""
    plan.check("target_behaviour", lambda: check_behaviour(permit, task))
    licences = plan.check("licence_review", lambda: review_licences(permit, task))
    material = plan.check("clean_data", lambda: check_data(permit, task, evals))
    plan.check("safety_review", lambda: _unsafe(material.rows, task), is_whole=False)
    rows = plan.check("splits", lambda: check_splits(material.rows, training_of(task)))
    return material, rows, licences


def _unsafe(rows: Sequence[Sample], task: TaskSpec) -> Checked[None]:
    prompts = load_safety(training_of(task).review)
    seen = f"{len(rows)} training rows looked at"
    return Checked(None, seen, check_unsafe_rows(rows, prompts))


def _adapter(
    permit: Permit,
    lesson: Lesson,
    facts: Mapping[str, Any],
    *,
    run: Path,
    launch: Launch,
    observer: TrainingObserver,
) -> Path:
    """Return the version that this very lesson gives: the one on disk, or a new one."""
    folder = run / "training"
    versions = run.parent / "adapters" / permit.task
    # Other library versions may not go on with a training; a finished one they may measure.
    made_from = {name: each for name, each in lesson.digests.items() if name not in _OF_MACHINE}
    adapter = find_adapter(versions, made_from)
    if adapter is None:
        launch.begin(dict(lesson.digests))
        trained = fit(permit, lesson, folder, observer)
        observer(TrainingProgress("adapter"))
        adapter = keep_version(permit, lesson, trained, versions, facts)
    forget_checkpoints(folder, lesson.digests)
    return adapter


def _beside(
    permit: Permit, task: TaskSpec, evals: Sequence[Sample], run: Path, digests: Mapping[str, str]
) -> None:
    """Train the first process's lesson beside it; what comes of it is the first one's to keep."""
    material = check_data(permit, task, evals).value
    rows = split_rows(material.rows, training_of(task))
    folder = run / "training"
    lesson, _ = prepare(permit, task, rows, material, folder=folder, observer=ignore)
    if dict(lesson.digests) != dict(digests):
        raise EvidenceError(
            "The processes of this launch do not see the same rows, model or library versions.",
            next_step="Give them one folder that all can read, and the same installation.",
        )
    fit(permit, lesson, folder, ignore)


def _judge(plan: Plan, permit: Permit, measured: Measured, rows: Rows, run: Path) -> TrainingReport:
    """Return the report with the whole plan; a part that blocks here ends it, not the report."""
    report = measured.report
    if report.verdict == "not_reached":
        curve = report.validation_losses
        report = report.replace(
            advice=advise_next(run, steps=report.steps, validation_losses=curve)
        )
    plan.facts = report.model_dump(mode="json", exclude={"plan"})
    with suppress(BlockedError):
        check_rest(plan, permit, measured, rows)
    plan.save()
    return report.replace(plan=plan.results)
