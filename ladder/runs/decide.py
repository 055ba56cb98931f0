"""From a task's ladder to its Decision: the checks, the climb, and where the numbers come from."""

import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ladder.data import digest_samples
from ladder.decision import CandidateRecord, Decision, Provenance, decision_from, with_sentence
from ladder.decision.candidate_labels import describe, numbered
from ladder.decision.decision import is_answer_fault
from ladder.decision.goal import goal_of
from ladder.decision.judge_record import JudgeRecord
from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.levers.prompt import prompt_name
from ladder.measure import Journal
from ladder.measure.budget import Spending
from ladder.measure.checks.answers import constant_answer, noted
from ladder.measure.checks.check_constraint import check_served_constraints
from ladder.measure.checks.check_judge import refuse_stuck_judge
from ladder.measure.checks.check_prompt_room import told_left_out
from ladder.measure.checks.served_template import check_served_template, told_by_lever
from ladder.measure.constraint_breaches import breaches_of
from ladder.measure.measurement import Scored
from ladder.measure.passages_found import PassageDiagnosis, diagnose_measured
from ladder.models import model_digest
from ladder.models.classifier.strength import ClassifierStrength
from ladder.models.model_facts import ModelFacts, model_facts
from ladder.runs.endpoint_probe import negotiate
from ladder.runs.failed_calls import checked_answers, failed_calls
from ladder.runs.finished import write_measured
from ladder.runs.folder import RunFolder, in_run
from ladder.runs.reference_findings import (
    identity_of_reference,
    reference_findings,
    weights_of_reference,
)
from ladder.scoring.judge.judge_metric import JudgeMetric
from ladder.search import Observer, Progress
from ladder.search.climb import climb_task
from ladder.search.confirm.looks_of_task import describe_looks, looks_of, run_digest
from ladder.search.ledger import Configuration, Ledger
from ladder.search.task_problem import LadderProblem
from ladder.search.transcript import TABLE as TRANSCRIPT
from ladder.search.transcript import Recording
from ladder.spec.candidate import Candidate
from ladder.version import __version__

_VERSIONS = ("torch", "transformers", "sentence-transformers", "bm25s", "faiss-cpu")


def decide_task(
    problem: LadderProblem,
    findings: list[Finding],
    folder: Path,
    observer: Observer,
    *,
    explore: bool = False,
) -> Decision:
    """Return the decision of a run: ask the baseline, climb, and say where the numbers come from.

    `findings` are those of the static checks. With `explore` the confirmation part is not asked.
    """
    bench, task = problem.bench, problem.task
    observer = _charging(observer, bench.spending)
    started, clock = datetime.now(UTC), time.monotonic()
    _tell(problem, observer, describe_looks(bench.data, folder.parent, levers=problem.given))
    _tell_ahead(problem, observer, findings, explore=explore)
    endpoint, seen = _ask_baseline(problem, folder, observer)
    ledger = _climb(problem, folder, observer, explore=explore)
    findings = _with_what_came_up(problem, ledger, observer, [*findings, *seen])
    decision = decision_from(
        ledger,
        levers=problem.levers,
        target=goal_of(task, identity=identity_of_reference(problem)),
        task=task.name,
        model=task.model.id,
        metric=f"{task.metric.name}, {task.metric.reading}",
    )
    decision = _with_records(decision, problem, folder).replace(checks=tuple(findings))
    decision = decision.replace(
        provenance=Provenance(
            spec=task.digest,
            eval_data=digest_samples(bench.samples),
            model=model_digest(task.model),
            versions=_versions(),
            seed=task.seed,
            started=started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - clock, 1),
            command=shlex.join(sys.argv),
            endpoint=endpoint,
            models=_facts(problem),
            reference=weights_of_reference(task),
        )
    )
    return with_sentence(decision, has_unknown_scores=task.errors == "inconclusive")


def _tell_ahead(
    problem: LadderProblem, observer: Observer, findings: Sequence[Finding], *, explore: bool
) -> None:
    """Tell before the first call what bars a verdict that may come."""
    ahead = ("W03", "W04") if explore else ("W",)
    for each in findings:
        if each.code.startswith(ahead):
            is_long = each.code.startswith("W05")  # it matters after one of four verdicts
            step = "`ladder check` says what ends it." if is_long else each.next_step
            _tell(problem, observer, f"▲ {each.problem} {step}")


def _ask_baseline(
    problem: LadderProblem, folder: Path, observer: Observer
) -> tuple[dict[str, Any] | None, list[Finding]]:
    """Ask for the baseline's answers; return what a server honours, and what is wrong with them."""
    bench = problem.bench
    bench.on_answer = _showing_baseline(observer)
    endpoint = negotiate(bench, problem.selection, RunFolder(folder))
    served = check_served_template(bench)
    bench.template_seen = told_by_lever(bench, served)
    for each in served:
        if each.severity == "error":
            _tell(problem, observer, f"▲ {each.problem} {each.next_step}")
    seen = [*served, *check_served_constraints(bench), *checked_answers(problem)]
    bench.on_answer = None
    _try_judge(problem, folder)
    if spoils := tuple(in_run(filter(is_answer_fault, seen), folder)):
        lines = (f"▲ {each.problem} {each.next_step}".strip() for each in spoils)
        _tell(problem, observer, "\n".join(lines), spoils)
    return endpoint, seen


def _with_what_came_up(
    problem: LadderProblem, ledger: Ledger, observer: Observer, findings: list[Finding]
) -> list[Finding]:
    """Return findings with those that the climb brought: of servers, the reference and the best."""
    # What a server did in the course of the run, such as that one of several was left out.
    since = [each for each in _noted_of_endpoints(problem) if each not in findings]
    for each in since:
        _tell(problem, observer, f"▲ {each.problem} {each.next_step}".strip())
    findings = [*findings, *since, *reference_findings(problem, ledger)]
    asked = problem.asked_candidates
    findings += dict.fromkeys(told_left_out(problem.bench, asked))
    return [*findings, *_constant_best(problem, ledger.best, findings)]


def _with_records(decision: Decision, problem: LadderProblem, folder: Path) -> Decision:
    """Return a decision with the task's terms, and what was measured of each candidate."""
    ledger, task = decision.ledger, problem.task
    failures = tuple(failed_calls(problem))
    trials = (*ledger.trials, *ledger.ablation)
    scored = [trial.configuration for trial in trials if trial.n_seen]
    same = [trial.configuration for trial in trials if trial.is_same_as_another]
    failed = [each.configuration for each in failures]
    configurations = dict.fromkeys((ledger.baseline.configuration, *scored, *same, *failed))
    return decision.replace(
        margin=task.margin,
        limits=task.limits,
        candidates=numbered([_record(problem, each, folder) for each in configurations]),
        slices=task.data.slices,
        judge=_judge_record(problem, has_verdict=ledger.shows_scores),
        currency=task.prices.currency if task.prices.per_million_tokens else "",
        failures=failures,
        passages=_passages(problem, configurations),
    )


def _constant_best(
    problem: LadderProblem, best: Configuration, findings: Sequence[Finding]
) -> list[Finding]:
    """Return that the best candidate gives one answer to all samples, where nothing says so yet."""
    candidate, bench = problem.candidate(best), problem.bench
    if not best.applied and any(each.code.startswith("Q07") for each in findings):
        return []
    rows = bench.rows_at(candidate, problem.selection)
    targets = [bench.samples[at].targets for at in rows]
    label = describe(problem.task.baseline(), candidate) if best.applied else "The baseline"
    return constant_answer(list(rows.values()), targets, label=label)


def _try_judge(problem: LadderProblem, folder: Path) -> None:
    """Refuse a judge that tells nothing apart; `ladder show` then has its replies."""
    bench, positions = problem.bench, problem.selection
    rows = bench.rows_at(bench.task.baseline(), positions)
    try:
        refuse_stuck_judge(bench, list(rows.values()), positions)
    except LadderError:
        write_measured(folder, problem)
        raise


def _judge_record(problem: LadderProblem, *, has_verdict: bool) -> JudgeRecord | None:
    """Return who judged, and what it took; without a verdict the other part's calls would tell."""
    bench, metric = problem.bench, problem.bench.metric
    if not isinstance(metric, JudgeMetric):
        return None
    asked = [problem.candidate(each) for each in problem.asked]
    judged, confirmed = (
        [row for each in asked for row in bench.rows_at(each, part).values() if row.replies]
        for part in (problem.selection, problem.confirmation if has_verdict else [])
    )
    n, n_confirmation = len(judged), len(confirmed)
    judged += confirmed
    replies = {reply.key: reply.answer for row in judged for reply in row.replies}.values()
    return JudgeRecord(
        model=metric.judge.id,
        version=metric.version,
        pairwise=metric.spec.pairwise,
        n=n,
        n_confirmation=n_confirmation,
        unread=sum(bool(row.unscored) for row in judged),
        calls=len(replies),
        tokens=sum(each.tokens for each in replies),
        seconds=round(sum(each.seconds for each in replies), 1),
    )


def _noted_of_endpoints(problem: LadderProblem) -> list[Finding]:
    """Return what was noticed of the servers and workers of all candidates that were asked, each thing once."""
    asked = problem.asked_candidates
    by_model = {
        each.model: each
        for each in reversed(asked)
        if each.model.is_endpoint or (each.model.workers and problem.bench.is_loaded(each))
    }
    found = [each for one in by_model.values() for each in noted(problem.bench.generator(one))]
    return list(dict.fromkeys(found))


def _tell(
    problem: LadderProblem, observer: Observer, note: str, spoils: tuple[Finding, ...] = ()
) -> None:
    n = len(problem.split.selection)
    observer(Progress("baseline", 1, 1, n, n, None, note, spoils=spoils))


def _charging(observer: Observer, spending: Spending) -> Observer:
    """Return an observer by which answers are charged to the lever that is told last.

    Those of a test on the confirmation part are paid ahead, and charged to none.
    """

    def observe(progress: Progress) -> None:
        if progress.lever != "confirmation":
            spending.lever = progress.lever
        observer(progress)

    return observe


def _showing_baseline(observer: Observer) -> Callable[[float | None, int, int], None]:
    """Return what tells each answer of the baseline as it comes, and the score so far."""
    scores: list[float] = []

    def tell(score: float | None, done: int, total: int) -> None:
        scores.extend([] if score is None else [score])
        best = sum(scores) / len(scores) if scores else None
        observer(Progress("baseline", 1, 1, done, total, best, n_best=len(scores)))

    return tell


def _climb(problem: LadderProblem, folder: Path, observer: Observer, *, explore: bool) -> Ledger:
    """Climb, and write down what the search was told: `ladder gate --recompute` reads it."""
    bench = problem.bench
    looks = looks_of(bench.data, folder.parent, levers=problem.given)
    run = run_digest(bench.data)
    with Journal(RunFolder(folder).journal, table=TRANSCRIPT) as transcript:
        recording = Recording(problem, transcript, run)
        recording.begin(looks.record, explore=explore, earlier=looks.earlier)
        return climb_task(
            recording, bench.data, looks=looks, explore=explore, is_advised=True, observer=observer
        )


def _record(problem: LadderProblem, configuration: Configuration, folder: Path) -> CandidateRecord:
    candidate = problem.candidate(configuration)
    selection = problem.selection
    cost = problem.bench.cost(candidate, selection)
    rows = list(problem.bench.rows_at(candidate, selection).values())
    return CandidateRecord(
        configuration=configuration,
        candidate=candidate,
        label=describe(
            problem.task.baseline(),
            candidate,
            prompt=prompt_name(problem.task, candidate.prompt, tuple(problem.rewrites)),
        ),
        prompt_tokens=cost.prompt_tokens,
        completion_tokens=cost.completion_tokens,
        seconds=cost.seconds,
        cut_by_length=_cut_open(rows),
        lenient=cost.lenient,
        log_likelihood=problem.likelihoods.get(configuration),
        recall=problem.bench.recall(candidate, selection),
        money=problem.money(configuration),
        classifier=_classifier(problem, candidate, folder),
        breaches=breaches_of(candidate, rows),
        best_of=_best_of(rows),
        ranking_milliseconds=problem.bench.materials.ranking_milliseconds(candidate),
    )


def _passages(
    problem: LadderProblem, configurations: Iterable[Configuration]
) -> tuple[PassageDiagnosis, ...]:
    """Return what each corpus gave; a search that fails now was told as a failed candidate.

    Where only the ceiling of lever 5 was scored, it is that.
    """
    found = [(each.can_be_deployed, problem.candidate(each)) for each in configurations]
    has_passages = any(ok and each.effective.retrieval is not None for ok, each in found)
    kept = [each for is_deployed, each in found if is_deployed or not has_passages]
    measured = [(each, problem.bench.rows(each)) for each in kept]
    with suppress(LadderError):
        return diagnose_measured(problem.bench.data, measured, problem.bench.materials_at_hand)
    return ()


def _cut_open(rows: Sequence[Scored]) -> float:
    """Return the share of answers that were cut where more text could have made them right.

    One that is wrong whatever follows says the same of a model as one that came to its end.
    """
    cut = [row.answer.finish_reason == "length" and row.could_be_right for row in rows]
    return sum(cut) / len(cut) if cut else 0.0


def _best_of(rows: Sequence[Scored]) -> float | None:
    """Return what a perfect choice among the draws of each answer would have scored."""
    found = [row.best_of for row in rows if row.best_of is not None]
    return sum(found) / len(found) if found else None


def _classifier(
    problem: LadderProblem, candidate: Candidate, folder: Path
) -> ClassifierStrength | None:
    """Return how strong a classifier is by its own rows, and keep it; None for a language model."""
    if candidate.model.classifier is None:
        return None
    trained = problem.bench.classifier(candidate.model.classifier)
    kept = RunFolder(folder).classifiers / trained.identity[:8]
    trained.save(kept)
    return trained.strength.replace(saved=kept.relative_to(folder).as_posix())


def _facts(problem: LadderProblem) -> tuple[ModelFacts, ...]:
    """Return what the files of each model say that was asked, the task's own first."""
    asked = problem.asked_candidates
    models = dict.fromkeys(each.unreviewed.model for each in asked)
    return tuple(filter(None, map(model_facts, models)))


def _versions() -> dict[str, str]:
    versions = {"ladder": __version__, "python": platform.python_version()}
    for package in _VERSIONS:
        with suppress(PackageNotFoundError):
            versions[package] = version(package)
    return versions
