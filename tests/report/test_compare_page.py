"""Two runs beside each other as a page."""

from dataclasses import replace
from pathlib import Path

from ladder.report import Evidence
from ladder.report.compare_page import MOST_SHOWN, write_compare_page
from tests.report.test_html import walk


def two_runs(evidence: Evidence, folder: Path) -> tuple[Evidence, Evidence]:
    """Return a run whose best candidate is the baseline, and one with the best that was found."""
    ledger = evidence.decision.ledger.replace(best=(0,) * 7)
    runs = []
    for name, decision in (
        ("before", evidence.decision.replace(ledger=ledger)),
        ("after", evidence.decision),
    ):
        place = folder / name
        place.mkdir()
        (place / "report.html").write_text("the report")
        runs.append(replace(evidence, decision=decision, folder=str(place)))
    return runs[0], runs[1]


def test_the_page_is_well_formed_loads_nothing_and_links_both_reports(
    cases: dict[str, Evidence], tmp_path: Path
) -> None:
    before, after = two_runs(cases["template"], tmp_path)

    path = write_compare_page(before, after)
    found = walk(path.read_text("utf-8"))

    assert path == tmp_path / "after" / "compared-with-before.html"
    assert len(set(found.ids)) == len(found.ids)
    assert found.loads == ["../before/report.html", "report.html"]
    assert (found.handlers, found.scripts) == ([], [])


def test_the_page_shows_both_answers_to_what_changed_and_says_what_it_leaves_out(
    cases: dict[str, Evidence], tmp_path: Path
) -> None:
    before, after = two_runs(cases["template"], tmp_path)

    html = write_compare_page(before, after, tmp_path / "page.html").read_text("utf-8")

    assert "<h1>The second run fixed " in html
    assert html.count('<details class="pair"') == MOST_SHOWN
    assert f"The first {MOST_SHOWN} of them; ladder compare … --json names all." in html
    assert html.count('aria-label="First run"') == html.count('aria-label="Second run"')
    assert 'href="before/report.html"' in html


def test_hostile_text_stays_text_in_the_page(cases: dict[str, Evidence], tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    before, after = two_runs(cases["template"], tmp_path)
    before, after = (
        replace(each, samples=tuple(replace(one, input=evil) for one in each.samples))
        for each in (before, after)
    )

    html = write_compare_page(before, after).read_text("utf-8")

    assert evil not in html
    assert "&lt;script&gt;" in html


def test_two_runs_that_share_no_sample_say_so(cases: dict[str, Evidence], tmp_path: Path) -> None:
    before, after = two_runs(cases["template"], tmp_path)
    others = tuple(replace(one, input=f"{one.input}!") for one in after.samples)

    html = write_compare_page(before, replace(after, samples=others)).read_text("utf-8")

    assert "<h1>Two runs that share no sample</h1>" in html
    assert "No sample was asked in both runs." in html
