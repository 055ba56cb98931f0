from pathlib import Path
from typing import Any

import pytest

from ladder.activity import Activities, watched
from ladder.models import Answer, Message, Request
from ladder.models.local import decode
from ladder.models.local.local_generator import LocalGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef

WORDS = ("a", "the cat sat", "42 is the number", "x y z", "order 622: move it", "one two three")
LONG = Decoding(max_new_tokens=70)


def asking(decoding: Decoding, chat: ChatSetup) -> list[Request]:
    return [
        Request((Message("user", f"Say all that you know of this: {word}"),), chat, decoding)
        for word in WORDS
    ]


def answers(generator: LocalGenerator, requests: list[Request]) -> list[Answer]:
    found = dict(generator.generate(requests))
    return [found[position] for position in range(len(requests))]


def one_by_one(generator: LocalGenerator, requests: list[Request]) -> list[str]:
    return [answers(generator, [request])[0].text for request in requests]


@pytest.fixture(scope="module")
def ending(generator: LocalGenerator) -> ChatSetup:
    """Return a set-up whose stop tokens end some of the answers early, and not the others."""
    raw = generator.tokenizer.raw
    for first in range(50):
        tokens = raw.convert_ids_to_tokens(range(first, len(raw), 50))
        setup = ChatSetup(stop_tokens=tuple(tokens))
        counts = [each.completion_tokens for each in answers(generator, asking(LONG, setup))]
        if min(counts) < decode.STEP_TOKENS < max(counts):
            return setup
    pytest.fail("no stop tokens end some of the answers and not the others")


@pytest.fixture
def lines(generator: LocalGenerator, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many lines each call of the model had."""
    seen: list[int] = []
    whole = generator.model.generate

    def counted(**options: Any) -> Any:
        seen.append(len(options["input_ids"]))
        return whole(**options)

    monkeypatch.setattr(generator.model, "generate", counted)
    return seen


@pytest.mark.parametrize(
    "decoding",
    [
        LONG,
        pytest.param(LONG.replace(temperature=1.0, top_p=0.95, seed=3), marks=pytest.mark.slow),
        pytest.param(LONG.replace(repetition_penalty=1.2), marks=pytest.mark.slow),
        pytest.param(LONG.replace(stop_strings=("e",)), marks=pytest.mark.slow),
    ],
    ids=["greedy", "sampled", "penalty", "stop string"],
)
def test_rows_that_ended_leave_the_batch_and_no_answer_changes(
    generator: LocalGenerator,
    ending: ChatSetup,
    lines: list[int],
    monkeypatch: pytest.MonkeyPatch,
    decoding: Decoding,
) -> None:
    requests = asking(decoding, ending)

    found = [answer.text for answer in answers(generator, requests)]

    assert lines[0] == len(WORDS)
    assert decoding != LONG or lines[-1] < len(WORDS)
    assert found == one_by_one(generator, requests)
    monkeypatch.setattr(decode, "STEP_TOKENS", 9)
    assert found == [answer.text for answer in answers(generator, requests)]


def test_an_answer_of_many_steps_has_its_whole_length(
    generator: LocalGenerator, lines: list[int]
) -> None:
    found = answers(generator, asking(LONG, ChatSetup(stop_tokens=())))

    assert {(each.finish_reason, each.completion_tokens) for each in found} == {("length", 70)}
    assert lines == [len(WORDS)] * 3


@pytest.mark.slow
def test_beams_run_in_one_step(generator: LocalGenerator, lines: list[int]) -> None:
    answers(generator, asking(LONG.replace(num_beams=2), ChatSetup()))

    assert lines == [len(WORDS)]


@pytest.mark.slow
def test_rows_without_a_common_prefix_leave_too(
    generator: LocalGenerator, ending: ChatSetup
) -> None:
    plain = ending.replace(mode="completion")
    requests = [Request((Message("user", f"{word}:"),), plain, LONG) for word in WORDS]

    found = [answer.text for answer in answers(generator, requests)]

    assert found == one_by_one(generator, requests)


def test_a_cache_that_is_not_kept_row_by_row_is_generated_in_one_step(
    monkeypatch: pytest.MonkeyPatch, tiny: Path
) -> None:
    local = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))
    expected = [answer.text for answer in answers(local, asking(LONG, ChatSetup()))]
    monkeypatch.setattr(local._prefix, "empty", lambda: None)
    local.forget_prefix()

    assert expected == [answer.text for answer in answers(local, asking(LONG, ChatSetup()))]


def test_whoever_watches_is_told_each_token_of_a_batch(
    generator: LocalGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    activities, told = Activities(), []
    whole = generator.model.generate

    def watched_model(**options: Any) -> Any:
        told.append(activities.in_words(0.0))
        found = whole(**options)
        told.append(activities.in_words(0.0))
        return found

    monkeypatch.setattr(generator.model, "generate", watched_model)
    with watched(activities):
        answers(generator, asking(Decoding(max_new_tokens=5), ChatSetup(stop_tokens=())))

    assert told == ["reading prompts", "writing token by token, 5 of 5"]
    assert activities.in_words(0.0) == ""
