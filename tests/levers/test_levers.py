"""One promise for all levers, over the literal tuple."""

from collections.abc import Callable
from typing import Any

import pytest

from ladder.errors import SpecError
from ladder.frozen import digest_of
from ladder.levers import LEVERS, Bounded, Lever, Model
from ladder.spec.candidate import Candidate, Decoding, ModelRef, Prompt, Reranking, Retrieval
from ladder.spec.lever_sections import LEVER_NAMES
from tests.levers.conftest import task_with

MATERIAL: dict[str, dict[str, Any]] = {
    "template": {},
    "prompt": {"prompts": [{"user": "{{ input }}?"}]},
    "model": {"models": [{"id": "other"}, {"id": "other"}, {"id": "small"}]},
    "decoding": {"grid": {"temperature": [0.0, 0.7], "top_p": [0.9, 1.0]}},
    "rag": {"corpus": "docs.jsonl", "top_k": [3, 1]},
    "rerank": {"rerankers": [{"reranker": "cross"}]},
    "few_shot": {"pool": "pool.jsonl", "methods": ["nearest", "random"]},
}


def make(lever: Callable[..., Lever]) -> Lever:
    """Build a lever; Template alone needs to be told of a situation, and is told of none."""
    return lever(situation=lambda *_: None) if lever.__name__ == "Template" else lever()


@pytest.fixture(params=LEVERS, ids=lambda lever: str(lever.name))
def lever(request: pytest.FixtureRequest) -> Lever:
    return make(request.param)


def test_the_levers_stand_in_the_ladders_order() -> None:
    assert tuple(lever.name for lever in LEVERS) == LEVER_NAMES


def test_a_lever_changes_only_its_own_part(lever: Lever) -> None:
    task = task_with(**MATERIAL)
    best = task.baseline()

    proposals = lever.propose(task, best)

    assert proposals or lever.name == "template"
    for proposal in proposals:
        assert list(best.changes(proposal)) == [lever.part]


def test_a_lever_proposes_nothing_twice(lever: Lever) -> None:
    task = task_with(**MATERIAL)

    proposals = lever.propose(task, task.baseline())

    assert len({proposal.digest for proposal in proposals}) == len(proposals)


def test_a_lever_answers_the_same_question_the_same_way(lever: Lever) -> None:
    task = task_with(**MATERIAL)
    best = task.baseline()

    first, second = lever.propose(task, best), make(type(lever)).propose(task, best)

    assert first == second


def test_a_lever_never_proposes_the_best_itself(lever: Lever) -> None:
    task = task_with(**MATERIAL)

    for best in lever.propose(task, task.baseline()):
        assert best not in lever.propose(task, best)


def test_a_declared_lever_proposes_nothing_and_gives_the_users_reason(lever: Lever) -> None:
    section = {**MATERIAL[lever.name], "not_applicable": "the contract forbids it"}
    task = task_with(**{**MATERIAL, lever.name: section})

    assert lever.propose(task, task.baseline()) == ()
    assert lever.why_nothing(task, task.baseline()) == ("not_applicable", "the contract forbids it")


@pytest.mark.parametrize("name", ["model", "rag", "rerank", "few_shot"])
def test_missing_material_is_untested_and_the_reason_is_for_people(name: str) -> None:
    lever = next(make(lever) for lever in LEVERS if lever.name == name)
    task = task_with()

    status, reason = lever.why_nothing(task, task.baseline())

    assert lever.propose(task, task.baseline()) == ()
    assert status == "untested"
    assert reason.startswith("no ")
    assert "levers." not in reason


def test_nothing_left_to_change_is_not_untested() -> None:
    task = task_with(decoding={"grid": {"temperature": [0.0]}})
    decoding = next(make(lever) for lever in LEVERS if lever.name == "decoding")

    assert decoding.propose(task, task.baseline()) == ()
    assert decoding.why_nothing(task, task.baseline())[0] == "nothing_to_try"


def test_few_shot_tries_draws_orders_and_sizes_that_are_asked_for() -> None:
    given = {"pool": "pool.jsonl", "shots": [2], "tokens": [300], "draws": 2}
    methods = ["random", "diverse", "bootstrapped"]
    task = task_with(few_shot={**given, "methods": methods, "order": ["best_last", "best_first"]})
    few_shot = next(make(lever) for lever in LEVERS if lever.name == "few_shot")

    tried = [each.examples for each in few_shot.propose(task, task.baseline())]

    sizes = [(each.tokens, each.method, each.seed, each.order) for each in tried if each]
    of_one_size = [
        ("random", 0, "best_last"),
        ("random", 1, "best_last"),
        ("diverse", 0, "best_last"),
        ("diverse", 0, "best_first"),
        ("bootstrapped", 0, "best_last"),
        ("bootstrapped", 1, "best_last"),
    ]
    assert sizes == [(tokens, *each) for tokens in (None, 300) for each in of_one_size]


def test_rag_tries_each_context_and_no_order_of_one_passage() -> None:
    contexts = [{}, {"order": "best_last"}, {"names_sources": True}]
    task = task_with(rag={"corpus": "docs.jsonl", "methods": ["lexical"], "contexts": contexts})
    rag = next(make(lever) for lever in LEVERS if lever.name == "rag")

    tried = [each.retrieval for each in rag.propose(task, task.baseline())]

    assert [(each.top_k, each.context.words) for each in tried if each] == [
        (1, ""),
        (1, "sources"),
        (3, ""),
        (3, "best last"),
        (3, "sources"),
    ]


def test_only_rag_and_rerank_have_a_true_ceiling() -> None:
    bounded = [lever.name for lever in LEVERS if isinstance(make(lever), Bounded)]

    assert bounded == ["rag", "rerank"]


@pytest.mark.parametrize(
    ("material", "context"),
    [
        ({"top_k": [1]}, {}),
        ({"top_k": [1], "contexts": [{"may_decline": True}]}, {"may_decline": True}),
        ({"top_k": [1], "contexts": [{}, {"order": "best_last"}]}, {}),
        ({"top_k": [1, 3]}, None),
        ({"top_k": [1], "contexts": [{}, {"may_decline": True}]}, None),
    ],
)
def test_the_ceiling_of_rag_is_the_only_passage_written_in_the_only_way_that_is_tried(
    material: dict[str, Any], context: dict[str, Any] | None
) -> None:
    task = task_with(rag={"corpus": "docs.jsonl", **material})
    rag = next(make(lever) for lever in LEVERS if lever.name == "rag")

    assert isinstance(rag, Bounded)
    ceiling = rag.ceiling(task, task.baseline())
    if context is None:
        assert ceiling is None
    else:
        assert ceiling is not None
        gold = {"corpus": "docs.jsonl", "method": "gold", "top_k": 1, "context": context}
        assert ceiling.retrieval == Retrieval.model_validate(gold)


def test_a_lever_survives_every_part_of_a_candidate_being_set(lever: Lever) -> None:
    task = task_with(**MATERIAL)
    best = Candidate(
        model=ModelRef(id="third"),
        prompt=Prompt(user="{{ input }}", system="Be brief."),
        decoding=Decoding(temperature=1.0, repetition_penalty=1.2),
        retrieval=Retrieval(corpus="docs.jsonl", method="fused"),
        reranking=Reranking(reranker="cross"),
    )

    for proposal in lever.propose(task, best):
        assert list(best.changes(proposal)) == [lever.part]
        assert digest_of(proposal.model_dump(mode="json")) == proposal.digest


@pytest.mark.parametrize(
    ("prices", "sizes", "order"),
    [
        ({}, {}, ["big", "mid", "small"]),
        ({}, {"big": 9.0, "mid": 5.0, "small": 1.0}, ["small", "mid", "big"]),
        ({}, {"big": 9.0, "small": 1.0}, ["big", "mid", "small"]),
        (
            {"big": 1, "mid": 2, "small": 3},
            {"big": 9.0, "mid": 5.0, "small": 1.0},
            ["big", "mid", "small"],
        ),
    ],
)
def test_the_cheapest_model_is_tried_first_where_every_cost_is_known(
    prices: dict[str, float], sizes: dict[str, float], order: list[str]
) -> None:
    nearest = {"classifier": {"method": "nearest", "pool": "pool.jsonl"}}
    task = task_with(model={"models": ["big", "mid", nearest, "small"]})
    paid = {name: {"prompt": price, "answer": price} for name, price in prices.items()}
    task = task.replace(model=ModelRef(id="own"), prices={"per_million_tokens": paid})

    found = Model(bytes_of=lambda model: sizes.get(model.id)).propose(task, task.baseline())

    assert [each.model.id for each in found] == ["classifier:nearest", *order]


def test_the_own_server_under_another_address_is_no_other_model() -> None:
    again = {"id": "small", "base_url": "http://127.0.0.1:8000/", "timeout_seconds": 9.0}
    task = task_with(model={"models": [again]})
    task = task.replace(model={"id": "small", "base_url": "http://localhost:8000/v1"})

    assert Model().propose(task, task.baseline()) == ()
    assert Model().why_nothing(task, task.baseline()) == ("untested", "no other model given")


def test_the_own_model_in_fewer_bits_is_proposed_and_is_no_other_model() -> None:
    task = task_with(model={"precisions": ["int8", "nf4"]})

    proposed = Model().propose(task, task.baseline())

    assert [each.model.quantization for each in proposed] == ["int8", "nf4"]
    assert {each.model.id for each in proposed} == {task.model.id}
    assert Model().why_nothing(task, task.baseline()) == ("untested", "no other model given")


@pytest.mark.parametrize(
    "own", [{"base_url": "http://localhost:1"}, {"quantization": "nf4"}], ids=["served", "packed"]
)
def test_a_model_whose_precision_is_settled_cannot_be_packed(own: dict[str, str]) -> None:
    task = task_with(model={"precisions": ["nf4"]})
    settled = task.replace(model={"id": "small", **own})

    with pytest.raises(SpecError, match="cannot be packed"):
        Model().propose(settled, settled.baseline())
