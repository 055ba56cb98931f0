"""Digests of the files that a run reads, and a refusal where one changed meanwhile."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ladder.data import digest_file
from ladder.errors import EvidenceError
from ladder.measure.task_data import TaskData
from ladder.models import model_digest
from ladder.models.digest import weights_digest
from ladder.spec.candidate import Retrieval
from ladder.spec.model_ref import RECORDED, ModelRef
from ladder.spec.task import TaskSpec


def digest_sources(data: TaskData) -> dict[str, str]:
    """Return a digest of all that a run reads, by its place in the spec.

    A verdict stands as long as none of them changes. Data sets of the hub are left out: their revision stands in the spec.
    """
    files = {place: digest_file(path) for place, path in _files(data.task)}
    files |= {f"{place}.retriever": data.outside(each).digest for place, each in _asked(data.task)}
    models = {place: model_digest(model) for place, model in _other_models(data.task)}
    own = _of_reference(data.task) | {
        "model": model_digest(data.task.model),
        "metric": data.metric.version,
    }
    return {**files, **models, **own}


def _of_reference(task: TaskSpec) -> dict[str, str]:
    """Return the digests of what candidates are held against, where it lies in files here."""
    reference = task.reference
    if reference is None:
        return {}
    pool = None if reference.examples is None else Path(reference.examples.pool)
    has_adapter = reference.adapter is None or Path(reference.adapter).expanduser().is_dir()
    found = {"target.reference": weights_digest(reference)} if has_adapter else {}
    if pool is not None and pool.exists():
        found["target.reference.examples.pool"] = digest_file(pool)
    return found


def refuse_changes(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Raise where a source changed while the run was using it.

    Raises:
        EvidenceError: Names what changed; a verdict would be about neither state of it.
    """
    changed = [place for place in before if now.get(place) != before[place]]
    if changed:
        raise EvidenceError(
            f"{', '.join(changed)} changed during the run, so there is no verdict.",
            next_step="Leave it alone and run the same command again; answers to prompts that "
            "are still the same are kept.",
        )


def _other_models(task: TaskSpec) -> Iterator[tuple[str, ModelRef]]:
    """Yield the other models that lie in files here; those of the hub are held by their revision."""
    for place, model in task.levers.other_models.items():
        path = model.id.removeprefix(RECORDED)
        if not model.is_endpoint and Path(path).expanduser().exists():
            yield place, model
    yield from task.levers.recorded_models.items()


def _asked(task: TaskSpec) -> Iterator[tuple[str, Retrieval]]:
    """Yield the retrievers of a task by the section that names them."""
    rag = task.levers.rag
    if task.retrieval is not None and task.retrieval.retriever is not None:
        yield "retrieval", task.retrieval
    if rag.not_applicable is None and rag.retriever is not None:
        yield "levers.rag", Retrieval(**dict(rag.reading), retriever=rag.retriever)


def _files(task: TaskSpec) -> Iterator[tuple[str, Path]]:
    named = {
        "data.path": task.data.path,
        "retrieval.corpus": task.retrieval.corpus if task.retrieval else None,
        "examples.pool": task.examples.pool if task.examples else None,
        "levers.rag.corpus": task.levers.rag.corpus,
        "levers.few_shot.pool": task.levers.few_shot.pool,
        **{f"{place}.pool": pool for place, pool in task.levers.model.pools},
        "training.path": task.training.path if task.training else None,
    }
    for place, path in named.items():
        if path is not None and Path(path).exists():
            yield place, Path(path)
