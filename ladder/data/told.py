"""What several checks of data say in the same words."""

import textwrap
from collections.abc import Sequence

from ladder.data.near import MOST_COMPARISONS, Near
from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.spec.finding import Finding

_SHOWN = 8
_SHOWN_TEXT = 50


def listed(told: Sequence[str]) -> str:
    """Return the first of many rows, and how many more there are.

    >>> listed([str(at) for at in range(10)])
    '0; 1; 2; 3; 4; 5; 6; 7; and 2 more'
    """
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return "; ".join(told[:_SHOWN]) + more


def named(item: Sample | Passage) -> str:
    """Return a row by its place and the start of its text; by its id where no place is known.

    >>> named(Sample("9dac212901f4186d", "Where is it made?", ("Ulm",), where="eval.jsonl:3"))
    "eval.jsonl:3 'Where is it made?'"
    >>> named(Sample("s1", "Where is it made?", ("Ulm",)))
    's1'
    """
    if not item.where:
        return item.id
    text = item.text if isinstance(item, Passage) else item.input
    return f"{item.where} {textwrap.shorten(text, _SHOWN_TEXT, placeholder=' …')!r}"


def unsearched_rows(near: Near, n_samples: int, name: str) -> list[Finding]:
    """Return that a search for near duplicates did not get through, if it did not."""
    if near.n_searched == n_samples:
        return []
    return [
        Finding(
            code="D06 near-duplicates-unsearched",
            severity="warning",
            problem=f"Only the first {near.n_searched:,} of {n_samples:,} samples were compared "
            f"with {name}: the search ended at its bound of {MOST_COMPARISONS:,} comparisons.",
            next_step="Long text that all inputs share makes the search slow: move it from the "
            "input column into prompt.user.",
        )
    ]
