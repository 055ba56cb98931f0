"""What the model's server honours: asked once a run, kept in its folder, and read by the search."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from ladder.disk import read_json_object, write_json
from ladder.measure import Workbench
from ladder.models.base import ShowsAbilities
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.runs.folder import RunFolder


def negotiate(
    bench: Workbench, positions: Sequence[int], folder: RunFolder
) -> dict[str, Any] | None:
    """Return what the server of the baseline's model does; None for a model without a server.

    A run that goes on takes what its folder holds, and the same model must answer.

    Args:
        bench: Of the task.
        positions: Samples that will be asked; the longest prompt of them counts.
        folder: The run's own.
    """
    baseline = bench.task.baseline()
    generator = bench.generator(baseline)
    if not isinstance(generator, ShowsAbilities):
        return None
    known = _kept(folder)
    if not known:
        requests = bench.requests(baseline, positions)
        known = dict(generator.find_abilities(requests))
        write_json(folder.endpoint, known)
    else:
        generator.use_abilities(known)
    bench.abilities = known
    return known


def use_known_abilities(bench: Workbench, folder: RunFolder) -> None:
    """Let a workbench ask a server in the way in which the run of a folder asked it."""
    generator, known = bench.generator(bench.task.baseline()), _kept(folder)
    if known and isinstance(generator, ShowsAbilities):
        generator.use_abilities(known)
        bench.abilities = known


def _kept(folder: RunFolder) -> dict[str, Any]:
    """Return what a run's folder holds; nothing where another version wrote it, or it is damaged."""
    known = read_json_object(folder.endpoint)
    try:
        return EndpointAbilities.model_validate(known).model_dump(mode="json") if known else {}
    except ValidationError:
        return {}
