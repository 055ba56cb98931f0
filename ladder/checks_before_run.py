"""`check_all`: all that can be found wrong with a task before its first call, as findings."""

from collections.abc import Sequence
from contextlib import suppress

from ladder.activity import activity
from ladder.decision import Decision
from ladder.errors import LeakageError
from ladder.finding import Finding
from ladder.gate.foreseen_objections import check_foreseen
from ladder.gate.policy import policy_here
from ladder.levers import Decoding, FewShot, Lever, Rag, Rerank
from ladder.levers.untested import check_levers, check_review
from ladder.measure import TaskData
from ladder.measure.checks.before_calls import check_data, check_template
from ladder.measure.checks.check_constraint import check_constraints
from ladder.measure.checks.check_judge import check_judge
from ladder.measure.checks.check_limits import check_limits
from ladder.measure.checks.check_prompt_room import check_prompt_room
from ladder.measure.checks.check_reference import check_recording, check_reference
from ladder.measure.checks.check_retrievers import UNREACHABLE, check_retrievers, without_retrievers
from ladder.measure.checks.corpus_fit import check_answers_in_corpus, check_corpora
from ladder.measure.checks.missing_models import check_encoders, check_other_models
from ladder.measure.checks.own_metric import check_own_metric
from ladder.measure.checks.targets import check_targets
from ladder.measure.material_bounds import check_material
from ladder.rewriting import check_rewriter
from ladder.spec.task import TaskSpec


def check_way_to_training(data: TaskData, levers: Sequence[Lever]) -> list[Finding]:
    """Return what bars the verdict fine_tune, or training and gate after it: W01, W05."""
    policy, n = policy_here(), len(data.samples)
    return [
        *check_levers(data.task, levers),
        *check_review(data.task, levers),
        *check_foreseen(data.task, levers, n=n, policy=policy),
    ]


def with_next_obstacles(decision: Decision, task: TaskSpec) -> Decision:
    """Return a decision with what stands between it and a training, where that comes next."""
    if decision.verdict != "fine_tune":
        ahead = ("W05", *(("W01",) if decision.verdict != "inconclusive" else ()))
        checks = [each for each in decision.checks if not each.code.startswith(ahead)]
        return decision.replace(checks=tuple(checks))
    return decision.replace(checks=(*decision.checks, *check_next_training(task)))


def check_next_training(task: TaskSpec) -> list[Finding]:
    """Return what stands between a task and its training, where one may follow."""
    if task.question == "retire":
        return []  # whatever it shows, nothing is trained for it
    from ladder.finetune.obstacles import check_training  # noqa: PLC0415 - half a second

    return check_training(task)


def check_all(data: TaskData) -> list[Finding]:
    """Return what can be known without a model call: of retrievers, data, template and material."""
    asked = ask_retrievers(data)
    if any(each.code == UNREACHABLE for each in asked):
        data = without_retrievers(data)
    return [*asked, *check_all_else(data)]


def ask_retrievers(data: TaskData) -> list[Finding]:
    """Return which of the user's own retrievers cannot be asked, or answer what cannot be used."""
    with activity("asking retrievers"):
        return check_retrievers(data)


def check_all_else(data: TaskData) -> list[Finding]:
    """Return what can be known without a model call of all but the user's own retrievers."""
    with activity("looking for faults and leaks in the rows"):
        findings = [*check_data(data), *check_targets(data), *check_own_metric(data)]
    with activity("trying the chat template"):
        findings += [*check_template(data), *check_judge(data)]
        findings += [*check_reference(data), *check_recording(data)]
    with activity("looking at passages, examples and prompts"):
        return [*findings, *check_all_material(data)]


def check_all_material(data: TaskData) -> list[Finding]:
    """Return levers whose material could not help or is not here, and limits: W03, W04, W07 to W10, W12, W16."""
    proposals = {}
    for lever in (Rag(), Rerank(), FewShot()):
        with suppress(LeakageError):  # a pool that is the eval data is a finding of check_data
            proposals[lever.name] = lever.propose(data.task, data.task.baseline())
    held = Decoding().propose(data.task, data.task.baseline())
    missing = check_material(data, proposals)
    is_told = any(each.problem.startswith("rag:") for each in missing)
    return [
        *([] if is_told else check_answers_in_corpus(data, proposals.get("rag", ()))),
        *missing,
        *check_encoders(data.task, proposals),
        *check_other_models(data.task),
        *check_corpora(data, proposals),
        *check_prompt_room(data, proposals),
        *check_constraints(data.task, held),
        *check_rewriter(data.task),
        *check_limits(data),
    ]
