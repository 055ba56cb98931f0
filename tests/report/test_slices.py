"""Results by a column of the data."""

from dataclasses import replace

from ladder.report import Evidence, to_html, to_markdown
from ladder.report.slices import columns_to_slice_by, slicings


def test_each_value_of_a_column_has_its_score_and_interval(cases: dict[str, Evidence]) -> None:
    (by_topic,) = slicings(cases["template"])

    assert by_topic.column == "topic"
    assert [row.value for row in by_topic.rows] == ["gate", "room"]
    for row in by_topic.rows:
        assert row.before is not None
        assert row.after is not None
        assert row.after.low <= row.after.score <= row.after.high
        assert row.before.score < row.after.score
        assert row.before.n == row.after.n == 40


def test_only_the_selection_part_count(cases: dict[str, Evidence]) -> None:
    for evidence in cases.values():
        total = sum(row.before.n for row in slicings(evidence)[0].rows if row.before)

        assert total == evidence.decision.ledger.n_selection


def test_the_columns_of_the_spec_come_before_those_that_look_like_slices(
    cases: dict[str, Evidence],
) -> None:
    evidence = cases["template"]
    named = replace(evidence, decision=evidence.decision.replace(slices=("language",)))

    (by_language,) = slicings(named)

    assert (by_language.column, [row.value for row in by_language.rows]) == ("language", ["–"])


def test_a_column_of_names_is_no_slice() -> None:
    rows = [{"id": str(n), "same": "x", "topic": n % 3} for n in range(30)]

    assert list(columns_to_slice_by(rows)) == ["topic"]


def test_slices_are_said_to_be_no_part_of_the_claim(cases: dict[str, Evidence]) -> None:
    for render in (to_html, to_markdown):
        text = render(cases["template"])

        assert "By slice" in text
        assert "not part of the claim" in text
