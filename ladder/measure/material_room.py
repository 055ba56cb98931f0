"""`without_room`: why a candidate's passages or examples could not have helped: prompts had no room for them."""

from collections.abc import Mapping

from ladder.measure.measurement import Scored
from ladder.measure.passage_advice import MORE_ROOM
from ladder.measure.prompt_room import LeftOut
from ladder.spec.candidate import Candidate

_PARTS = {"retrieval": "passage", "reranking": "passage", "examples": "worked example"}


def without_room(
    start: Candidate,
    candidate: Candidate,
    rows: Mapping[int, Scored],
    left_out: Mapping[int, LeftOut],
    *,
    enough: float,
) -> str:
    """Return why a candidate was asked too often without what makes it another; else nothing.

    A prompt in which no example has room asks what was asked before. Where even right answers to all
    the others would not reach the target, nothing is known of what examples, or passages, can do.

    Args:
        start: What the candidate is proposed for: only the part in which they differ is looked at.
        candidate: Puts passages or examples into prompts.
        rows: What it answered, by position.
        left_out: What had no room in its prompts, by position.
        enough: The score from which the target counts as reached.
    """
    kinds = {_PARTS[part] for part in start.changes(candidate) if part in _PARTS}
    known = [at for at in rows if at in left_out]
    for kind in sorted(kinds):
        bare = [at for at in known if _lacks(left_out[at], kind)]
        most = len(known) - len(bare) + sum(rows[at].at_most for at in bare)
        if bare and most < enough * len(known):
            way = MORE_ROOM if kind == "passage" else _SHORTER
            return (
                f"no {kind} had room in the model's context for {len(bare)} of the {len(known)} "
                f"prompts looked at. {way}"
            )
    return ""


_SHORTER = (
    "Give shorter examples in levers.few_shot.pool, use a model with a longer context, or write "
    "levers.few_shot.not_applicable with the reason"
)


def _lacks(lost: LeftOut, kind: str) -> bool:
    return lost.has_no_passage if kind == "passage" else lost.has_no_example
