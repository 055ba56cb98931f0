"""Tasks of the demo's model whose prompt is vague, and `DemoAnswers`: what it answers, asked once each."""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from examples.tasks import MODEL
from ladder.models import load_generator
from ladder.models.base import Generator, Message, Request
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef, Prompt
from ladder.testing.llama_server import llama_server

TOPICS = {
    "weather": (
        "rain until noon", "a storm from the west", "snow on the hills", "strong wind at night",
        "fog in the morning", "a hot and sunny day", "clouds and light showers", "frost before dawn",
    ),
    "music": (
        "a song for piano", "a concert of the orchestra", "a new album of the band",
        "a choir and its singer", "a guitar and a drum", "the melody of the violin",
        "an opera with a famous tenor", "jazz in a small club",
    ),
    "sport": (
        "a goal in the last minute", "the final of the tennis cup", "a marathon through the park",
        "the coach of the team", "a swimmer and her medal", "a football match",
        "the race of the cyclists", "a boxer and his title",
    ),
}  # fmt: skip

THINGS = {
    "animal": (
        "a grey cat", "the horse in the stable", "a lion that roars", "the small bird in its nest",
        "a dog on a leash", "two rabbits", "the elephant of the zoo", "a big fish in the lake",
    ),
    "food": (
        "a slice of bread", "cheese from the market", "an apple pie", "soup with noodles",
        "rice and beans", "a bowl of salad", "roast potatoes", "chocolate cake",
    ),
    "vehicle": (
        "a red bus", "the night train", "a truck full of sand", "an old bicycle", "the fast car",
        "a small airplane", "the ferry to the island", "a motorcycle with two seats",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PromptTask:
    """Notes with a label each, and a question that does not say what is wanted.

    Attributes:
        pieces: Pieces of notes for each label; a note is made of two.
    """

    name: str
    question: str
    pieces: Mapping[str, tuple[str, ...]]
    target: float
    most_tokens: int

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels."""
        return tuple(self.pieces)

    @property
    def vague(self) -> Prompt:
        """Return the prompt in use."""
        return Prompt(user=f"{self.question}\n\n{{{{ input }}}}")

    @property
    def clear(self) -> str:
        """Return a prompt that says what is wanted."""
        listed = "\n".join(f"- {label}" for label in self.labels)
        return (
            f"{self.question}\n\n{{{{ input }}}}\n\nThe answer is one of these:\n{listed}\n\n"
            "Answer with one of these labels alone, nothing else."
        )

    def rows(self, seed: int, n: int) -> list[dict[str, str]]:
        """Return notes of two pieces each, with the label of both; no note occurs twice."""
        rng = random.Random(seed)  # noqa: S311 - synthetic data, not a secret
        notes = [
            {"input": f"{one[0].upper()}{one[1:]}, and {other}.", "target": label}
            for label, some in self.pieces.items()
            for one, other in itertools.combinations(some, 2)
        ]
        rng.shuffle(notes)
        return notes[:n]


TASKS = (
    PromptTask("topics", "What is this?", TOPICS, 0.5, 10),
    PromptTask("things", "And this?", THINGS, 0.5, 12),
)


class DemoAnswers:
    """The demo's model, asked once for each prompt however many compare it; it counts what was new.

    Args:
        generator: The model.
        most_tokens: Longest answer.
    """

    def __init__(self, generator: Generator, most_tokens: int) -> None:
        self._generator = generator
        self._decoding = Decoding(max_new_tokens=most_tokens)
        self._known: dict[tuple[Message, ...], str] = {}

    def __call__(self, request: Request) -> str:
        """Return the answer to a request; its decoding is that of the task."""
        return self.to([request.messages])[0]

    def to(self, asked: Sequence[tuple[Message, ...]]) -> list[str]:
        """Return the answers to several prompts, those that are new side by side."""
        new = [each for each in dict.fromkeys(asked) if each not in self._known]
        requests = [Request(each, ChatSetup(), self._decoding) for each in new]
        for at, answer in self._generator.generate(requests):
            self._known[new[at]] = answer.text
        return [self._known[each] for each in asked]

    @property
    def n_asked(self) -> int:
        """Return how many prompts the model was asked."""
        return len(self._known)


@contextmanager
def demo_answers(most_tokens: int) -> Iterator[DemoAnswers]:
    """Serve the demo's model by llama.cpp's server; yield what it answers."""
    with llama_server(ModelRef(id=MODEL), slots=4) as ref:
        generator = load_generator(ref)
        try:
            yield DemoAnswers(generator, most_tokens)
        finally:
            generator.close()
