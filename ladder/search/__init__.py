"""The search: from a ladder of levers to a ledger of what was measured and asked."""

from ladder.search.problem import Observer, Progress

__all__ = ["Observer", "Progress"]
