"""`run`: the library in one function. `check_task` and `plan_run` say what is known before."""

import json
import os
import platform
import shlex
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ladder import __version__
from ladder.data import Sample, digest_samples, load_samples, split_samples
from ladder.decision import (
    CandidateRecord,
    Decision,
    Provenance,
    decision_from,
    edited_fields,
)
from ladder.errors import EvidenceError, InfrastructureError, SpecError
from ladder.levers import LEVERS, Lever, Template
from ladder.measure import Journal, Workbench, check_answers
from ladder.measure.sources import digest_sources, refuse_changes
from ladder.measure.static import (
    check_data,
    check_targets,
    check_template,
    refuse_errors,
    situation_of,
)
from ladder.models import model_digest
from ladder.report import show_in_notebook
from ladder.report.labels import describe
from ladder.scoring import Metric, load_metric
from ladder.search import LooksFile, Observer, Progress, looks_path
from ladder.search.candidates import LEFT_OUT, LadderProblem
from ladder.search.ledger import Configuration, Ledger
from ladder.search.plan import Plan, plan_ladder
from ladder.search.problem import ignore
from ladder.search.record import write_samples, write_whole
from ladder.search.task import climb_task, run_digest
from ladder.search.transcript import TABLE as TRANSCRIPT
from ladder.search.transcript import Recording
from ladder.spec.finding import Finding
from ladder.spec.load import load_task
from ladder.spec.task import TaskSpec

Task = str | Path | Mapping[str, Any] | TaskSpec

_VERSIONS = ("torch", "transformers", "sentence-transformers", "bm25s", "faiss-cpu")


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
    with _alone_in(folder):
        finished = None if levers is not None else _finished(folder, task, sources)
        if finished is not None:
            return finished
        findings = _check(task, samples, metric)
        refuse_errors([each for each in findings if each.code.startswith("D")])
        write_whole(folder / "spec.json", [task.model_dump_json(indent=1)])
        climbing = levers_for(samples) if levers is None else tuple(levers)
        journal = folder / "journal.sqlite"
        with Workbench(task, samples, journal=journal, allow_code=allow_code) as bench:
            problem = LadderProblem(bench, climbing, split_samples(samples))
            decision = _decide(problem, findings, folder, observer)
            refuse_changes(sources, digest_sources(task, metric))
            _write(folder, problem, decision, sources)
    return decision


def check_task(task: Task, *, allow_code: bool = False) -> list[Finding]:
    """Return what can be known without a model call: of metric, data, leaks and template."""
    task = load_task(task)
    metric = load_metric(task.metric, allow_code=allow_code)
    return _check(task, load_samples(task.data), metric)


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
    with _alone_in(folder):
        journal = folder / "journal.sqlite"
        with Workbench(task, samples, journal=journal, allow_code=allow_code) as bench:
            return check_answers(bench, task.baseline(), positions)


def describe_looks(task: Task, *, runs_folder: str | Path = "runs") -> str:
    """Return in words what the confirmation part of a task's eval data can still be asked."""
    task = load_task(task)
    samples, version = load_samples(task.data), load_metric(task.metric).version
    return _looks(task, samples, runs_folder, scorer_version=version).describe()


def plan_run(task: Task, *, gap: float | None = None) -> Plan:
    """Return what a run would cost, and what its data can decide; no model is called.

    Args:
        task: As for `run`.
        gap: Also return how many examples would decide this gap to the target.
    """
    task = load_task(task)
    samples = load_samples(task.data)
    return plan_ladder(task, samples, levers_for(samples), gap=gap)


def run_folder_of(task: Task, runs_folder: str | Path = "runs") -> Path:
    """Return the folder of a task's run: the same for the same spec, whatever budget and training.

    So a run that ended with its budget goes on when the budget is raised.
    """
    task = load_task(task)
    return Path(runs_folder) / f"{task.name}-{task.digest[:8]}"


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
        *check_targets(metric, samples),
        *check_template(task, _selected(samples), samples),
    ]


def _selected(samples: Sequence[Sample]) -> list[Sample]:
    """Return the selection part: nothing of the other part may shape a candidate."""
    return [samples[at] for at in split_samples(samples).selection]


def _decide(
    problem: LadderProblem, findings: list[Finding], folder: Path, observer: Observer
) -> Decision:
    bench, task = problem.bench, problem.task
    started, clock = datetime.now(UTC), time.monotonic()
    split = problem.split
    bench.on_answer = lambda done, total: observer(Progress("baseline", 1, 1, done, total, None))
    findings = [*findings, *check_answers(bench, task.baseline(), split.selection.tolist())]
    bench.on_answer = None
    ledger = _climb(problem, folder, observer)
    decision = decision_from(
        ledger,
        levers=problem.levers,
        target=task.target,
        task=task.name,
        model=task.model.id,
        metric=f"{task.metric.name}, {task.metric.reading}",
    )
    configurations = _measured(ledger)
    return decision.replace(
        candidates=tuple(_record(problem, each) for each in configurations),
        checks=tuple(findings),
        slices=task.data.slices,
        provenance=Provenance(
            spec=task.digest,
            eval_data=digest_samples(bench.samples),
            model=model_digest(task.model),
            versions=_versions(),
            seed=task.seed,
            started=started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - clock, 1),
            command=shlex.join(sys.argv),
        ),
    )


def _climb(problem: LadderProblem, folder: Path, observer: Observer) -> Ledger:
    """Climb, and write down what the search was told: `ladder gate --recompute` reads it."""
    bench = problem.bench
    looks = _looks(problem.task, bench.samples, folder.parent, scorer_version=bench.metric.version)
    run = run_digest(problem.task, digest_samples(bench.samples))
    with Journal(folder / "journal.sqlite", table=TRANSCRIPT) as transcript:
        recording = Recording(problem, transcript, run)
        recording.begin(looks.record)
        return climb_task(
            recording,
            task=problem.task,
            samples=bench.samples,
            split=problem.split,
            metric=bench.metric,
            looks=looks,
            observer=observer,
        )


def _looks(
    task: TaskSpec, samples: Sequence[Sample], runs_folder: str | Path, *, scorer_version: str
) -> LooksFile:
    """Return what this confirmation part was asked before: kept beside the eval data."""
    data = task.data
    is_file = Path(data.path).is_file()
    apart = Path(runs_folder) / data.path.replace("/", "--")
    return LooksFile(
        data.looks or looks_path(data.path if is_file else apart),
        confirmation_ids=[samples[at].id for at in split_samples(samples).confirmation],
        metric=task.metric.model_dump_json(),
        target=task.target,
        scorer_version=scorer_version,
    )


def _measured(ledger: Ledger) -> list[Configuration]:
    trials = [trial for attempt in ledger.attempts for trial in attempt.trials]
    scored = [trial.configuration for trial in (*trials, *ledger.ablation) if trial.n_seen]
    return list(dict.fromkeys([ledger.baseline.configuration, *scored]))


def _record(problem: LadderProblem, configuration: Configuration) -> CandidateRecord:
    candidate = problem.candidate(configuration)
    selection = problem.split.selection.tolist()
    cost = problem.bench.cost(candidate, selection)
    return CandidateRecord(
        configuration=configuration,
        candidate=candidate,
        label=describe(problem.task.baseline(), candidate),
        prompt_tokens=cost.prompt_tokens,
        completion_tokens=cost.completion_tokens,
        seconds=cost.seconds,
        cut_by_length=cost.cut_by_length,
        lenient=cost.lenient,
        log_likelihood=problem.likelihoods.get(configuration),
        recall=problem.bench.recall(candidate, selection),
    )


def _write(
    folder: Path, problem: LadderProblem, decision: Decision, sources: Mapping[str, str]
) -> None:
    write_samples(
        folder / "samples.jsonl",
        problem,
        [each.configuration for each in decision.candidates],
        is_closed=decision.verdict != "inconclusive",
    )
    write_whole(folder / "sources.json", [json.dumps(sources, indent=1)])
    write_whole(folder / "decision.json", [decision.model_dump_json(indent=1)])


def _finished(folder: Path, task: TaskSpec, sources: Mapping[str, str]) -> Decision | None:
    """Return the decision of this very run, if it was reached: all levers, the same sources."""
    try:
        decision = Decision.load(folder / "decision.json")
    except EvidenceError:
        return None
    provenance = decision.provenance
    if provenance is None or decision.ledger.ending == "budget" or edited_fields(decision):
        return None
    if any(each.reason == LEFT_OUT for each in decision.attempts):
        return None
    try:
        measured_on = json.loads((folder / "sources.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return decision if (provenance.spec, measured_on) == (task.digest, sources) else None


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the run folder's lock; it frees itself when the process dies, however it dies."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InfrastructureError(
            f"The run folder {folder} cannot be made: {error.strerror}.",
            next_step="Name a folder that can be written: runs_folder, or --runs.",
        ) from error
    holder = folder / "run.lock.txt"
    lock = FileLock(folder / "run.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        who = holder.read_text(encoding="utf-8") if holder.is_file() else "another process"
        raise SpecError(
            f"The run {folder} is active ({who}).",
            next_step="Wait for it, or end it; then the same command continues.",
        ) from None
    try:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        holder.write_text(f"pid {os.getpid()} on {socket.gethostname()}, since {now}", "utf-8")
        yield
    finally:
        lock.release()


def _versions() -> dict[str, str]:
    versions = {"ladder": __version__, "python": platform.python_version()}
    for package in _VERSIONS:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
