"""`given_passages`: the passages that were fetched for a row already, as its column holds them."""

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from ladder.data.passage import Passage
from ladder.data.passage_forms import passages_in
from ladder.data.readers.decoding_text import text_of
from ladder.data.row_names import named
from ladder.data.sample import Sample
from ladder.errors import DataError
from ladder.finding import Finding
from ladder.spec.data_source import GivenPassages
from ladder.text import listed

_LINE = re.compile(r"^[ \t]*-{3,}[ \t]*$", re.MULTILINE)


def given_passages(sample: Sample, source: GivenPassages) -> tuple[Passage, ...]:
    r"""Return the passages of a sample's column, in its order; none where the cell is empty or absent.

    >>> row = Sample("s", "?", ("a",), columns={"docs": '["One.", "Two."]', "text": "A.\n---\nB."})
    >>> [each.text for each in given_passages(row, GivenPassages(column="docs"))]
    ['One.', 'Two.']
    >>> [each.text for each in given_passages(row, GivenPassages(column="text"))]
    ['A.', 'B.']

    Raises:
        DataError: The cell holds something else.
    """
    cell = sample.columns.get(source.column)
    is_struct = isinstance(cell, list | tuple | dict)
    if not is_struct and not (text_of(cell) or "").strip():
        return ()
    value = _parsed(cell, source) if isinstance(cell, str) else cell
    try:
        found = passages_in(value, source.fields)
    except DataError as error:
        raise DataError(
            f"{sample.where or sample.id}: {source.column!r} holds no passages. {error}",
            next_step="Write a list of texts, or of objects with text and id; or name the key of the "
            "text in data.passages.fields.text.",
        ) from error
    return tuple(_named(each, sample, at) for at, each in enumerate(found, start=1))


def check_given(samples: Sequence[Sample], source: GivenPassages | None) -> list[Finding]:
    """Return the samples whose rows hold no passages: D58. There is no answer to be found in none."""
    if source is None:
        return []
    empty = [sample for sample in samples if not given_passages(sample, source)]
    if not empty:
        return []
    is_absent = all(source.column not in sample.columns for sample in samples)
    many = "none has" if is_absent else f"{len(empty)} of {len(samples)} have no passages in"
    return [
        Finding(
            code="D58 passages-absent",
            severity="error" if len(empty) == len(samples) else "warning",
            problem=f"Of the samples, {many} the column {source.column!r}, which data.passages names.",
            evidence=listed([named(each) for each in empty]),
            next_step=f"Name another column: {', '.join(sorted(samples[0].columns))}."
            if is_absent
            else "Fetch theirs too, or leave the cell empty where nothing is found: then the prompt of "
            "such a sample holds no passages.",
        )
    ]


def _parsed(text: str, source: GivenPassages) -> object:
    """Return what a text holds: JSON, a list as Python writes it, or passages with lines between."""
    if source.separator is None and text.lstrip()[:1] in ("[", "{"):
        value = _list_in(text)
        if value is not None:
            return value
    parts = _LINE.split(text) if source.separator is None else text.split(source.separator)
    return [part.strip() for part in parts if part.strip()]


def _list_in(text: str) -> object:
    """Return the list or object that a text is; None where it is a passage that begins so.

    >>> _list_in("['One.', 'Two.']"), _list_in("[1] The first source.")
    (['One.', 'Two.'], None)
    """
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        if isinstance(found, list | tuple | dict):
            return found
    return None


def _named(passage: Passage, sample: Sample, number: int) -> Passage:
    if passage.where:
        return passage
    return replace(passage, where=f"{sample.where or sample.id}, passage {number}")
