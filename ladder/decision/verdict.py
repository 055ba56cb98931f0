"""`verdict_of`: which of the four verdicts a ledger's ending, and people's labels, stand for."""

from typing import Literal

from ladder.decision.human_labels import PeopleClaim
from ladder.search.ledger import Ledger

Verdict = Literal["already_good", "use_lever", "fine_tune", "inconclusive"]


def verdict_of(ledger: Ledger, people: PeopleClaim | None = None) -> Verdict:
    """Return the verdict that a ledger's ending stands for.

    Where a judge scored the answers, people's labels of its candidate go before what it says: what
    they show to reach the target does, and where they do not show it nothing is reached. That one
    candidate is below says nothing of others, so it never makes `fine_tune`.
    """
    if people == "reached" or (people is None and ledger.ending == "reached"):
        return "use_lever" if any(ledger.best) else "already_good"
    return "fine_tune" if ledger.ending == "justified" else "inconclusive"
