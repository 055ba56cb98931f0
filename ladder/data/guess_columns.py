"""`guess_columns`: which columns of rows are most likely the question, the answer and the ids."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ladder.data.readers.decoding_text import text_of
from ladder.data.readers.usual_columns import ANSWERS, QUESTIONS

_ID = re.compile(
    r"(?:^|[^a-z])(?:id|nr|no|num|number|nummer|key|uuid|guid|ref)$|^(?:id|uuid)", re.IGNORECASE
)
_OWNER = re.compile(
    r"customer|client|user|account|author|thread|conversation|session|kunde|doc", re.IGNORECASE
)
_FEWEST_GROUPS = 0.2
"""Distinct values a row below which a column holds a kind of row, and no owner of rows."""

_CLEAR = {
    "label",
    "answer",
    "target",
    "expected",
    "expected_output",
    "gold",
    "completion",
    "output",
}
"""Names that nobody gives to another column than that of the answer."""

MOST_LABELS = 200


@dataclass(frozen=True, slots=True)
class GuessedColumns:
    """What the columns of rows are for, as far as their names and cells show.

    Attributes:
        input: The column that is asked.
        target: The column of the answer.
        id: A column whose cells tell every row from every other; or None.
        cluster: A column whose cells name what several rows belong to; or None.
        is_sure: Whether names or cells leave no other choice of input and target.
    """

    input: str
    target: str
    id: str | None = None
    cluster: str | None = None
    is_sure: bool = True


def guess_columns(rows: Sequence[Mapping[str, Any]]) -> GuessedColumns | None:
    """Return what the columns are for; None where no two of them can be question and answer.

    >>> rows = [{"Nr": f"T{at}", "Text": f"Where is parcel {at}?", "Kind": "ab"[at % 2]} for at in range(9)]
    >>> guess_columns(rows)
    GuessedColumns(input='Text', target='Kind', id='Nr', cluster=None, is_sure=True)
    """
    columns = {
        name: _cells(rows, name) for name in dict.fromkeys(key for row in rows for key in row)
    }
    texts = {name: cells for name, cells in columns.items() if any(cells)}
    ids = [name for name, cells in texts.items() if _is_id(name, cells)]
    owners = [name for name, cells in texts.items() if name not in ids and _is_owner(name, cells)]
    free = [name for name in texts if name not in (*ids, *owners)]
    if len(free) < 2:
        free = list(texts)
    if len(free) < 2:
        return None
    # A struct can be an answer, and is no text to ask.
    structs = {name for row in rows for name, cell in row.items() if isinstance(cell, dict | list)}
    free = [_inside(name, rows) for name in free]
    texts |= {name: _cells(rows, name) for name in free if name not in texts}
    asked, is_named = _asked([name for name in free if name not in structs] or free, texts)
    answered, is_known = _answered([name for name in free if name != asked], texts)
    guess = GuessedColumns(asked, answered, is_sure=(is_named and is_known) or len(free) == 2)
    return replace(
        guess,
        id=next((each for each in ids if each not in (asked, answered)), None),
        cluster=next((each for each in owners if each not in (asked, answered)), None),
    )


def label_counts(targets: Sequence[str]) -> dict[str, int]:
    """Return the labels that targets are, with how many rows have each; nothing where they are none.

    >>> label_counts(["yes", "no", "no", "yes"])
    {'no': 2, 'yes': 2}
    """
    counts = Counter(targets)
    is_few = 2 <= len(counts) <= min(MOST_LABELS, len(targets) / 2)
    is_short = is_few and max(len(each.split()) for each in counts) <= 5
    return dict(sorted(counts.items())) if is_short else {}


def _inside(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a column, or the text in it where its cells are answers marked in a passage."""
    cell = rows[0].get(name)
    return f"{name}.text" if isinstance(cell, dict) and cell.keys() & {"text"} else name


def _cells(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    above, _, below = name.rpartition(".")
    is_inner = below == "text" and all(name not in row for row in rows)
    cells = ((row.get(above) or {}).get(below) if is_inner else row.get(name) for row in rows)
    return [
        str(cell) if isinstance(cell, dict | list) else (text_of(cell) or "").strip()
        for cell in cells
    ]


def _is_id(name: str, cells: Sequence[str]) -> bool:
    is_short = max(map(len, cells)) <= 64 and not any(" " in each for each in cells)
    return (
        all(cells) and len(set(cells)) == len(cells) and is_short and _ID.search(name) is not None
    )


def _is_owner(name: str, cells: Sequence[str]) -> bool:
    """Return whether several rows share a cell that names whose they are."""
    distinct = len(set(cells))
    is_shared = _FEWEST_GROUPS * len(cells) <= distinct < len(cells)
    is_short = max(map(len, cells)) <= 64
    is_named = _ID.search(name) is not None or _OWNER.search(name) is not None
    return all(cells) and is_shared and is_short and is_named


def _asked(names: Sequence[str], texts: Mapping[str, Sequence[str]]) -> tuple[str, bool]:
    names = [name for name in names if not name.endswith(".text")] or names
    by_length = max(names, key=lambda name: sum(map(len, texts[name])))
    named = _named(names, QUESTIONS)
    return (named, True) if named else (by_length, False)


def _answered(names: Sequence[str], texts: Mapping[str, Sequence[str]]) -> tuple[str, bool]:
    named = _named(names, ANSWERS)
    labelled = [name for name in names if label_counts(texts[name]) and not _ID.search(name)]
    if named:
        is_known = len(labelled) < 2 or named.casefold() in _CLEAR
        return _in_words(named, names, texts), is_known
    return (labelled or list(names))[-1], len(labelled) == 1


def _in_words(answer: str, names: Sequence[str], texts: Mapping[str, Sequence[str]]) -> str:
    """Return the column that has a name for each number of the answer's column, else the answer's own.

    What a number stands for nobody can know who is asked.
    """
    numbers = texts[answer]
    if not all(each.lstrip("-").isdecimal() for each in numbers) or not label_counts(numbers):
        return answer
    for name in names:
        pairs = len({*zip(numbers, texts[name], strict=True)})
        is_one_to_one = pairs == len({*numbers}) == len({*texts[name]})
        if is_one_to_one and any(map(str.isalpha, "".join(texts[name]))):
            return name
    return answer


def _named(names: Sequence[str], usual: Sequence[str]) -> str:
    by_name = {name.casefold().removesuffix(".text"): name for name in names}
    return next((by_name[each] for each in usual if each in by_name), "")
