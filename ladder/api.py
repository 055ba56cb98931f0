"""`run`: the library in one function. `check_task` and `plan_run` say what is known before."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ladder.data import Sample, load_samples, split_samples
from ladder.decision import Decision
from ladder.disk import write_lines
from ladder.errors import SpecError
from ladder.finding import Finding
from ladder.levers import LEVERS, Lever, Template
from ladder.levers.untested import check_levers
from ladder.measure import Workbench, check_answers
from ladder.measure.checks.static import (
    check_data,
    check_key,
    check_template,
    refuse_errors,
    situation_of,
)
from ladder.measure.checks.targets import check_targets
from ladder.measure.source_files import digest_sources, refuse_changes
from ladder.plan import Plan, plan_ladder
from ladder.report import show_in_notebook
from ladder.report.write_tokens import write_tokens
from ladder.runs import alone_in, decide_task, finished_run, folder_of, looks_of, write_run
from ladder.scoring import Metric, load_metric
from ladder.search import Observer
from ladder.search.problem import ignore
from ladder.search.task_problem import LadderProblem
from ladder.spec.load_task import load_task
from ladder.spec.task import TaskSpec

Task = str | Path | Mapping[str, Any] | TaskSpec


def run(
    task: Task,
    *,
    levers: Sequence[Lever] | None = None,
    runs_folder: str | Path = "runs",
    observer: Observer = ignore,
    allow_code: bool = False,
) -> Decision:
    """Take a task to its verdict, or continue where the same run was interrupted.

    Args:
        task: Path of a spec, a mapping, or a TaskSpec.
        levers: What to try, in this order; all seven in the ladder's order unless given. One
            that is left out counts as untested, and then fine-tuning is never justified.
        runs_folder: The run's own folder is made in here: see `run_folder_of`.
        observer: Called with Progress.
        allow_code: Whether the metric may be the user's own code.

    Raises:
        LadderError: Something is wrong or missing; says what, and what to do now.
    """
    show_in_notebook()
    _check_levers(levers or ())
    task = load_task(task)
    metric = load_metric(task.metric, allow_code=allow_code)
    sources = digest_sources(task, metric)
    samples = load_samples(task.data)
    folder = run_folder_of(task, runs_folder)
    with alone_in(folder):
        finished = None if levers is not None else finished_run(folder, task, sources)
        if finished is not None:
            return finished
        findings = _check(task, samples, metric)
        refuse_errors([each for each in findings if each.code.startswith("D")])
        write_lines(folder / "spec.json", [task.model_dump_json(indent=1)])
        climbing = levers_for(samples) if levers is None else tuple(levers)
        journal = folder / "journal.sqlite"
        with Workbench(task, samples, journal=journal, allow_code=allow_code) as bench:
            problem = LadderProblem(bench, climbing, split_samples(samples))
            decision = decide_task(problem, findings, folder, observer)
            refuse_changes(sources, digest_sources(task, metric))
            write_run(folder, problem, decision, sources)
            write_tokens(folder, problem)
    return decision


def check_task(task: Task, *, allow_code: bool = False) -> list[Finding]:
    """Return what can be known without a model call: of metric, data, leaks and template."""
    task = load_task(task)
    metric = load_metric(task.metric, allow_code=allow_code)
    samples = load_samples(task.data)
    findings = _check(task, samples, metric)
    return [*findings, *check_levers(task, levers_for(samples)), *check_key(task)]


def measure_baseline(
    task: Task, *, runs_folder: str | Path = "runs", allow_code: bool = False
) -> list[Finding]:
    """Return what the baseline's own answers say before any lever: cut, not read, or noisy.

    The answers are kept in the run's folder, where `run` finds them.
    """
    task = load_task(task)
    samples = load_samples(task.data)
    folder = run_folder_of(task, runs_folder)
    positions = split_samples(samples).selection.tolist()
    with alone_in(folder):
        journal = folder / "journal.sqlite"
        with Workbench(task, samples, journal=journal, allow_code=allow_code) as bench:
            return check_answers(bench, task.baseline(), positions)


def describe_looks(task: Task, *, runs_folder: str | Path = "runs") -> str:
    """Return in words what the confirmation part of a task's eval data can still be asked."""
    task = load_task(task)
    samples, version = load_samples(task.data), load_metric(task.metric).version
    return looks_of(task, samples, runs_folder, scorer_version=version).describe()


def plan_run(task: Task, *, gap: float | None = None) -> Plan:
    """Return what a run would cost, and what its data can decide; no model is called.

    Args:
        task: As for `run`.
        gap: Also return how many examples would decide this gap to the target.
    """
    task = load_task(task)
    if ":" not in task.metric.name:  # the user's own code need not run for a plan
        load_metric(task.metric)
    samples = load_samples(task.data)
    return plan_ladder(task, samples, levers_for(samples), gap=gap)


def run_folder_of(task: Task, runs_folder: str | Path = "runs") -> Path:
    """Return the folder of a task's run: the same for the same spec, whatever budget and training.

    So a run that ended with its budget goes on when the budget is raised.
    """
    return folder_of(load_task(task), runs_folder)


def levers_for(samples: Sequence[Sample]) -> tuple[Lever, ...]:
    """Return the seven levers in the ladder's order, ready for the task of these samples."""
    situation = partial(situation_of, samples=_selected(samples))
    return (Template(situation), *(lever() for lever in LEVERS[1:]))


def _check_levers(levers: Sequence[Lever]) -> None:
    for lever in levers:
        if not (hasattr(lever, "propose") and hasattr(lever, "name")):
            raise SpecError(
                f"levers: {lever!r} is no lever.",
                next_step="Give objects such as ladder.levers.Prompt(); see docs/writing-a-lever.md.",
            )


def _check(task: TaskSpec, samples: Sequence[Sample], metric: Metric) -> list[Finding]:
    return [
        *check_data(task, samples),
        *check_targets(metric, samples, target=task.target),
        *check_template(task, _selected(samples), samples),
    ]


def _selected(samples: Sequence[Sample]) -> list[Sample]:
    """Return the selection part: nothing of the other part may shape a candidate."""
    return [samples[at] for at in split_samples(samples).selection]
