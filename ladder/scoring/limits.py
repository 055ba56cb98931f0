"""Bounds on what a reading looks at: answers come from a model and may be hostile."""

MOST_CHARACTERS = 200_000
PATTERN_SECONDS = 1.0
