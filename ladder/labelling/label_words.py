"""What the labelling says in words: how many labels it takes, and how the judge agrees with people."""

from ladder.decision.human_labels import CountedShare
from ladder.labelling.judge_agreement import JudgeAgreement
from ladder.labelling.label_session import LabelSession
from ladder.text import hundredths

FEWEST = 12
"""Answers that must be new in a share, or it would tell what the judge said of one."""


def how_many(session: LabelSession) -> str:
    """Return how many answers were labelled, and how many it takes."""
    n, likely, most = session.n_labelled, session.n_likely, session.n_most
    known = f"{n} labelled. " if n else ""
    about = f"About {likely}" if likely < most else f"All {most}"
    ahead = f", {most} at most," if likely < most else ""
    return f"{known}{about} labels{ahead} decide whether these answers reach the target."


def agreement_words(found: JudgeAgreement) -> str:
    """Return how the judge agrees with people, in words; nothing while that would tell of one answer.

    >>> from ladder.labelling.judge_agreement import agreement_of
    >>> agreement_words(agreement_of([("good", True)] * 5))
    ''
    >>> agreement_words(agreement_of(([("good", True)] * 4 + [("bad", True)]) * 10))
    'The judge agrees with people on 40 of 50 answers (.60 to .93). It accepts 10 of 10 that people find bad (.56 to 1.00), and rejects 0 of 40 that they find good (.00 to .14): it leans to accepting.'
    """
    agreement, accepts, rejects = found
    if agreement.n < FEWEST:
        return ""
    lean = ""
    if accepts.low > rejects.high:
        lean = ": it leans to accepting"
    elif rejects.low > accepts.high:
        lean = ": it leans to rejecting"
    return (
        f"The judge agrees with people on {_share(agreement)} answers{_bounds(agreement)}. It accepts "
        f"{_share(accepts)} that people find bad{_bounds(accepts)}, and rejects {_share(rejects)} that "
        f"they find good{_bounds(rejects)}{lean}."
    )


def _share(share: CountedShare) -> str:
    return f"{share.count} of {share.n}"


def _bounds(share: CountedShare) -> str:
    return f" ({hundredths(share.low)} to {hundredths(share.high)})" if share.n else ""
