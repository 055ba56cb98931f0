"""A run's folder, read so strictly that nothing half-read can open the gate."""

import json
from pathlib import Path

from pydantic import ValidationError

from ladder.data import digest_samples, load_samples
from ladder.decision import Decision, edited_fields, edited_words
from ladder.errors import EvidenceRefusedError, LadderError
from ladder.gate.strict import parse_object, read_bytes
from ladder.models.digest import model_digest
from ladder.spec.task import TaskSpec

MOST_BYTES = 50 * 2**20
AGAIN = "Make the run again: ladder run SPEC"


def load_decision(path: Path) -> Decision:
    """Return the decision in a `decision.json`.

    Raises:
        EvidenceRefusedError: It is missing, too large, not strict JSON (a key twice, NaN), not of this version,
            or its verdict is not the one that its own ledger gives.
    """
    document = parse_object(read_bytes(path, what="decision", most=MOST_BYTES), str(path))
    try:
        decision = Decision.model_validate_json(json.dumps(document))
        _check_consistent(decision, path)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise EvidenceRefusedError(
            "MALFORMED",
            f"{path} is no decision of this version of ladder: {place}: {first['msg']}.",
            next_step=AGAIN,
        ) from None
    except (LadderError, ArithmeticError, LookupError, ValueError) as error:
        if isinstance(error, EvidenceRefusedError):
            raise
        raise EvidenceRefusedError(
            "INCONSISTENT", f"{path} does not hold together: {error}.", next_step=AGAIN
        ) from None
    return decision


def load_run_task(folder: Path, decision: Decision) -> TaskSpec:
    """Return the resolved spec that a run left, after checking that it is the decision's.

    Raises:
        EvidenceRefusedError: It is missing or another one.
    """
    path = folder / "spec.json"
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
    _check_question(decision, task, folder)
    return task


def check_unchanged(decision: Decision, task: TaskSpec) -> None:
    """Raise EvidenceRefusedError unless eval data and model are, now, what the run measured."""
    measured = decision.provenance
    now = {
        "eval data": (digest_samples(load_samples(task.data)), measured and measured.eval_data),
        "model": (model_digest(task.model), measured and measured.model),
    }
    wrong = [name for name, (here, then) in now.items() if here != then]
    if wrong:
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH",
            f"since the run, the {' and the '.join(wrong)} of {task.name!r} changed.",
            next_step=AGAIN,
        )


def _check_question(decision: Decision, task: TaskSpec, folder: Path) -> None:
    asked = {
        "task": (decision.task, task.name),
        "model": (decision.model, task.model.id),
        "metric": (decision.metric, f"{task.metric.name}, {task.metric.reading}"),
        "target": (decision.target, task.target),
    }
    wrong = [name for name, (said, meant) in asked.items() if said != meant]
    if wrong:
        raise EvidenceRefusedError(
            "INCONSISTENT",
            f"the decision of {folder} and its spec differ in: {', '.join(wrong)}.",
            next_step=AGAIN,
        )


def _check_consistent(decision: Decision, path: Path) -> None:
    edited = [*edited_fields(decision), *edited_words(decision)]
    if edited:
        raise EvidenceRefusedError(
            "INCONSISTENT",
            f"{path}: {', '.join(edited)} is not what its own ledger gives; it was edited.",
            next_step=AGAIN,
        )
