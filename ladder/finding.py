"""`Finding`: what a check noticed. Checks return findings; they never raise."""

from typing import Literal

from ladder.frozen import Frozen, added

Severity = Literal["error", "warning", "info"]


class RowPair(Frozen):
    """Two rows that are the same, or nearly.

    Attributes:
        sample: Id of the eval sample.
        sample_where: Its place, such as `eval.jsonl:12`.
        other: Id of the other row, passage or prompt.
        other_where: Its place.
        kind: `same`, `held` (the other holds the sample), `reordered` or `near`.
        similarity: 1, or for `near` how much they share.
    """

    sample: str
    sample_where: str
    other: str
    other_where: str
    kind: str
    similarity: float


class Finding(Frozen):
    """One thing that a check noticed.

    Attributes:
        code: Stable short name, such as `R02 generation-prompt-missing`.
        severity: `error`: the score cannot be trusted. `warning`: may cost points. `info`: to know.
        problem: One sentence of fact in the user's words.
        evidence: The place: rendered text, token ids, row ids, or file and line.
        next_step: What to do now.
        pairs: All the rows in question, where they come in pairs; left out of JSON where none do.
    """

    code: str
    severity: Severity
    problem: str
    evidence: str = ""
    next_step: str = ""
    pairs: tuple[RowPair, ...] = added(())
