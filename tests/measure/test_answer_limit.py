"""Whether more room for the answers would show that a candidate is right after all."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from ladder.measure import Workbench
from ladder.measure.answer_limit import room_fault
from ladder.models.base import Answer, Request
from ladder.testing import Scripted, register_scripted
from tests.measure.conftest import MakeBench


class Limited(Scripted):
    """A model that obeys limits: words beyond `max_new_tokens` and stop strings are cut."""

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for place, answer in super().generate(requests):
            yield place, _limited(answer.text, requests[place])


def _limited(text: str, request: Request) -> Answer:
    for stop in request.decoding.stop_strings:
        text = text.partition(stop)[0]
    words = text.split(" ")
    limit = request.decoding.max_new_tokens
    if len(words) > limit:
        return Answer(" ".join(words[:limit]), finish_reason="length")
    return Answer(text)


def triple(request: Request) -> str:
    return str(int(request.messages[-1].content) * 3)


def fault_of(make_bench: MakeBench, answer: Callable[[Request], str], **generation: object) -> str:
    bench: Workbench = make_bench(answer, generation=generation)
    register_scripted(Limited(answer, name=bench.task.model.id.removeprefix("scripted:")))
    with bench:
        return room_fault(bench, bench.task.baseline(), range(40))


def long_winded(request: Request) -> str:
    return f"Let me think about this. {'One and one. ' * 9}So it is {triple(request)}."


def on_the_next_line(request: Request) -> str:
    return f"Answer:\n{triple(request)}\n\nQuestion: what is 7?\nAnswer: 21"


@pytest.mark.parametrize(
    ("answer", "generation"),
    [
        (long_winded, {"max_new_tokens": 8}),
        (on_the_next_line, {"stop_strings": ["\n"]}),
        (lambda request: f"\n\n{triple(request)}", {"stop_strings": ["\n\n"]}),
    ],
)
def test_a_limit_that_cuts_right_answers_is_found(
    make_bench: MakeBench, answer: Callable[[Request], str], generation: dict[str, object]
) -> None:
    assert fault_of(make_bench, answer, **generation).startswith("answers are cut: with room for")


def test_answers_that_fill_the_room_never_end(make_bench: MakeBench) -> None:
    fault = fault_of(make_bench, lambda _: "and so on " * 200, max_new_tokens=8)

    assert fault.startswith("answers never end: 24 of 24 fill 256 tokens")


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: "I do not know, and nobody told me where I could have looked it up.",
        lambda request: f"{triple(request)}7",
        lambda _: "17\n\nQuestion: what is 7 times 3? Answer: 21",
    ],
)
@pytest.mark.parametrize("generation", [{"max_new_tokens": 8}, {"stop_strings": ["\n"]}])
def test_room_makes_no_wrong_model_right(
    make_bench: MakeBench, answer: Callable[[Request], str], generation: dict[str, object]
) -> None:
    assert fault_of(make_bench, answer, **generation) == ""
