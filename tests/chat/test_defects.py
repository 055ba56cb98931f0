"""Defects on the real model: each costs points, is found, and its repair brings them back.

`python -m benchmarks.template_defects` measures eleven of them; three suffice to keep it true.
"""

from collections.abc import Iterator

import pytest

from benchmarks.template_defects import DEFECTS, Bench, found_in, open_bench
from ladder.spec.candidate import ChatSetup

pytestmark = pytest.mark.model

EXPECTED = {
    "no generation prompt": "R02",
    "its flag misspelt": "R19",
    "another role word in it": "R04",
    "an [INST] template": "K04",
    "USER: and ASSISTANT:": "L08",
    "raw completion": "L09",
    "the template applied twice": "L08",
    "control tokens read as text": "K04",
    "right padding": "B01",
    "BOS doubled": "K01",
    "turn end not in the stop set": "S01",
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    opened = open_bench(tmp_path_factory.mktemp("defects"), 12, shots=False)
    with opened.bench:
        yield opened


def test_every_defect_is_found_and_a_repair_is_proposed(bench: Bench) -> None:
    right = bench.bench.task.baseline()

    assert found_in(bench, right) == ([], [])
    assert set(EXPECTED) == set(DEFECTS)
    for name, code in EXPECTED.items():
        codes, repairs = found_in(bench, right.replace(chat=ChatSetup(**DEFECTS[name])))
        assert code in codes, name
        assert repairs, name


@pytest.mark.parametrize("name", ["no generation prompt", "an [INST] template", "right padding"])
def test_a_repair_brings_the_points_back(name: str, bench: Bench) -> None:
    right = bench.bench.task.baseline()
    broken = right.replace(chat=ChatSetup(**DEFECTS[name]))
    _, repairs = found_in(bench, broken)

    before, after = bench.score(right), bench.score(broken)
    mended = max(bench.score(broken.replace(chat=chat)) for chat in repairs)

    assert before >= 0.9
    assert after <= 0.4
    assert mended >= before - 1 / 12  # the lever keeps the best of what it proposes
