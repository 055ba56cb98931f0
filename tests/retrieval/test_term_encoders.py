"""Sparse encoders and those of several vectors, as sentence-transformers saves and loads them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ladder.data.passage import Passage
from ladder.errors import ModelLoadError
from ladder.retrieval import load_encoder, load_reranker
from ladder.retrieval.corpus import Corpus
from ladder.retrieval.retriever import CorpusRetriever
from ladder.retrieval.term_encoders import MultiVectorTextEncoder, SparseTextEncoder
from ladder.spec.candidate import Reranking, Retrieval
from ladder.spec.encoder_spec import EncoderSpec

pytestmark = [pytest.mark.model, pytest.mark.slow]

WORDS = [
    "the",
    "code",
    "of",
    "hall",
    "lift",
    "gate",
    "red",
    "blue",
    "green",
    "is",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
]
TEXTS = [f"the {where} {colour} is {n}" for where in ("hall", "lift", "gate")
         for colour, n in (("red", "one"), ("blue", "two"), ("green", "three"))]  # fmt: skip
MANY = [*TEXTS, *(f"{text} {word}" for text in TEXTS for word in WORDS[:7])]


def save_tokenizer(folder: Path) -> int:
    """Save a tokenizer of whole words; return how many it has."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {word: at for at, word in enumerate([*marks, *WORDS])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106 - no password
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    PreTrainedTokenizerFast(tokenizer_object=words, **names).save_pretrained(folder)
    return len(vocabulary)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the folders of a random encoder of each kind."""
    import torch
    from sentence_transformers import MultiVectorEncoder, SparseEncoder
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sparse_encoder.modules import MLMTransformer, SpladePooling
    from transformers import BertConfig, BertForMaskedLM, BertModel

    folder = tmp_path_factory.mktemp("encoders")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    longest = {"intermediate_size": 32, "max_position_embeddings": 32}
    for name, model in (("sparse", BertForMaskedLM), ("multi", BertModel)):
        place = folder / f"{name}-weights"
        config = BertConfig(vocab_size=save_tokenizer(place), **sizes, **longest)
        torch.manual_seed(0)
        model(config).save_pretrained(place)
    sparse = [MLMTransformer(str(folder / "sparse-weights")), SpladePooling()]
    SparseEncoder(modules=sparse).save(str(folder / "sparse"))
    MultiVectorEncoder(modules=[Transformer(str(folder / "multi-weights"))]).save(
        str(folder / "multi")
    )
    return {name: folder / name for name in ("sparse", "multi")}


def by_the_library(kind: str, folder: Path, question: str, texts: list[str]) -> Any:
    """Return the scores that the library itself gives."""
    import sentence_transformers

    name = {"sparse": "SparseEncoder", "multi": "MultiVectorEncoder"}[kind]
    model = getattr(sentence_transformers, name)(str(folder))
    asked = model.encode_query([question], show_progress_bar=False)
    found = model.encode_document(texts, show_progress_bar=False)
    scores = model.similarity(asked, found)
    return np.asarray(scores.to_dense() if scores.is_sparse else scores)[0]


@pytest.mark.parametrize("kind", ["sparse", "multi"])
def test_passages_are_ranked_as_the_library_scores_them(saved: dict[str, Path], kind: str) -> None:
    load_encoder.cache_clear()
    corpus = Corpus([Passage(str(at), text) for at, text in enumerate(MANY)])
    retrieval = Retrieval(corpus="in memory", method="dense", encoder=str(saved[kind]))
    question = "the red code of gate"
    scores = by_the_library(kind, saved[kind], question, corpus.texts)

    for searched in (
        CorpusRetriever(corpus, retrieval),
        CorpusRetriever(Corpus(corpus.passages), retrieval),
    ):
        [found] = searched.search([question], 5)
        ranked = [scores[int(each.id)] for each in found]
        assert len(found) == 5
        assert np.allclose(ranked, np.sort(scores)[::-1][:5], atol=1e-4)

    [[first, *_]] = load_reranker(Reranking(reranker=str(saved[kind]), kind="bi-encoder")).rerank(
        [question], [corpus.passages], 3
    )
    assert np.isclose(scores[int(first.id)], scores.max(), atol=1e-4)


def test_where_one_vector_of_a_text_is_needed_they_are_refused_by_name(
    saved: dict[str, Path],
) -> None:
    for name, kind in (("sparse", SparseTextEncoder), ("multi", MultiVectorTextEncoder)):
        encoder = load_encoder(str(saved[name]))
        assert isinstance(encoder, kind)
        with pytest.raises(ModelLoadError, match=f"is a {kind.kind}, which gives no single vector"):
            encoder.encode_documents(["the hall"])

    by_distance = load_encoder(EncoderSpec(model=str(saved["sparse"]), similarity="euclidean"))
    with pytest.raises(ModelLoadError, match="compares by distances"):
        by_distance.ranker_of(TEXTS, key="k")
    by_angle = load_encoder(EncoderSpec(model=str(saved["sparse"]), similarity="cosine"))
    assert by_angle.comparer_of(["the hall"], ["the hall"])(
        "the hall", "the hall"
    ) == pytest.approx(1)
