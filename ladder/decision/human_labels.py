"""`HumanLabels`: what people's labels of one candidate's answers show, and how a judge agrees."""

from typing import Literal

from ladder.frozen import Frozen
from ladder.search.ledger import Configuration, Confirmation

PeopleClaim = Literal["reached", "below", "open"]
"""That the candidate reaches the target, that it is below, or that the labels show neither."""


class CountedShare(Frozen):
    """A share of some labelled answers, with bounds that hold whenever the labelling ends.

    Attributes:
        count: Answers of which it is true.
        n: Answers that could have been counted.
        low, high: Bounds, wrong with probability at most 5 % together.
    """

    count: int
    n: int
    low: float
    high: float


class HumanLabels(Frozen):
    """People's labels of the answers of the one candidate that a verdict is about.

    Attributes:
        configuration: The candidate.
        n: Answers that were labelled, on the confirmation part.
        good: Those that people found good.
        unsure: Those about which they could not say: wrong for "reached", right for "below".
        claim: What the labels show.
        alpha: Level of the test whether it reaches the target, the same as that of the judge's.
        alpha_below: Level of the test whether it is below.
        confirmation: The share that is good, with its bounds.
        agreement: Where the judge says what people say.
        false_accepts: Answers that the judge accepts, of those that people find bad.
        false_rejects: Answers that the judge rejects, of those that people find good.
        labels: Digest of the labels.
    """

    configuration: Configuration
    n: int
    good: int
    unsure: int
    claim: PeopleClaim
    alpha: float
    alpha_below: float
    confirmation: Confirmation
    agreement: CountedShare
    false_accepts: CountedShare
    false_rejects: CountedShare
    labels: str
