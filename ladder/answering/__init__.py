"""Answers new rows with the candidate of a run, exactly as it was measured."""

from ladder.answering.given_answer import GivenAnswer
from ladder.answering.run_answerer import RunAnswerer, answerer_of, load_tried
from ladder.answering.shown_columns import ShownColumns

__all__ = ["GivenAnswer", "RunAnswerer", "ShownColumns", "answerer_of", "load_tried"]
