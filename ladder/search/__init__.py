"""The search: from a ladder of levers to a ledger of what was measured and asked."""

from ladder.search.climb import climb
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.looks_file import LooksFile, looks_path
from ladder.search.ledger import Attempt, Configuration, Confirmation, Ledger, Look, Trial
from ladder.search.problem import Observer, Problem, Progress
from ladder.search.select.units import split_by_index

__all__ = [
    "Attempt",
    "Configuration",
    "Confirmation",
    "Ledger",
    "Look",
    "Looks",
    "LooksFile",
    "Observer",
    "Problem",
    "Progress",
    "Trial",
    "climb",
    "looks_path",
    "split_by_index",
]
