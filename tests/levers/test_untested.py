"""What a run of this task cannot decide is said before its first call."""

from pathlib import Path

import pytest

import ladder
from ladder.levers import LEVERS, Lever, Template
from ladder.levers.untested import check_levers, check_review, untested_levers
from ladder.spec.candidate import ModelRef
from tests.levers.conftest import task_with

SPEC = """
name: t
target: 0.8
model: {id: served, base_url: 'http://localhost:1/v1', api_key_env: A_KEY_THAT_NOBODY_SET}
data: eval.jsonl
levers:
  model: {not_applicable: one model is allowed}
  rag: {not_applicable: no documents}
"""


def levers() -> list[Lever]:
    return [Template(lambda *_: None), *(each() for each in LEVERS[1:])]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Return a task of an endpoint that says nothing of template and examples."""
    rows = [f'{{"input": "question {at} of many", "target": "{at}"}}\n' for at in range(300)]
    (tmp_path / "eval.jsonl").write_text("".join(rows), encoding="utf-8")
    path = tmp_path / "task.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_each_lever_without_anything_to_try_is_named_with_the_key_to_write() -> None:
    (finding,) = check_levers(task_with(), levers())

    assert finding.code == "W01 fine-tune-impossible"
    assert "template, model, rag, rerank and few_shot are neither tried nor" in finding.problem
    assert "few_shot: no example pool given" in finding.evidence
    assert "levers.few_shot.pool or levers.few_shot.not_applicable" in finding.next_step
    assert "levers.template.templates" not in finding.next_step


def test_what_is_declared_or_has_something_to_try_is_not_named() -> None:
    declared = {name: {"not_applicable": "not here"} for name in ("template", "model", "rag")}

    task = task_with(**declared, few_shot={"pool": "pool.jsonl"})

    assert untested_levers(task, levers()) == {}
    assert check_levers(task, levers()) == []


@pytest.mark.parametrize(
    ("other", "is_another"),
    [
        ({"id": "{folder}/./own/"}, False),
        ({"id": "{folder}/linked"}, False),
        ({"id": "{folder}/own", "dtype": "float32"}, False),
        ({"id": "{folder}/own", "quantization": "nf4"}, False),
        ({"id": "{folder}/other"}, True),
        ({"id": "{folder}/absent"}, True),
    ],
)
def test_the_same_weights_by_another_path_are_no_other_model(
    tmp_path: Path, other: dict[str, str], *, is_another: bool
) -> None:
    for name in ("own", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "own")
    listed = {**other, "id": other["id"].format(folder=tmp_path)}
    task = task_with(model={"models": [listed]}).replace(model=ModelRef(id=str(tmp_path / "own")))

    assert ("model" not in untested_levers(task, levers())) == is_another


@pytest.mark.slow
def test_check_and_plan_of_an_endpoint_say_that_one_verdict_is_impossible(spec: Path) -> None:
    found = {finding.code: finding for finding in ladder.check_task(spec)}
    told = ladder.plan_run(spec).describe()

    sentence = (
        "The verdict fine_tune is impossible so far: template and few_shot are neither tried nor "
        "declared not_applicable."
    )
    assert found["W01 fine-tune-impossible"].problem == sentence
    assert sentence in told
    assert "template: the server fills in the chat template itself; model.tokenizer names" in told
    assert "levers.few_shot.pool or levers.few_shot.not_applicable" in told
    assert "likely to be justified" not in told


def test_a_key_that_is_not_set_is_found_before_the_run(
    spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {finding.code: finding for finding in ladder.check_task(spec)}
    monkeypatch.setenv("A_KEY_THAT_NOBODY_SET", "a key")
    after = {finding.code for finding in ladder.check_task(spec)}

    assert "A_KEY_THAT_NOBODY_SET is not set" in before["W02 api-key-unset"].problem
    assert "W02 api-key-unset" not in after


@pytest.mark.parametrize(
    ("generation", "codes"),
    [({}, ["W11 review-without-sureness"]), ({"majority_of": 5, "temperature": 0.7}, [])],
    ids=["greedy", "majority"],
)
def test_a_review_needs_a_candidate_that_tells_how_sure_it_is(
    generation: dict[str, object], codes: list[str]
) -> None:
    task = task_with(generation=generation, model={"review": {"below": 0.9}})

    assert [each.code for each in check_review(task, levers())] == codes


@pytest.mark.parametrize(
    ("methods", "is_untested"), [(["lexical", "dense"], False), (["lexical"], True)]
)
def test_rerank_has_something_to_try_where_the_encoder_of_rag_can_rank(
    methods: list[str], *, is_untested: bool
) -> None:
    task = task_with(rag={"corpus": "docs", "methods": methods})

    assert ("rerank" in untested_levers(task, levers())) is is_untested
