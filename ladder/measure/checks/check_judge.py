"""Checks of a judge: whether it judges itself, can be read, and tells good answers from bad ones."""

from collections.abc import Iterator, Sequence

from ladder.data.split import unit_of
from ladder.errors import InconclusiveError, ModelLoadError
from ladder.finding import Finding
from ladder.measure.answer_faults import MOST
from ladder.measure.checks.targets import targets_absent
from ladder.measure.judging import Judged, hear
from ladder.measure.measurement import Scored
from ladder.measure.read_answer import asked, read_answer
from ladder.measure.task_data import TaskData
from ladder.measure.workbench import Workbench
from ladder.models.base import Answer
from ladder.models.gguf.convert import tokenizer_folder
from ladder.models.locate import recorded_path
from ladder.spec.candidate import ModelRef

PLANTED = "I do not know."
"""An answer that helps nobody: a judge that finds it good, wherever it stands, finds anything good."""

CONTROLS = 4
"""Targets, and planted answers, that a judge is asked about before its verdicts count."""

ENOUGH = 8
"""Verdicts, all of them the same, from which a judge has told nothing apart."""


def check_judge(data: TaskData) -> Iterator[Finding]:
    """Yield Q11 where a model judges its own answers, and D24 where a pair lacks its target.

    Raises:
        ModelLoadError: The judge is no model that can be had here.
    """
    judge = data.task.metric.judge
    if judge is None:
        return
    if data.task.metric.pairwise and any(sample.kind == "none" for sample in data.samples):
        problem = "The judge is to compare answers with targets, and there are none."
        yield targets_absent(problem, "leave metric.pairwise out")
        return
    _refuse_absent(judge)
    models = [data.task.model, *data.task.levers.model.models]
    if not any(_is_same(judge, each) for each in models):
        return
    yield Finding(
        code="Q11 judge-is-judged",
        severity="warning",
        problem=f"{judge.id} judges its own answers: models tend to like what they would have "
        "said themselves.",
        next_step="Name another model in metric.judge, or label the answers with `ladder label RUN`.",
    )


def _refuse_absent(judge: ModelRef) -> None:
    """Raise where a judge without a server is not on this machine, and the hub does not give it."""
    if judge.is_endpoint or judge.is_scripted or recorded_path(judge) is not None:
        return
    try:
        tokenizer_folder(judge)
    except ModelLoadError as error:
        problem = str(error).removeprefix("model.id: ")
        raise ModelLoadError(
            f"metric.judge: {problem}",
            next_step="For a model behind a server write metric.judge: {id: NAME, base_url: "
            f"https://…/v1}}; else: {error.next_step}",
        ) from error


def refuse_stuck_judge(bench: Workbench, rows: Sequence[Scored], positions: Sequence[int]) -> None:
    """Raise InconclusiveError where the judge's words are no evidence, before anything rests on them.

    It is asked about a few planted answers that help nobody, and about a few targets. A judge whose
    replies mostly cannot be read, or that says the same of everything, would decide by its habit.
    """
    if bench.judging is None:
        return
    judged = [row for row in rows if row.replies]
    unread = [row for row in judged if row.unscored]
    if judged and len(unread) > MOST * len(judged):
        raise _no_evidence(
            f"{len(unread)} of {len(judged)} answers got no verdict from the judge "
            f"({unread[0].sample_id}: {unread[0].unscored})"
        )
    scores = [row.score for row in judged if not row.unscored]
    if len(scores) < ENOUGH or len(set(scores)) > 1:
        return
    controls = [*_planted(bench, positions), *targets_judged(bench, positions)]
    if all(score == scores[0] for score in controls) and (
        scores[0] == 1 or len(controls) > CONTROLS
    ):
        word = "good" if scores[0] == 1 else "bad"
        raise _no_evidence(
            f"the judge found everything {word}: all {len(scores)} answers, planted ones that help "
            f"nobody{' and the targets' if len(controls) > CONTROLS else ''}"
        )


def judge_fault(bench: Workbench, rows: Sequence[Scored], positions: Sequence[int]) -> str:
    """Return why a judge's words must not justify fine-tuning; else nothing.

    The `rows` are those of the best candidate on the selection part, which `positions` names.
    """
    if bench.judging is None:
        return ""
    found = targets_judged(bench, positions)
    if found and sum(found) < MOST * len(found):
        good = sum(score == 1 for score in found)
        return (
            f"the judge finds {good} of {len(found)} targets good, so answers like them would not "
            "pass: see to metric.rubric or the judge"
        )
    if not found and not any(row.score for row in rows):
        return "the judge has found no answer good, and there is no target to try it on"
    return ""


def targets_judged(bench: Workbench, positions: Sequence[int]) -> list[float]:
    """Return what the judge says of some targets, as if they were answers; unread ones are left out."""
    samples = [bench.samples[at] for at in positions]
    known = [sample for sample in samples if sample.kind != "none"][:CONTROLS]
    return list(_scores(bench, [Judged(sample, sample.targets[0]) for sample in known]))


def _planted(bench: Workbench, positions: Sequence[int]) -> Iterator[float]:
    samples = {unit_of(bench.samples[at]): bench.samples[at] for at in positions}
    return _scores(bench, [Judged(each, PLANTED) for each in list(samples.values())[:CONTROLS]])


def _scores(bench: Workbench, controls: Sequence[Judged]) -> Iterator[float]:
    judging = bench.judging
    if judging is None:
        return
    for each, replies in zip(controls, judging.ask(controls), strict=True):
        metric = hear(bench.metric, [reply.answer for reply in replies]).about(asked(each.sample))
        found = read_answer(metric, Answer(each.text), each.sample.targets)
        if not found.unscored:
            yield found.score


def _is_same(one: ModelRef, other: ModelRef) -> bool:
    places = (one.as_asked.base_url, other.as_asked.base_url)
    return (one.id, one.revision) == (other.id, other.revision) and places[0] == places[1]


def _no_evidence(what: str) -> InconclusiveError:
    return InconclusiveError(
        f"This judge is no evidence: {what}.",
        next_step="Look at its replies with `ladder show`, then change metric.rubric or metric.judge.",
    )
