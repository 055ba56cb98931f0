"""Finds answers that stop in the middle of a sentence, most of them cut by a limit."""

from collections.abc import Sequence

from ladder.data.sample import Sample

_LONG_WORDS = 8
_ENDS = (*".!?…:;)]}\"'`»”’。", "\uff01", "\uff1f")


def answers_cut(rows: Sequence[Sample]) -> dict[int, str]:
    """Find targets cut by a limit: several of the greatest length, none of which ends a sentence."""
    targets = [row.targets[0].rstrip() for row in rows]
    characters = cut_by([len(text) for text in targets], targets, slack=1)
    if characters:
        return {at: f"cut at {len(targets[at])} characters" for at in characters}
    words = [len(text.split()) for text in targets]
    return {at: f"cut at {words[at]} words" for at in cut_by(words, targets)}


def cut_by(lengths: Sequence[int], targets: Sequence[str], *, slack: int = 0) -> list[int]:
    """Return the places of long targets that a limit on `lengths` has cut; nothing for chance.

    Text that never ends a sentence (queries, calls) says nothing, unless the limit is exact to the
    character: so without `slack` some of the longer targets must end.
    """
    long, open_ended = _long_targets(targets)
    most = max((lengths[at] for at in long), default=0)
    cut = [at for at in open_ended if lengths[at] >= most - slack]
    is_prose = slack > 0 or len(open_ended) <= 0.9 * len(long)
    return cut if is_prose and len(cut) >= max(5, 0.05 * len(targets)) else []


def open_ends(rows: Sequence[Sample]) -> dict[int, str]:
    """Find targets that stop where nearly all other long ones end a sentence."""
    targets = [row.targets[0].rstrip() for row in rows]
    long, open_ended = _long_targets(targets)
    if len(long) < 10 or len(open_ended) > 0.2 * len(long):
        return {}
    return {at: f"ends with {targets[at][-20:]!r}" for at in open_ended}


def _long_targets(targets: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the places of the longer targets, and of those among them that end no sentence."""
    long = [at for at, text in enumerate(targets) if len(text.split()) >= _LONG_WORDS]
    return long, [at for at in long if not targets[at].endswith(_ENDS)]
