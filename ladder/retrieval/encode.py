"""`SentenceEncoder`: texts to vectors, as the encoder's card says."""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ladder.activity import activity
from ladder.disk import read_json_object
from ladder.errors import ModelLoadError
from ladder.frozen import digest_of
from ladder.retrieval.encoder_prompts import EncoderPrompts, prompts_of, prompts_wanted
from ladder.retrieval.encoder_tokens import EncoderTokens
from ladder.retrieval.model_folder import digest_folder, find_folder, load_safely
from ladder.retrieval.ranking_time import RankingTime
from ladder.retrieval.vectors import Vectors, remembered
from ladder.spec.encoder_spec import EncoderSpec, encoder_name

_WORTH_KEEPING = 64

Comparison = Literal["cosine", "dot", "euclidean"]
_COMPARISONS: dict[str, Comparison] = {
    "cosine": "cosine",
    "dot": "dot",
    "dot_product": "dot",
    "euclidean": "euclidean",
}


class SentenceEncoder:
    """A sentence-transformers model. The weights load when the first unknown text comes.

    Args:
        folder: Where its files are.
        wanted: What the task says of it; it counts more than what the files say.

    Attributes:
        query_time: What questions took that were encoded for the first time.
    """

    def __init__(self, folder: Path, wanted: EncoderSpec | None = None) -> None:
        self._folder = folder
        self._wanted = wanted or EncoderSpec()
        self._queries: dict[str, Vectors] = {}
        self._documents: dict[str, Vectors] = {}
        self.query_time = RankingTime()

    @property
    def digest(self) -> str:
        """Return what tells this encoder from another: its files, and how they are used."""
        files = digest_folder(self._folder)
        prompts, limit = self.prompts, self._wanted.max_tokens
        as_its_files_say = prompts.source in ("config", "") and limit is None
        if as_its_files_say and self.similarity == "cosine":
            return files
        parts: list[object] = [files, prompts.query, prompts.passage]
        if self.similarity != "cosine" or limit is not None:
            parts += [self.similarity, limit]
        return digest_of(parts)

    @cached_property
    def prompts(self) -> EncoderPrompts:
        """Return the words before a question and before a passage."""
        return prompts_wanted(prompts_of(self._folder), self._wanted)

    @cached_property
    def similarity(self) -> Comparison:
        """Return how two of its vectors are compared."""
        if self._wanted.similarity is not None:
            return self._wanted.similarity
        config = read_json_object(self._folder / "config_sentence_transformers.json")
        return _COMPARISONS.get(str(config.get("similarity_fn_name")), "cosine")

    @cached_property
    def tokens(self) -> EncoderTokens:
        """Return how it counts, and how much of a text it reads."""
        return EncoderTokens(self._folder, self._wanted.max_tokens)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a unit vector a text, by the prompt that the model has for questions."""
        return _unit(self._query_rows(texts))

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Return a unit vector a text, by the prompt that the model has for passages.

        Those of a larger set stay on disk, under the digest of the model and the texts.
        """
        return _unit(self._document_rows(texts))

    def query_vectors(self, texts: Sequence[str]) -> Vectors:
        """Return a vector a question whose inner product with a passage's vector ranks passages."""
        rows = self._query_rows(texts)
        match self.similarity:
            case "cosine":
                return _unit(rows)
            case "dot":
                return rows
            case "euclidean":
                return np.hstack([rows, np.ones((len(rows), 1), dtype=np.float32)])

    def passage_vectors(self, texts: Sequence[str]) -> Vectors:
        """Return a vector a passage, for inner products with vectors of questions.

        The nearest by Euclid are those with the greatest q·p - |p|²/2, so a passage's vector has
        one number more, and a question's a 1 there.
        """
        rows = self._document_rows(texts)
        match self.similarity:
            case "cosine":
                return _unit(rows)
            case "dot":
                return rows
            case "euclidean":
                half = -np.square(rows).sum(axis=1, keepdims=True) / 2
                return np.hstack([rows, half.astype(np.float32)])

    def _query_rows(self, texts: Sequence[str]) -> Vectors:
        return _rows(texts, self._queries, self._encoded_queries)

    def _encoded_queries(self, texts: list[str]) -> Vectors:
        _ = self._model  # loading it is no part of the time
        with self.query_time.of(len(texts)):
            return self._encode("query", texts)

    def _document_rows(self, texts: Sequence[str]) -> Vectors:
        return _rows(texts, self._documents, self._remembered)

    def _remembered(self, texts: list[str]) -> Vectors:
        if len(texts) < _WORTH_KEEPING:
            return self._encode("document", texts)
        key = digest_of([self.digest, "documents as the model gives them", texts])
        return remembered(key, lambda: self._encode("document", texts))

    def _encode(self, kind: str, texts: list[str]) -> Vectors:
        prompt: str | None = self.prompts.query if kind == "query" else self.prompts.passage
        if not prompt and self.prompts.source != "spec":
            prompt = None  # the library knows what a default prompt is for
        model = self._model
        with activity(f"encoding {len(texts):,} text{'' if len(texts) == 1 else 's'}"):
            encoded = getattr(model, f"encode_{kind}")(
                texts, prompt=prompt, normalize_embeddings=False, show_progress_bar=False
            )
        vectors = np.asarray(encoded, dtype=np.float32)
        if not np.isfinite(vectors).all():
            raise ModelLoadError(
                f"the encoder in {self._folder} gives vectors that are not numbers",
                next_step="Fetch the encoder again, or name another in the spec.",
            )
        return vectors

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - sentence_transformers has no types here
        self._refuse_other_kinds()
        model = load_safely(
            "SentenceTransformer",
            self._folder,
            what="encoder",
            next_step="Name a sentence-transformers model whose weights are .safetensors.",
        )
        if self._wanted.max_tokens is not None:
            self._refuse_more_than_it_has(self._wanted.max_tokens)
            model.max_seq_length = self._wanted.max_tokens
        return model

    def _refuse_other_kinds(self) -> None:
        """Refuse encoders whose vectors are compared otherwise: loaded as this one, they mislead."""
        config = read_json_object(self._folder / "config_sentence_transformers.json")
        kind = config.get("model_type")
        if kind in ("SparseEncoder", "MultiVectorEncoder"):
            raise ModelLoadError(
                f"the encoder in {self._folder} is a {kind}, which gives no single vector a text",
                next_step="Name an encoder of the kind SentenceTransformer.",
            )

    def _refuse_more_than_it_has(self, wanted: int) -> None:
        most = read_json_object(self._folder / "config.json").get("max_position_embeddings")
        if isinstance(most, int) and wanted > most:
            raise ModelLoadError(
                f"the encoder in {self._folder} reads at most {most} tokens, and encoder.max_tokens "
                f"is {wanted}",
                next_step=f"Write a max_tokens of at most {most}, or leave it out.",
            )


@lru_cache(maxsize=4)
def load_encoder(encoder: str | EncoderSpec | None = None) -> SentenceEncoder:
    """Return an encoder, or the default one: a hub id, a folder or `package:`, with its settings."""
    wanted = encoder if isinstance(encoder, EncoderSpec) else None
    return SentenceEncoder(find_folder(encoder_name(encoder)), wanted)


def _unit(rows: Vectors) -> Vectors:
    """Return vectors of length 1; one of length 0 stays as it is."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = rows / np.maximum(lengths, np.float32(1e-12))
    return unit


def _rows(
    texts: Sequence[str], known: dict[str, Vectors], encode: Callable[[list[str]], Vectors]
) -> Vectors:
    """Return a row a text; only texts not known yet are encoded, each once.

    The rows of a whole new set are not copied: those that are remembered are parts of its matrix.
    """
    new = list(dict.fromkeys(text for text in texts if text not in known))
    if new:
        encoded = encode(new)
        known.update(zip(new, encoded, strict=True))
        if len(new) == len(texts):
            return encoded
    return np.stack([known[text] for text in texts])
