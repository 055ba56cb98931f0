"""`climb_task`: the one way in which a task's parts are given to the search."""

from ladder.data.split import unit_of
from ladder.frozen import digest_of
from ladder.measure import TaskData
from ladder.search.climb import climb
from ladder.search.confirm.looks import Looks
from ladder.search.ledger import Ledger
from ladder.search.problem import Observer, Problem, ignore
from ladder.search.select.units import first_of_each
from ladder.spec.task import TaskSpec


def climb_task(
    problem: Problem, data: TaskData, *, looks: Looks, observer: Observer = ignore
) -> Ledger:
    """Climb a task's ladder and return all that was measured.

    Samples of one cluster count together; without clusters, repeats of one input count once.
    Units go by the name of their content, so the order of the file changes nothing.
    """
    task, samples, split = data.task, data.samples, data.split
    names = [unit_of(sample) for sample in samples]
    is_clustered = any(sample.cluster is not None for sample in samples)
    parts = (split.selection, split.confirmation)
    selection, confirmation = (
        part if is_clustered else first_of_each(part, names) for part in parts
    )
    return climb(
        problem,
        selection=selection,
        confirmation=confirmation,
        target=task.target,
        kind=data.metric.kind,
        clusters=names,
        margin=task.margin,
        effort=task.effort,
        seed=task.seed,
        looks=looks,
        observer=observer,
    )


def run_digest(task: TaskSpec, eval_data: str) -> str:
    """Return what a transcript is good for: this task on this data."""
    return digest_of([task.digest, eval_data])
