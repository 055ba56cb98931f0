"""Minutes of a budget are those on the clock, also where calls run side by side."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ladder.errors import InconclusiveError
from ladder.measure import Workbench
from ladder.measure.budget import Spending
from ladder.models.base import Answer, Request
from ladder.models.scripted import _REGISTERED
from ladder.spec.task import Budget
from ladder.testing import Scripted
from tests.measure.conftest import MakeBench


class SideBySide(Scripted):
    """Each call says that it took a minute, and all of them together take a tenth of a second."""

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        time.sleep(0.1)
        for place, answer in super().generate(requests):
            yield place, replace(answer, seconds=60)


def side_by_side(make_bench: MakeBench, journal: Path) -> Workbench:
    bench = make_bench(lambda _: "3", journal=journal, budget={"minutes": 1})
    _REGISTERED[bench.task.model.id] = SideBySide(lambda _: "3", name="side-by-side")
    return bench


def test_calls_side_by_side_cost_the_time_on_the_clock(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    with side_by_side(make_bench, tmp_path / "journal.sqlite") as bench:
        bench.measure(bench.task.baseline(), range(20))
        bench.measure(bench.task.baseline(), range(40))

        assert 0.2 <= bench.spending.seconds < 30
        cost = bench.cost(bench.task.baseline(), range(40))

    assert cost.seconds == 60
    assert 0 < cost.waited < 1


def test_a_continued_run_pays_the_minutes_that_its_answers_took_then(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    spent = []
    for _ in range(2):
        with side_by_side(make_bench, tmp_path / "journal.sqlite") as bench:
            bench.measure(bench.task.baseline(), range(40))
            spent.append(bench.spending.seconds)

    assert spent[0] == pytest.approx(spent[1])


def test_an_answer_of_an_older_journal_costs_its_own_seconds() -> None:
    spending = Spending(Budget(minutes=1))
    spending.pay(Answer("x", seconds=61))

    with pytest.raises(
        InconclusiveError, match=r"budget of 1 minutes is spent \(1.0 used\)"
    ) as told:
        spending.check(1)

    assert "--set budget.minutes=4" in told.value.next_step


@pytest.mark.parametrize(("limit", "needed", "says"), [(15, 20, "40"), (1, 300, "600")])
def test_the_way_on_suffices_for_what_is_needed_now(limit: int, needed: int, says: str) -> None:
    with pytest.raises(InconclusiveError) as told:
        Spending(Budget(calls=limit)).check(needed)

    assert f"--set budget.calls={says}:" in told.value.next_step
