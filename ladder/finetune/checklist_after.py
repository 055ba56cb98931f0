"""The five parts of the checklist that come after the training, and what tells overfitting and learning by heart."""

from collections.abc import Mapping, Sequence
from math import hypot
from pathlib import Path

from ladder.data.sample import Sample
from ladder.data.split import normal_form
from ladder.errors import EvidenceError, UnsafeError
from ladder.finding import Finding
from ladder.finetune.checklist import Checklist, CheckOutcome
from ladder.finetune.evaluation.measure_adapter import MeasuredAdapter
from ladder.finetune.evaluation.safety import SMOKE, check_safety
from ladder.finetune.permit import Permit
from ladder.finetune.report import Ability, Score, TrainingReport
from ladder.finetune.rows.row_parts import RowParts
from ladder.finetune.versions.adapter_version import verify_adapter
from ladder.finetune.versions.registry import read_promotions
from ladder.models import model_digest
from ladder.statistics import wilson

MOST_GAP = 0.1
"""Difference between known and unknown rows that is tolerated; only a gap clearly above counts."""

_LONG_WORDS = 8
"""Words from which a target that is repeated word by word was hardly met by chance."""


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


def check_overfitting(report: TrainingReport) -> CheckOutcome[None]:
    """Return an error where the adapter knows its rows by heart and the target is missed.

    O01: the 95 % interval of train minus held-out rows lies above .10 (Newcombe 1998). Where the
    adapter reaches the target on the confirmation part, what it learnt carries over, and the gap
    is a warning.
    """
    train = report.parts["train"]
    held_out = pooled(report.parts["validation"], report.parts["test"])
    gap = gap_low(train, held_out)
    table = [("part", "score", "95 %", "n")]
    table += [
        (name, f"{part.score:.2f}", f"{part.low:.2f} to {part.high:.2f}", str(part.n))
        for name, part in (*report.parts.items(), ("confirmation", report.after))
    ]
    evidence = (
        f"train {train.score:.2f}, held-out rows {held_out.score:.2f}; weights of step "
        f"{report.best_step} of {report.steps}"
    )
    if gap <= MOST_GAP:
        return CheckOutcome(None, evidence, (), table)
    finding = Finding(
        code="O01 overfitting",
        severity="warning" if report.verdict == "reached" else "error",
        problem=f"The adapter scores {train.score:.2f} on rows that it trained on and "
        f"{held_out.score:.2f} on {held_out.n} that it did not: at least {gap:.2f} apart.",
        next_step="Add rows (the learning curve says whether they help), take fewer steps or a "
        "lower rank, and train again.",
    )
    return CheckOutcome(None, evidence, (finding,), table)


def check_memorised(
    answers: Mapping[str, Sequence[str]], rows: Mapping[str, Sequence[Sample]]
) -> list[Finding]:
    """Return an error where long targets come back word for word, but only those trained on.

    M02: the memorisation probe. Short labels are the task itself and are not probed.
    """
    known, n_known = _verbatim(answers["train"], rows["train"])
    unknown, n_unknown = _verbatim(
        [*answers["validation"], *answers["test"]], [*rows["validation"], *rows["test"]]
    )
    if not n_known:
        return []
    expected = wilson(unknown, n_unknown).high if n_unknown else 0.0
    low = wilson(known, n_known).low
    if low <= max(expected, 0.05):
        return []
    return [
        Finding(
            code="M02 targets-memorised",
            severity="error",
            problem=f"{known} of {n_known} long training targets come back word for word, and "
            f"{unknown} of {n_unknown} that were not trained on.",
            next_step="Take fewer steps, and leave out what must not be said again; or let "
            "somebody answer for it: training.review.waivers with code M02.",
        )
    ]


def gap_low(known: Score, unknown: Score) -> float:
    """Return the lower end of the 95 % interval of the difference of two scores.

    Of two independent samples, by their Wilson intervals (Newcombe 1998, method 10).
    """
    below = hypot(known.score - known.low, unknown.high - unknown.score)
    return known.score - unknown.score - below


def pooled(one: Score, other: Score) -> Score:
    """Return two parts' scores as one.

    >>> half = Score(n=2, score=0.5, low=0.1, high=0.9)
    >>> pooled(half, half).n
    4
    """
    n = one.n + other.n
    right = one.score * one.n + other.score * other.n
    low, high = wilson(right, n)
    return Score(n=n, score=right / n, low=low, high=high)


def _verbatim(answers: Sequence[str], rows: Sequence[Sample]) -> tuple[int, int]:
    """Return how many long targets stand whole in their answers, of how many long ones."""
    pairs = [
        (normal_form(answer), normal_form(row.targets[0]))
        for answer, row in zip(answers, rows, strict=True)
        if len(row.targets[0].split()) >= _LONG_WORDS
    ]
    return sum(target in answer for answer, target in pairs), len(pairs)
