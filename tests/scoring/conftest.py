"""What the tests of all metrics share."""

from typing import Any

NEEDED: dict[str, dict[str, Any]] = {
    "choice": {"labels": ("positive", "very positive", "negative")},
    "json_schema": {"json_schema": {"type": ["object", "array"]}},
    "matches": {"pattern": "(?s).+"},
    "length": {"max": 3},
    "language": {"language": "en"},
    "parses": {"syntax": "python"},
}
"""The fields without which a metric is refused."""
