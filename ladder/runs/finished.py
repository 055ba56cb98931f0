"""What a finished run leaves in its folder, and whether that still answers the same question."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from ladder.decision import Decision
from ladder.disk import file_digest, write_lines, write_text
from ladder.errors import EvidenceError
from ladder.finding import Finding
from ladder.runs.folder import RunFolder
from ladder.runs.samples import write_samples
from ladder.search.candidate_slots import LEFT_OUT
from ladder.search.ledger import Configuration
from ladder.search.task_problem import LadderProblem
from ladder.spec.task import TaskSpec
from ladder.text import joined

STOPPED = ("budget", "outage")
"""Endings of a run that goes on where it stopped."""


def write_run(
    folder: Path, problem: LadderProblem, decision: Decision, sources: Mapping[str, str]
) -> None:
    """Write what a run leaves: samples, digests of its sources, the decision."""
    run = RunFolder(folder)
    if other_sources(run, problem.task, sources):
        kept = run.earlier_decisions / f"{file_digest(run.decision)[:8]}.json"
        kept.parent.mkdir(exist_ok=True)
        write_text(kept, run.decision.read_text("utf-8"))
    write_samples(
        run.samples,
        problem,
        [each.configuration for each in decision.candidates],
        is_closed=decision.shows_scores,
    )
    write_lines(run.sources, [json.dumps(sources, indent=1)])
    write_lines(run.decision, [decision.model_dump_json(indent=1)])


def write_measured(folder: Path, problem: LadderProblem) -> None:
    """Write what a check leaves that asked the baseline: the spec, and its answers so far.

    A run that goes on from there writes both anew; what a finished one left stays.
    """
    run = RunFolder(folder)
    if run.decision.exists():
        return
    write_lines(run.spec, [problem.task.model_dump_json(indent=1)])
    baseline = Configuration.baseline(len(problem.levers))
    write_samples(run.samples, problem, [baseline], is_closed=False)


def finished_run(folder: Path, task: TaskSpec, sources: Mapping[str, str]) -> Decision | None:
    """Return the decision of this very run, if it was reached: all levers, the same sources."""
    run = RunFolder(folder)
    try:
        decision = Decision.load(run.decision)
    except EvidenceError:
        return None
    provenance = decision.provenance
    if provenance is None or decision.ledger.ending in STOPPED:
        return None
    if decision.ledger.why_no_reference:
        return None  # it may answer by now
    if any(each.reason == LEFT_OUT for each in decision.attempts):
        return None
    is_same = (provenance.spec, read_sources(run)) == (task.digest, dict(sources))
    return decision if is_same else None


def other_sources(run: RunFolder, task: TaskSpec, sources: Mapping[str, str]) -> list[str]:
    """Return the places in the spec whose content is another one than a finished run was measured on."""
    try:
        decision = Decision.load(run.decision)
    except EvidenceError:
        return []
    if decision.provenance is None or decision.provenance.spec != task.digest:
        return []
    if decision.ledger.ending in STOPPED:
        return []
    before = read_sources(run)
    return [place for place in sources if before and before.get(place) != sources[place]]


def decided_before(folder: Path, task: TaskSpec, sources: Mapping[str, str]) -> Iterator[Finding]:
    """Yield that a run is decided anew, because something it was measured on is another one now."""
    run = RunFolder(folder)
    changed = other_sources(run, task, sources)
    if changed:
        verdict = Decision.load(run.decision).verdict
        of_metric = " (a newer ladder may read answers otherwise)" if "metric" in changed else ""
        yield Finding(
            code="W21 decided-before",
            severity="info",
            problem=f"This run came to the verdict {verdict} before. Since then {joined(changed)} changed"
            f"{of_metric}, so it is decided anew.",
            next_step=f"The earlier decision is kept in {run.earlier_decisions}. `ladder status SPEC` says "
            "what these eval data can still be asked.",
        )


def read_sources(run: RunFolder) -> dict[str, str]:
    """Return the digests of what a run was measured on, by place in the spec; none where unknown."""
    try:
        return dict(json.loads(run.sources.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
