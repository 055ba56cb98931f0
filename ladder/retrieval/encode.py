"""`SentenceEncoder`: texts to vectors, as the encoder's card says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from ladder.activity import activity
from ladder.disk import read_json_object
from ladder.errors import ModelLoadError
from ladder.frozen import digest_of
from ladder.retrieval.encoder_prompts import EncoderPrompts, prompts_of, prompts_wanted
from ladder.retrieval.encoder_tokens import EncoderTokens
from ladder.retrieval.index import VectorIndex
from ladder.retrieval.model_folder import digest_folder, load_safely
from ladder.retrieval.ranking_time import RankingTime
from ladder.retrieval.vectors import Vectors, remembered
from ladder.spec.encoder_spec import EncoderSpec

WORTH_KEEPING = 64
"""Texts from which on their encodings are kept on disk."""

Comparison = Literal["cosine", "dot", "euclidean"]
_COMPARISONS: dict[str, Comparison] = {
    "cosine": "cosine",
    "dot": "dot",
    "dot_product": "dot",
    "euclidean": "euclidean",
}


@dataclass(frozen=True, slots=True)
class PassageRanker:
    """Ranks the passages of one corpus for questions.

    Attributes:
        rank: Returns the positions of the best passages of each question, best first.
        index: What it searches, where that is an index of vectors.
    """

    rank: Callable[[Sequence[str], int], list[list[int]]]
    index: VectorIndex | None = None

    @property
    def recall(self) -> float | None:
        """Return how much of an exact search an approximate one finds; None where it is exact."""
        return None if self.index is None else self.index.recall


Comparer = Callable[[str, str], float]
"""Returns how well a passage fits a question; more is better."""


class SentenceEncoder:
    """A sentence-transformers model. The weights load when the first unknown text comes.

    Args:
        folder: Where its files are.
        wanted: What the task says of it; it counts more than what the files say.

    Attributes:
        query_time: What questions took that were encoded for the first time.
        kind: Its class in sentence-transformers.
    """

    kind: ClassVar[str] = "SentenceTransformer"

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
        return self.said_similarity or "cosine"

    @property
    def said_similarity(self) -> Comparison | None:
        """Return the same as the task or the model's files say it; None where both say nothing."""
        if self._wanted.similarity is not None:
            return self._wanted.similarity
        config = read_json_object(self._folder / "config_sentence_transformers.json")
        return _COMPARISONS.get(str(config.get("similarity_fn_name")))

    @cached_property
    def tokens(self) -> EncoderTokens:
        """Return how it counts, and how much of a text it reads."""
        return EncoderTokens(self._folder, self._wanted.max_tokens)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a unit vector a text, by the prompt that the model has for questions."""
        return self._units(self._query_rows(texts))

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Return a unit vector a text, by the prompt that the model has for passages.

        Those of a larger set stay on disk, under the digest of the model and the texts.
        """
        return self._units(self._document_rows(texts))

    def ranker_of(self, texts: Sequence[str], *, key: str) -> PassageRanker:
        """Return what ranks passages for questions.

        Args:
            texts: The passages.
            key: What tells them from others, with this encoder.
        """
        index = VectorIndex(self.passage_vectors(texts), key=key)

        def rank(queries: Sequence[str], top_k: int) -> list[list[int]]:
            found: list[list[int]] = index.search(self.query_vectors(queries), top_k).tolist()
            return found

        return PassageRanker(rank, index)

    def comparer_of(self, queries: Sequence[str], texts: Sequence[str]) -> Comparer:
        """Return what compares some questions with some passages."""
        documents = dict(zip(texts, self.passage_vectors(texts), strict=True))
        asked = dict(zip(queries, self.query_vectors(queries), strict=True))
        return lambda query, text: float(asked[query] @ documents[text])

    def query_vectors(self, texts: Sequence[str]) -> Vectors:
        """Return a vector a question whose inner product with a passage's vector ranks passages."""
        rows = self._query_rows(texts)
        match self.similarity:
            case "cosine" | "dot":
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
            case "cosine" | "dot":
                return rows
            case "euclidean":
                half = -np.square(rows).sum(axis=1, keepdims=True) / 2
                return np.hstack([rows, half.astype(np.float32)])

    def _query_rows(self, texts: Sequence[str]) -> Vectors:
        return _rows(texts, self._queries, self._encoded_queries)

    def _encoded_queries(self, texts: list[str]) -> Vectors:
        _ = self._model  # loading it is no part of the time
        with self.query_time.of(len(texts)):
            return self._as_kept(self._encode("query", texts))

    def _document_rows(self, texts: Sequence[str]) -> Vectors:
        return _rows(texts, self._documents, self._remembered)

    def _remembered(self, texts: list[str]) -> Vectors:
        if len(texts) < WORTH_KEEPING:
            return self._as_kept(self._encode("document", texts))
        key = digest_of([self.digest, "documents as the model gives them", texts])
        return self._as_kept(remembered(key, lambda: self._encode("document", texts)))

    def _as_kept(self, rows: Vectors) -> Vectors:
        """Return rows as they are kept in memory: where cosines count, at once as unit vectors.

        So there is one matrix of a corpus, which its index shares.
        """
        return _made_unit(rows) if self.similarity == "cosine" else rows

    def _units(self, rows: Vectors) -> Vectors:
        """Return kept rows as unit vectors."""
        return rows if self.similarity == "cosine" else _made_unit(rows.copy())

    def _encode(self, kind: str, texts: list[str]) -> Vectors:
        encoded = self._encoded(kind, texts, normalize_embeddings=False)
        vectors = np.asarray(encoded, dtype=np.float32)
        if not np.isfinite(vectors).all():
            raise self._not_numbers()
        return vectors

    def _encoded(self, kind: str, texts: list[str], **options: object) -> Any:  # noqa: ANN401 - of a library without types
        """Return what the model makes of texts, by its own prompts."""
        prompt: str | None = self.prompts.query if kind == "query" else self.prompts.passage
        if not prompt and self.prompts.source != "spec":
            prompt = None  # the library knows what a default prompt is for
        model = self._model
        with activity(f"encoding {len(texts):,} text{'' if len(texts) == 1 else 's'}"):
            return getattr(model, f"encode_{kind}")(
                texts, prompt=prompt, show_progress_bar=False, **options
            )

    def _not_numbers(self) -> ModelLoadError:
        return ModelLoadError(
            f"the encoder in {self._folder} gives vectors that are not numbers",
            next_step="Fetch the encoder again, or name another in the spec.",
        )

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - sentence_transformers has no types here
        model = load_safely(
            self.kind,
            self._folder,
            what="encoder",
            next_step="Name a sentence-transformers model whose weights are .safetensors.",
        )
        if self._wanted.max_tokens is not None:
            self._refuse_more_than_it_has(self._wanted.max_tokens)
            model.max_seq_length = self._wanted.max_tokens
        return model

    def _refuse_more_than_it_has(self, wanted: int) -> None:
        most = read_json_object(self._folder / "config.json").get("max_position_embeddings")
        if isinstance(most, int) and wanted > most:
            raise ModelLoadError(
                f"the encoder in {self._folder} reads at most {most} tokens, and encoder.max_tokens "
                f"is {wanted}",
                next_step=f"Write a max_tokens of at most {most}, or leave it out.",
            )


def _made_unit(rows: Vectors) -> Vectors:
    """Make vectors of length 1 out of rows, in their place; one of length 0 stays as it is."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.maximum(lengths, np.float32(1e-12))
    return rows


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
