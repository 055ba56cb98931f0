"""The same task through an endpoint ends in the same verdict as on local weights."""

from pathlib import Path

import pytest

import ladder
from examples import tasks
from ladder.api import levers_for
from ladder.measure import Workbench, load_task_data
from ladder.measure.checks.served_template import check_served_template
from ladder.models.base import NotesFindings
from ladder.runs import RunFolder
from ladder.runs.endpoint_probe import negotiate
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


def test_a_faulty_template_on_a_server_is_told_and_repaired_as_on_local_weights(
    tmp_path: Path,
) -> None:
    spec = tasks.order_number(tmp_path / "task", seed=0, n=120, foreign=True)
    faulty = str(ladder.load_task(spec).chat.template)

    with llama_server(ModelRef(id=tasks.MODEL), context_tokens=2048, template=faulty) as served:
        own = [f"model.id={served.id}", f"model.base_url={served.base_url}"]
        overrides = [*own, f"model.tokenizer={tasks.MODEL}", "chat={}"]
        data = load_task_data(ladder.load_task(spec, overrides=overrides))
        some = data.split.selection.tolist()[:6]
        baseline = data.task.baseline()
        with Workbench(data) as bench:
            found = negotiate(bench, some, RunFolder(tmp_path))
            [repaired] = levers_for(data)[0].propose(data.task, baseline)
            scores = [bench.measure(each, some).rows for each in (baseline, repaired)]
            generator = bench.generator(baseline)
            assert isinstance(generator, NotesFindings)
            told = [each.code for each in generator.findings()]

    with Workbench(load_task_data(ladder.load_task(spec, overrides=["chat={}"]))) as bench:
        local = bench.measure(bench.task.baseline(), some).rows

    wrong, right = ([row.score for row in rows] for rows in scores)
    assert found is not None
    assert "[INST]" in found["prompt_difference"]
    assert "N07 served-prompt-differs" in told
    assert sum(wrong) < 2 < sum(right)
    assert right == [row.score for row in local]


@pytest.mark.slow
def test_a_faulty_template_on_a_server_ends_in_the_verdict_of_the_same_fault_locally(
    tmp_path: Path,
) -> None:
    spec = tasks.order_number(tmp_path / "task", seed=0, n=24, foreign=True)
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
    assert [each.label for each in local.candidates] == [each.label for each in remote.candidates]
    assert [each.score for each in remote.ledger.trials] == [0.0, 1.0]
    assert "N07 served-prompt-differs" in [each.code for each in remote.checks]


@pytest.mark.slow
def test_a_fault_of_the_template_that_the_server_shows_is_told_without_a_tokenizer(
    tmp_path: Path,
) -> None:
    spec = tasks.order_number(tmp_path / "task", seed=0, n=24)
    unopened = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    )

    with llama_server(ModelRef(id=tasks.MODEL), context_tokens=2048, template=unopened) as served:
        overrides = [f"model.id={served.id}", f"model.base_url={served.base_url}"]
        data = load_task_data(ladder.load_task(spec, overrides=overrides))
        with Workbench(data) as bench:
            negotiate(bench, data.split.selection.tolist(), RunFolder(tmp_path))
            [found] = check_served_template(bench)

    assert found.code == "R02 generation-prompt-missing"
    assert "model.tokenizer" in found.next_step
