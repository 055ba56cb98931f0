"""A constraint that can hold no answer is named before the first call."""

from pathlib import Path
from typing import Any

import pytest

from ladder.api import check_task
from ladder.models.scripted import Scripted
from ladder.testing import write_task


def findings_of(folder: Path, **fields: Any) -> list[tuple[str, str, str]]:
    task = write_task(folder, Scripted(lambda _: "1", name="one"), **fields)
    found = [each for each in check_task(task) if each.code[:3] in ("D49", "W03")]
    return [(each.code[:3], each.severity, each.problem) for each in found]


@pytest.mark.parametrize(
    ("constraint", "why"),
    [
        ({"regex": "("}, "is not a regular expression"),
        ({"regex": "(?=a)b"}, "look-around"),
        ({"json_schema": {"type": 3}}, "is no JSON schema"),
        ({"json_schema": {"$ref": "#/$defs/none"}}, "which is not in it"),
        ({"grammar": "start: oops"}, "oops"),
    ],
)
@pytest.mark.parametrize("place", ["generation.constraint", "levers.decoding.grid.constraint.0"])
def test_an_unusable_constraint_is_an_error_that_names_its_field(
    tmp_path: Path, constraint: dict[str, Any], why: str, place: str
) -> None:
    grid = {"levers": {"decoding": {"grid": {"constraint": [constraint]}, "not_applicable": None}}}
    own = {"generation": {"constraint": constraint}}

    [(code, severity, problem)] = findings_of(tmp_path, **(own if "gen" in place else grid))

    assert (code, severity) == ("D49", "error")
    assert problem.startswith(place)
    assert why in problem


def test_a_metrics_pattern_that_nothing_holds_an_answer_to_bars_one_verdict(tmp_path: Path) -> None:
    metric = {"name": "matches", "pattern": r"(\d)\1+"}
    levers = {"decoding": {"not_applicable": None}}

    [(code, severity, problem)] = findings_of(tmp_path, metric=metric, levers=levers)

    assert (code, severity) == ("W03", "warning")
    assert "backreferences" in problem
