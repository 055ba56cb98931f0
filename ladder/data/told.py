"""What several checks of data say in the same words."""

import textwrap

from ladder.data.near import MOST_COMPARISONS, Near
from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.finding import Finding

_SHOWN_TEXT = 50


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
