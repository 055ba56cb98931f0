"""What people's labels spend of the error budget, and when the next question shares it."""

import pytest

from ladder.errors import EvidenceError
from ladder.search.confirm.look_history import Closing
from ladder.search.confirm.looks import Looks
from ladder.search.ledger import Confirmation

SCORE = Confirmation(score=0.5, n=50, at_least=0.4, at_most=0.6)


def closed_looks(*, is_hidden: bool) -> Looks:
    """Return looks that a verdict closed, after a test of another run that came to nothing, or none."""
    looks = Looks()
    if is_hidden:
        entry = looks.begin("reached", "earlier", allowed=0.05)
        assert entry is not None
        looks.finish(entry, passed=False)
    closing = Closing(question="below", key="all", confirmation=SCORE)
    looks.close(closing, shown=["a", "b"], asked=set())
    return looks


def test_peoples_test_counts_where_the_units_behind_it_share_the_budget() -> None:
    shared, fresh = closed_looks(is_hidden=True), closed_looks(is_hidden=False)

    for looks in (shared, fresh):
        looks.count_labels("open", alpha=0.0105)

    assert shared.reopened().record.spent("reached") == pytest.approx(0.035 + 0.0105)
    assert fresh.reopened().record.spent("reached") == 0


def test_labels_are_counted_once() -> None:
    looks = closed_looks(is_hidden=False)
    looks.count_labels("open")
    looks.count_labels("open")

    with pytest.raises(EvidenceError, match="counted before"):
        looks.count_labels("reached")


def test_nothing_is_shown_to_people_before_a_verdict() -> None:
    with pytest.raises(EvidenceError, match="stay hidden"):
        Looks().show(["a"])


def test_what_people_see_is_closed_for_the_next_question() -> None:
    looks = closed_looks(is_hidden=False)

    looks.show(["b", "c"])

    assert set(looks.reopened().record.closed) == {"a", "b", "c"}
