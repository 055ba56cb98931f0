"""Cost beside gain."""

from dataclasses import replace

import pytest

from ladder.report import Evidence, to_html, to_markdown
from ladder.report.costs import cost_words, frontier, tokens_per_right
from ladder.report.ladder_rows import Dot
from ladder.report.view import RunView
from ladder.search.ledger import Configuration


def dot(slot: int, score: float, tokens: float | None) -> Dot:
    """Return a candidate with a score and its tokens."""
    return Dot(Configuration((slot,)), f"way {slot}", score, 0.0, 1.0, n=80, tokens=tokens)


def test_a_way_is_worth_its_cost_unless_another_is_as_good_for_less() -> None:
    dots = [dot(0, 0.2, 50), dot(1, 0.9, 100), dot(2, 0.9, 200), dot(3, 0.1, 60), dot(4, 0.95, 300)]

    assert frontier(dots) == {(0,), (1,), (4,)}


def test_ways_that_are_the_same_in_both_stand_together() -> None:
    assert frontier([dot(1, 0.9, 100), dot(2, 0.9, 100)]) == {(1,), (2,)}


def test_what_was_not_counted_is_worth_nothing_and_shuts_nothing_out() -> None:
    assert frontier([dot(1, 0.9, None), dot(2, 0.5, 100)]) == {(2,)}


def test_a_ceiling_that_nobody_can_deploy_shuts_nothing_out() -> None:
    assert frontier([dot(-1, 1.0, 10), dot(2, 0.5, 100)]) == {(2,)}


def test_a_right_answer_costs_what_the_wrong_ones_cost_too() -> None:
    assert tokens_per_right(dot(1, 0.5, 100)) == pytest.approx(200)
    assert tokens_per_right(dot(1, 0.0, 100)) is None
    assert "none was right" in cost_words(dot(1, 0.0, 100))
    assert "200 tokens per right answer" in cost_words(replace(dot(1, 0.5, 100), seconds=0.1))


def test_the_best_way_of_the_case_is_on_the_frontier(cases: dict[str, Evidence]) -> None:
    evidence = cases["together"]

    assert evidence.best in frontier(RunView(Evidence(evidence.decision)).tried)


def test_money_counts_before_tokens_where_every_way_has_a_price() -> None:
    small = replace(dot(1, 0.9, 200), money=0.001)
    large = replace(dot(2, 0.9, 100), money=0.01)

    assert frontier([small, large]) == {(1,)}
    assert frontier([small, replace(large, money=None)]) == {(2,)}


def test_money_is_said_in_the_currency_of_the_spec(cases: dict[str, Evidence]) -> None:
    decision = cases["together"].decision
    priced = tuple(each.replace(money=0.00025) for each in decision.candidates)
    evidence = replace(
        cases["together"], decision=decision.replace(candidates=priced, currency="EUR")
    )

    assert "EUR per right answer" in to_markdown(evidence)
    assert "EUR per right answer" in to_html(evidence)
    assert "A thousand calls of it cost" in to_markdown(evidence)
    assert "0.25 EUR" in to_markdown(evidence)
    assert cost_words(replace(dot(1, 0.5, 100), money=0.001), "EUR").endswith("(0.0020 EUR)")
