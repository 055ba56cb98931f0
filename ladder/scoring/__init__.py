"""Reads answers and scores them against targets: the metrics and their parsers."""

from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.load import load_metric
from ladder.scoring.metric import Metric
from ladder.scoring.metrics import METRICS
from ladder.scoring.target_in_text import Searchable, stands_in
from ladder.scoring.thoughts import leaves_thought_open, split_thoughts

__all__ = [
    "METRICS",
    "AskedSample",
    "Metric",
    "Searchable",
    "leaves_thought_open",
    "load_metric",
    "split_thoughts",
    "stands_in",
]
