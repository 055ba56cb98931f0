"""`Finding`: what a check noticed. Checks return findings; they never raise."""

from typing import Literal

from ladder.frozen import Frozen

Severity = Literal["error", "warning", "info"]


class Finding(Frozen):
    """One thing that a check noticed.

    Attributes:
        code: Stable short name, such as `R02 generation-prompt-missing`.
        severity: `error`: the score cannot be trusted. `warning`: may cost points. `info`: to know.
        problem: One sentence of fact in the user's words.
        evidence: The place: rendered text, token ids, row ids, or file and line.
        next_step: What to do now.
    """

    code: str
    severity: Severity
    problem: str
    evidence: str = ""
    next_step: str = ""
