"""The gate's own fixtures: runs, keys, records."""

from tests.gate.conftest import case, make_case, open_copy, runs, signed_runs

__all__ = ["case", "make_case", "open_copy", "runs", "signed_runs"]
