"""The page on metrics says what they do."""

import doctest
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from ladder.scoring import METRICS, load_metric
from ladder.spec.document import read_yaml
from ladder.spec.metric_spec import AnyMetric

HEAD = "| what is wanted |"
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


def lines_of_the_table() -> list[list[str]]:
    """Return the cells of the table of what to write, without marks of code."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(HEAD)) + 2
    end = next(at for at in range(start, len(lines)) if not lines[at].startswith("|"))
    return [
        [cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in lines[start:end]
    ]


@pytest.mark.parametrize("cells", lines_of_the_table(), ids=lambda cells: cells[0])
def test_each_line_of_what_to_write_scores_as_the_page_says(cells: list[str]) -> None:
    _, target, written, right, fooled = cells
    given = read_yaml(written, "docs/metrics.md").value["metric"]
    spec = TypeAdapter(AnyMetric).validate_python(given)
    if right == "–":
        return
    metric = load_metric(spec)

    assert metric.score(right, [target]) == 1
    assert metric.score(fooled, [target]) < 1
