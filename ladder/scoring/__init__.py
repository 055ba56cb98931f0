"""Texts to numbers."""

from ladder.scoring.load import load_metric
from ladder.scoring.metric import Kind, Metric
from ladder.scoring.metrics import METRICS
from ladder.scoring.read import contains_word
from ladder.scoring.thoughts import ThoughtSplit, leaves_thought_open, split_thoughts

__all__ = [
    "METRICS",
    "Kind",
    "Metric",
    "ThoughtSplit",
    "contains_word",
    "leaves_thought_open",
    "load_metric",
    "split_thoughts",
]
