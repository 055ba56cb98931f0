"""`Similarity`: how near an answer's meaning is to a reference's, by a sentence encoder.

Nearness of meaning is no truth: a sentence and its denial lie close together, and so do two numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from ladder.scoring.overlap.text_overlap import TextOverlap
from ladder.scoring.read import Reading
from ladder.spec.metric_spec import MetricSpec


class TextEncoder(Protocol):
    """What turns texts into unit vectors; `ladder.retrieval` has one."""

    @property
    def digest(self) -> str:
        """Return what tells this encoder from another."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> Any:  # noqa: ANN401 - a matrix of numbers
        """Return a unit vector a text."""
        ...


EncoderLoader = Callable[[str | None], TextEncoder]
"""Finds the encoder of a name, or the default one. Metrics stand below what loads models."""


class Similarity(TextOverlap):
    """The cosine of two sentence vectors, 0 where it is negative (Reimers and Gurevych 2019).

    The encoder is `metric.encoder`, or the one that retrieval uses where none is named. It reads the
    beginning of a long text alone, mostly some 250 words.
    """

    name = "similarity"
    takes: ClassVar[tuple[str, ...]] = ("encoder",)

    def __init__(self, spec: MetricSpec, read: Reading, encoder: TextEncoder) -> None:
        super().__init__(spec, read)
        self._encoder = encoder

    @property
    def _settings(self) -> str:
        """Return which encoder compares."""
        return f"/{self._encoder.digest[:16]}"

    def overlap(self, said: str, wanted: str) -> float:
        """Return the cosine of the two texts' vectors."""
        one, other = self._encoder.encode_documents([said, wanted])
        return float(one @ other)
