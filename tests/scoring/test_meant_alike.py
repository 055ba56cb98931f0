"""A wrong answer that may mean its target: what tables, lists and spreadsheets do to targets."""

import pytest

from ladder.scoring import load_metric
from ladder.scoring.meant_alike import meant_alike
from ladder.scoring.metric import BuiltIn
from ladder.spec.metric_spec import MetricSpec


@pytest.mark.parametrize(
    ("said", "target"),
    [
        ("large", "big|large"),
        ("Big.", "big | large"),
        ("car", "car / auto"),
        ("auto", "car; auto"),
        ("auto", "['car', 'auto']"),
        ("blue and red", "red, blue"),
        ("- blue\n- red", "red; blue"),
        ('["blue", "red"]', "red, blue"),
        ("blue, red", "['red', 'blue']"),
        ("1003", "01003"),
        ("01003", "1003"),
        ("2026-04-03", "2026-04-03 00:00:00"),
        ("3 April 2026", "2026-04-03T00:00:00"),
        ("Billing issue", "billing_issue"),
    ],
)
def test_an_answer_in_the_place_of_a_cell_may_mean_it(said: str, target: str) -> None:
    assert meant_alike(said, target)


@pytest.mark.parametrize(
    ("said", "target"),
    [
        ("green", "big|large"),
        ("blue", "red, blue"),
        ("blue, green", "red, blue"),
        ("1004", "01003"),
        ("0", "100"),
        ("2026-04-04", "2026-04-03 00:00:00"),
        ("12:30", "2026-04-03 12:30:00"),
        ("Billing", "billing_issue"),
        ("", "big|large"),
        ("['", "['car', 'auto'"),
    ],
)
def test_another_answer_does_not(said: str, target: str) -> None:
    assert meant_alike(said, target) == ""


def test_case_that_was_asked_for_is_no_matter_of_form() -> None:
    metric = load_metric(MetricSpec(case="keep"))
    assert isinstance(metric, BuiltIn)
    assert metric.meant_alike("oslo", ["Oslo"]) == ""
    assert metric.meant_alike("103", ["#103"]) != ""


def test_a_metric_of_meaning_or_of_form_knows_none() -> None:
    for spec in (MetricSpec(name="f1"), MetricSpec(name="json_valid"), MetricSpec(name="rouge_l")):
        metric = load_metric(spec)
        assert isinstance(metric, BuiltIn)
        assert metric.meant_alike("large", ["big|large"]) == ""
