"""`Cost`: what a candidate's answers cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.measure.measurement import Scored


@dataclass(frozen=True, slots=True)
class Cost:
    """What one answer of a candidate costs, on average; and how many were cut, or failed."""

    prompt_tokens: float = 0.0
    completion_tokens: float = 0.0
    seconds: float = 0.0
    waited: float = 0.0
    cut_by_length: float = 0.0
    failed: float = 0.0
    lenient: float = 0.0

    @property
    def tokens(self) -> float:
        """Return the tokens of prompt and answer together."""
        return self.prompt_tokens + self.completion_tokens


def cost_of(rows: Sequence[Scored]) -> Cost:
    """Return the mean over some rows; nothing where there are none."""
    if not rows:
        return Cost()
    answers = [row.answer for row in rows]
    return Cost(
        prompt_tokens=sum(a.prompt_tokens for a in answers) / len(rows),
        completion_tokens=sum(a.completion_tokens for a in answers) / len(rows),
        seconds=sum(a.seconds for a in answers) / len(rows),
        waited=sum(a.seconds if a.waited is None else a.waited for a in answers) / len(rows),
        cut_by_length=sum(a.finish_reason == "length" for a in answers) / len(rows),
        failed=sum(a.error is not None for a in answers) / len(rows),
        lenient=sum(row.lenient for row in rows) / len(rows),
    )
