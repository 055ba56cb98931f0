"""`check_gate`: may this training start? It fails closed, and needs no torch."""

from pathlib import Path

from ladder.data import digest_samples, load_samples
from ladder.decision import Decision, Verdict
from ladder.errors import EvidenceError
from ladder.gate.record import load_record
from ladder.spec import load_task
from ladder.spec.base import Frozen

EXIT_CODES: dict[Verdict, int] = {
    "fine_tune": 0,
    "already_good": 1,
    "use_lever": 1,
    "inconclusive": 3,
}


class GateResult(Frozen):
    """What the gate says.

    Attributes:
        exit_code: 0 only where fine-tuning is justified; see docs/exit-codes.md.
        verdict: The verdict in the record.
        message: At most three lines: the verdict, why, and what to do now.
    """

    exit_code: int
    verdict: Verdict
    message: str


def check_gate(run: str | Path, *, spec: str | Path | None = None) -> GateResult:
    """Return whether a run's record justifies fine-tuning.

    Args:
        run: A run's folder, or its `decision.json`.
        spec: Require that the record is of this task spec and of its eval data as they are now.

    Raises:
        EvidenceError: The record is missing, unreadable, edited, or of something else.
    """
    path = Path(run)
    path = path / "decision.json" if path.is_dir() else path
    decision = load_record(path)
    if spec is not None:
        _check_subjects(decision, path, Path(spec))
    return GateResult(
        exit_code=EXIT_CODES[decision.verdict],
        verdict=decision.verdict,
        message=_message(decision, path),
    )


def _check_subjects(decision: Decision, path: Path, spec: Path) -> None:
    task = load_task(spec)
    provenance = decision.provenance
    if provenance is None:
        raise EvidenceError(
            f"{path} does not say what it was measured on.",
            next_step=f"Make the record again: ladder run {spec}",
        )
    found = {
        "spec": (task.digest, provenance.spec),
        "eval data": (digest_samples(load_samples(task.data)), provenance.eval_data),
    }
    wrong = [name for name, (now, then) in found.items() if now != then]
    if wrong:
        raise EvidenceError(
            f"{path} was reached on another {' and '.join(wrong)} than {spec} names.",
            next_step=f"Make the record again: ladder run {spec}",
        )


def _message(decision: Decision, path: Path) -> str:
    if decision.verdict == "fine_tune":
        return f"Allowed. {decision.sentence}"
    if decision.verdict == "inconclusive":
        return (
            f"Blocked: no verdict. {decision.sentence}\n"
            "A fine-tune must be justified by evidence that every cheaper lever fails.\n"
            f"See what would decide: ladder report {path.parent}"
        )
    return (
        f"Blocked. {decision.sentence}\n"
        f"Measured: {_score(decision)} against the target {decision.target:g}.\n"
        f"See what to change: ladder report {path.parent}"
    )


def _score(decision: Decision) -> str:
    seen = decision.confirmation
    return "nothing" if seen is None else f"{seen.score:.2f} on {seen.n} samples kept aside"
