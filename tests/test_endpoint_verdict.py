"""The same task through an endpoint ends in the same verdict as on local weights."""

from pathlib import Path

import pytest

import ladder
from examples import tasks
from ladder.spec.candidate import ModelRef
from ladder.testing import llama_server

pytestmark = pytest.mark.model


def test_the_endpoint_gives_the_verdict_of_the_local_model(tmp_path: Path) -> None:
    spec = tasks.order_number(tmp_path / "task", seed=0, n=120, shots_in_baseline=True)
    local = ladder.run(spec, runs_folder=tmp_path / "local")

    with llama_server(ModelRef(id=tasks.MODEL), context_tokens=2048) as served:
        remote = ladder.load_task(
            spec,
            overrides=[
                f"model.id={served.id}",
                f"model.base_url={served.base_url}",
                f"data.looks={tmp_path / 'remote.looks.json'}",
            ],
        )
        by_endpoint = ladder.run(remote, runs_folder=tmp_path / "remote")

    assert local.verdict == by_endpoint.verdict == "already_good"
    assert by_endpoint.provenance is not None
    assert local.provenance is not None
    assert by_endpoint.provenance.model != local.provenance.model
    found = by_endpoint.provenance.endpoint or {}
    proven = ("temperature", "seed", "stop", "top_k", "n", "logprobs", "json_object", "needle")
    assert [name for name in proven if found[name] is not True] == []
    assert (found["shows_prompts"], found["shows_props"], found["context_tokens"]) == (
        True,
        True,
        1024,
    )
