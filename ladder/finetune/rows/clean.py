"""Clean data: what is wrong with the training rows, which are left out, and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ladder.data.sample import Sample
from ladder.data.told import unsearched_rows
from ladder.finding import Finding
from ladder.finetune.rows import faults, leaks
from ladder.finetune.rows.faults import Fault, Look
from ladder.finetune.rows.label_balance import label_balance
from ladder.spec.training import Review


@dataclass(frozen=True, slots=True)
class RowRule:
    """One check of the training rows.

    Attributes:
        look: Returns the faults.
        is_removed: Whether its rows are left out without asking.
    """

    code: str
    severity: str
    problem: str
    next_step: str
    look: Look
    is_removed: bool = False


_REMOVE = "Correct these rows, or have them left out: training: {{review: {{remove: [{code}]}}}}."
_ANSWER = (
    "Have these rows left out (training: {{review: {{remove: [{code}]}}}}), mask what they hold, or "
    "let somebody answer for it: training.review.waivers with code {code}."
)
RULES: tuple[RowRule, ...] = (
    RowRule(
        "D11 eval-input-known",
        "error",
        "are in the eval data",
        "Take them out (training: {review: {remove: [D11]}}); a score on rows that were trained "
        "on says nothing.",
        leaks.leaks,
    ),
    RowRule("D01 input-repeated", "info", "repeat another one", "", faults.copies, is_removed=True),
    RowRule(
        "D02 same-input-other-answer",
        "error",
        "contradict another one",
        _REMOVE.format(code="D02"),
        faults.contradictions,
    ),
    RowRule(
        "D04 one-answer", "error", "have the same answer", "Add other answers.", faults.one_answer
    ),
    RowRule(
        "D05 answer-is-input",
        "warning",
        "have their own input as the answer",
        _REMOVE.format(code="D05"),
        faults.answer_is_input,
    ),
    RowRule(
        "C04 answer-cut",
        "error",
        "end in the middle of a sentence: their answers were cut",
        _REMOVE.format(code="C04"),
        faults.answers_cut,
    ),
    RowRule(
        "C05 answer-open",
        "warning",
        "do not end where nearly all others end a sentence",
        _REMOVE.format(code="C05"),
        faults.open_ends,
    ),
    RowRule(
        "G01 key", "error", "hold a key or a password", _ANSWER.format(code="G01"), faults.keys
    ),
    RowRule(
        "G02 personal-data",
        "error",
        "hold personal data",
        _ANSWER.format(code="G02"),
        faults.personal,
    ),
    RowRule(
        "D12 eval-input-nearly-known",
        "warning",
        "stand nearly word for word in the eval data",
        "Look at them: where only a name differs, the eval score is flattered.",
        leaks.near_leaks,
    ),
)


_SHOWN = 8


@dataclass(frozen=True, slots=True)
class CleanedRows:
    """The rows that stay, what was found, and a table of what was left out and why."""

    kept: tuple[Sample, ...]
    findings: tuple[Finding, ...]
    removed: tuple[tuple[str, str, str], ...]


def clean_rows(rows: Sequence[Sample], evals: Sequence[Sample], review: Review) -> CleanedRows:
    """Return the rows to train on. Nothing is left out that the table does not name.

    Copies are left out always; rows of another rule where `training.review.remove` names it.
    """
    findings: list[Finding] = []
    left_out: dict[int, tuple[str, str]] = {}
    for rule in RULES:
        # What was left out already breaks no further rule: a removed leak is no duplicate.
        stay = [at for at in range(len(rows)) if at not in left_out]
        kept = [rows[at] for at in stay]
        faults = [Fault(stay[each.at], each.why) for each in rule.look(kept, evals)]
        code = rule.code.partition(" ")[0]
        if not faults:
            continue
        if rule.is_removed or code in review.remove:
            left_out.update({fault.at: (rule.code, fault.why) for fault in faults})
        findings.append(
            _finding(rule, rows, faults, is_removed=rule.is_removed or code in review.remove)
        )
    kept = [row for at, row in enumerate(rows) if at not in left_out]
    return CleanedRows(
        kept=tuple(kept),
        findings=(
            *findings,
            *label_balance(kept),
            *unsearched_rows(leaks.search(kept, evals), len(kept), "the eval data"),
        ),
        removed=tuple((rows[at].id, *left_out[at]) for at in sorted(left_out)),
    )


def _finding(
    rule: RowRule, rows: Sequence[Sample], faults: Sequence[Fault], *, is_removed: bool
) -> Finding:
    told = "; ".join(
        f"row {fault.at + 1} ({rows[fault.at].id}): {fault.why}" for fault in faults[:_SHOWN]
    )
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    done = " They were left out" if is_removed else ""
    return Finding.model_validate(
        {
            "code": rule.code,
            "severity": "info" if is_removed else rule.severity,
            "problem": f"{len(faults)} of {len(rows)} training rows {rule.problem}.{done}",
            "evidence": told + more,
            "next_step": "" if is_removed else rule.next_step,
        }
    )


def removed_table(removed: Sequence[tuple[str, str, str]]) -> tuple[tuple[str, ...], ...]:
    """Return the table of what was left out, with its head; nothing where nothing was."""
    return (("row", "rule", "why"), *removed) if removed else ()


def counts_of(removed: Sequence[tuple[str, str, str]]) -> Mapping[str, int]:
    """Return how many rows each rule left out.

    >>> counts_of([("a", "D01 input-repeated", "the same as b")])
    {'D01': 1}
    """
    return dict(Counter(code.partition(" ")[0] for _, code, _ in removed))
