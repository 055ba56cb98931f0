"""`Goal`: what a decision asks of a candidate, and how that is said."""

from ladder.decision.lever_words import MOST_NAMED
from ladder.frozen import Frozen, added
from ladder.search.ledger import Ledger, ReferenceScore
from ladder.spec.candidate import Candidate
from ladder.spec.relative_target import Question
from ladder.spec.task import TaskSpec
from ladder.text import capital, joined

FINE_TUNE = "your fine-tune"
"""What the reference is called where the question is whether it can be retired."""


class RelativeGoal(Frozen):
    """To be not worse than a reference by more than a margin.

    Attributes:
        name: What the reference is called.
        margin: How much worse is still good enough.
        question: Whether to train a model, or whether the reference, a tuned model, can go.
        candidate: The reference; None where only scores are known.
        identity: Digest of all that can change its scores: files count by their content.
    """

    name: str
    margin: float
    question: Question = "train"
    candidate: Candidate | None = added(None)
    identity: str = added("")

    @property
    def is_retiring(self) -> bool:
        """Return whether the reference is a tuned model that may go: nothing is trained for it."""
        return self.question == "retire"

    @property
    def edge(self) -> float:
        """Return what the mean of (difference + 1) / 2 must reach."""
        return (1 - self.margin) / 2


Goal = float | RelativeGoal
"""A score that is good enough, or what candidates are held against."""


def goal_of(task: TaskSpec, *, identity: str = "") -> Goal:
    """Return what a task asks of a candidate."""
    relative = task.relative
    if relative is None:
        return task.edge
    return RelativeGoal(
        name=FINE_TUNE if task.question == "retire" else relative.reference.name,
        margin=relative.margin,
        question=task.question,
        candidate=task.reference,
        identity=identity,
    )


def points(score: float) -> str:
    """Return a score as people write it in a table.

    >>> points(0.8), points(0.855), points(1.0)
    ('.80', '.855', '1.00')
    """
    text = f"{score:.3f}"
    return text.removesuffix("0").removeprefix("0")


def goal_in_words(goal: Goal) -> str:
    """Return a goal in words, as what candidates reach.

    >>> goal_in_words(0.8), goal_in_words(RelativeGoal(name="gpt-x", margin=0.03))
    ('.80', 'the score of gpt-x less .03')
    >>> goal_in_words(RelativeGoal(name="gpt-x", margin=0.0))
    'the score of gpt-x'
    """
    if not isinstance(goal, RelativeGoal):
        return points(goal)
    less = f" less {points(goal.margin)}" if goal.margin else ""
    return f"the score of {goal.name}{less}"


def targets_in_words(ledger: Ledger, goal: Goal) -> str:
    """Return every target, in words."""
    if not ledger.classes:
        return goal_in_words(goal)
    return f"{goal_in_words(goal)} and the {'target' if len(ledger.classes) == 1 else 'targets'} of {class_targets_in_words(ledger)}"


def class_targets_in_words(ledger: Ledger) -> str:
    """Return the targets of classes with their labels; of many, how many there are."""
    if len(ledger.classes) > MOST_NAMED:
        return f"{len(ledger.classes)} classes"
    return joined([f"{each.label} ({points(each.target)})" for each in ledger.classes])


def is_reached(subject: str, goal: Goal, *, is_several: bool = False) -> str:
    """Return that something reaches a goal.

    >>> is_reached("Retrieval", 0.8)
    'Retrieval reaches the target'
    >>> is_reached("Worked examples", RelativeGoal(name="gpt-x", margin=0.03), is_several=True)
    'Worked examples are not worse than gpt-x by more than .03'
    """
    if not isinstance(goal, RelativeGoal):
        return f"{subject} {'reach' if is_several else 'reaches'} the target"
    other = "it" if goal.is_retiring else goal.name
    not_worse = f"not worse than {other} by more than {points(goal.margin)}"
    as_good = not_worse if goal.margin else f"at least as good as {other}"
    return f"{subject} {'are' if is_several else 'is'} {as_good}"


def comes_near(goal: RelativeGoal) -> str:
    """Return what none of the candidates does where all were shown to miss a goal.

    >>> comes_near(RelativeGoal(name="gpt-x", margin=0.03))
    'comes within .03 of gpt-x'
    """
    other = "it" if goal.is_retiring else goal.name
    return (
        f"comes within {points(goal.margin)} of {other}"
        if goal.margin
        else f"is as good as {other}"
    )


def no_training(goal: Goal) -> str:
    """Return the words with which a verdict against training begins."""
    if isinstance(goal, RelativeGoal) and goal.is_retiring:
        return f"{capital(goal.name)} can be retired."
    return "Do not fine-tune."


def training_justified(goal: Goal) -> str:
    """Return what the verdict for training opens with, up to its colon."""
    if isinstance(goal, RelativeGoal) and goal.is_retiring:
        return f"Keep {goal.name}"
    return "Fine-tuning is justified"


def mark_of(goal: Goal, reference: ReferenceScore | None) -> float:
    """Return the score that is good enough, for the eye: of a reference by the selection part."""
    if not isinstance(goal, RelativeGoal):
        return goal
    return 1.0 if reference is None else round(reference.mark, 3)
