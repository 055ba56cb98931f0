"""Texts to numbers."""

from ladder.scoring.load import load_metric
from ladder.scoring.metric import Kind, Metric
from ladder.scoring.metrics import METRICS
from ladder.scoring.read import contains_word

__all__ = ["METRICS", "Kind", "Metric", "contains_word", "load_metric"]
