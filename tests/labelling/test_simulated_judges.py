"""Judges with leanings: what they claim, and what people's labels of the same answers claim."""

import pytest

from benchmarks.judges import JUDGES, all_at_target, draw_one, one_is_good


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lenient", "fond of one candidate"])
def test_what_a_judge_claims_wrongly_people_do_not(name: str) -> None:
    draws = [draw_one(JUDGES[name], all_at_target, seed) for seed in range(12)]

    assert sum(each.by_judge for each in draws) >= 9
    assert sum(each.by_people for each in draws) <= 2


@pytest.mark.slow
def test_people_confirm_a_good_candidate_that_the_judge_found() -> None:
    draws = [draw_one(JUDGES["as people are"], one_is_good, seed) for seed in range(8)]

    assert sum(each.is_right for each in draws) >= 6
    assert all(all(each.covers) for each in draws if each.labels)
