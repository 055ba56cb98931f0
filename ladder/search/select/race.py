"""`race`: variants of one parent on the selection part; those that fall behind are dropped."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ladder.errors import LadderError
from ladder.search.ledger import Attempt, Configuration, Trial
from ladder.search.problem import Observer, Progress
from ladder.search.select.scores import stops_the_run
from ladder.search.select.selection import CLEAR, Selection
from ladder.search.select.within_limits import LimitCheck

Effort = Literal["thrifty", "full"]

FIRST_ROUND = 16
"""Units below which hardly anything is told apart."""

BEHIND = 1.0
"""Standard errors behind its parent at which a variant is dropped from a quarter of the part on:
with none at all, one in ten that gains .075 was lost."""

EARLY_STAYS, LATE_STAYS = 0.9, 0.65
"""Share of the best variants that stay beyond the next round: before a quarter of the part, after.

Counted in races of simulated ladders, `benchmarks/worlds.py`."""

FEW_UNITS = 64
CLEAR_OF_FEW = 2.5
"""Standard errors that count as clear below 64 units, where the error itself is a rough guess:
with 2 instead, one run in six lost a variant .10 better in the first round."""


@dataclass(slots=True)
class Race:
    """How a race ended.

    Attributes:
        order: Every variant that was scored, the best first.
        stopped: Why a variant was not scored further.
        failed: Variants that could not be scored, with the error's words.
        same: Variants that were not scored, as they answer like another, and why.
        out: Variants that cannot win by what they cost, the best first. They are none of `order`.
    """

    parent: Configuration
    order: list[Configuration] = field(default_factory=list)
    stopped: dict[Configuration, str] = field(default_factory=dict)
    failed: dict[Configuration, str] = field(default_factory=dict)
    same: dict[Configuration, str] = field(default_factory=dict)
    out: list[Configuration] = field(default_factory=list)

    def trials(self, selection: Selection) -> tuple[Trial, ...]:
        """Return a record of each variant, the best first."""
        rows = [(c, self.stopped.get(c, "")) for c in (*self.order, *self.out)]
        rows += [*self.same.items(), *((c, f"error: {why}") for c, why in self.failed.items())]
        return tuple(selection.trial(c, self.parent, stopped) for c, stopped in rows)


@dataclass(frozen=True, slots=True)
class Track:
    """What all races of a run share."""

    selection: Selection
    effort: Effort
    observer: Observer
    limits: LimitCheck
    is_limited: bool = True

    def is_out(self, configuration: Configuration) -> bool:
        """Return whether a candidate cannot win by what it costs, where the race is about that."""
        return self.is_limited and self.limits.is_out(configuration)


def race(
    track: Track, parent: Configuration, variants: Sequence[Configuration], *, name: str
) -> Race:
    """Race variants of a parent, which must have been scored as far as a race goes.

    Those that cannot win by what they cost stand in nobody's way: they leave the race, and are then
    raced by themselves, to be shown.
    """
    result = _race(track, parent, variants, name=name)
    if result.out:
        apart = _race(replace(track, is_limited=False), parent, result.out, name=name)
        for each in apart.order:
            why = f"beyond the limits: {track.limits.why_out(each)}"
            if not track.limits.is_beyond(each):
                why = f"not known to be within the limits: {track.limits.why_out(each)}"
            result.stopped[each] = why
        result.failed |= apart.failed
        result.out = apart.order
    return result


def _race(
    track: Track, parent: Configuration, variants: Sequence[Configuration], *, name: str
) -> Race:
    """Race variants of a parent to the end, without those that cannot win by what they cost.

    All are scored on the same first units, twice as many each round, up to `selection.enough`.
    One is dropped when it is clearly behind the leader or the parent by the paired difference;
    from an eighth of the part on only the better half stays, and from a quarter on only those that
    are not behind their parent. No guarantee rests on any of this.
    """
    selection = track.selection
    result = Race(parent)
    alive = list(variants)
    n_all = len(selection.units)
    sizes = round_sizes(n_all, selection.enough)
    _show(track, name, (len(alive), len(variants)), 0, parent)
    for n_units, n_next in zip(sizes, [*sizes[1:], sizes[-1]], strict=True):
        places = _places(track, len(alive), n_units)
        is_ranked = n_units > sizes[0]
        likely = alive[:places] if is_ranked or places == len(alive) else []
        stays = EARLY_STAYS if n_units / n_all < 1 / 4 else LATE_STAYS
        selection.ask_ahead(alive, n_units, likely, n_next, stays)
        alive = [c for c in alive if _see(selection, c, n_units, result)]
        result.out += [c for c in alive if track.is_out(c)]
        alive = [c for c in alive if c not in result.out]
        if not alive:
            break
        alive = selection.ranked(alive)
        _show(
            track,
            name,
            (len(alive), len(variants)),
            n_units,
            max(alive[0], parent, key=selection.value),
        )
        if n_units < selection.enough:
            alive = _drop(track, alive, n_units, result)
    result.order[:0] = alive
    return result


def round_sizes(n_units: int, enough: int) -> list[int]:
    """Return on how many units each round of a race scores: a sixteenth, then twice as many each.

    Rounded up, so that a part of 410 units is cut as early as one of 400.

    >>> round_sizes(240, 128), round_sizes(410, 205)
    ([16, 30, 60, 120, 128], [26, 52, 103, 205])
    """
    shares = [math.ceil(n_units * share) for share in (1 / 16, 1 / 8, 1 / 4, 1 / 2)]
    first = min(FIRST_ROUND, n_units)
    return sorted({min(max(size, first), enough) for size in (*shares, enough)})


def _see(selection: Selection, variant: Configuration, n_units: int, result: Race) -> bool:
    try:
        selection.see(variant, n_units)
    except LadderError as error:
        if stops_the_run(error):
            raise
        result.failed[variant] = str(error).rstrip(".")
        return False
    return True


def _drop(
    track: Track, alive: list[Configuration], n_units: int, result: Race
) -> list[Configuration]:
    places = _places(track, len(alive), n_units)
    stay: list[Configuration] = []
    for place, variant in enumerate(alive):
        why = _why_drop(track, variant, alive[0], result.parent)
        if not why and place >= places:
            why = "behind the better variants"
        if why:
            result.stopped[variant] = why
        else:
            stay.append(variant)
    result.order[:0] = [variant for variant in alive if variant not in stay]
    return stay


def _places(track: Track, n_alive: int, n_units: int) -> int:
    share = n_units / len(track.selection.units)
    return n_alive if track.effort == "full" else places_left(n_alive, share)


def places_left(n_alive: int, share: float) -> int:
    """Return how many variants stay after a share of the part was seen: half of them, at least two.

    >>> [places_left(6, share) for share in (0.06, 0.125, 0.25, 0.5)]
    [6, 3, 3, 1]
    >>> places_left(2, 0.125)
    2
    """
    if share >= 1 / 2:
        return 1
    return max(math.ceil(n_alive / 2), 2) if share >= 1 / 8 else n_alive


def _why_drop(
    track: Track, variant: Configuration, leader: Configuration, parent: Configuration
) -> str:
    selection = track.selection
    n_units = selection.n_seen(variant)
    clear = CLEAR if n_units >= FEW_UNITS else CLEAR_OF_FEW
    behind = selection.difference(parent, variant)
    is_led = not track.is_out(parent)  # one that cannot win is no measure
    if is_led and behind.exceeds(clear):
        return "clearly behind its parent"
    if selection.difference(leader, variant).exceeds(clear):
        return "clearly behind the best variant"
    is_late = track.effort == "thrifty" and n_units >= len(selection.units) / 4
    if is_led and is_late and behind.exceeds(BEHIND) and selection.moved(variant, parent) <= 0:
        return "behind its parent"
    return ""


def _show(
    track: Track, name: str, field_sizes: tuple[int, int], n_units: int, best: Configuration
) -> None:
    units = track.selection.units
    track.observer(
        Progress(
            lever=name,
            alive=field_sizes[0],
            variants=field_sizes[1],
            n_seen=int(units.starts[n_units]),
            n_total=len(units.positions),
            best=track.selection.mean(best),
            n_best=track.selection.n_samples(best),
        )
    )


def show_attempt(track: Track, attempt: Attempt) -> None:
    """Tell what came of a lever, and the best that was measured then."""
    selection, best = track.selection, attempt.chosen
    n_seen = selection.n_samples(best)
    track.observer(
        Progress(
            lever=attempt.lever,
            alive=1,
            variants=1,
            n_seen=n_seen,
            n_total=len(selection.units.positions),
            best=selection.mean(best) if n_seen else None,
            n_best=n_seen,
            attempt=attempt,
        )
    )
