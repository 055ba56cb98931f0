"""`check_retrievers`: searches of the user's own that cannot be asked (W13), or have changed (W14, W15)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ladder.errors import LadderError, RetrieverError
from ladder.finding import Finding
from ladder.measure.task_data import TaskData
from ladder.spec.candidate import Retrieval

UNREACHABLE = "W13 retriever-unreachable"


def check_retrievers(data: TaskData) -> list[Finding]:
    """Return what is wrong with the task's retrievers, each asked for one question.

    W13 it cannot be asked, W14 it has no version, W15 it finds something else than what is kept for
    its version.
    """
    return [finding for each in data.sources for finding in _findings(data, each)]


def refuse_unreachable(findings: Sequence[Finding]) -> None:
    """Raise where a retriever cannot be asked: no model is called before that is mended.

    Raises:
        RetrieverError: There is one among the findings.
    """
    for each in findings:
        if each.code == UNREACHABLE:
            raise RetrieverError(each.problem, next_step=each.next_step)


def without_retrievers(data: TaskData) -> TaskData:
    """Return the same task without its retrievers, for checks of all else."""
    task, rag = data.task, data.task.levers.rag
    is_asked = task.retrieval is not None and task.retrieval.retriever is not None
    plain = task.replace(
        retrieval=None if is_asked else task.retrieval,
        levers=task.levers.replace(rag=rag.replace(retriever=None)),
    )
    return replace(data, task=plain)


def _findings(data: TaskData, retrieval: Retrieval) -> Iterator[Finding]:
    spec = retrieval.retriever
    if spec is None:
        return
    try:
        is_changed = data.outside(retrieval).has_changed(data.samples[0].input, retrieval.top_k)
    except LadderError as error:
        yield Finding(
            code=UNREACHABLE, severity="error", problem=str(error), next_step=error.next_step
        )
        return
    if not spec.version:
        yield _without_version(data.source_name(retrieval))
    if is_changed:
        yield Finding(
            code="W15 retriever-changed",
            severity="warning",
            problem=f"The retriever {data.source_name(retrieval)} finds something else now than what was "
            f"kept for its version {spec.version!r}: a run would be measured on what it found before.",
            next_step="Write another retriever.version whenever its passages, its settings or the keys "
            "in its headers change.",
        )


def _without_version(name: str) -> Finding:
    return Finding(
        code="W14 retriever-without-version",
        severity="info",
        problem=f"The retriever {name} has no version: what it finds is kept for one run alone, "
        "and no evidence tells whether it is still the same later.",
        next_step="Write retriever.version, such as the date of its index; another one whenever it "
        "changes.",
    )
