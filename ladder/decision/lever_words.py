"""`levers_in_words`: levers as everyday language calls them."""

from collections.abc import Sequence

from ladder.search.standing_alone import NAME as CLASSIFIER
from ladder.text import joined

_EVERYDAY = {
    "template": "the right chat template",
    "prompt": "another prompt",
    "model": "another model",
    "decoding": "other decoding settings",
    "rag": "retrieval",
    "rerank": "reranking",
    "few_shot": "worked examples",
    CLASSIFIER: "a classifier",
}

MOST_NAMED = 3
"""Levers that a sentence names; of more it gives the number."""


def levers_in_words(levers: Sequence[str]) -> str:
    """Return levers in everyday words."""
    return joined([_EVERYDAY.get(name, name) for name in levers])
