"""The same task through an endpoint ends in the same verdict as on local weights."""

from contextlib import closing
from pathlib import Path

import pytest

import ladder
from examples import tasks
from ladder.measure import Workbench, load_task_data
from ladder.measure.checks.served_template import check_served_template
from ladder.models.endpoint.connection import connection_to
from ladder.models.endpoint.served_prompt import held_against_shown
from ladder.models.endpoint.shown_prompts import ShownPrompts
from ladder.models.endpoint.wire import Wire
from ladder.spec.candidate import ModelRef
from ladder.testing import llama_server

pytestmark = pytest.mark.model


def test_the_endpoint_gives_the_verdict_of_the_local_model(tmp_path: Path) -> None:
    spec = tasks.order_number(tmp_path / "task", seed=0, n=14, shots_in_baseline=True)
    task = ladder.load_task(spec, overrides=["target=0.4"])
    local = ladder.run(task, runs_folder=tmp_path / "local")

    with llama_server(ModelRef(id=tasks.MODEL), context_tokens=2048) as served:
        remote = ladder.load_task(
            spec,
            overrides=[
                "target=0.4",
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


@pytest.mark.slow
def test_a_faulty_template_on_a_server_is_told_repaired_and_judged_as_on_local_weights(
    tmp_path: Path,
) -> None:
    spec = tasks.order_number(tmp_path / "task", seed=0, n=14, foreign=True)
    faulty = str(ladder.load_task(spec).chat.template)
    others = [
        f"levers.{name}.not_applicable=not tried here"
        for name in ("prompt", "decoding", "rerank", "few_shot")
    ]
    common = [*others, "target=0.4", "generation.max_new_tokens=8"]
    local = ladder.run(ladder.load_task(spec, overrides=common), runs_folder=tmp_path / "local")

    with llama_server(ModelRef(id=tasks.MODEL), context_tokens=2048, template=faulty) as served:
        own = [f"model.id={served.id}", f"model.base_url={served.base_url}", "chat={}"]
        looks = f"data.looks={tmp_path / 'remote.looks.json'}"
        overrides = [*common, *own, looks, f"model.tokenizer={tasks.MODEL}"]
        remote = ladder.run(
            ladder.load_task(spec, overrides=overrides), runs_folder=tmp_path / "remote"
        )

    assert (local.verdict, remote.verdict) == ("use_lever", "use_lever")
    assert remote.provenance is not None
    assert "[INST]" in (remote.provenance.endpoint or {})["prompt_difference"]
    assert "N07 served-prompt-differs" in [each.code for each in remote.checks]
    for decision in (local, remote):
        assert [each.label for each in decision.candidates] == ["baseline", "template"]
        wrong, right = (each.score for each in decision.ledger.trials)
        assert wrong < 0.2
        assert right > 0.8


@pytest.mark.slow
def test_a_fault_of_the_template_that_the_server_shows_is_told_without_a_tokenizer(
    tmp_path: Path,
) -> None:
    spec = tasks.order_number(tmp_path / "task", seed=0, n=14)
    unopened = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    )

    with llama_server(ModelRef(id=tasks.MODEL), context_tokens=2048, template=unopened) as served:
        overrides = [f"model.id={served.id}", f"model.base_url={served.base_url}"]
        data = load_task_data(ladder.load_task(spec, overrides=overrides))
        url = str(served.base_url)
        wire = Wire(url, connection_to(url, served), timeout_seconds=60, connections=1)
        with Workbench(data) as bench, closing(wire):
            wire.get("/models")
            [request] = bench.requests(bench.task.baseline(), [0])
            shown = ShownPrompts(wire, model=served.id)
            shown.example = [each.turn for each in request.messages]
            bench.abilities = {"base_url": url, "model": served.id, **held_against_shown(shown, {})}
            [found] = check_served_template(bench)

    assert found.code == "R02 generation-prompt-missing"
    assert "model.tokenizer" in found.next_step
