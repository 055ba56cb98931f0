"""`ForeseenCandidates`: the candidates that a run may try, as far as that can be told before it."""

from collections.abc import Sequence
from functools import cached_property

from ladder.levers import Bounded, Lever
from ladder.levers.base import AskedAgain, without_classifiers
from ladder.rewriting import MOST_REWRITES
from ladder.search.ledger import REFERENCE, AttemptStatus, Configuration
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec


class ForeseenCandidates:
    """The candidates that a run may try: what the levers propose for the baseline, and their stacks.

    On top of another candidate a lever is taken to propose the same again. Classifiers are left out:
    what they answer is no call.
    """

    def __init__(self, task: TaskSpec, levers: Sequence[Lever]) -> None:
        self.task = task
        self.levers = tuple(levers)
        self.baseline = task.baseline()
        self.proposals = {lever.name: lever.propose(task, self.baseline) for lever in levers}
        self._parts = [lever.part for lever in levers]
        self._values = [
            [getattr(each, lever.part) for each in without_classifiers(self.proposals[lever.name])]
            for lever in levers
        ]
        self.counts = [len(values) for values in self._values]
        self.asked_again = frozenset(
            at
            for at, lever in enumerate(levers)
            if isinstance(lever, AskedAgain) and lever.is_asked_again
        )
        section = task.levers.prompt
        self.rewrite = section.rewrite if section.not_applicable is None else None
        self._on_top: dict[tuple[int, int], list[int]] = {}
        self._known: dict[Configuration, Candidate] = {}

    @property
    def tried(self) -> tuple[Candidate, ...]:
        """Return the baseline, and what each lever proposes for it."""
        return self.baseline, *(each for found in self.proposals.values() for each in found)

    def single(self) -> dict[tuple[int, int], Candidate]:
        """Return the candidates that one lever makes of the baseline, by lever and slot."""
        none = Configuration.baseline(len(self.levers))
        return {
            (lever, slot): self.candidate(none.with_slot(lever, slot))
            for lever, count in enumerate(self.counts)
            for slot in range(1, count + 1)
        }

    def slots(self, lever: int, slot: int) -> Sequence[int]:
        """Return the slots that a lever proposes where its own slot is `slot`."""
        if not slot or lever not in self.asked_again:
            return range(1, self.counts[lever] + 1)
        place = (lever, slot)
        if place not in self._on_top:
            best = self.baseline.replace(**{self._parts[lever]: self._values[lever][slot - 1]})
            self._on_top[place] = [
                self._slot_of(lever, getattr(each, self._parts[lever]))
                for each in self.levers[lever].propose(self.task, best)
            ]
        return self._on_top[place]

    def rewritten(self, lever: int) -> list[int]:
        """Return the slots of what a rewriting model may give, as long as the baseline's prompt."""
        if self.rewrite is None or self.levers[lever].name != "prompt":
            return []
        own = self.baseline.prompt
        return [
            self._slot_of(lever, own.replace(user=f"{own.user}\n{number}"))
            for number in range(MOST_REWRITES)
        ]

    def _slot_of(self, lever: int, value: object) -> int:
        """Return the slot of a value of a lever's part: 0 for the baseline's."""
        if value == getattr(self.baseline, self._parts[lever]):
            return 0
        values = self._values[lever]
        if value not in values:
            values.append(value)
        return values.index(value) + 1

    @cached_property
    def ceilings(self) -> list[object | None]:
        """Return of each lever the part that bounds what it could give; None without one."""
        bounds = [
            lever.ceiling(self.task, self.baseline) if isinstance(lever, Bounded) else None
            for lever in self.levers
        ]
        return [
            None if bound is None else getattr(bound, part)
            for bound, part in zip(bounds, self._parts, strict=True)
        ]

    @cached_property
    def why_nothing(self) -> list[tuple[AttemptStatus, str]]:
        """Return of each lever status and reason where it proposes nothing."""
        return [self._why_nothing(lever) for lever in self.levers]

    def candidate(self, configuration: Configuration) -> Candidate:
        """Return what a configuration stands for; reranking without passages changes nothing."""
        if configuration == REFERENCE and self.task.reference is not None:
            return self.task.reference
        if configuration not in self._known:
            self._known[configuration] = self._stacked(configuration)
        return self._known[configuration]

    def _stacked(self, configuration: Configuration) -> Candidate:
        parts = {
            self._parts[lever]: self._values[lever][slot - 1] if slot > 0 else self.ceilings[lever]
            for lever, slot in enumerate(configuration)
            if slot
        }
        candidate = self.baseline.replace(**parts)
        if candidate.retrieval is None and candidate.reranking is not None:
            return candidate.replace(reranking=None)
        return candidate

    def composes(self, configuration: Configuration) -> bool:
        """Return whether the slots can work together: reranking does not without passages."""
        has = {self._parts[lever] for lever in configuration.applied}
        needs_passages = "reranking" in has and self.baseline.reranking is None
        return not needs_passages or "retrieval" in has or self.baseline.retrieval is not None

    def plain(self, configuration: Configuration) -> Configuration:
        """Return the configuration that asks the same: reranking is left out without passages."""
        if configuration == REFERENCE or self.composes(configuration):
            return configuration
        return configuration.without(self._parts.index("reranking"))

    def _why_nothing(self, lever: Lever) -> tuple[AttemptStatus, str]:
        section = getattr(self.task.levers, lever.name, None)
        if section is not None and section.not_applicable is not None:
            return "not_applicable", section.not_applicable
        return lever.why_nothing(self.task, self.baseline)
