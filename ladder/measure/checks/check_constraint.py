"""`check_constraints` and `check_served_constraints`: forms that answers cannot be held to.

The first finds constraints that can hold no answer, before the first call (D49, W03), the second those
that the task's server was seen not to keep (N14).
"""

from collections.abc import Iterator, Sequence

from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.measure.workbench import Workbench
from ladder.models.constraint_grammar import why_unusable
from ladder.models.locate import recorded_path
from ladder.scoring import load_metric
from ladder.scoring.read import compiled_pattern
from ladder.spec.candidate import Candidate
from ladder.spec.constraint import Constraint
from ladder.spec.lever_keys import keys_to_write
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.task import TaskSpec
from ladder.spec.wanted_form import constraints_of


def check_constraints(task: TaskSpec, proposals: Sequence[Candidate]) -> list[Finding]:
    """Return which constraints of a task cannot be used.

    One that the spec names is an error. One that lever decoding takes from the metric bars the
    verdict `fine_tune`, where the form is what a fine-tune is to teach. The `proposals` are those
    of lever decoding for the baseline.
    """
    own = dict(_named(task))
    wrong = [_error(place, why) for place, each in own.items() if (why := _why(task, each))]
    held = [each.decoding.held_to for each in proposals if each.decoding.held_to is not None]
    found = [why for each in held if each not in own.values() and (why := _why(task, each))]
    if wrong or len(found) < len(held) or not found or not task.needs_constrained_output:
        return wrong
    return [
        Finding(
            code="W03 material-missing",
            severity="warning",
            problem=f"decoding: answers cannot be held to the form that the metric reads: {found[0]}. "
            "It counts as untested, and the verdict fine_tune is impossible.",
            next_step="Give a form of your own, such as levers.decoding.grid.constraint: "
            f"[{{regex: '…'}}], or write {keys_to_write(['decoding'])} (with the reason).",
        )
    ]


def check_served_constraints(bench: Workbench) -> Iterator[Finding]:
    """Yield that the task's server was seen to hold no answer to the form that the metric reads.

    Where the form is what is wanted, or the spec names it, the candidate itself stands in the report.
    """
    task = bench.task
    is_told = task.needs_constrained_output or "constraint" in task.levers.decoding.grid
    is_tried = task.levers.decoding.constrain and task.levers.decoding.not_applicable is None
    if bench.abilities is None or is_told or not is_tried:
        return
    baseline = task.baseline()
    wanted = constraints_of(task.metric, bench.data.json_targets)
    held = [baseline.replace(decoding=baseline.decoding.held(each)) for each in wanted]
    if (
        not held
        or baseline.decoding.held_to is not None
        or not all(map(bench.why_not_served, held))
    ):
        return
    yield Finding(
        code="N14 constraint-not-served",
        severity="info",
        problem=f"Answers held to {wanted[0].words} are not testable: the server was seen not to "
        "keep such a form.",
        next_step="Ask for the form in the prompt, or serve the model by what can be held to one: "
        "llama.cpp, vLLM and SGLang can.",
    )


def _named(task: TaskSpec) -> Iterator[tuple[str, Constraint]]:
    """Yield the constraints that a spec names, each with its place."""
    baseline = task.baseline().decoding.constraint
    if baseline is not None:
        yield "generation.constraint", baseline
    for at, given in enumerate(task.levers.decoding.grid.get("constraint", ())):
        now = task.baseline().decoding.held(None)
        if given is not None:
            held = now.replace(constraint=given).constraint
            if held is not None and held.is_complete:
                yield f"levers.decoding.grid.constraint.{at}", held


def _why(task: TaskSpec, constraint: Constraint) -> str:
    """Return why whoever answers cannot be held to a constraint, as far as that is known here."""
    try:
        if constraint.kind == "regex":
            compiled_pattern(constraint.regex)
        elif constraint.kind == "json_schema":
            load_metric(MetricSpec(name="json_schema", json_schema=constraint.json_schema))
    except LadderError as error:
        said = str(error).replace("metric.pattern ", "").replace("metric.schema", "the schema")
        return said.rstrip(".")
    is_here = not (task.model.is_endpoint or recorded_path(task.model) is not None)
    return why_unusable(constraint) if is_here else ""


def _error(place: str, why: str) -> Finding:
    return Finding(
        code="D49 constraint-unusable",
        severity="error",
        problem=f"{place}: no answer can be held to it: {why}.",
        next_step="Correct it. A regular expression may have no look-around and no back-references; a "
        "schema must stand alone, as nothing is fetched; a grammar is GBNF or Lark.",
    )
