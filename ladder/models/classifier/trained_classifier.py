"""`TrainedClassifier`: what a trained classifier says of vectors, and the file that it is kept in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from ladder.disk import read_json_object, write_lines
from ladder.errors import ModelLoadError
from ladder.spec.encoder_spec import EncoderSpec

Matrix = npt.NDArray[np.float32]

FORMAT = 1
WEIGHTS, ABOUT = "classifier.safetensors", "classifier.json"

SHARPNESS = 20.0
"""How fast the weight of a neighbour falls with its distance; it changes no label, only how sure one is."""


@dataclass(frozen=True, eq=False)
class TrainedClassifier:
    """A linear classifier, or rows whose nearest one gives the label.

    Attributes:
        method: Which of the two.
        labels: What it can answer, in the order of the columns of its probabilities.
        weights: A row of weights a label; for `nearest` a row a known text.
        bias: A number a label; for `nearest` the place of each row's label in `labels`.
        encoder: Whose vectors it reads, by name; empty for the default one.
        encoder_digest: The same by content: another encoder's vectors mean nothing to it.
    """

    method: Literal["logistic", "nearest"]
    labels: tuple[str, ...]
    weights: Matrix
    bias: npt.NDArray[np.float32] | npt.NDArray[np.int64]
    encoder: str | EncoderSpec = ""
    encoder_digest: str = ""

    def probabilities(self, vectors: Matrix) -> Matrix:
        """Return how likely each label is, a row a vector; a row adds up to 1."""
        scores = vectors @ self.weights.T
        if self.method == "logistic":
            return softmax(scores + self.bias, axis=1)
        best = np.full((len(vectors), len(self.labels)), -np.inf, dtype=np.float32)
        for place in range(len(self.labels)):
            best[:, place] = scores[:, self.bias == place].max(axis=1)
        return softmax(best * SHARPNESS, axis=1)

    def predict(self, vectors: Matrix) -> list[str]:
        """Return the likeliest label of each vector."""
        return [self.labels[int(at)] for at in self.probabilities(vectors).argmax(axis=1)]

    def save(self, folder: Path) -> None:
        """Write the classifier into a folder, as safetensors and JSON: neither can hold code."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        tensors = {"weights": self.weights, "bias": self.bias}
        save_file(
            {name: np.ascontiguousarray(each) for name, each in tensors.items()}, folder / WEIGHTS
        )
        about = {
            "format": FORMAT,
            "method": self.method,
            "labels": list(self.labels),
            "encoder": self.encoder
            if isinstance(self.encoder, str)
            else self.encoder.model_dump(mode="json", exclude_none=True),
            "encoder_sha256": self.encoder_digest,
        }
        write_lines(folder / ABOUT, [json.dumps(about, indent=1, ensure_ascii=False)])


def read_classifier(folder: Path) -> TrainedClassifier:
    """Return the classifier that `TrainedClassifier.save` wrote into a folder.

    Raises:
        ModelLoadError: There is none, or it is damaged or of a later version.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    about = read_json_object(folder / ABOUT)
    try:
        tensors = load_file(folder / WEIGHTS)
        return _checked(about, tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelLoadError(
            f"{folder} holds no classifier of this version ({type(error).__name__}: {error}).",
            next_step="Name the folder that the run's report names, or run again.",
        ) from error


def _checked(about: dict[str, Any], tensors: dict[str, Any]) -> TrainedClassifier:
    labels = tuple(map(str, about["labels"]))
    weights, bias = tensors["weights"], tensors["bias"]
    is_sound = about["format"] == FORMAT and about["method"] in ("logistic", "nearest")
    rows = len(weights) if about["method"] == "nearest" else len(labels)
    is_whole = weights.ndim == 2 and weights.shape[0] == rows and bias.shape == (rows,)
    if is_whole and about["method"] == "nearest":
        is_whole = set(bias.tolist()) == set(range(len(labels)))
    if not (is_sound and is_whole):
        raise ValueError("its parts do not fit together")
    named = about["encoder"]
    encoder = EncoderSpec.model_validate(named) if isinstance(named, dict) else str(named)
    return TrainedClassifier(
        about["method"], labels, weights, bias, encoder, str(about["encoder_sha256"])
    )


def nearest_of(vectors: Matrix, labels: Sequence[str]) -> TrainedClassifier:
    """Return the classifier that gives each vector the label of the nearest known one."""
    names = sorted(set(labels))
    places = {name: at for at, name in enumerate(names)}
    return TrainedClassifier(
        "nearest",
        tuple(names),
        vectors,
        np.array([places[each] for each in labels], dtype=np.int64),
    )


def logistic_of(vectors: Matrix, labels: Sequence[str], *, penalty: float) -> TrainedClassifier:
    """Return a logistic regression; the greater `penalty` (scikit-learn's C), the closer its fit."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # Vectors of length one need a weak penalty; not quite converged is good enough here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(C=penalty, max_iter=200).fit(vectors, labels)
    weights, bias = fitted.coef_.astype(np.float32), fitted.intercept_.astype(np.float32)
    if len(weights) == 1:  # of two labels scikit-learn keeps one row, that of the second
        weights, bias = np.concatenate([0 * weights, weights]), np.concatenate([0 * bias, bias])
    return TrainedClassifier("logistic", tuple(map(str, fitted.classes_)), weights, bias)
