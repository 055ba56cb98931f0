import pytest
import torch
from transformers import LogitsProcessorList

from ladder.models import Message, Request
from ladder.models.local.sampling import random_streams, sampling_processors, seed_of
from ladder.spec.candidate import ChatSetup, Decoding

LOGITS = (2.0, 1.0, 0.0, -1.0, -3.0)
ROWS = 4000


def shares(decoding: Decoding) -> list[float]:
    processors = LogitsProcessorList(
        sampling_processors(decoding, random_streams(range(ROWS), "cpu"))
    )
    scores = torch.tensor([LOGITS] * ROWS)
    drawn = processors(torch.zeros(ROWS, 1, dtype=torch.long), scores).argmax(-1)
    counts = torch.bincount(drawn, minlength=len(LOGITS))
    return [float(count) / ROWS for count in counts]


def test_greedy_needs_no_processor() -> None:
    assert sampling_processors(Decoding(), random_streams([1], "cpu")) == []


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_rows_are_drawn_from_the_softmax(temperature: float) -> None:
    expected = (torch.tensor(LOGITS) / temperature).softmax(-1).tolist()

    assert shares(Decoding(temperature=temperature)) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    "filtered",
    [
        Decoding(temperature=1.0, top_k=2),
        Decoding(temperature=1.0, top_p=0.8),
        Decoding(temperature=1.0, min_p=0.2),
    ],
)
def test_a_filter_leaves_only_the_likely_tokens(filtered: Decoding) -> None:
    expected = torch.tensor(LOGITS[:2]).softmax(-1).tolist()

    assert shares(filtered) == pytest.approx([*expected, 0.0, 0.0, 0.0], abs=0.03)


def test_a_seed_belongs_to_one_request() -> None:
    def asking(text: str, seed: int = 0) -> Request:
        return Request((Message("user", text),), ChatSetup(), Decoding(seed=seed))

    seeds = {seed_of(asking("a")), seed_of(asking("b")), seed_of(asking("a", seed=1))}

    assert len(seeds) == 3
    assert seed_of(asking("a")) in seeds
