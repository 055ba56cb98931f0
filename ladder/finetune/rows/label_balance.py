"""How evenly rows are spread over the labels that their targets are."""

from collections import Counter
from collections.abc import Sequence

from ladder.data.labels import is_label_like
from ladder.data.sample import Sample
from ladder.finding import Finding


def label_balance(rows: Sequence[Sample]) -> list[Finding]:
    """Return how many rows each label has, as C06; nothing where targets are no labels."""
    if not is_label_like(rows):
        return []
    counts = Counter(row.targets[0] for row in rows)
    common, most = counts.most_common(1)[0]
    rare = [label for label, count in counts.items() if count < 3]
    share = most / len(rows)
    return [
        Finding(
            code="C06 label-balance",
            severity="warning" if share > 0.8 else "info",
            problem=f"{len(counts)} labels; the most common, {common[:40]!r}, is {share:.0%} of "
            f"the rows; {len(rare)} labels have fewer than 3.",
            evidence=", ".join(f"{label[:30]} {count}" for label, count in counts.most_common(8)),
            next_step="Add rows of the rare labels.",
        )
    ]
