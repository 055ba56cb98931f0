"""`load_record`: a decision read so strictly that nothing half-read can open the gate."""

import json
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from ladder.decision import Decision, decision_from
from ladder.errors import EvidenceError

MOST_BYTES = 50 * 2**20


def load_record(path: Path) -> Decision:
    """Return the decision in a `decision.json`.

    Raises:
        EvidenceError: It is missing, too large, not strict JSON (a key twice, NaN), not of this
            version, or its verdict is not the one that its own ledger gives.
    """
    if not path.is_file():
        _refuse(f"{path} is not a file.")
    size = path.stat().st_size
    if not 0 < size <= MOST_BYTES:
        _refuse(f"{path} has {size} bytes; a record has 1 to {MOST_BYTES}.")
    try:
        document = json.loads(
            path.read_text(encoding="utf-8"),
            object_pairs_hook=_refuse_twice,
            parse_constant=_refuse_constant,
        )
        decision = Decision.model_validate_json(json.dumps(document))
    except (ValueError, RecursionError, ValidationError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        _refuse(f"{path} is not a record of this version of ladder: {first}.")
    _check_consistent(decision, path)
    return decision


def _check_consistent(decision: Decision, path: Path) -> None:
    again = decision_from(decision.ledger, levers=decision.levers, target=decision.target)
    fields = ("verdict", "configuration", "confirmation", "examples_needed")
    wrong = [name for name in fields if getattr(again, name) != getattr(decision, name)]
    if wrong:
        _refuse(f"{path}: {', '.join(wrong)} is not what its own ledger gives; it was edited.")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a key stands twice")
    return row


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _refuse(problem: str) -> NoReturn:
    raise EvidenceError(problem, next_step="Make the record again: ladder run task.yaml")
