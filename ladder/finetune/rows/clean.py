"""`clean_rows`: the training rows that stay, what is wrong with the others, and why each was left out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ladder.data.labels import is_label_like
from ladder.data.leakage import find_leaks, is_waived, unsearched_pairs
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.finetune.rows.clean_rules import RULES, Faults, RowRule
from ladder.spec.data_source import OnLeak
from ladder.spec.training import Review
from ladder.text import listed


@dataclass(frozen=True, slots=True)
class CleanedRows:
    """The rows that stay, what was found, and a table of what was left out and why."""

    kept: tuple[Sample, ...]
    findings: tuple[Finding, ...]
    removed: tuple[tuple[str, str, str], ...]


def clean_rows(
    rows: Sequence[Sample], evals: Sequence[Sample], review: Review, on_leak: OnLeak | None = None
) -> CleanedRows:
    """Return the rows to train on. Nothing is left out that the table does not name.

    Copies are left out always; rows of another rule where `training.review.remove` names it, and
    eval rows where `data.on_leak` is `exclude`. A pair that `data.on_leak` waives is no leak.
    """
    on_leak = on_leak or OnLeak()
    found = find_leaks(evals, rows)
    leaks = [leak for leak in found.pairs if not is_waived(leak, on_leak.waive)]
    findings: list[Finding] = []
    left_out: dict[int, tuple[str, str]] = {}
    for rule in RULES:
        stay = [at for at in range(len(rows)) if at not in left_out]
        faults = {stay[at]: why for at, why in rule.look([rows[at] for at in stay], leaks).items()}
        if not faults:
            continue
        is_removed = _is_removed(rule, review, on_leak)
        if is_removed:
            left_out.update({at: (rule.code, why) for at, why in faults.items()})
        findings.append(_finding(rule, rows, faults, is_removed=is_removed))
    kept = tuple(row for at, row in enumerate(rows) if at not in left_out)
    unsearched = unsearched_pairs(found.n_skipped, "the eval data")
    return CleanedRows(
        kept=kept,
        findings=(*findings, *_label_balance(kept), *unsearched),
        removed=tuple((rows[at].id, *left_out[at]) for at in sorted(left_out)),
    )


def _is_removed(rule: RowRule, review: Review, on_leak: OnLeak) -> bool:
    is_excluded = rule.is_leak and on_leak.rest == "exclude"
    return rule.is_removed or is_excluded or rule.code.partition(" ")[0] in review.remove


def _finding(rule: RowRule, rows: Sequence[Sample], faults: Faults, *, is_removed: bool) -> Finding:
    told = [f"row {at + 1} ({rows[at].id}): {why}" for at, why in faults.items()]
    done = " They were left out" if is_removed else ""
    return Finding(
        code=rule.code,
        severity="info" if is_removed else rule.severity,
        problem=f"{len(faults)} of {len(rows)} training rows {rule.problem}.{done}",
        evidence=listed(told),
        next_step="" if is_removed else rule.next_step,
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


def _label_balance(rows: Sequence[Sample]) -> Iterator[Finding]:
    """Yield how many rows each label has, as C06; nothing where targets are no labels."""
    if not is_label_like(rows):
        return
    counts = Counter(row.targets[0] for row in rows)
    common, most = counts.most_common(1)[0]
    rare = [label for label, count in counts.items() if count < 3]
    share = most / len(rows)
    yield Finding(
        code="C06 label-balance",
        severity="warning" if share > 0.8 else "info",
        problem=f"{len(counts)} labels; the most common, {common[:40]!r}, is {share:.0%} of "
        f"the rows; {len(rare)} labels have fewer than 3.",
        evidence=", ".join(f"{label[:30]} {count}" for label, count in counts.most_common(8)),
        next_step="Add rows of the rare labels.",
    )
