"""One self-contained HTML page: no network request, readable without JavaScript."""

import base64
import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.decision.undecided_words import chance_in_words
from ladder.report import limit_table, numbers, run_command, steps, words
from ladder.report.compare_runs import TwoRuns
from ladder.report.costs import money_per_right, tokens_per_right
from ladder.report.look_words import looks_passed, spent_on
from ladder.report.outcomes import WORDS
from ladder.report.power_words import can_decide
from ladder.report.run_evidence import Evidence
from ladder.report.samples_json import Island, build_island, embed
from ladder.report.still_true import HEAD
from ladder.report.view import RunView
from ladder.text import CONTROL, NAMES, SPECIAL, encodable, segments, visible

FIRST_PAGE = 25


def to_html(evidence: Evidence) -> str:
    """Return the whole report of one run as one page."""
    return _page([_run(evidence, 1)], title=evidence.decision.task)


def to_index_html(runs: Sequence[tuple[str, Evidence]]) -> str:
    """Return one page with several runs by their titles: the verdicts first, then each to open."""
    found = [_run(evidence, at, title) for at, (title, evidence) in enumerate(runs, start=1)]
    return _page(found, title=f"{len(found)} verdicts")


def to_runs_html(runs: Sequence[object]) -> str:
    """Return a page of cards, one a run (`ladder/report/runs_list.py`), each with a link."""
    style = _asset("style.css")
    page = _environment().get_template("runs.html.jinja")
    return encodable(page.render(runs=runs, style=style, style_hash=_hash(style)))


def to_compare_html(found: TwoRuns, sides: Sequence[object], groups: Sequence[object]) -> str:
    """Return a page of two runs (`ladder/report/compare_page.py`), readable without a script."""
    style = _asset("style.css")
    page = _environment().get_template("compare.html.jinja")
    html = page.render(
        title=f"The second run fixed {numbers.count(len(found.fixed))} and broke "
        f"{numbers.counted(len(found.broken), 'sample')}"
        if found.n
        else "Two runs that share no sample",
        counted=found.counted,
        differences=found.differences,
        sides=sides,
        groups=groups,
        style=style,
        style_hash=_hash(style),
    )
    return encodable(html)


def to_notebook_html(decision: Decision) -> str:
    """Return verdict and ladder in a compact form for a notebook: no script, no network."""
    view = RunView(Evidence(decision))
    return encodable(_environment().get_template("notebook.html.jinja").render(run=view))


def _page(runs: list[dict[str, Any]], *, title: str) -> str:
    style, script = _asset("style.css"), _asset("page.js")
    text = {"special": SPECIAL, "control": CONTROL, "names": NAMES, "page": FIRST_PAGE}
    html = (
        _environment()
        .get_template("page.html.jinja")
        .render(
            title=title,
            runs=runs,
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
            settings=embed(text),
        )
    )
    return encodable(html)


def _run(evidence: Evidence, number: int, title: str = "") -> dict[str, Any]:
    """Return the names that the template of a run knows: the view, its key, and its samples."""
    island = build_island(evidence)
    return {
        "key": f"run-{number}",
        "title": title or evidence.decision.task,
        "view": RunView(evidence),
        "island": island,
        "first": [_shown(island, row) for row in island.rows[:FIRST_PAGE]],
    }


def _shown(island: Island, row: list[Any]) -> dict[str, Any]:
    """Return a row of the samples table with its names looked up, for the page without script."""
    labels = island.labels
    return {
        "outcome": row[1],
        "word": WORDS[row[1]],
        "before": row[2],
        "after": row[3],
        "input": row[4],
        "targets": row[5],
        "facts": row[6],
        "answers": [(labels[one[0]], *one[1:]) for one in row[7]],
        "prompts": [(labels[one[0]], island.prefixes[one[0]] + one[1]) for one in row[8]],
        "passages": [(labels[one[0]], *island.passages[one[1]]) for one in row[9]],
        "thoughts": [(labels[one[0]], one[1]) for one in row[10]],
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ladder.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_finalize,
    )
    environment.filters.update(
        score=numbers.score,
        exact=numbers.exact,
        gain=numbers.gain,
        times=numbers.times,
        count=numbers.count,
        seconds=numbers.seconds,
        level=numbers.level,
        chance=numbers.chance,
        per_right=tokens_per_right,
        paid=money_per_right,
        money=numbers.money,
        counted=numbers.counted,
        segments=segments,
        embed=embed,
        x=_x,
    )
    environment.globals.update(
        numbers=numbers,
        passage_cells=words.passage_cells,
        passage_columns=words.PASSAGE_COLUMNS,
        about_limits=limit_table.ABOUT,
        words=words,
        ablation_title=steps.ABLATION,
        change_title=steps.change_title,
        chance_in_words=chance_in_words,
        can_decide=can_decide,
        command_of=run_command.command_of,
        label_of=label_of,
        looks_passed=looks_passed,
        spent_on=spent_on,
        headline=words.headline,
        summary=words.summary,
        still_true_head=HEAD,
    )
    return environment


def _finalize(value: object) -> object:
    """Spell out control characters in every text that the templates print."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _x(value: float) -> str:
    """Return where a score stands on the axis, in percent of its width.

    >>> _x(0.0), _x(1.0)
    ('2.00%', '98.00%')
    """
    return f"{2 + 96 * min(max(value, 0.0), 1.0):.2f}%"


@cache
def _asset(name: str) -> Markup:
    text = resources.files("ladder.report").joinpath("templates", name).read_text("utf-8")
    return Markup(text)  # noqa: S704 - our own file, shipped with the package


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def show_in_notebook() -> bool:
    """Let IPython show every Decision as verdict and ladder; return whether there is one.

    `Decision` lies below this room and cannot know it, so the formatter is registered from here.
    Nothing is imported: without a running IPython nothing happens.
    """
    module: Any = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    if shell is None:
        return False
    shell.display_formatter.formatters["text/html"].for_type(Decision, to_notebook_html)
    return True
