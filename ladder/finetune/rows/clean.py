"""Clean data: what is wrong with the training rows, which are left out, and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ladder.data.sample import Sample
from ladder.data.told import unsearched_rows
from ladder.finding import Finding
from ladder.finetune.rows import leaks
from ladder.finetune.rows.clean_rules import RULES, Rule
from ladder.finetune.rows.fault import Fault
from ladder.finetune.rows.label_balance import label_balance
from ladder.spec.training import Review

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The rows that stay, what was found, and a table of what was left out and why."""

    kept: tuple[Sample, ...]
    findings: tuple[Finding, ...]
    removed: tuple[tuple[str, str, str], ...]


def clean_rows(rows: Sequence[Sample], evals: Sequence[Sample], review: Review) -> Cleaned:
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
    return Cleaned(
        kept=tuple(kept),
        findings=(
            *findings,
            *label_balance(kept),
            *unsearched_rows(leaks.search(kept, evals), len(kept), "the eval data"),
        ),
        removed=tuple((rows[at].id, *left_out[at]) for at in sorted(left_out)),
    )


def _finding(
    rule: Rule, rows: Sequence[Sample], faults: Sequence[Fault], *, is_removed: bool
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
