"""`applied_spec`: a copy of the task's spec in which the best candidate is the baseline."""

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ladder.decision import Decision
from ladder.errors import SpecError
from ladder.formats.yaml_text import to_yaml
from ladder.report.changes import change_of
from ladder.report.write_report import write_text
from ladder.runs import RunFolder
from ladder.runs.resolved_task import read_task, started_in
from ladder.spec import load_task
from ladder.spec.candidate import Candidate
from ladder.spec.paths import paths_between, written_from
from ladder.spec.task import TaskSpec

_KEY = re.compile(r"([A-Za-z_]\w*):")

WRITTEN_BY_INIT = "# Written by `ladder init` from the data. Next: ladder check, then ladder run."
"""A line of a first spec that is not true of its copy."""

_PARTS = ("model", "chat", "prompt", "generation", "retrieval", "reranking", "examples")


def write_applied(run: Path, *, spec: Path | None = None, to: Path | None = None) -> Path:
    """Write a spec whose baseline is the candidate that a run confirmed; return where it is.

    Comments and order of a YAML spec stay, but for what stands directly above and beside a section
    that changes: it is about the value before. What was written is read again, and must describe
    that very candidate and otherwise the task that was run.

    Args:
        run: The run's folder.
        spec: The spec that was run; the one that the run's command names unless given. Where there
            is none, or it is another task by now, the whole spec is written as it was resolved.
        to: Where to write; beside the spec, with `.applied` in its name, unless given.

    Raises:
        SpecError: Nothing is confirmed, there is no change to write, or the place is taken.
        DecisionFileError: The folder holds no verdict.
    """
    decision = Decision.load(RunFolder(run).decision)
    best = _confirmed(decision, run)
    task = read_task(RunFolder(run))
    elsewhere = started_in(RunFolder(run), task)
    source = spec if spec is not None else _spec_of(decision, task, elsewhere or Path())
    if spec is not None:
        _refuse_another_task(spec, task, run)
    place = to or _beside(source, run, task)
    sections = _sections(decision)
    if source is not None and _whole(source.parent) == _whole(place.parent):
        text = to_yaml(_changed(source, sections, dict(task.written)))
        text = _with_own_comments(text, _comments_of(source), list(sections), run)
    elif elsewhere is None:
        resolved = task.model_dump(mode="json", exclude_defaults=True, exclude={"written"})
        text = to_yaml(written_from({**resolved, **sections}, place.parent))
    else:
        raise SpecError(
            f"{run} was started in {elsewhere}, and the files of its spec are named from there.",
            next_step=f"cd {shlex.quote(str(elsewhere))}, and then the same command.",
        )
    if place.exists() and place.read_text("utf-8") != text:
        raise SpecError(f"{place} is there already.", next_step="Name another place: --to FILE.")
    write_text(place, text)
    _check(place, best, task, source)
    return place


def _confirmed(decision: Decision, run: Path) -> Candidate:
    if not decision.names_a_winner or decision.best is None:
        raise SpecError(
            f"The verdict of {run} is {decision.verdict}: there is no confirmed change to apply.",
            next_step=f"ladder report {shlex.quote(str(run))} says what would decide, or what to do.",
        )
    best = decision.best
    if best.model.classifier is not None:
        raise SpecError(
            f"{run} confirmed a classifier, which takes the place of a language model.",
            next_step="A spec cannot say that. Answer with it: "
            f"ladder answer {shlex.quote(str(run))} FILE, or ladder.load in Python.",
        )
    if change_of(decision) is None and best.model.reviewed_below is not None:
        raise SpecError(
            f"{run} confirmed the baseline where it is at least {best.model.reviewed_below:.2f} sure, "
            "and a person answers the rest.",
            next_step="A spec cannot say that. `ladder answer` marks the rows for_a_person: "
            f"ladder answer {shlex.quote(str(run))} FILE.",
        )
    if change_of(decision) is None:
        raise SpecError(
            f"{run} confirmed the baseline itself: there is nothing to change.",
            next_step="Use the spec as it is.",
        )
    return best.unreviewed


def _whole(folder: Path) -> Path:
    return folder.expanduser().resolve()


def _spec_of(decision: Decision, task: TaskSpec, started: Path) -> Path | None:
    """Return the spec that the run's command names, if it still is that very task."""
    command = decision.provenance.command if decision.provenance else ""
    for word in shlex.split(command):
        path = started / word
        if path.suffix in (".yaml", ".yml") and path.is_file() and _is_the_task(path, task):
            return path
    return None


def _is_the_task(path: Path, task: TaskSpec) -> bool:
    try:
        return load_task(path).digest == task.digest
    except SpecError:
        return False


def _refuse_another_task(spec: Path, task: TaskSpec, run: Path) -> None:
    found = load_task(spec)
    if found.digest == task.digest:
        return
    differs = [name for name, value in found if name != "written" and value != getattr(task, name)]
    raise SpecError(
        f"{spec} is not the task that {run} ran: {', '.join(differs)} differ.",
        next_step="Leave --spec out: then the whole spec is written as it was run.",
    )


def _beside(source: Path | None, run: Path, task: TaskSpec) -> Path:
    if source is None:
        return run / f"{task.name}.applied.yaml"
    return source.with_name(f"{source.stem}.applied.yaml")


def _sections(decision: Decision) -> dict[str, Any]:
    """Return what to put into the spec, its paths as seen from here."""
    change = change_of(decision)
    return dict(YAML().load(change.sections)) if change is not None else {}


def _changed(
    source: Path, sections: Mapping[str, Any], names: Mapping[str, str]
) -> Mapping[str, Any]:
    """Return a spec with its new sections, their paths as it writes them; all else stays."""
    try:
        yaml = YAML()
        yaml.preserve_quotes = True
        document: Any = yaml.load(source.read_text("utf-8"))
    except YAMLError as error:
        raise SpecError(f"{source} cannot be read: {error}", next_step="Correct it.") from error
    for key, value in sections.items():
        document.ca.items.pop(key, None)  # what stands beside the value before
        document[key] = _as_written(value, names)
    found: Mapping[str, Any] = document
    return found


def _as_written(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any YAML value
    """Return a value whose paths are written as from the spec's folder; its form is kept."""
    if isinstance(value, dict):
        for key in value:
            value[key] = _as_written(value[key], names)
        return value
    if isinstance(value, list):
        return [_as_written(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def _comments_of(source: Path) -> dict[str, list[str]]:
    """Return the comment lines, and blank ones, that stand directly above each section of a spec."""
    found: dict[str, list[str]] = {}
    above: list[str] = []
    for line in source.read_text("utf-8").splitlines():
        key = _KEY.match(line)
        if key is not None:
            found[key[1]] = above
        above = [*above, line] if _is_between(line) else []
    return {**found, "": above}


def _with_own_comments(
    text: str, comments: Mapping[str, Sequence[str]], changed: Sequence[str], run: Path
) -> str:
    """Return a spec with the comments of the one before above all sections that stay as they were.

    They are taken from the text: of a block that is replaced, a parser counts what follows it as a
    part of it.
    """
    lines: list[str] = []
    section = ""
    for line in text.splitlines():
        key = _KEY.match(line)
        if key is not None:
            section = key[1]
            above = _above(comments.get(section, []), run if section in changed else None)
            lines = [*_without_end(lines), *above]
        if not (line.startswith("#") and section in changed):
            lines.append(line)
    whole = "\n".join([*_without_end(lines), *comments[""], ""])
    return whole.replace(WRITTEN_BY_INIT, f"# Written by `ladder apply` from {run.name}.")


def _without_end(lines: Sequence[str]) -> list[str]:
    """Return lines without the comments and the blank ones at their end."""
    ends = (at for at in range(len(lines), 0, -1) if not _is_between(lines[at - 1]))
    return list(lines[: next(ends, 0)])


def _is_between(line: str) -> bool:
    """Return whether a line is blank or a comment that belongs to no section."""
    return not line.strip() or line.startswith("#")


def _above(comments: Sequence[str], run: Path | None) -> list[str]:
    """Return the comments above a section, without those next to it where `run` changed the section."""
    if run is None:
        return list(comments)
    kept = next((at for at in range(len(comments), 0, -1) if not comments[at - 1].strip()), 0)
    return [*comments[:kept], f"# As {run.name} confirmed it."]


def _check(place: Path, best: Candidate, task: TaskSpec, source: Path | None) -> None:
    """Raise, and take the file away, where it does not describe the confirmed candidate."""
    found = load_task(place)
    if source is not None:  # the run may have been started in another folder
        here = load_task(source)
        best = Candidate.model_validate(_as_written(best.model_dump(), paths_between(task, here)))
        task = here
    parts = found.baseline().changes(best)
    others = [
        name
        for name, value in found
        if name not in (*_PARTS, "written") and value != getattr(task, name)
    ]
    if parts or others:
        place.unlink()
        wrong = ", ".join([*parts, *others])
        raise SpecError(
            f"The change cannot be written into {place}: {wrong} would be read as something else.",
            next_step='Write it by hand: the report shows it under "In your spec".',
        )
