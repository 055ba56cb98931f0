"""`load_classifier`: a classifier that a run trained, ready to answer."""

from collections.abc import Sequence
from pathlib import Path

from ladder.errors import ModelLoadError
from ladder.models.classifier.trained_classifier import TrainedClassifier, read_classifier
from ladder.retrieval.encode import SentenceEncoder
from ladder.retrieval.load_encoder import load_encoder


class SavedClassifier:
    """Labels for texts, by a classifier that a run trained and the encoder that it learnt with."""

    def __init__(self, trained: TrainedClassifier, encoder: SentenceEncoder) -> None:
        self._trained = trained
        self._encoder = encoder

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels that it can give."""
        return self._trained.labels

    def predict(self, texts: Sequence[str]) -> list[str]:
        """Return the likeliest label of each text."""
        return self._trained.predict(self._encoder.encode_documents(texts)) if texts else []

    def probabilities(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Return how likely each label is, a mapping a text."""
        if not texts:
            return []
        rows = self._trained.probabilities(self._encoder.encode_documents(texts))
        return [dict(zip(self.labels, map(float, row), strict=True)) for row in rows]


def load_classifier(folder: str | Path) -> SavedClassifier:
    """Return the classifier of a folder that a run's report names; no code in it is run.

    Raises:
        ModelLoadError: There is none, or its encoder is another one by now.
    """
    trained = read_classifier(Path(folder))
    encoder = load_encoder(trained.encoder)
    if encoder.digest != trained.encoder_digest:
        raise ModelLoadError(
            f"The encoder {trained.encoder} is not the one that {folder} learnt with: its files changed.",
            next_step="Restore the encoder, or run the task again.",
        )
    return SavedClassifier(trained, encoder)
