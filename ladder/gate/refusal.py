"""`RefusedError`: why evidence does not count, under a name that machines can match."""

from typing import Literal

from ladder.errors import EvidenceError

Reason = Literal[
    "MISSING",
    "MALFORMED",
    "BAD_TYPE",
    "WRONG_PREDICATE",
    "UNSIGNED",
    "BAD_SIGNATURE",
    "ISSUED_IN_FUTURE",
    "EXPIRED",
    "SUBJECT_MISMATCH",
    "INCONSISTENT",
    "AGAINST_POLICY",
    "REVOKED",
    "CHANGED",
]


class RefusedError(EvidenceError):
    """The evidence does not count. Exit code 5, whatever the reason.

    Args:
        reason: Stands first in the message, and in the JSON.
        problem: One sentence of fact.
        next_step: One sentence of action.
    """

    def __init__(self, reason: Reason, problem: str, *, next_step: str) -> None:
        super().__init__(f"{reason}: {problem}", next_step=next_step)
        self.reason = reason
