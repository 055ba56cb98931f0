"""`StillTrue`: what rechecks of a run's candidate show, as a report tells it."""

from dataclasses import dataclass

from ladder.errors import EvidenceError
from ladder.rechecking import recheck_of
from ladder.rechecking.recheck_result import WORDS, drift_line, signed
from ladder.runs import RunFolder
from ladder.runs.recheck_file import read_rechecks


@dataclass(frozen=True, slots=True)
class StillTrue:
    """What `ladder recheck` showed of a run's candidate so far.

    Attributes:
        sentence: The status in words.
        how_sure: How often such a claim is wrong.
        batches: A row a batch: its month or when it was counted, the score, its interval, the rows, how many unknown, the status.
        drift: How the inputs of the last batch differ from the eval data; no claim.
    """

    sentence: str
    how_sure: str = ""
    batches: tuple[tuple[str, ...], ...] = ()
    drift: tuple[str, ...] = ()


HEAD = ("when", "score", "95 % interval", "rows", "unknown", "shown by then")
"""What the columns of `StillTrue.batches` are called."""


def still_true(run: RunFolder) -> StillTrue | None:
    """Return what rechecks show, None without any; of a damaged record, only that it is damaged."""
    try:
        record = read_rechecks(run)
    except EvidenceError as error:
        return StillTrue(str(error))
    if record is None:
        return None
    found = recheck_of(run, record)
    rows = tuple(
        (
            each.when,
            signed(each.scores[0].score),
            f"{signed(each.scores[0].low)} to {signed(each.scores[0].high)}",
            f"{each.n:,}",
            f"{each.unknown:,}",
            WORDS[each.status],
        )
        for each in found.batches
    )
    drift = tuple(drift_line(each).strip() for each in found.drift)
    return StillTrue(found.sentence, found.how_sure, rows, drift)
