"""Lever 4: other decoding settings, under transformers' own names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import product
from math import prod
from typing import Any, ClassVar

from pydantic import ValidationError

from ladder.errors import SpecError
from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.spec import candidate
from ladder.spec.candidate import Candidate
from ladder.spec.constraint import Constraint
from ladder.spec.lever_keys import FORBIDDEN, NO_GRAMMAR
from ladder.spec.task import TaskSpec
from ladder.spec.wanted_form import constraints_of, filled

GRID_LIMIT = 32
LONGEST_ANSWER = 1024
DRAWS = 5
DRAW_TEMPERATURE = 0.7
_CAN_AGREE = frozenset({"exact_match", "numeric", "choice", "json_equal", "json_fields"})
"""Metrics by which two answers of different words may come to the same."""

NAMES = tuple(name for name in candidate.Decoding.model_fields if name != "seed")


class DecodingVariants:
    """Tries the user's grid; without one, settings that often cost points are put right.

    Args:
        thinking: Tells in which ways a candidate's template sets how the model thinks before it
            answers, each as arguments of the template; nothing where no template is known.
        targets: Gives the JSON that is wanted of some samples of the selection part, where it is
            JSON; nothing where the data are not known.
    """

    name: ClassVar[str] = "decoding"
    part: ClassVar[str] = "decoding"

    def __init__(
        self,
        thinking: Callable[
            [TaskSpec, Candidate], Sequence[Mapping[str, bool | int | str]]
        ] = lambda *_: (),
        targets: Callable[[], Sequence[Any]] = tuple,
    ) -> None:
        self._thinking = thinking
        self._targets = targets

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return the grid's combinations in the user's order, else a small sweep.

        Raises:
            SpecError: The grid has an unknown setting, a wrong value, or too many combinations.
        """
        material = task.levers.decoding
        if material.not_applicable is not None:
            return ()
        tried = _combinations(task, best.decoding) if material.grid else _sweep(task, best.decoding)
        # Where the form is what a fine-tune is to teach, it counts as untried without this.
        # A server holds what it writes itself to a form, and not the beginning that it is given.
        is_begun = best.model.is_endpoint and bool(best.effective_chat.counted_prefill)
        held = () if is_begun else _constrained(task, best.decoding, self._targets())
        drawn = (*self._thoughts(task, best), *_majority(task, best.decoding))
        return variants(best, self.part, (*held, *_likeliest(task, best), *tried, *drawn))

    def _thoughts(self, task: TaskSpec, best: Candidate) -> Iterator[candidate.Decoding]:
        """Yield the ways in which a template lets the model think, each with room for thoughts."""
        if task.levers.decoding.grid or best.decoding.is_by_likelihood:
            return
        for arguments in self._thinking(task, best):
            is_off = False in arguments.values()
            room = best.decoding.max_new_tokens if is_off else LONGEST_ANSWER
            longer = max(room, best.decoding.max_new_tokens)
            yield best.decoding.replace(thinking=dict(arguments), max_new_tokens=longer)

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return the declared reason, else that the settings in use leave nothing to change.

        Where the form of an answer is what a fine-tune is to teach, output that can have no other
        form must have been tried.
        """
        is_free = task.needs_constrained_output and best.decoding.held_to is None
        forbidden = FORBIDDEN if not task.levers.decoding.constrain else NO_GRAMMAR
        return reason_for_nothing(
            task.levers.decoding,
            missing=forbidden if is_free else "",
            otherwise="the settings in use leave nothing to change",
        )


def _constrained(
    task: TaskSpec, now: candidate.Decoding, targets: Sequence[Any] = ()
) -> Iterator[candidate.Decoding]:
    """Yield settings under which an answer can only have the form that the metric reads.

    The form ends an answer, so stop strings go, and it gets room to be whole; what makes a model
    leave a form, sampling and penalties, goes too.
    """
    material = task.levers.decoding
    if not material.constrain or "constraint" in material.grid:
        return
    plain = _greedy(now).replace(stop_strings=(), num_beams=1, repetition_penalty=None)
    for constraint in constraints_of(task.metric, targets):
        longest = max((len(label.encode()) + 2 for label in constraint.labels), default=0)
        room = _longer(task, now) if constraint.is_json else max(now.max_new_tokens, longest)
        yield plain.replace(max_new_tokens=room).held(constraint)


def _likeliest(task: TaskSpec, best: Candidate) -> Iterator[candidate.Decoding]:
    """Yield settings under which the likeliest label is the answer: where weights are here."""
    if not best.model.has_weights or best.effective_chat.counted_prefill:
        return
    for each in _constrained(task, best.decoding):
        held = each.replace(max_new_tokens=best.decoding.max_new_tokens)  # nothing is written
        if held.constraint is not None and held.constraint.kind == "labels":
            yield held.replace(answer_by="likelihood")
            yield held.replace(answer_by="likelihood", calibrate=True)
            yield held.replace(answer_by="mean_likelihood")


def _majority(task: TaskSpec, now: candidate.Decoding) -> Iterator[candidate.Decoding]:
    """Yield the majority of several draws, where answers can agree and effort is full."""
    is_named = bool(task.levers.decoding.grid)
    if task.effort != "full" or is_named or task.metric.name not in _CAN_AGREE:
        return
    if not now.is_by_likelihood and now.majority_of == 1:
        yield now.replace(temperature=DRAW_TEMPERATURE, majority_of=DRAWS, num_beams=1)


def _longer(task: TaskSpec, now: candidate.Decoding) -> int:
    return max(now.max_new_tokens, min(4 * task.generation.max_new_tokens, LONGEST_ANSWER))


def _sweep(task: TaskSpec, now: candidate.Decoding) -> Iterator[candidate.Decoding]:
    if now.temperature > 0:
        yield _greedy(now)
    if now.repetition_penalty not in (None, 1.0):
        yield now.replace(repetition_penalty=None)
    if task.metric.reading == "strict" and not now.stop_strings and now.held_to is None:
        yield now.replace(stop_strings=("\n",))
    longer = _longer(task, now)
    if now.max_new_tokens < longer:
        yield now.replace(max_new_tokens=longer)


def _combinations(task: TaskSpec, now: candidate.Decoding) -> Iterator[candidate.Decoding]:
    grid = task.levers.decoding.grid
    for name in grid:
        _check_name(name)
    count = prod(len(values) for values in grid.values())
    if count > GRID_LIMIT:
        raise SpecError(
            f"levers.decoding.grid has {count} combinations, more than {GRID_LIMIT}",
            next_step="Keep the two or three values of each setting that you believe in.",
        )
    for values in product(*grid.values()):
        changed = _filled(task, _replaced(now, dict(zip(grid, values, strict=True))))
        yield _greedy(changed) if changed.temperature == 0 else changed


def _filled(task: TaskSpec, decoding: candidate.Decoding) -> candidate.Decoding:
    """Return settings with what the metric names for their constraint."""
    held_to: Constraint | None = decoding.held_to
    if held_to is None or held_to.is_complete:
        return decoding
    return decoding.held(filled(held_to, task.metric, place="levers.decoding.grid.constraint"))


def _check_name(name: str) -> None:
    if name in NAMES:
        return
    close = get_close_matches(name, NAMES, n=1) or ["temperature"]
    hints = {
        "seed": "Leave the seed out: choosing the luckiest seed measures luck.",
        "do_sample": "Write temperature: [0] for greedy decoding, or values above 0 to sample.",
    }
    raise SpecError(
        f"levers.decoding.grid: {name!r} cannot be tried",
        next_step=hints.get(name, f"Did you mean {close[0]!r}? Known: {', '.join(NAMES)}."),
    )


def _replaced(now: candidate.Decoding, changes: Mapping[str, Any]) -> candidate.Decoding:
    if "constraint" in changes:
        now = now.held(None)
    try:
        return now.replace(**changes)
    except ValidationError as error:
        wrong = error.errors()[0]
        if not wrong["loc"]:
            raise SpecError(
                f"levers.decoding.grid: {wrong['msg'].removeprefix('Value error, ')}.",
                next_step=f"Take out what cannot go together: {', '.join(changes)}.",
            ) from error
        name = wrong["loc"][0]
        raise SpecError(
            f"levers.decoding.grid: {name}: {wrong['input']!r} is not allowed: {wrong['msg']}",
            next_step=f"Correct the values of {name} in levers.decoding.grid.",
        ) from error


def _greedy(decoding: candidate.Decoding) -> candidate.Decoding:
    """Return the settings without sampling; what only shapes sampling goes with it.

    >>> _greedy(candidate.Decoding(temperature=0.7, top_p=0.9)) == candidate.Decoding()
    True
    """
    # Equal answers have no majority.
    return decoding.replace(temperature=0.0, top_p=None, top_k=None, min_p=None, majority_of=1)
