"""Rows that come month after month: alarms, "still reaches", and the budget of both."""

import itertools

import numpy as np
import pytest

from ladder.statistics.monitoring import YEARLY_BUDGET, MeansWatch, Standing, WatchedMean, share_of

EDGE = 0.8


def watched(scores: list[tuple[int, float, int]], *, seed: int = 0) -> list[Standing]:
    """Return the standing after each batch: its month, true score and size."""
    draws, watch = np.random.default_rng(seed), MeansWatch([WatchedMean("", EDGE)])
    found = []
    for month, score, n in scores:
        rows = (draws.random(n) < score).astype(np.float64) - EDGE
        found.append(watch.add(month, {"": (rows, rows)}))
    return found


@pytest.mark.parametrize(
    "months", [range(60), [0, 0, 0, 5, 6, 30, 31], [0, 11, 12, 23, 24], [0, 13, 14, 40]]
)
def test_all_beginnings_of_a_year_share_one_budget(months: list[int]) -> None:
    shares: dict[int, float] = {}
    for last, month in itertools.pairwise([None, *months]):
        assert month is not None
        shares[month // 12] = shares.get(month // 12, 0.0) + share_of(month, last)

    assert all(share <= 1 + 1e-9 for share in shares.values())


def test_a_drop_after_two_good_years_is_found_within_months_and_told_since_when() -> None:
    good, bad = ([(month, score, 200) for month in months] for months, score in PARTS)

    found = watched([*good, *bad])

    assert {each.status for each in found[1:24]} == {"still_reaches"}
    assert found[25].status == "not_decided_yet"
    assert found[25].is_doubted
    assert found[30].status == "shown_below"
    assert found[30].since >= 23


PARTS = ((range(24), 0.9), (range(24, 31), 0.7))


def test_an_alarm_stands_until_later_rows_show_the_target_reached() -> None:
    bad, poor, good = [(0, 0.5, 100)], [(1, 0.8, 40)], [(2, 1.0, 60), (3, 1.0, 60)]

    found = watched([*bad, *poor, *good])

    assert [each.status for each in found] == ["shown_below"] * 2 + ["still_reaches"] * 2
    assert found[1].alarm == 0
    assert found[3].since == 3


def test_rows_of_months_before_the_first_change_nothing() -> None:
    batches = [(0, 0.78, 20), *((month, 0.78, 20) for month in range(1, 12))]
    late_praise = [batches[0], (-11, 1.0, 400), *batches[1:]]

    assert "still_reaches" not in {each.status for each in watched(late_praise)[1:]}
    assert watched([(0, 0.95, 300), (-5, 0.6, 300), (-4, 0.6, 300)])[-1].status == "still_reaches"


def test_an_alarm_by_late_rows_is_lifted_by_later_months_that_were_counted_before() -> None:
    first, bad, good = (0, 0.8, 20), (1, 0.5, 200), (2, 1.0, 100)

    in_order, late = watched([first, bad, good]), watched([first, good, bad])

    assert in_order[1].status == "shown_below"
    assert (in_order[2].status, late[2].status) == ("still_reaches", "still_reaches")
    assert (in_order[2].since, late[2].since) == (2, 1)


def test_what_nobody_knows_shows_nothing_in_either_direction() -> None:
    watch = MeansWatch([WatchedMean("", EDGE)])

    lost = watch.add(0, {"": (np.full(500, -EDGE), np.full(500, 1 - EDGE))})

    assert lost.status == "not_decided_yet"


def test_every_mean_must_be_shown_and_one_that_is_below_gives_the_alarm() -> None:
    watch = MeansWatch([WatchedMean("", EDGE), WatchedMean("rare", 0.9)])
    good, few, bad = np.full(200, 1 - EDGE), np.full(3, 0.1), np.full(30, -0.9)

    open_still = watch.add(0, {"": (good, good), "rare": (few, few)})
    alarm = watch.add(1, {"": (good, good), "rare": (bad, bad)})

    assert (open_still.status, open_still.label) == ("not_decided_yet", "rare")
    assert (alarm.status, alarm.label) == ("shown_below", "rare")


def test_alarms_are_as_rare_as_budgeted_where_the_target_is_just_reached() -> None:
    years = [watched([(month, EDGE, 60) for month in range(12)], seed=at) for at in range(60)]

    alarms = sum(any(each.alarm is not None for each in year) for year in years)

    assert alarms <= 60 * YEARLY_BUDGET


def test_how_many_more_rows_decide_is_told_where_the_score_is_off_the_edge() -> None:
    watch = MeansWatch([WatchedMean("", EDGE)])
    rows = np.array([1.0] * 45 + [0.0] * 5) - EDGE
    watch.add(0, {"": (rows, rows)})

    assert 20 < (watch.more_units("", 0.9, 0.09) or 0) < 200
    assert watch.more_units("", EDGE, 0.16) is None
