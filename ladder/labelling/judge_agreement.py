"""`agreement_of`: how a judge agrees with people on the answers that both have judged.

The bounds bet against a share after each answer, so they hold whenever somebody looks at them or
stops labelling (Waudby-Smith and Ramdas 2024); an interval for a fixed number would not.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ladder.decision.human_labels import CountedShare
from ladder.labelling.labels_so_far import Label
from ladder.statistics import watched_bounds

EACH_SIDE = 0.025
"""Error probability of each of the two bounds."""


class JudgeAgreement(NamedTuple):
    """How often a judge says what people say, and to which side it leans."""

    agreement: CountedShare
    false_accepts: CountedShare
    false_rejects: CountedShare


def agreement_of(pairs: Sequence[tuple[Label, bool | None]]) -> JudgeAgreement:
    """Return how a judge agrees with people.

    Args:
        pairs: What people said and whether the judge accepts, in the order of the confirmation
            part. Where people are unsure or the judge gave no verdict nothing is counted.

    >>> found = agreement_of([("good", True)] * 30 + [("bad", True)] * 10 + [("unsure", True)])
    >>> found.agreement.count, found.agreement.n, found.false_accepts.n, found.false_rejects.count
    (30, 40, 10, 0)
    """
    known = [(said == "good", accepts) for said, accepts in pairs if said != "unsure"]
    both = [(good, accepts) for good, accepts in known if accepts is not None]
    return JudgeAgreement(
        _share([good == accepts for good, accepts in both]),
        _share([accepts for good, accepts in both if not good]),
        _share([not accepts for good, accepts in both if good]),
    )


def _share(found: Sequence[bool]) -> CountedShare:
    if not found:
        return CountedShare(count=0, n=0, low=0.0, high=1.0)
    scores = np.array(found, dtype=np.float64)
    low, high = watched_bounds(
        scores, np.ones(len(scores)), largest=1, is_complete=False, alpha=EACH_SIDE
    )
    return CountedShare(count=sum(found), n=len(found), low=low, high=high)
