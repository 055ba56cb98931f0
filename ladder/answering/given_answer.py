"""`GivenAnswer`: what a run's candidate answers to one new row."""

from dataclasses import dataclass

from ladder.data import Passage


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer, and what it rests on.

    Attributes:
        text: What the model said, without its thoughts.
        read_as: The part of it that the task's metric reads: a label, a number, the JSON.
        thoughts: What the model thought before it answered.
        label: The label that `choice` reads, as the spec writes it; empty where it reads none, None
            for other metrics.
        for_a_person: Whether the candidate was not sure enough, and the verdict counts on a person
            who answers in its place (`levers.model.review`).
        passages: The passages that stood in the prompt.
        error: Why there is no answer; None where there is one.
    """

    text: str
    read_as: str
    thoughts: str = ""
    label: str | None = None
    for_a_person: bool = False
    passages: tuple[Passage, ...] = ()
    error: str | None = None

    def __str__(self) -> str:
        """Return the text alone."""
        return self.text
