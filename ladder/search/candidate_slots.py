"""`CandidateSlots`: which candidate each configuration of a task's ladder stands for, and which there are to try."""

from collections.abc import Sequence

from ladder.errors import SpecError
from ladder.levers import AskedAgain, Bounded, Lever
from ladder.measure import Workbench
from ladder.measure.material_bounds import is_proven_bound
from ladder.search.ledger import REFERENCE, AttemptStatus, Configuration
from ladder.search.problem import Problem
from ladder.spec.candidate import Candidate
from ladder.spec.lever_sections import LEVER_NAMES, ReviewRule

LEFT_OUT = "left out of this run"
"""The reason recorded for a lever of the ladder that a user's own list does not name."""

_FORMS = ("constraint", "response_format")
"""Keys of the grid that name a form of answers."""


class CandidateSlots(Problem):
    """Knows which Candidate each Configuration stands for.

    A slot is one lever's value of the one part of a Candidate that it may change: 0 is the
    baseline's, 1, 2, … those that the lever proposed, in the order met, and below 0 ceilings.

    Args:
        bench: Task and samples.
        levers: In the order to climb. Levers of the ladder that are left out keep a slot, at the
            end, and count as untested.
    """

    def __init__(self, bench: Workbench, levers: Sequence[Lever]) -> None:
        self.task = bench.task
        self.bench = bench
        self._levers = tuple(levers)
        self.given = tuple(lever.name for lever in levers)
        self._names = (*self.given, *(name for name in LEVER_NAMES if name not in self.given))
        self._baseline = self.task.baseline()
        self._reference = self.task.reference
        self._values = [[getattr(self._baseline, lever.part)] for lever in levers]
        self._ceilings: list[list[object]] = [[] for _ in levers]

    @property
    def levers(self) -> tuple[str, ...]:
        """Return the levers' names: a slot of a Configuration each."""
        return self._names

    def candidate(self, configuration: Configuration) -> Candidate:
        """Return what a configuration stands for."""
        if configuration == REFERENCE and self._reference is not None:
            return self._reference
        parts = {}
        for place, slot in enumerate(configuration[: len(self._levers)]):
            if slot > 0:
                parts[self._levers[place].part] = self._values[place][slot]
            elif slot < 0:
                parts[self._levers[place].part] = self._ceilings[place][-slot - 1]
        return self._baseline.replace(**parts)

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        """Return the children of `parent` by one lever, simplest first."""
        if lever >= len(self._levers) or self._declared(lever) is not None:
            return ()
        best = self.candidate(parent)
        proposals = self._levers[lever].propose(self.task, best)
        served = [each for each in proposals if not self.bench.why_not_served(each)]
        is_form_served = any(each.decoding.held_to is not None for each in served)
        children = []
        for proposal in proposals:
            if self.bench.is_served_anyway(best, proposal):
                continue
            if proposal not in served and not self._is_wanted(
                proposal, is_form_served=is_form_served
            ):
                continue
            slot = self._slot_of(lever, self._changed(lever, best, proposal))
            start = parent
            if proposal.model.classifier is not None or self._is_other_recording(proposal):
                start = Configuration.baseline(len(self._names))
            children.append(start.with_slot(lever, slot))
        found = dict.fromkeys(child for child in children if child != parent)
        return tuple(each for each in found if not self._is_reference(self.candidate(each)))

    def is_asked_again(self, lever: int) -> bool:
        """Return whether a lever that helped is asked once more, for changes on top."""
        given = self._levers[lever] if lever < len(self._levers) else None
        return isinstance(given, AskedAgain) and given.is_asked_again

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        """Return status and reason when `variants` is empty."""
        declared = self._declared(lever)
        if declared is not None:
            return "not_applicable", declared
        if lever >= len(self._levers):
            return "untested", LEFT_OUT
        status, reason = self._levers[lever].why_nothing(self.task, self.candidate(parent))
        is_hidden = status == "untested" and self._names[lever] == "template"
        seen = self.bench.template_seen if is_hidden else ""
        return status, f"{reason}; {seen}" if seen else reason

    def ceiling(self, lever: int, parent: Configuration) -> Configuration | None:
        """Return the upper bound of what the lever can make of `parent`; None without one."""
        bounded = self._levers[lever] if lever < len(self._levers) else None
        if not isinstance(bounded, Bounded):
            return None
        best = self.candidate(parent)
        bound = bounded.ceiling(self.task, best)
        if bound is None or not self._is_proven(bound):
            return None
        place = _intern(self._ceilings[lever], self._changed(lever, best, bound))
        return parent.with_slot(lever, -place - 1)

    def _is_proven(self, bound: Candidate) -> bool:
        """Return whether passages chosen by the target bound what others could give."""
        retrieval, reranking = bound.retrieval, bound.reranking
        is_gold = (retrieval and retrieval.method == "gold") or (
            reranking and reranking.kind == "gold"
        )
        return not is_gold or is_proven_bound(bound, self.bench.materials, self.bench.data)

    def composes(self, configuration: Configuration) -> bool:
        """Return whether the parts can work together, as a candidate other than the reference."""
        candidate = self.candidate(configuration)
        if self._is_reference(candidate):
            return False  # it is never worse than itself: that would be no find
        if self._is_other_recording(candidate) and len(configuration.applied) > 1:
            return False  # nothing was recorded of the two together
        return candidate.reranking is None or candidate.retrieval is not None

    def _is_reference(self, candidate: Candidate) -> bool:
        return self._reference is not None and candidate.asks_as(self._reference)

    def _is_other_recording(self, candidate: Candidate) -> bool:
        return candidate.model.is_recorded and candidate.model != self._baseline.model

    def stands_alone(self, configuration: Configuration) -> bool:
        """Return whether it is a classifier, which reads the input of a sample and no more."""
        return self.candidate(configuration).model.classifier is not None

    @property
    def review(self) -> ReviewRule | None:
        """Return how answers may be handed on to a person; None where they may not."""
        # That no other model may be used says nothing of whether a person may answer the rest.
        return self.task.levers.model.review if "model" in self.given else None

    def reviewed(self, configuration: Configuration, below: float) -> Configuration:
        """Return the cascade in which a person answers where a configuration is less sure than that."""
        lever = self.given.index("model")
        model = self.candidate(configuration).model.replace(reviewed_below=below)
        return configuration.with_slot(lever, self._slot_of(lever, model))

    def _is_wanted(self, proposal: Candidate, *, is_form_served: bool) -> bool:
        """Return whether to report what a server lacks: the user asks for it, or its absence matters.

        Where some constraint can be kept that gives the wanted form, others may be left out.
        """
        grid = self.task.levers.decoding.grid
        if proposal.is_ranked_by_its_model:
            return True
        if proposal.decoding.held_to is None or not grid.keys().isdisjoint(_FORMS):
            return bool(grid)
        return self.task.needs_constrained_output and not is_form_served

    def _slot_of(self, lever: int, value: object) -> int:
        return _intern(self._values[lever], value)

    def _declared(self, lever: int) -> str | None:
        section = getattr(self.task.levers, self._names[lever], None)
        return None if section is None else section.not_applicable

    def _changed(self, lever: int, best: Candidate, proposal: Candidate) -> object:
        part = self._levers[lever].part
        others = [name for name in best.changes(proposal) if name != part]
        if others:
            raise SpecError(
                f"The lever {self._names[lever]} changed {', '.join(others)}, but may only "
                f"change {part}.",
                next_step="Let a lever change one part of the Candidate and no other.",
            )
        return getattr(proposal, part)


def _intern(values: list[object], value: object) -> int:
    if value not in values:
        values.append(value)
    return values.index(value)
