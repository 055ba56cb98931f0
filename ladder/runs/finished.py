"""What a finished run leaves in its folder, and whether that still answers the same question."""

import json
from collections.abc import Mapping
from pathlib import Path

from ladder.decision import Decision
from ladder.disk import write_lines
from ladder.errors import EvidenceError
from ladder.runs.folder import RunFolder
from ladder.runs.samples import write_samples
from ladder.search.candidate_slots import LEFT_OUT
from ladder.search.ledger import Configuration
from ladder.search.task_problem import LadderProblem
from ladder.spec.task import TaskSpec

STOPPED = ("budget", "outage")
"""Endings of a run that goes on where it stopped."""


def write_run(
    folder: Path, problem: LadderProblem, decision: Decision, sources: Mapping[str, str]
) -> None:
    """Write what a run leaves: samples, digests of its sources, the decision."""
    run = RunFolder(folder)
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


def read_sources(run: RunFolder) -> dict[str, str]:
    """Return the digests of what a run was measured on, by place in the spec; none where unknown."""
    try:
        return dict(json.loads(run.sources.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
