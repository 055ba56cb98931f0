"""`write_runs_list`: one page over a folder of runs, the newest first, each with a link to its report."""

from dataclasses import dataclass
from pathlib import Path

from ladder.decision import Decision
from ladder.errors import LadderError, SpecError
from ladder.report.html import to_runs_html
from ladder.report.run_evidence import Evidence
from ladder.report.view import RunView
from ladder.report.write_report import link_to_report, write_text
from ladder.runs import RunFolder

NAME = "index.html"


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One run of a list.

    Attributes:
        name: Of its folder.
        view: Its verdict; None where the decision cannot be read.
        link: Where its report lies, as seen from the list.
        started: When it was started, as written; empty where that is not known.
        problem: Why it cannot be read; empty where it can.
    """

    name: str
    view: RunView | None = None
    link: str = ""
    started: str = ""
    problem: str = ""


def is_folder_of_runs(folder: Path) -> bool:
    """Return whether a folder is no run itself and holds at least one."""
    is_run = RunFolder(folder).decision.exists() or RunFolder(folder).spec.exists()
    return not is_run and bool(_runs_in(folder))


def write_runs_list(folder: Path, path: Path | None = None) -> Path:
    """Write the list of a folder's runs, and the report of each that has none yet; return the list.

    Raises:
        SpecError: The folder holds no run with a verdict.
    """
    runs = _runs_in(folder)
    if not runs:
        raise SpecError(
            f"{folder} holds no run with a decision.",
            next_step="Name the folder that holds the runs: `runs`, or what --runs was.",
        )
    place = path or folder / NAME
    found = [_listed(each, place.parent) for each in runs]
    newest_first = sorted(found, key=lambda each: each.started, reverse=True)
    write_text(place, to_runs_html(newest_first))
    return place


def _runs_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [each for each in sorted(folder.iterdir()) if RunFolder(each).decision.is_file()]


def _listed(run: Path, seen_from: Path) -> ListedRun:
    try:
        decision = Decision.load(RunFolder(run).decision)
        link = link_to_report(run, seen_from)
    except LadderError as error:
        return ListedRun(run.name, problem=str(error))
    started = decision.provenance.started if decision.provenance else ""
    return ListedRun(run.name, RunView(Evidence(decision, folder=str(run))), link, started)
