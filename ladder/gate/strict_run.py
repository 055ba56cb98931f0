"""Reads a run's decision and task; refuses what is incomplete or is not what the run measured."""

import json
from pathlib import Path

from pydantic import ValidationError

from ladder.data import digest_samples, load_samples
from ladder.decision import Decision, edited_words
from ladder.decision.decision_file import as_edited
from ladder.decision.goal import Goal, RelativeGoal, goal_of
from ladder.errors import DecisionFileError, EvidenceRefusedError, LadderError, Refusal
from ladder.gate.strict_readers import parse_object, read_bytes
from ladder.models.digest import model_digest, weights_digest
from ladder.runs.folder import RunFolder
from ladder.runs.resolved_task import refuse_elsewhere
from ladder.spec.task import TaskSpec

MOST_BYTES = 50 * 2**20
AGAIN = "Make the run again: ladder run SPEC"
_REASONS: dict[str, Refusal] = {"absent": "MISSING", "edited": "INCONSISTENT"}


def load_decision(folder: Path) -> Decision:
    """Return the decision that a run left.

    Raises:
        EvidenceRefusedError: It is missing, cannot be read, or its words are not those that its own
            ledger gives.
    """
    path = RunFolder(folder).decision
    try:
        decision = Decision.load(path)
        edited = edited_words(decision)
    except DecisionFileError as error:
        reason = _REASONS.get(error.fault, "MALFORMED")
        raise EvidenceRefusedError(reason, str(error), next_step=error.next_step) from None
    except (LadderError, ArithmeticError, LookupError, ValueError) as error:
        raise EvidenceRefusedError(
            "INCONSISTENT", f"{path} does not hold together: {error}.", next_step=AGAIN
        ) from None
    if edited:
        raise EvidenceRefusedError("INCONSISTENT", f"{path}: {as_edited(edited)}", next_step=AGAIN)
    return decision


def load_run_task(folder: Path, decision: Decision) -> TaskSpec:
    """Return the resolved spec that a run left, after checking that it is the decision's.

    Raises:
        EvidenceRefusedError: It is missing or another one.
        EvidenceError: The run was started in another folder, where its files lie.
    """
    path = RunFolder(folder).spec
    document = parse_object(read_bytes(path, what="spec", most=MOST_BYTES), str(path))
    try:
        task = TaskSpec.model_validate_json(json.dumps(document))
    except ValidationError:
        raise EvidenceRefusedError(
            "MALFORMED", f"{path} is no task spec.", next_step=AGAIN
        ) from None
    if decision.provenance is None or decision.provenance.spec != task.digest:
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH", f"{path} is not the spec of {folder}'s decision.", next_step=AGAIN
        )
    refuse_elsewhere(RunFolder(folder), task)
    _check_question(decision, task, folder)
    return task


def check_unchanged(decision: Decision, task: TaskSpec) -> None:
    """Raise EvidenceRefusedError unless eval data and model are, now, what the run measured."""
    measured = decision.provenance
    now = {
        "eval data": (digest_samples(load_samples(task.data)), measured and measured.eval_data),
        "model": (model_digest(task.model), measured and measured.model),
    }
    if task.reference is not None:
        now["reference"] = weights_digest(task.reference), measured and measured.reference
    wrong = [name for name, (here, then) in now.items() if here != then]
    if wrong:
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH",
            f"since the run, the {' and the '.join(wrong)} of {task.name!r} changed.",
            next_step=AGAIN,
        )


def _without_identity(goal: Goal) -> Goal:
    return goal.replace(identity="") if isinstance(goal, RelativeGoal) else goal


def _check_question(decision: Decision, task: TaskSpec, folder: Path) -> None:
    asked = {
        "task": (decision.task, task.name),
        "model": (decision.model, task.model.id),
        "metric": (decision.metric, f"{task.metric.name}, {task.metric.reading}"),
        "target": (decision.target, task.share),
        "reference": (_without_identity(decision.goal), goal_of(task)),
        "at_least": (decision.ledger.class_targets, task.metric.at_least),
        "limits": (decision.limits, task.limits),
    }
    wrong = [name for name, (written, meant) in asked.items() if written != meant]
    if wrong:
        raise EvidenceRefusedError(
            "INCONSISTENT",
            f"the decision of {folder} and its spec differ in: {', '.join(wrong)}.",
            next_step=AGAIN,
        )
