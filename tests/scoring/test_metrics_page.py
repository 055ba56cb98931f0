"""The page on metrics says what they do."""

import doctest
import json
import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from examples.tasks import ENCODER
from ladder.retrieval.load_encoder import load_encoder
from ladder.scoring import METRICS, load_metric
from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.judge.judge_metric import JudgeMetric
from ladder.scoring.metric import Metric
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


def own_function(folder: Path) -> str:
    """Write the validator that the page shows; return what a metric calls it."""
    *_, code = re.findall(r"```python\n(import re\n.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (folder / "checks.py").write_text(code, encoding="utf-8")
    return f"{folder / 'checks.py'}:score"


def scored(metric: Metric, answer: str, target: str) -> float:
    """Return the score of an answer; a stand-in for the judge looks at how the fenced answer begins."""
    if isinstance(metric, JudgeMetric):
        [prompt] = metric.prompts("Where is my parcel?", answer, target)
        fenced = re.findall(r"<data \w+>\n(.*?)\n</data", prompt, re.DOTALL)[-1]
        word = "yes" if fenced.startswith("Dear ") else "no"
        metric = metric.heard([json.dumps({"reason": "By its greeting.", "verdict": word})])
    return metric.score(answer, [target])


def marks_of(cells: list[str]) -> list[pytest.MarkDecorator]:
    """Return how the tests call a line whose metric loads an encoder."""
    return [pytest.mark.model, pytest.mark.slow] if "encoder" in cells[2] else []


@pytest.mark.parametrize(
    "cells",
    [pytest.param(cells, id=cells[0], marks=marks_of(cells)) for cells in lines_of_the_table()],
)
def test_each_line_of_what_to_write_scores_as_the_page_says(
    cells: list[str], tmp_path: Path
) -> None:
    _, target, written, right, fooled = cells
    assert "–" not in (written, right, fooled)
    written = written.replace("path/of/encoder", ENCODER)
    if ".py:" in written:
        written = f"metric: {own_function(tmp_path)}"
    given = read_yaml(written, "docs/metrics.md").value["metric"]
    spec = TypeAdapter(AnyMetric).validate_python(given)
    metric = load_metric(spec, allow_code=True, load_encoder=load_encoder)
    wanted = target.removeprefix("–")
    asked = AskedSample("Where is my parcel?", (wanted,), {"name": "Ann"}, ())

    assert scored(metric.about(asked), right, wanted) == pytest.approx(1)
    assert scored(metric.about(asked), fooled, wanted) < 0.9
