"""The page on metrics says what they do."""

import doctest
from pathlib import Path

from ladder.scoring import METRICS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


def test_the_examples_of_the_page_run() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert failed == 0
    assert tried > 20


def test_the_table_of_the_page_names_every_metric_with_its_readings() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    table = {line.split("`")[1]: line for line in lines if line.startswith("| `")}

    assert {
        name: ", ".join(metric.readings) in table[name] for name, metric in METRICS.items()
    } == (dict.fromkeys(METRICS, True))
