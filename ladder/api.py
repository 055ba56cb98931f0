"""`run`: the library in one function. `check_task` and `plan_run` say what is known before one."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from ladder.activity import activity
from ladder.answering import RunAnswerer, answerer_of, load_tried
from ladder.chat import TemplateContext, thinking_choices
from ladder.checks_before_run import (
    ask_retrievers,
    check_all,
    check_all_else,
    check_all_material,
    check_next_training,
    check_way_to_training,
    with_next_obstacles,
)
from ladder.decision import Decision
from ladder.decision.goal import goal_in_words, goal_of
from ladder.disk import write_lines
from ladder.errors import LadderError, SpecError
from ladder.finding import Finding
from ladder.gate.foreseen_objections import check_foreseen
from ladder.gate.policy import policy_here
from ladder.levers import LEVERS, Decoding, Lever, Model, Rag, Rerank, Template
from ladder.levers.recorded_runs import with_heard_settings, with_recorded_runs
from ladder.measure import TaskData, Workbench, check_answers, load_task_data
from ladder.measure.answer_forecast import ProbedAnswers
from ladder.measure.checks.before_calls import check_key, refuse_errors
from ladder.measure.checks.check_retrievers import refuse_unreachable
from ladder.measure.label_classifiers import classifiers_for
from ladder.measure.retrieval_table import (
    FoundPassages,
    RetrievalTable,
    passages_for,
    retrieval_table,
)
from ladder.measure.source_files import digest_sources, refuse_changes
from ladder.measure.template_situation import situation_of
from ladder.models.called_model import is_told_of_settings
from ladder.models.locate import recorded_path
from ladder.models.parameter_count import bytes_of
from ladder.plan import RunPlan, candidates_to_probe, plan_ladder
from ladder.progress.run_screen import RunScreen, screen_for
from ladder.report import numbers, show_in_notebook
from ladder.report.write_tokens import write_tokens
from ladder.retrieval.function_search import with_search_names
from ladder.runs import RunFolder, alone_in, folder_of, in_run
from ladder.runs.decide import decide_task
from ladder.runs.finished import decided_before, finished_run, write_measured, write_run
from ladder.runs.plan_and_use import PlanAndUse, read_plan, write_plan, write_use
from ladder.runs.task_in_memory import task_in_memory
from ladder.search import Observer
from ladder.search.climb import first_of_races
from ladder.search.confirm import looks_of_task
from ladder.search.confirm.looks_of_task import as_left
from ladder.search.foreseen_climb import FEWEST_DRAWS
from ladder.search.problem import Progress, ignore
from ladder.search.task_problem import LadderProblem
from ladder.spec.candidate import Candidate, Classifier
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.load_task import load_task
from ladder.spec.task import TaskSpec

PROBED = 8
"""Calls in each of the batches from which a plan learns what one takes, and how good they are."""

Task = str | Path | Mapping[str, Any] | TaskSpec


def run(  # noqa: PLR0913 - each by its name
    task: Task | None = None,
    *,
    levers: Sequence[Lever] | Mapping[str, Any] | None = None,
    runs_folder: str | Path = "runs",
    observer: Observer = ignore,
    allow_code: bool = False,
    explore: bool = False,
    progress: bool | RunScreen | None = None,
    **fields: Any,  # noqa: ANN401 - any key of a spec
) -> Decision:
    """Take a task to its verdict, or continue where the same run was interrupted.

    The task is a spec, or its keys are given one by one:
    `run(data=frame, prompt="{{ input }}", model=answer, metric=score, target=0.85)`.

    Args:
        task: Path of a spec, a mapping, or a TaskSpec. In a mapping rows may be a table: a
            DataFrame, a `datasets.Dataset` or a list of dicts; see `ladder.data.tables`.
        levers: What to try, in this order; all seven in the ladder's order unless given. One
            that is left out counts as untested, and then fine-tuning is never justified. Or the
            section `levers` of a spec: what each lever may use.
        runs_folder: The run's own folder is made in here: see `run_folder_of`.
        observer: Called with Progress.
        allow_code: Whether metric and retriever may be the user's own code.
        explore: Only try levers on the selection part, as often as one likes: the confirmation
            part is not asked, nothing of it is spent, and there is no verdict.
        progress: Whether what goes on is shown on stderr: in a terminal and in a notebook it is
            unless False is given, or an observer; elsewhere True prints a line now and then.
        fields: Keys of a spec, in place of `task` or over those of a mapping. `model` may be a
            function from a prompt to a text, or a Generator; `metric` a function of an answer and
            its targets, or of an answer and its sample.

    Raises:
        LadderError: Something is wrong or missing; says what, and what to do now.
    """
    show_in_notebook()
    if isinstance(levers, Mapping):
        fields, levers = {**fields, "levers": levers}, None
    _check_levers(levers or ())
    with screen_for(progress=progress, has_observer=observer is not ignore) as screen:
        return _watched_run(
            _load(_with_fields(task, fields), runs_folder),
            screen,
            observer,
            levers=levers,
            runs_folder=runs_folder,
            allow_code=allow_code,
            explore=explore,
        )


def _watched_run(  # noqa: PLR0913 - what `run` was given
    task: TaskSpec,
    screen: RunScreen,
    observer: Observer,
    *,
    levers: Sequence[Lever] | None,
    runs_folder: str | Path,
    allow_code: bool,
    explore: bool,
) -> Decision:
    def observe(step: Progress) -> None:
        screen.observe(step)
        observer(step)

    with activity("reading the data"):
        data = load_task_data(task, allow_code=allow_code)
    names = LEVER_NAMES if levers is None else [lever.name for lever in levers]
    data = as_left(data, runs_folder, levers=names)
    sources = digest_sources(data)
    folder = run_folder_of(task, runs_folder)
    with alone_in(folder):
        finished = None if levers is not None else finished_run(folder, task, sources)
        if finished is not None and (explore or not finished.ledger.is_explored):
            return finished.in_folder(folder)
        # Evidence names the first of the pairs; `ladder check --json` lists all of them.
        with activity("checking data, prompts and material"):
            asked = ask_retrievers(data)
            refuse_unreachable(asked)
            findings = [each.replace(pairs=()) for each in (*asked, *check_all_else(data))]
        findings += decided_before(folder, task, sources)
        refuse_errors([each for each in findings if each.code.startswith("D")])
        write_lines(RunFolder(folder).spec, [task.model_dump_json(indent=1)])
        climbing = levers_for(data) if levers is None else _heard(levers)
        with activity("looking what a verdict would rest on"):
            findings += check_way_to_training(data, climbing)
        if levers is None:
            with activity("foreseeing what the run will take"):
                _foresee(data, climbing, RunFolder(folder))
        with Workbench(data, journal=RunFolder(folder).journal) as bench:
            problem = LadderProblem(bench, climbing)
            plan, goes_on = read_plan(RunFolder(folder)), len(bench.journal) > 0
            share = task.share
            target = goal_in_words(goal_of(task)) if share is None else numbers.exact(share)
            title = f"{task.name}, target {target}"
            screen.follow(title, bench.spending, plan, goes_on=goes_on)
            decision = decide_task(problem, findings, folder, observe, explore=explore)
            decision = with_next_obstacles(decision, task)
            refuse_changes(sources, digest_sources(data))
            write_use(RunFolder(folder), problem, decision.verdict, is_closed=decision.shows_scores)
            write_run(folder, problem, decision, sources)
            write_tokens(folder, problem)
    return decision.in_folder(folder)


def check_task(task: Task, *, allow_code: bool = False) -> list[Finding]:
    """Return what can be known without a model call: of metric, data, leaks and template."""
    with activity("reading the data"):
        data = load_task_data(_load(task), allow_code=allow_code)
    findings = [*check_all(data), *check_way_to_training(data, levers_for(data))]
    is_meant = data.task.training is not None
    return [*findings, *(check_next_training(data.task) if is_meant else ()), *check_key(data.task)]


def measure_baseline(
    task: Task, *, runs_folder: str | Path = "runs", allow_code: bool = False
) -> list[Finding]:
    """Return what the baseline's own answers say before any lever: cut, not read, or noisy.

    The answers are kept in the run's folder, where `run` and `ladder show` find them.
    """
    data = as_left(load_task_data(_load(task, runs_folder), allow_code=allow_code), runs_folder)
    folder = run_folder_of(data.task, runs_folder)
    with alone_in(folder), Workbench(data, journal=RunFolder(folder).journal) as bench:
        findings = check_answers(bench, data.task.baseline(), data.split.selection.tolist())
        write_measured(folder, LadderProblem(bench, levers_for(data)))
    return in_run(findings, folder)


def describe_looks(task: Task, *, runs_folder: str | Path = "runs") -> str:
    """Return in words what the confirmation part of a task's eval data can still be asked."""
    data = as_left(load_task_data(_load(task, runs_folder)), runs_folder, levers=None)
    return looks_of_task.describe_looks(data, runs_folder)


def retrieve_table(
    task: Task, *, top_k: Sequence[int] = (), allow_code: bool = False
) -> RetrievalTable:
    """Return what each retrieval method of lever 5 finds, and each reranker; no model is asked.

    Args:
        task: As for `run`.
        top_k: Numbers of passages; those of the spec, and 10, unless given.
        allow_code: Whether a retriever may be the user's own code.
    """
    data = load_task_data(_load(task), allow_code=allow_code)
    return retrieval_table(data, _ways_of_retrieval(data.task, top_k))


def found_for(
    task: Task, question: str, *, top_k: Sequence[int] = (), allow_code: bool = False
) -> list[FoundPassages]:
    """Return the passages that each way of retrieval finds for one question.

    Args:
        task: As for `run`.
        question: The id or the input of a sample, or any text.
        top_k: The most passages; the most that the spec tries unless given.
        allow_code: Whether a retriever may be the user's own code.
    """
    data = load_task_data(_load(task), allow_code=allow_code)
    most = max(top_k or data.task.levers.rag.top_k)
    return passages_for(data, _ways_of_retrieval(data.task, [most]), question)


def _ways_of_retrieval(task: TaskSpec, top_k: Sequence[int]) -> list[Candidate]:
    """Return what lever 5 and lever 6 would try with these numbers of passages, the methods first."""
    rag = task.levers.rag
    sizes = tuple(sorted(set(top_k or (*rag.top_k, 10))))
    wide = task.replace(levers=task.levers.replace(rag=rag.replace(top_k=sizes, contexts=())))
    start = task.baseline().replace(retrieval=None, reranking=None)
    found = list(Rag().propose(wide, start))
    reranked = [each for way in found for each in Rerank().propose(wide, way)]
    # What the task's own model would make of it is not known without a call.
    known = [each for each in reranked if each.reranking and each.reranking.kind != "own-model"]
    return [*found, *known]


def plan_run(
    task: Task,
    *,
    gap: float | None = None,
    runs_folder: str | Path = "runs",
    measure: bool = False,
    allow_code: bool = False,
) -> RunPlan:
    """Return what a run would cost, and what its data can decide; no model is called unless asked.

    Args:
        task: As for `run`.
        gap: Also return how many examples would decide this gap to the target.
        runs_folder: As for `run`.
        measure: Whether to make 16 to 24 of the run's calls, and to count with what they took and
            scored. Their answers are kept, and the run does not ask for them again.
        allow_code: Whether metric and retriever may be the user's own code.
    """
    data = load_task_data(_load(task, runs_folder), allow_code=allow_code)
    data = as_left(data, runs_folder, levers=None)
    if ":" not in data.task.metric.name:  # the user's own code need not run for a plan
        _ = data.metric
    levers = levers_for(data)
    levels, left = looks_of_task.next_levels(data, runs_folder)
    probed = _probe(data, levers, runs_folder) if measure else ()
    plan = plan_ladder(data, levers, gap=gap, levels=levels, probed=probed)
    if measure:
        write_plan(RunFolder(run_folder_of(data.task, runs_folder)), _kept(plan))
    found = [*check_foreseen(data.task, levers, n=len(data.samples), policy=policy_here())]
    found += [*check_next_training(data.task), *check_all_material(data)]
    advice = (f"{each.problem} {each.next_step}" for each in found)
    return plan.replace(left=left, notes=(*plan.notes, *advice))


def load(
    run: str | Path,
    *,
    candidate: str | None = None,
    allow_code: bool = False,
    base_url: str | None = None,
) -> RunAnswerer:
    """Return the candidate of a run, ready to answer new rows as it was measured.

    After the verdict `fine_tune` it is the trained model that is in use (`ladder adapter promote`).

    Args:
        run: The run's folder, as `ladder run` names it.
        candidate: Its label, as the report shows it; else the one that the verdict names.
        allow_code: Whether the metric may be the user's own code; it reads the answers.
        base_url: Where the model's server is now, where it has moved. It counts once the model has the
            same name and template there and gives the recorded answers again; the run's folder keeps it.

    Raises:
        DecisionFileError: The folder holds no verdict.
        SpecError: The verdict names no candidate that reaches the target, or the label is unknown.
        EvidenceError: A file that the candidate rests on is another one now, or another model
            answers at the new address.
    """
    folder = RunFolder(Path(run))
    if candidate is None and folder.training.is_file():
        from ladder.finetune.versions.reached_adapter import adapter_in_use  # noqa: PLC0415

        trained = adapter_in_use(folder, Decision.load(folder.decision))
        if trained is not None:
            return answerer_of(folder, trained, allow_code=allow_code, base_url=base_url)
    return load_tried(run, candidate=candidate, allow_code=allow_code, base_url=base_url)


def _kept(plan: RunPlan) -> PlanAndUse:
    """Return of a plan what the run's folder keeps."""
    return PlanAndUse(
        foreseen=plan.expected,
        low=plan.low,
        high=plan.high,
        by_verdict=plan.by_verdict,
        is_measured=plan.is_measured,
        currency=plan.currency,
    )


def _foresee(data: TaskData, levers: Sequence[Lever], run: RunFolder) -> None:
    """Keep what a run is foreseen to cost, before its first call; answers at hand cost nothing."""
    model = data.task.model
    is_free = model.is_scripted or recorded_path(model) is not None
    if not is_free and read_plan(run) is None:
        write_plan(run, _kept(plan_ladder(data, levers, draws=FEWEST_DRAWS)))


def _probe(data: TaskData, levers: Sequence[Lever], runs_folder: str | Path) -> list[ProbedAnswers]:
    """Return what a few of the run's first calls took and scored: of the baseline, and of others."""
    folder, first = run_folder_of(data.task, runs_folder), first_of_races(data, PROBED)
    baseline, *others = candidates_to_probe(data, levers)
    others += [data.task.reference] if data.task.reference is not None else []
    with alone_in(folder), Workbench(data, journal=RunFolder(folder).journal) as bench:
        probed = [ProbedAnswers.of(baseline, bench.measure(baseline, first).rows)]
        for candidate in others:
            with suppress(LadderError):  # a candidate that cannot be asked ends no plan
                rows = bench.measure(candidate, first).rows
                probed.append(ProbedAnswers.of(candidate, rows))
    return probed


def run_folder_of(task: Task, runs_folder: str | Path = "runs") -> Path:
    """Return the folder of a task's run: the same for the same spec, whatever budget and training.

    So a run that ended with its budget goes on when the budget is raised.
    """
    return folder_of(_load(task, runs_folder), runs_folder)


def levers_for(data: TaskData) -> tuple[Lever, ...]:
    """Return the seven levers in the ladder's order, ready for the task of these data."""

    def situation(task: TaskSpec, candidate: Candidate) -> TemplateContext | None:
        return situation_of(task, candidate, data.selected)

    @cache
    def classifiers() -> tuple[Classifier, ...]:
        return classifiers_for(data)

    def thinking(task: TaskSpec, candidate: Candidate) -> list[dict[str, bool | int | str]]:
        context = situation(task, candidate)
        return [] if context is None else thinking_choices(context)

    levers: list[Lever] = [
        Template(situation),
        LEVERS[1](),
        Model(classifiers, cache(bytes_of)),
        Decoding(thinking, lambda: data.json_targets),
        *(lever() for lever in LEVERS[4:]),
    ]
    return tuple(with_recorded_runs(data.task, lever) for lever in _heard(levers))


def _heard(levers: Sequence[Lever]) -> tuple[Lever, ...]:
    """Return levers that propose no settings to a model that would not get them."""
    return tuple(with_heard_settings(lever, is_told_of_settings) for lever in levers)


def _load(task: Task, runs_folder: str | Path = "runs") -> TaskSpec:
    """Return the task; tables in it become files in the folder of the runs, functions get names."""
    if isinstance(task, Mapping):
        task = with_search_names(task_in_memory(task, Path(runs_folder) / "data"))
    return load_task(task)


def _with_fields(task: Task | None, fields: Mapping[str, Any]) -> Task:
    """Return the task that keywords give, or a mapping with them over its own keys."""
    if task is None:
        return dict(fields)
    if not fields:
        return task
    if not isinstance(task, Mapping):
        raise SpecError(
            f"run: {', '.join(fields)} beside a task that has all of it.",
            next_step="Change the spec, or give its keys alone: ladder.run(data=…, model=…, …).",
        )
    return {**task, **fields}


def _check_levers(levers: Sequence[Lever]) -> None:
    for lever in levers:
        if not (hasattr(lever, "propose") and hasattr(lever, "name")):
            raise SpecError(
                f"levers: {lever!r} is no lever.",
                next_step="Give objects such as ladder.levers.Prompt(); see docs/writing-a-lever.md.",
            )
