"""The verbs a person types, a file each."""

from ladder.cli.app import app, main

__all__ = ["app", "main"]
