"""`Lever`: a cheap thing to try. It proposes; it never runs a model and never sees a score."""

from collections.abc import Iterable
from typing import ClassVar, Literal, Protocol, runtime_checkable

from ladder.spec.candidate import Candidate
from ladder.spec.lever_sections import LeverSection
from ladder.spec.task import TaskSpec

Nothing = Literal["not_applicable", "untested", "nothing_to_try"]
"""Why a lever proposes nothing: declared by the user; its material is missing, which bars the
verdict `fine_tune`; or it had its chance and there is nothing to change, which does not."""


class Lever(Protocol):
    """One lever. `part` is the field of Candidate that it may change, and the only one."""

    name: ClassVar[str]
    part: ClassVar[str]

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return variants of `best`, simplest first; empty when there is nothing to try."""
        ...

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return why `propose` gives nothing, and the reason in one clause."""
        ...


@runtime_checkable
class Bounded(Lever, Protocol):
    """A lever with a true ceiling: a candidate that nobody can deploy and no variant can beat."""

    def ceiling(self, task: TaskSpec, best: Candidate) -> Candidate | None:
        """Return the candidate that bounds this lever's variants from `best`, if there is one."""
        ...


@runtime_checkable
class AskedAgain(Lever, Protocol):
    """A lever that, where it helped, is asked once more: for changes on top of the one that did."""

    is_asked_again: ClassVar[bool]


def variants(best: Candidate, part: str, values: Iterable[object]) -> tuple[Candidate, ...]:
    """Return `best` with each value as its `part`: in order, no repeats, never `best` itself.

    >>> from ladder.spec.candidate import Decoding, ModelRef
    >>> best = Candidate(model=ModelRef(id="m"))
    >>> warm = Decoding(temperature=0.7)
    >>> len(variants(best, "decoding", [warm, best.decoding, warm]))
    1
    """
    seen = [best]
    for value in values:
        candidate = best.replace(**{part: value})
        if candidate not in seen:
            seen.append(candidate)
    return tuple(seen[1:])


def without_classifiers(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates that call a language model: a classifier is no try of another model."""
    return tuple(each for each in candidates if each.model.classifier is None)


def reason_for_nothing(
    section: LeverSection, *, missing: str = "", otherwise: str = ""
) -> tuple[Nothing, str]:
    """Return the declared reason, else what is missing, else why there is nothing to change.

    >>> reason_for_nothing(LeverSection(not_applicable="no documents exist"), missing="no corpus given")
    ('not_applicable', 'no documents exist')
    >>> reason_for_nothing(LeverSection(), missing="no corpus given")
    ('untested', 'no corpus given')
    """
    if section.not_applicable is not None:
        return "not_applicable", section.not_applicable
    if missing:
        return "untested", missing
    return "nothing_to_try", otherwise
