"""`named`: how the data checks name a row in their messages."""

import textwrap

from ladder.data.passage import Passage
from ladder.data.sample import Sample

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
