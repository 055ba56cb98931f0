"""`Lever`: a cheap thing to try. It proposes; it never runs a model and never sees a score."""

from typing import ClassVar, Protocol

from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec


class Lever(Protocol):
    """One lever. `part` is the field of Candidate that it may change, and the only one."""

    name: ClassVar[str]
    part: ClassVar[str]

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return variants of `best`, simplest first; empty when there is nothing to try."""
        ...

    def explain_empty(self, task: TaskSpec, best: Candidate) -> str:
        """Return, in one clause, why `propose` gives nothing ("no corpus given")."""
        ...
