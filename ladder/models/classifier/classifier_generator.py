"""`ClassifierGenerator`: a classifier behind the interface of everything that answers."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ladder.errors import WeakClassifierError
from ladder.frozen import digest_of
from ladder.models.base import Answer, AnswersAlone, Request
from ladder.models.classifier.labelled_texts import LabelledTexts
from ladder.models.classifier.strength import ClassifierStrength
from ladder.models.classifier.train_classifier import FEWEST_A_LABEL, train_classifier, why_too_weak
from ladder.models.classifier.trained_classifier import TrainedClassifier
from ladder.spec.candidate import Classifier
from ladder.spec.encoder_spec import DEFAULT_ENCODER

MOST_LEFT_OUT = 0.5
"""Share of the rows whose label is too rare to be learnt, from which nothing is learnt."""


class EncodesTexts(Protocol):
    """What gives a classifier its vectors: `ladder.retrieval.encode.SentenceEncoder`."""

    @property
    def digest(self) -> str:
        """Return what tells this encoder from another."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return a vector of length one a text."""
        ...


@dataclass(frozen=True, eq=False)
class ClassifierMaterials:
    """What a classifier learns from: labelled texts, and an encoder for them."""

    rows: LabelledTexts
    encoder: EncodesTexts


class ClassifierGenerator(AnswersAlone):
    """Answers with the label that a classifier gives; it is trained when it is first asked.

    Args:
        setup: Its kind and seed.
        material: Labelled texts, none of them eval data, and what encodes them.
    """

    is_local = True
    is_free = True

    def __init__(self, setup: Classifier, material: ClassifierMaterials) -> None:
        self._setup = setup
        self._encoder = material.encoder
        self._all_rows = material.rows
        self._rows = material.rows.without_rare(FEWEST_A_LABEL)

    @cached_property
    def identity(self) -> str:
        """Return a digest of rows, labels, encoder, kind and seed, with scikit-learn's version."""
        rows = self._rows
        return digest_of(
            {
                "classifier": self._setup.method,
                "seed": self._setup.seed,
                "encoder": self._encoder.digest,
                "rows": [rows.texts, rows.labels],
                "scikit-learn": version("scikit-learn"),
            }
        )

    @property
    def too_few(self) -> str:
        """Return why the rows are too few to learn from, in words; else nothing."""
        n_labels = len(set(self._rows.labels))
        rare = len(self._all_rows.texts) - len(self._rows.texts)
        if n_labels >= 2 and rare <= MOST_LEFT_OUT * len(self._all_rows.texts):
            return ""
        return (
            f"{len(self._all_rows.texts):,} labelled rows with {len(set(self._all_rows.labels))} "
            f"labels are too few: {FEWEST_A_LABEL} rows a label are needed"
        )

    def why_thrown_away(self) -> str:
        """Return why it is not worth a try, by its own rows alone; else nothing."""
        return self.too_few or why_too_weak(self.strength)

    @property
    def strength(self) -> ClassifierStrength:
        """Return what cross-validation on its own rows shows."""
        return self._trained[1]

    @property
    def trained(self) -> TrainedClassifier:
        """Return the classifier itself."""
        return self._trained[0]

    @cached_property
    def _trained(self) -> tuple[TrainedClassifier, ClassifierStrength]:
        if self.too_few:
            raise WeakClassifierError(
                f"The classifier {self._setup.method} is not trained: {self.too_few}.",
                next_step="Give more labelled rows, or write levers.model.classifier: false.",
            )
        vectors = self._encoder.encode_documents(self._rows.texts)
        return train_classifier(
            self._setup.method, vectors, self._rows.labels, seed=self._setup.seed
        )

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer each request with a label; what is read is the text of its last message."""
        if not requests:
            return
        began = time.monotonic()
        texts = [request.messages[-1].content for request in requests]
        shares = self.trained.probabilities(self._encoder.encode_documents(texts))
        seconds = (time.monotonic() - began) / len(requests)
        for position, (text, row) in enumerate(zip(texts, shares, strict=True)):
            label = self.trained.labels[int(row.argmax())]
            yield (position, Answer(label, prompt=text, seconds=seconds, sureness=float(row.max())))

    def save(self, folder: Path) -> None:
        """Write the trained classifier into a folder, with the encoder that it needs."""
        named = replace(
            self.trained,
            encoder=self._setup.encoder or DEFAULT_ENCODER,
            encoder_digest=self._encoder.digest,
        )
        named.save(folder)
