"""`verdict_of`: which of the four verdicts a ledger's ending stands for."""

from typing import Literal

from ladder.search.ledger import Ledger

Verdict = Literal["already_good", "use_lever", "fine_tune", "inconclusive"]


def verdict_of(ledger: Ledger) -> Verdict:
    """Return the verdict that a ledger's ending stands for."""
    if ledger.ending == "reached":
        return "use_lever" if any(ledger.best) else "already_good"
    return "fine_tune" if ledger.ending == "justified" else "inconclusive"
