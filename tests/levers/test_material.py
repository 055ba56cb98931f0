"""What each lever makes of its material."""

from pathlib import Path
from typing import Any

import pytest

from ladder.errors import LeakageError, SpecError
from ladder.levers import Decoding, FewShot, Model, Prompt, Rag, Rerank
from ladder.spec.candidate import Reranking, Retrieval
from ladder.spec.encoder_spec import DEFAULT_ENCODER
from tests.levers.conftest import task_with


def test_the_users_prompts_come_before_the_edits() -> None:
    task = task_with(prompt={"prompts": [{"user": "Q: {{ input }}"}]})

    prompts = [proposal.prompt.user for proposal in Prompt().propose(task, task.baseline())]

    assert prompts[0] == "Q: {{ input }}"
    assert prompts[1] == "{{ input }}\n\nAnswer with the answer only, nothing else."


def test_an_edit_already_made_is_not_made_again() -> None:
    task = task_with()
    edited = Prompt().propose(task, task.baseline())[0]

    again = [proposal.prompt.user for proposal in Prompt().propose(task, edited)]

    assert all(text.count("Answer with the answer only") <= 1 for text in again)


def test_prompts_without_texts_and_edits_are_untested() -> None:
    task = task_with(prompt={"edits": False})

    assert Prompt().propose(task, task.baseline()) == ()
    assert Prompt().why_nothing(task, task.baseline())[0] == "untested"


def test_the_only_other_model_in_use_leaves_nothing_to_try() -> None:
    task = task_with(model={"models": [{"id": "big"}]})
    (carried,) = Model().propose(task, task.baseline())

    assert Model().propose(task, carried) == ()
    assert Model().why_nothing(task, carried)[0] == "nothing_to_try"


def test_a_sampling_baseline_is_tried_greedy_first() -> None:
    task = task_with(generation={"temperature": 1.0, "top_p": 0.9, "repetition_penalty": 1.2})

    first, second, *_ = Decoding().propose(task, task.baseline())

    assert (first.decoding.temperature, first.decoding.top_p) == (0.0, None)
    assert second.decoding.repetition_penalty is None


def test_a_longer_answer_is_tried_once_and_does_not_grow_without_end() -> None:
    task = task_with(generation={"max_new_tokens": 10})
    longest = Decoding().propose(task, task.baseline())[-1]

    assert longest.decoding.max_new_tokens == 40
    assert all(p.decoding.max_new_tokens == 40 for p in Decoding().propose(task, longest))


def test_the_grid_is_every_combination_but_greedy_ones_that_say_the_same() -> None:
    task = task_with(decoding={"grid": {"temperature": [0.0, 0.7], "top_p": [0.5, 0.9]}})

    settings = [
        (p.decoding.temperature, p.decoding.top_p)
        for p in Decoding().propose(task, task.baseline())
    ]

    assert settings == [(0.7, 0.5), (0.7, 0.9)]


@pytest.mark.parametrize(
    ("grid", "problem", "advice"),
    [
        ({"temprature": [0.1]}, "temprature", "'temperature'"),
        ({"do_sample": [True]}, "do_sample", "temperature: [0]"),
        ({"seed": [1, 2]}, "seed", "luck"),
        ({"top_p": [1.5]}, "1.5", "top_p"),
        ({"top_k": list(range(1, 9)), "num_beams": list(range(1, 9))}, "64", "two or three"),
    ],
)
def test_a_wrong_grid_is_refused_with_advice(grid: Any, problem: str, advice: str) -> None:
    task = task_with(decoding={"grid": grid})

    with pytest.raises(SpecError, match=problem) as caught:
        Decoding().propose(task, task.baseline())

    assert advice in caught.value.next_step


def test_few_passages_and_the_method_without_a_model_come_first() -> None:
    task = task_with(rag={"corpus": "docs.jsonl", "encoder": "e", "top_k": [3, 1]})

    tried = [p.retrieval for p in Rag().propose(task, task.baseline())]

    assert [(r.top_k, r.method, r.encoder) for r in tried if r] == [
        (1, "lexical", None),
        (1, "dense", "e"),
        (1, "fused", "e"),
        (3, "lexical", None),
        (3, "dense", "e"),
        (3, "fused", "e"),
    ]


def test_rerankers_are_proposed_for_the_joint_pass_when_rag_was_not_carried() -> None:
    task = task_with(rag={"corpus": "docs.jsonl", "encoder": "e"})

    (proposal,) = Rerank().propose(task, task.baseline())

    assert proposal.retrieval is None
    assert proposal.reranking == Reranking(reranker="e", kind="bi-encoder")


def test_rag_declared_not_applicable_leaves_rerank_nothing_to_try() -> None:
    task = task_with(
        rag={"not_applicable": "no documents exist"}, rerank={"rerankers": [{"reranker": "c"}]}
    )

    assert Rerank().propose(task, task.baseline()) == ()
    assert Rerank().why_nothing(task, task.baseline())[0] == "nothing_to_try"


def test_dense_passages_are_not_ranked_again_by_their_own_encoder() -> None:
    task = task_with(rag={"corpus": "docs.jsonl"})
    dense = task.baseline().replace(retrieval=Retrieval(corpus="docs.jsonl", method="dense"))
    fused = task.baseline().replace(retrieval=Retrieval(corpus="docs.jsonl", method="fused"))

    assert Rerank().propose(task, dense) == ()
    assert Rerank().why_nothing(task, dense)[0] == "untested"
    assert [p.reranking for p in Rerank().propose(task, fused)] == [
        Reranking(reranker=DEFAULT_ENCODER, kind="bi-encoder", fetch_k=k) for k in (20, 50, 100)
    ]


@pytest.mark.parametrize(
    ("material", "depths"),
    [
        ({"rerankers": ["c"]}, [20, 50, 100]),
        ({"rerankers": [{"reranker": "c", "fetch_k": 30}]}, [30]),
        ({"rerankers": [{"kind": "own-model"}]}, [20]),
        ({"rerankers": [{"kind": "own-model"}], "fetch_k": [50, 10]}, [10, 50]),
        ({"rerankers": ["c", {"kind": "own-model", "fetch_k": 8}]}, [20, 50, 100, 8]),
    ],
)
def test_a_reranker_is_tried_at_several_depths_unless_its_own_is_named(
    material: dict[str, Any], depths: list[int]
) -> None:
    task = task_with(rag={"corpus": "d", "methods": ["lexical"]}, rerank=material)
    found = task.baseline().replace(retrieval=Retrieval(corpus="d", method="dense"))

    proposals = Rerank().propose(task, found)
    ahead = Rerank().propose(task, task.baseline())

    assert [p.reranking.fetch_k for p in proposals if p.reranking] == depths
    # Where there is nothing to rank yet, one is enough to be stacked on passages.
    assert [p.reranking.fetch_k for p in ahead if p.reranking] == [
        k for k in depths if depths[:3] != [20, 50, 100] or k not in (50, 100)
    ]


def test_the_ceiling_of_rerank_looks_as_deep_as_the_deepest_reranker() -> None:
    task = task_with(
        rag={"corpus": "d", "methods": ["lexical"]},
        rerank={"rerankers": [{"reranker": "c", "fetch_k": 50}]},
    )
    best = task.baseline().replace(retrieval=Retrieval(corpus="d", method="lexical", top_k=1))

    ceiling = Rerank().ceiling(task, best)

    assert ceiling is not None
    assert ceiling.reranking == Reranking(reranker="gold", kind="gold", fetch_k=50)
    assert Rerank().ceiling(task, task.baseline()) is None


@pytest.mark.parametrize("grid", [{}, {"temperature": [0.7]}])
def test_json_is_tried_as_the_only_form_where_the_metric_reads_json(grid: dict[str, Any]) -> None:
    task = task_with(decoding={"grid": grid}).replace(metric={"name": "json_equal"})

    first = Decoding().propose(task, task.baseline())[0]

    assert first.decoding.response_format == "json"


def test_a_form_that_nothing_constrains_leaves_decoding_untested_where_it_is_wanted() -> None:
    plain = task_with(generation={"max_new_tokens": 1024, "stop_strings": ["#"]})
    wanted = plain.replace(training={"path": "t", "review": {"behaviour": "output_format"}})

    assert Decoding().why_nothing(plain, plain.baseline())[0] == "nothing_to_try"
    assert Decoding().why_nothing(wanted, wanted.baseline())[0] == "untested"


def test_few_shots_and_the_plainest_choice_come_first() -> None:
    task = task_with(rag={"encoder": "e"}, few_shot={"pool": "pool.jsonl"})

    tried = [p.examples for p in FewShot().propose(task, task.baseline())]

    assert [(e.shots, e.method, e.encoder) for e in tried if e] == [
        (2, "random", None),
        (2, "nearest", "e"),
        (4, "random", None),
        (4, "nearest", "e"),
    ]


@pytest.mark.parametrize("pool", ["eval.jsonl", "./eval.jsonl", "link.jsonl"])
def test_eval_data_as_the_example_pool_is_refused(
    pool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("eval.jsonl").write_text("{}\n")
    Path("link.jsonl").symlink_to("eval.jsonl")
    task = task_with(few_shot={"pool": pool})

    with pytest.raises(LeakageError, match="is the eval data") as caught:
        FewShot().propose(task, task.baseline())

    assert "leak" in caught.value.next_step
