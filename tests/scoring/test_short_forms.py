"""What people shorten is neither right nor wrong for sure; another name or number is wrong."""

import pytest

from ladder.scoring.meant_alike import BUT_FOR_SHORT_FORM
from ladder.scoring.metrics import METRICS
from ladder.scoring.short_forms import same_in_short
from ladder.spec.metric_spec import MetricSpec

ALIKE = [
    ("12 Main St.", "12 Main Street"),
    ("The address is 12 Main St, Springfield.", "12 Main Street"),
    ("Saint Louis", "St. Louis"),
    ("Hauptstr. 5", "Hauptstraße 5"),
    ("Doctor Smith", "Dr. Smith"),
    ("Mt Everest", "Mount Everest"),
    ("Apple Incorporated", "Apple Inc."),
    ("Roe versus Wade", "Roe v. Wade"),
    ("#5", "No. 5"),
    ("USA", "United States"),
    ("the U.S.", "United States of America"),
    ("the U.K.", "United Kingdom"),
    ("John Fitzgerald Kennedy", "John F. Kennedy"),
    ("J. Smith", "John Smith"),
    ("John Kennedy", "John F. Kennedy"),
    ("third", "3rd"),
    ("3", "3rd"),
    ("10 to 1", "10:1"),
    ("10-to-1", "10:1"),
    ("10 zu 1", "10:1"),
    ("between 10 and 20", "10-20"),
    ("v3.10", "3.10"),
    ("color", "colour"),
    ("The organization", "organisation"),
    ("None.", "0"),
]
APART = [
    ("12 Main Road", "12 Main Street"),
    ("13 Main St.", "12 Main Street"),
    ("St. Paul", "St. Louis"),
    ("It is not 12 Main St.", "12 Main Street 5"),
    ("Robert F. Kennedy", "John F. Kennedy"),
    ("John G. Kennedy", "John F. Kennedy"),
    ("Jane Smyth", "John Smith"),
    ("Mr. Smith", "Dr. Smith"),
    ("Louis XV", "Louis XIV"),
    ("4th", "3rd"),
    ("1:10", "10:1"),
    ("10-21", "10-20"),
    ("3.1", "3.10"),
    ("-3rd", "3rd"),
    ("-7", "7"),
    ("x^2 - 1", "x^2 + 1"),
    ("12.5‰", "12.5%"),
    ("tor", "tour"),
    ("nothing", "5"),
    ("C++", "C"),
    ("", "St. Louis"),
]


@pytest.mark.parametrize(("answer", "target"), ALIKE)
def test_what_people_shorten_is_unknown(answer: str, target: str) -> None:
    assert same_in_short(answer, target)


@pytest.mark.parametrize(("answer", "target"), APART)
def test_another_name_or_number_is_wrong(answer: str, target: str) -> None:
    assert not same_in_short(answer, target)


def test_no_score_rests_on_a_short_form() -> None:
    metric = METRICS["exact_match"](MetricSpec(), lambda text: text)

    assert metric.score("12 Main St.", ["12 Main Street"]) == 0
    assert metric.lenient("12 Main St.", ["12 Main Street"]) == 0
    assert metric.meant_alike("12 Main St.", ["12 Main Street"]) == BUT_FOR_SHORT_FORM
