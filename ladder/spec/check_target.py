"""`check_target`: what a spec says of its target that does not fit together."""

from collections.abc import Iterator

from ladder.errors import SpecError
from ladder.spec.document import Document, Place
from ladder.spec.number_steps import compared, target_step
from ladder.spec.relative_target import RelativeTarget
from ladder.spec.task import TaskSpec

Objection = tuple[Place, str, str]
"""The place of a key, what is wrong with it, and what to do."""


def check_target(task: TaskSpec, document: Document) -> None:
    """Raise SpecError where the target, its margin and the rest of a spec contradict each other."""
    relative = task.relative
    found = _of_share(task) if relative is None else _of_reference(task, relative)
    for place, problem, step in found:
        raise SpecError(
            f"{document.at(place)} {'.'.join(map(str, place))}: {problem}", next_step=step
        )


def _of_share(task: TaskSpec) -> Iterator[Objection]:
    share = task.edge
    if task.question == "retire":
        yield (
            ("question",),
            "retire asks whether a tuned model can go, and the target names none.",
            "Write target: {reference: {adapter: FOLDER}, margin: 0.03}, or {reference: MODEL, ...}.",
        )
    if task.margin >= share:
        yield (
            ("margin",),
            f"{task.margin:g} is not below the target {share:g}: any answers would reach what is left.",
            "Write how far below the target is still good enough, such as 0.02.",
        )
    for label, of_class in task.metric.at_least.items():
        if task.margin >= of_class:
            yield (
                ("margin",),
                (
                    f"{task.margin:g} is not below the target {of_class:g} of {label}: any answers "
                    "would reach what is left."
                ),
                "Write a margin below every target, or leave that class out of metric.at_least.",
            )


def _of_reference(task: TaskSpec, relative: RelativeTarget) -> Iterator[Objection]:
    reference, place = relative.reference, ("target", "reference")
    if task.margin:
        yield (
            ("margin",),
            f"{task.margin:g} stands beside a target with a reference, which has a margin of its own.",
            f"Write target.margin: {task.margin:g}, and leave margin out.",
        )
    if task.metric.at_least:
        yield (
            ("metric", "at_least"),
            (
                "classes have a target of their own, and the target is that of a reference: a share "
                "for some and a difference for others is not one question."
            ),
            "Leave metric.at_least out, or write a share as target.",
        )
    if task.levers.model.review is not None:
        yield (
            ("levers", "model", "review"),
            "a person would answer where a candidate is not sure, and a reference answers all.",
            "Leave levers.model.review out, or write a share as target.",
        )
    if task.question == "retire" and reference.model is None and reference.adapter is None:
        yield (
            place,
            "retire asks whether a tuned model can go, and the reference names no model.",
            "Name it: target.reference.adapter, or target.reference.model.",
        )
    yield from _of_what_is_named(task, relative)


def _of_what_is_named(task: TaskSpec, relative: RelativeTarget) -> Iterator[Objection]:
    reference, candidate = relative.reference, task.reference
    if candidate is not None and candidate.asks_as(task.baseline()):
        yield (
            ("target", "reference"),
            "it is the task's own baseline, which is never worse than itself.",
            "Name what you run today as the reference, and as model and prompt what may replace it.",
        )
    if candidate is None:
        return
    if reference.model is not None and not reference.model.is_endpoint:
        yield from _in_words(reference.model.id)
    if reference.adapter is not None and (
        candidate.model.is_endpoint or candidate.model.is_recorded
    ):
        yield (
            ("target", "reference", "adapter"),
            f"an adapter cannot be put on {candidate.model.id!r}, whose weights are not here.",
            (
                "Name the local files of the adapter's base model as target.reference.model, or the "
                "endpoint that serves the tuned model, and leave adapter out."
            ),
        )
    if candidate.model.reviewed_below is not None:
        yield (
            ("target", "reference", "model", "reviewed_below"),
            "that is what a run chooses, and no setting of a model.",
            "Leave it out.",
        )
    is_given = candidate.retrieval is not None and candidate.retrieval.method == "given"
    if is_given and task.data.passages is None:
        yield (
            ("target", "reference", "retrieval"),
            "given takes the passages of the eval data, and no column is named.",
            "Name the column that holds them in data.passages.",
        )


def _in_words(name: str) -> Iterator[Objection]:
    """Yield that a margin, or words, stand in the name of a model: `org/big less 5%`."""
    said = compared(name)
    named = said or compared(f"as {name}")
    if named is not None and (said is not None or named[1] is not None):
        less = "" if named[1] is None else f" less {named[1]}"
        yield (
            ("target", "reference"),
            f"{name!r} is no name of a model.",
            target_step(f"as {named[0]}{less}"),
        )
