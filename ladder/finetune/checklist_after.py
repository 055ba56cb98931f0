"""The five parts of the checklist that come after the training, each a check of what was measured."""

from pathlib import Path

from ladder.errors import EvidenceError, UnsafeError
from ladder.finding import Finding
from ladder.finetune.checklist import Checklist, CheckOutcome
from ladder.finetune.evaluation.measure_adapter import MeasuredAdapter
from ladder.finetune.evaluation.overfitting import check_memorised, check_overfitting
from ladder.finetune.evaluation.safety import SMOKE, check_safety
from ladder.finetune.permit import Permit
from ladder.finetune.report import Ability
from ladder.finetune.rows.row_parts import RowParts
from ladder.finetune.versions.adapter_version import verify_adapter
from ladder.finetune.versions.registry import read_promotions
from ladder.models import model_digest


def check_rest(
    checklist: Checklist, permit: Permit, measured: MeasuredAdapter, rows: RowParts
) -> None:
    """Run the five parts that judge an adapter.

    Raises:
        BlockedError: One of them blocks; the adapter may not be promoted.
        EvidenceError: The adapter or its base is not what was trained.
    """
    checklist.check("adapter_versioning", lambda: _versioning(permit, measured))
    checklist.check("overfitting_check", lambda: check_overfitting(measured.report))
    checklist.check("regression_check", lambda: _regression(measured.report.abilities))
    checklist.check("safety_review", lambda: _safety(measured, rows))
    checklist.check("rollback_plan", lambda: _rollback(Path(measured.report.adapter)))


def _versioning(permit: Permit, measured: MeasuredAdapter) -> CheckOutcome[None]:
    """A01 the base was changed meanwhile, A02 the adapter changes no answer."""
    folder = Path(measured.report.adapter)
    manifest = verify_adapter(folder, base_model=permit.base_model)
    findings = []
    now = model_digest(permit.start.model)
    if now != permit.base_model:
        findings.append(
            Finding(
                code="A01 base-changed",
                severity="error",
                problem=f"The base model's files changed during the training: "
                f"{permit.base_model[:12]}, now {now[:12]}.",
                next_step="Put the base model back, and train again.",
            )
        )
    if measured.before.answers == measured.after.answers:
        findings.append(
            Finding(
                code="A02 no-effect",
                severity="error",
                problem=f"All {len(measured.after.answers)} answers are the base model's own: the "
                "adapter changes nothing.",
                next_step="Take more steps or a higher training.learning_rate.",
            )
        )
    made_of = ", ".join(sorted(manifest.get("made_from", {})))
    return CheckOutcome(None, f"{folder}, sealed with the digests of {made_of}", findings)


def _regression(abilities: tuple[Ability, ...]) -> CheckOutcome[None]:
    """H01 an ability got worse: paired exact tests, corrected by Holm for their number."""
    findings = [
        Finding(
            code="H01 ability-lost",
            severity="error",
            problem=f"{each.name} fell from {each.before:.2f} to {each.after:.2f} on {each.n} "
            f"questions: {each.losses} lost, {each.wins} won (p = {each.p_value:.2g}).",
            next_step="Replay more of what the base model says (training.replay_share, "
            "training.replay) and take more steps, then train again.",
        )
        for each in abilities
        if each.is_worse
    ]
    told = [f"{each.name} {each.before:.2f} to {each.after:.2f}" for each in abilities]
    return CheckOutcome(None, ", ".join(told), findings)


def _safety(measured: MeasuredAdapter, rows: RowParts) -> CheckOutcome[None]:
    asked = {name: part[: len(measured.answers[name])] for name, part in rows.by_name.items()}
    memory = check_memorised(measured.answers, asked)
    kinds = measured.report.safety
    told = [f"{each.name} {each.before:.2f} to {each.after:.2f} of {each.n}" for each in kinds]
    evidence = f"harmless answers: {', '.join(told)}; {SMOKE}"
    return CheckOutcome(None, evidence, [*check_safety(kinds), *memory])


def _rollback(adapter: Path) -> CheckOutcome[None]:
    """Z01 the version that is in use now could not be gone back to."""
    versions = adapter.parent
    current = read_promotions(versions).current
    back = "the base model without an adapter" if current is None else f"version {current}"
    how = f"ladder adapter rollback {versions}"
    evidence = f"after a promotion `{how}` goes back to {back}; rehearsed when promoting"
    findings = []
    if current is not None and current != adapter.name:
        try:
            verify_adapter(versions / current)
        except (EvidenceError, UnsafeError) as error:
            findings.append(
                Finding(
                    code="Z01 no-way-back",
                    severity="error",
                    problem=f"Version {current} is in use and could not be gone back to: {error}",
                    next_step="Put its folder back from a copy before another is promoted.",
                )
            )
    return CheckOutcome(None, evidence, findings)
