"""`from_stream`: the reply that a stream of events adds up to.

This file stands for the one that an export makes of ladder's own `event_stream` and `json_body`: what
is exported reads a stream by the very same code.
"""

from ladder.models.endpoint.event_stream import from_stream, is_stream
from ladder.models.endpoint.json_body import json_value

__all__ = ["from_stream", "is_stream", "json_value"]
