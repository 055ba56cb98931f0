"""`options_of`: the options that a question lists, each under its letter or number.

Questions of tests offer them in the text (`A) Paris B) Rome`), a line each, or in columns of the row:
`choices` as a list, `A`, `B`, `C`, `D`, or `option_a`.
"""

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.labels.label_forms import label_key
from ladder.scoring.labels.named_labels import choice_of, named_labels
from ladder.scoring.plain_text import plain, same_text

_MARKS = (string.ascii_uppercase[:10], string.ascii_lowercase[:10], "123456789")
_LISTS = re.compile(r"choice|option|answer|candidate|alternative|ending", re.IGNORECASE)
_OWN_COLUMN = re.compile(r"(?:(?:option|choice|answer|op)[\s_-]?)?([a-j]|[1-9])", re.IGNORECASE)
_FEWEST = 2
_LONGEST = 300
_MOST_CHARACTERS = 20_000
_MOST_PLACES = 200
_END = re.compile(
    r"\n[ \t]*\n|\n[ \t]*(?:answer|antwort|réponse|respuesta|答案)\b|\Z", re.IGNORECASE
)
_TRAILING = " \t\n,;|/"


def options_of(sample: AskedSample) -> dict[str, str]:
    """Return the text of each option by its letter or number; nothing where the question lists none.

    >>> options_of(AskedSample("Capital of Italy? A) Paris B) Rome C) Oslo"))
    {'A': 'Paris', 'B': 'Rome', 'C': 'Oslo'}
    >>> options_of(AskedSample("Capital of Italy?", columns={"choices": ["Paris", "Rome"]}))
    {'A': 'Paris', 'B': 'Rome'}
    >>> options_of(AskedSample("I bought A. Later B. went home."))
    {}
    """
    text = sample.input[-_MOST_CHARACTERS:]
    found = next(filter(None, (_in_text(text, marks) for marks in _MARKS)), {})
    return found or _in_columns(sample.columns)


def option_chosen(answer: str, options: Mapping[str, str]) -> str | None:
    """Return the letter of the option that an answer chooses by its text alone.

    >>> option_chosen("The answer is Rome.", {"A": "Paris", "B": "Rome"})
    'B'
    >>> option_chosen("Paris or Rome", {"A": "Paris", "B": "Rome"})
    """
    whole = [mark for mark, text in options.items() if same_text(plain(answer), text)]
    if len(whole) == 1:
        return whole[0]
    if named_labels(answer, list(options)):
        return None
    text = choice_of(answer, list(options.values())).label
    return next((mark for mark, each in options.items() if each == text), None)


def _in_text(text: str, marks: str) -> dict[str, str]:
    """Return the options behind the last run of marks in their order."""
    places = list(_marked(text, marks))[-_MOST_PLACES:]
    for at in range(len(places) - 1, -1, -1):
        if places[at].group(1) != marks[0] or _ends_a_sentence(text, places[at]):
            continue
        run = [places[at]]
        for each in places[at + 1 :]:
            if len(run) < len(marks) and each.group(1) == marks[len(run)]:
                run.append(each)
        if len(run) >= _FEWEST:
            return _told_apart(_texts(text, run))
    return {}


def _ends_a_sentence(text: str, mark: re.Match[str]) -> bool:
    """Return whether a mark is the last word of a sentence: `I bought A. Later …`."""
    before = text[: mark.start()].rstrip(" \t")
    return mark.group().strip() == f"{mark.group(1)}." and before[-1:].isalnum()


def _marked(text: str, marks: str) -> Iterator[re.Match[str]]:
    listed = re.escape(marks)
    pattern = rf"(?:(?<=\n)|(?<=\A)|(?<=[\s,;|/(\[*]))[(\[]?[*]{{0,2}}([{listed}])[*]{{0,2}}[)\].:]+[*]{{0,2}}[ \t]+(?=\S)"
    return re.finditer(pattern, text)


def _texts(text: str, run: Sequence[re.Match[str]]) -> dict[str, str]:
    starts = [each.end() for each in run]
    ends = [each.start() for each in run[1:]]
    texts = [text[start:end].strip(_TRAILING) for start, end in zip(starts, ends, strict=False)]
    texts.append(_last(text[starts[-1] :], texts))
    return {each.group(1): found for each, found in zip(run, texts, strict=True)}


def _last(rest: str, others: Sequence[str]) -> str:
    """Return the last option: what follows it is no part of it where it would be longer than the others."""
    stop = _END.search(rest)
    text = rest if stop is None else rest[: stop.start()]
    for mark in ("\n", ". ", "? "):
        if not any(mark in each for each in others):
            text = text.partition(mark)[0]
    return text.strip(_TRAILING)


def column_of_options(columns: Mapping[str, Any]) -> str | None:
    """Return the column that holds the options of a question as a list; None where there is none.

    >>> column_of_options({"id": 1, "choices": ["Paris", "Rome"]})
    'choices'
    """
    for name, cell in columns.items():
        listed = cell.get("text") if isinstance(cell, Mapping) else cell
        if not isinstance(listed, list | tuple) or len(listed) < _FEWEST:
            continue
        if _LISTS.search(name) and all(isinstance(each, str) for each in listed):
            return name
    return None


def columns_of_options(columns: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns that hold an option each, by its letter or number; nothing where none do.

    >>> columns_of_options({"q": "?", "option_a": "Paris", "option_b": "Rome"})
    {'A': 'option_a', 'B': 'option_b'}
    """
    found = {
        mark.group(1).upper(): name
        for name, cell in columns.items()
        if (mark := _OWN_COLUMN.fullmatch(name)) and isinstance(cell, str)
    }
    return found if {"A", "B"} <= found.keys() or {"1", "2"} <= found.keys() else {}


def _in_columns(columns: Mapping[str, Any]) -> dict[str, str]:
    name = column_of_options(columns)
    if name is None:
        own = columns_of_options(columns)
        return _told_apart({mark: columns[each] for mark, each in own.items()})
    cell = columns[name]
    listed = cell["text"] if isinstance(cell, Mapping) else cell
    marks = cell.get("label") if isinstance(cell, Mapping) else None
    marks = marks if isinstance(marks, list | tuple) else _MARKS[0]
    return _told_apart(dict(zip(map(str, marks), listed, strict=False)))


def _told_apart(options: Mapping[str, str]) -> dict[str, str]:
    """Return options that are short texts, all of them different; else nothing."""
    keys = {label_key(text) for text in options.values()}
    are_texts = all(text.strip() and len(text) <= _LONGEST for text in options.values())
    is_whole = len(options) >= _FEWEST and len(keys) == len(options) and are_texts
    return {mark: text.strip() for mark, text in options.items()} if is_whole else {}
