"""`write_compare_page`: two runs as one page, with the answers to each sample that changed between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ladder.report.compare_runs import TwoRuns, compare_runs, pairs_of
from ladder.report.html import to_compare_html
from ladder.report.run_evidence import Evidence
from ladder.report.view import RunView
from ladder.report.write_report import link_to_report, write_text
from ladder.runs.samples import AnswerRow, SampleRow

MOST_SHOWN = 100
"""Samples of a kind whose answers stand in the page."""


@dataclass(frozen=True, slots=True)
class PageSide:
    """One of the two runs, with where its report lies as seen from the page."""

    place: str
    name: str
    best: str
    view: RunView
    link: str


@dataclass(frozen=True, slots=True)
class ChangedSample:
    """A sample whose score changed, with the answers of both best candidates."""

    sample: SampleRow
    before: AnswerRow
    after: AnswerRow


@dataclass(frozen=True, slots=True)
class ChangedGroup:
    """The samples that the second run fixed, or broke: how many, and those that are shown."""

    word: str
    title: str
    n: int
    pairs: Sequence[ChangedSample]


def write_compare_page(before: Evidence, after: Evidence, path: Path | None = None) -> Path:
    """Write two runs beside each other as a page, and the report of each that has none yet; return the page.

    The page lies in the second run's folder unless a place is named.
    """
    name = f"compared-with-{Path(before.folder).name}.html"
    place = path or Path(after.folder) / name
    found = compare_runs(before, after)
    sides = (
        _side("First", before, found.before.best, place.parent),
        _side("Second", after, found.after.best, place.parent),
    )
    write_text(place, to_compare_html(found, sides, tuple(_groups(before, after, found))))
    return place


def _side(place: str, evidence: Evidence, best: str, start: Path) -> PageSide:
    run = Path(evidence.folder)
    return PageSide(place, run.name, best, RunView(evidence), link_to_report(run, start))


def _groups(before: Evidence, after: Evidence, found: TwoRuns) -> Iterator[ChangedGroup]:
    for word, title, ids in (
        ("broken", "What the second run broke", found.broken),
        ("fixed", "What the second run fixed", found.fixed),
    ):
        if ids:
            shown = frozenset(ids[:MOST_SHOWN])
            yield ChangedGroup(word, title, len(ids), tuple(_changed(before, after, shown)))


def _changed(before: Evidence, after: Evidence, ids: frozenset[str]) -> Iterator[ChangedSample]:
    """Yield samples with both answers, without their prompts: those stand in the two reports."""
    for sample, other in pairs_of(before, after):
        old, new = other.answer(before.best), sample.answer(after.best)
        if sample.id in ids and old is not None and new is not None:
            yield ChangedSample(sample, replace(old, prompt=None), replace(new, prompt=None))
