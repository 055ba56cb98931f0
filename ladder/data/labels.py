"""`is_label_like`: whether targets are labels: short, and each shared by several rows."""

from collections.abc import Sequence

from ladder.data.sample import Sample


def is_label_like(rows: Sequence[Sample]) -> bool:
    """Return whether the targets are labels: short, and each shared by several rows.

    >>> is_label_like([Sample(str(at), "x", ("yes" if at % 2 else "no",)) for at in range(4)])
    True
    """
    targets = [row.targets[0] for row in rows]
    if not targets or len(set(targets)) < 2:
        return False
    return len(set(targets)) <= len(targets) / 2 and max(len(t.split()) for t in targets) <= 5
