"""People's labels of the answers that a judge scored: asked for blind, kept, and counted."""

from ladder.labelling.label_session import LabelSession, open_session

__all__ = ["LabelSession", "open_session"]
