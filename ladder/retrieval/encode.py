"""`SentenceEncoder`: texts to unit vectors."""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ladder.errors import ModelLoadError
from ladder.frozen import digest_of
from ladder.retrieval.encoder_prompts import EncoderPrompts, prompts_of
from ladder.retrieval.model_folder import digest_folder, find_folder, load_safely
from ladder.retrieval.vectors import Vectors, remembered
from ladder.spec.candidate import DEFAULT_ENCODER

_WORTH_KEEPING = 64


class SentenceEncoder:
    """A sentence-transformers model. The weights load when the first unknown text comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._queries: dict[str, Vectors] = {}
        self._documents: dict[str, Vectors] = {}

    @property
    def digest(self) -> str:
        """Return what tells this encoder from another: its files, and the words before a text."""
        prompts = self._prompts
        files = digest_folder(self._folder)
        if prompts.source != "family":
            return files
        return digest_of([files, prompts.query, prompts.passage])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a unit vector a text, by the prompt that the model has for questions."""
        return _rows(texts, self._queries, lambda new: self._encode("query", new))

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Return a unit vector a text, by the prompt that the model has for passages.

        Those of a larger set stay on disk, under the digest of the model and the texts.
        """
        return _rows(texts, self._documents, self._remembered)

    def _remembered(self, texts: list[str]) -> Vectors:
        if len(texts) < _WORTH_KEEPING:
            return self._encode("document", texts)
        key = digest_of([self.digest, "documents", texts])
        return remembered(key, lambda: self._encode("document", texts))

    def _encode(self, kind: str, texts: list[str]) -> Vectors:
        # None leaves it to the library, which knows what a default prompt is for.
        prompt = (self._prompts.query if kind == "query" else self._prompts.passage) or None
        encoded = getattr(self._model, f"encode_{kind}")(
            texts, prompt=prompt, normalize_embeddings=True, show_progress_bar=False
        )
        vectors = np.asarray(encoded, dtype=np.float32)
        if not np.isfinite(vectors).all():
            raise ModelLoadError(
                f"the encoder in {self._folder} gives vectors that are not numbers",
                next_step="Fetch the encoder again, or name another in the spec.",
            )
        return vectors

    @cached_property
    def _prompts(self) -> EncoderPrompts:
        return prompts_of(self._folder)

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - sentence_transformers has no types here
        return load_safely(
            "SentenceTransformer",
            self._folder,
            what="encoder",
            next_step="Name a sentence-transformers model whose weights are .safetensors.",
        )


@lru_cache(maxsize=4)
def load_encoder(name: str | None = None) -> SentenceEncoder:
    """Return the encoder of that name, or the default one: a hub id, a folder or `package:`."""
    return SentenceEncoder(find_folder(name or DEFAULT_ENCODER))


def _rows(
    texts: Sequence[str], known: dict[str, Vectors], encode: Callable[[list[str]], Vectors]
) -> Vectors:
    """Return a row a text; only texts not known yet are encoded, each once."""
    new = list(dict.fromkeys(text for text in texts if text not in known))
    if new:
        known.update(zip(new, encode(new), strict=True))
    return np.stack([known[text] for text in texts])
