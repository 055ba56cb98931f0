from collections.abc import Iterator, Sequence
from typing import ClassVar

import pytest

from ladder.levers.base import Nothing
from ladder.models import Answer, Message, Request
from ladder.spec.candidate import Candidate, ChatSetup, Decoding, ModelRef
from ladder.spec.data_source import DataSource
from ladder.spec.task import TaskSpec
from ladder.testing import Scripted, check_generator, check_lever

TASK = TaskSpec(name="t", model=ModelRef(id="m"), data=DataSource(path="d"), target=0.5)
ASKED = [Request((Message("user", text),), ChatSetup(), Decoding()) for text in ("a", "b")]


class Warm:
    name: ClassVar[str] = "warm"
    part: ClassVar[str] = "decoding"

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        del task
        return (best.replace(decoding=Decoding(temperature=0.5)),)

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        del task, best
        return "nothing_to_try", ""


class Itself(Warm):
    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        del task
        return (best,)


class Twice(Warm):
    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        return super().propose(task, best) * 2


class Meddler(Warm):
    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        del task
        return (best.replace(model=ModelRef(id="bigger")),)


class Silent(Warm):
    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        del task, best
        return ()


def test_an_honest_lever_passes() -> None:
    check_lever(Warm(), TASK)


@pytest.mark.parametrize(
    ("lever", "said"),
    [
        (Itself(), "it was given"),
        (Twice(), "repeats itself"),
        (Meddler(), "may change decoding"),
        (Silent(), "does not say why"),
    ],
)
def test_a_lever_that_breaks_a_promise_is_told_which(lever: Warm, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_lever(lever, TASK)


class Forgetful(Scripted):
    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        yield from list(super().generate(requests))[:1]


class Both(Scripted):
    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for position, _ in enumerate(requests):
            yield position, Answer("text", error="and an error", finish_reason="error")


class Fickle(Scripted):
    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for position, _ in enumerate(requests):
            self.calls += 1
            yield position, Answer(f"answer {self.calls}")


@pytest.mark.parametrize(
    ("generator", "said"),
    [
        (Forgetful(lambda _: "x"), "answered once"),
        (Both(lambda _: "x"), "both a text and an error"),
        (Fickle(lambda _: "x"), "changed when asked again"),
        (Scripted(lambda _: "x", likelihood=lambda _request, _target: 0.5), "never above 0"),
    ],
)
def test_a_generator_that_breaks_a_promise_is_told_which(generator: Scripted, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_generator(generator, ASKED)
