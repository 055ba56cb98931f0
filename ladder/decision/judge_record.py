"""`JudgeRecord`: who judged the answers of a run, at what cost; and what people's labels say of it."""

from ladder.decision.human_labels import HumanLabels, PeopleClaim
from ladder.frozen import Frozen, added
from ladder.text import small

MOST_OF_A_MODEL = 60


class JudgeRecord(Frozen):
    """Who judged, and what that took; what candidates cost stands elsewhere.

    Without a verdict it is told of the selection part alone: more would tell of closed scores.

    Attributes:
        model: The judge, as the spec names it.
        version: Of prompt, rubric and judge: another one is another metric.
        pairwise: Whether it compared answers with their targets.
        n: Answers of the selection part that it judged.
        n_confirmation: Answers of the confirmation part that it judged, once there is a verdict.
        unread: Those of both about which it gave no verdict that counts.
        calls, tokens, seconds: What it took.
        people: What people's labels of its candidate show; None as long as nobody labelled.
    """

    model: str
    version: str
    pairwise: bool = False
    n: int = 0
    n_confirmation: int = added(0)
    unread: int = 0
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0
    people: HumanLabels | None = added(None)

    @property
    def name(self) -> str:
        """Return the judge in a few words.

        >>> JudgeRecord(model="models/qwen-7b", version="1/ab").name
        'qwen-7b'
        """
        return self.model.rsplit("/", 1)[-1][:MOST_OF_A_MODEL]


def claim_of_people(judge: JudgeRecord | None) -> PeopleClaim | None:
    """Return what people's labels show; None where nobody labelled."""
    return None if judge is None or judge.people is None else judge.people.claim


def as_judged(sentence: str, judge: JudgeRecord | None, *, has_passed: bool = False) -> str:
    """Return a decision's sentence that says whose view it is, where a judge scored the answers.

    Args:
        sentence: What the ledger says; where people's labels show a candidate to reach the target,
            what it would say if that had been its own ending.
        judge: Who judged, and what people said.
        has_passed: Whether the judge's own scores showed the candidate to reach the target.

    >>> as_judged("The baseline already reaches the target.", JudgeRecord(model="q", version="1"))
    'As this judge sees it (q): the baseline already reaches the target.'
    """
    if judge is None:
        return sentence
    rest = small(sentence)
    people = judge.people
    if people is None:
        return f"As this judge sees it ({judge.name}): {rest}"
    found = f"{people.good} of {people.n} answers good"
    if people.claim == "reached":
        return f"By people's labels: {rest} They found {found}."
    shown = "show that it is below" if people.claim == "below" else "do not show it"
    if has_passed:
        return (
            f"No verdict: the judge ({judge.name}) finds that the candidate reaches the target, and "
            f"people's labels {shown} ({found}). Of other candidates they say nothing."
        )
    same = "show the same of the best candidate" if people.claim == "below" else "show neither"
    return (
        f"As this judge sees it ({judge.name}): {rest} People's labels {same} ({found}); nobody "
        "labelled the others."
    )
