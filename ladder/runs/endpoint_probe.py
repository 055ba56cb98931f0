"""What the model's server honours: asked once a run, kept in its folder, and read by the search."""

from collections.abc import Mapping, Sequence
from typing import Any

from ladder.disk import read_json_object, write_json
from ladder.errors import CandidateRefusedError
from ladder.measure import Workbench
from ladder.models.base import Request, ShowsAbilities
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
    known = read_json_object(folder.endpoint)
    if not known:
        requests = bench.requests(baseline, positions)
        known = dict(generator.find_abilities(requests))
        _refuse_hidden_tools(known, requests)
        write_json(folder.endpoint, known)
    else:
        generator.use_abilities(known)
    bench.abilities = known
    return known


def _refuse_hidden_tools(abilities: Mapping[str, Any], requests: Sequence[Request]) -> None:
    """Raise where the rows offer tools and the server was seen not to show them to the model."""
    if abilities.get("shows_tools") is False and any(request.tools for request in requests):
        raise CandidateRefusedError(
            "The server takes the tools of the rows and does not show them to the model: its prompt "
            "is no longer with a tool than without.",
            next_step="Start the server with a chat template that writes tools and with its parser of "
            "calls, or take the tools out of the rows.",
        )
