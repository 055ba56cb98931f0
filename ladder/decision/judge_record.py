"""`JudgeRecord`: who judged the answers of a run, at what cost; and what people's labels say of it."""

from ladder.frozen import Frozen

MOST_OF_A_MODEL = 60


class JudgeRecord(Frozen):
    """Who judged, and what that took on the selection part; what candidates cost stands elsewhere.

    Attributes:
        model: The judge, as the spec names it.
        version: Of prompt, rubric and judge: another one is another metric.
        pairwise: Whether it compared answers with their targets.
        n: Answers that it judged.
        unread: Those about which it gave no verdict that counts.
        calls, tokens, seconds: What it took.
    """

    model: str
    version: str
    pairwise: bool = False
    n: int = 0
    unread: int = 0
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """Return the judge in a few words.

        >>> JudgeRecord(model="models/qwen-7b", version="1/ab").name
        'qwen-7b'
        """
        return self.model.rsplit("/", 1)[-1][:MOST_OF_A_MODEL]


def as_judged(sentence: str, judge: JudgeRecord | None) -> str:
    """Return a decision's sentence with whose view it is, where a judge scored the answers.

    >>> as_judged("The baseline already reaches the target.", JudgeRecord(model="q", version="1"))
    'As this judge sees it (q): the baseline already reaches the target.'
    """
    if judge is None:
        return sentence
    return f"As this judge sees it ({judge.name}): {sentence[:1].lower()}{sentence[1:]}"
