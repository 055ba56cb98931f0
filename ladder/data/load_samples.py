"""`load_samples` and `load_passages`: rows become what a run works on."""

import difflib
import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from ladder.data.passage import Passage
from ladder.data.readers.chat_rows import ChatForm, chat_form
from ladder.data.readers.decoding_text import decode, text_of
from ladder.data.readers.read_rows import check_file, read_rows
from ladder.data.readers.row import Row
from ladder.data.residue import cleaned
from ladder.data.sample import Sample
from ladder.errors import DataError
from ladder.spec.task import DataSource

MOST_PASSAGES = 1_000_000
_SHOWN = 10
_PARAGRAPH = re.compile(r"\n[ \t]*\r?\n")


def load_samples(source: DataSource) -> list[Sample]:
    """Return the samples of an eval set or a pool, in the order of its rows.

    Answers are kept as text, never as numbers. A list in the target column is several acceptable
    answers; a dotted column (`answers.text`) looks into a struct.

    Raises:
        DataError: A column is missing, an answer empty, an id repeated, or the file unreadable.
    """
    samples: list[Sample] = []
    empty: list[str] = []
    ids = _Ids(source)
    for row in read_rows(source.path, split=source.split, revision=source.revision):
        _check_columns(row, source)
        targets = _targets(row, source)
        text = _input(row, source)
        if not targets or not text.strip():
            empty.append(row.where)
            continue
        name = ids.of(row, text, targets)
        if name in source.on_leak.drop:
            continue
        sample = Sample(
            id=name,
            input=text,
            targets=targets,
            cluster=_optional(row, source.cluster),
            columns=_columns(row, source),
            where=row.where,
        )
        samples.append(cleaned(sample, source.clean))
    _refuse_empty(empty, source)
    if not samples:
        raise DataError(f"{source.path} has no rows.", next_step="Write one row an example.")
    return samples


def load_passages(path: str, column: str = "text") -> list[Passage]:
    """Return the passages of a corpus: one a row, or in `.txt` and `.md` one a paragraph.

    Ids come from a column `id` where there is one, else from the content. Empty passages are
    passed over.
    """
    rows = _paragraphs(path) if Path(path).suffix.lower() in (".txt", ".md") else _rows(path)
    ids = _Ids(DataSource(path=path, id=None))
    passages: list[Passage] = []
    for row in rows:
        name = column if "paragraph" not in row.columns else "paragraph"
        if name not in row.columns:
            raise _missing(row, name, "levers.rag.passage_column")
        text = text_of(row.columns[name]) or ""
        if text.strip():
            given = text_of(row.columns.get("id"))
            passages.append(
                Passage(ids.unique(given or content_id(text, ()), row), text, row.where)
            )
        if len(passages) > MOST_PASSAGES:
            raise DataError(f"{path} has more than 1,000,000 passages.", next_step="Use fewer.")
    if not passages:
        raise DataError(f"{path} has no passages.", next_step="Write one passage a row.")
    return passages


def content_id(text: str, targets: Iterable[str]) -> str:
    """Return the id of a sample or passage that has none: 16 digits of a hash of its content.

    >>> content_id("2 + 2", ["4"]) == content_id("2 + 2", ["4"])
    True
    """
    content = json.dumps([text, list(targets)], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


class _Ids:
    """Gives each row its id, once."""

    def __init__(self, source: DataSource) -> None:
        self.column = source.id
        self.path = source.path
        self.seen: dict[str, str] = {}
        self.copies: Counter[str] = Counter()

    def of(self, row: Row, text: str, targets: tuple[str, ...]) -> str:
        """Return the id column's text, or a hash of the content."""
        if self.column is None:
            return self.unique(content_id(text, targets), row)
        given = text_of(_cell(row, self.column))
        if given is None or not given.strip():
            raise DataError(f"{row.where} has no {self.column}.", next_step="Give it an id.")
        if given in self.seen:
            raise DataError(
                f"{row.where} has the id {given!r} of {self.seen[given]}.",
                next_step="Give each row an id of its own, or leave data.id out.",
            )
        self.seen[given] = row.where
        return given

    def unique(self, base: str, row: Row) -> str:
        """Return the id, numbered where the same content stands more than once."""
        name = base
        while name in self.seen:
            self.copies[base] += 1
            name = f"{base}-{self.copies[base] + 1}"
        self.seen[name] = row.where
        return name


def _rows(path: str) -> Iterator[Row]:
    return read_rows(path, split="train")


def _paragraphs(path: str) -> Iterator[Row]:
    file = check_file(path)
    text = decode(file.read_bytes(), file.name).replace("\r\n", "\n")
    for position, paragraph in enumerate(_PARAGRAPH.split(text), start=1):
        yield Row(f"{file.name} paragraph {position}", {"paragraph": paragraph.strip()})


def _check_columns(row: Row, source: DataSource) -> None:
    wanted = [
        ("data.input", source.input),
        ("data.target", source.target),
        ("data.id", source.id),
        ("data.cluster", source.cluster),
        *(("data.slices", name) for name in source.slices),
    ]
    for field, name in wanted:
        if name is not None and not _has(row.columns, name):
            raise _missing(row, name, field, taken={each for _, each in wanted})


def _missing(row: Row, name: str, field: str, *, taken: Collection[str | None] = ()) -> DataError:
    form = chat_form(row.columns)
    if form is not None:
        return _holds_a_conversation(row, form)
    known = [str(column) for column in row.columns]
    free = [column for column in known if column not in taken]
    near = difflib.get_close_matches(name, free, n=1, cutoff=0.5)
    lower = [column for column in free if column.lower() == name.lower()]
    guess = next(iter(lower or near), None)
    return DataError(
        f"{row.where} has no column {name!r}; it has: {', '.join(known)}.",
        next_step=f"Write {field}: {guess}."
        if guess is not None
        else f"Name one of these columns in {field}.",
    )


def _holds_a_conversation(row: Row, form: ChatForm) -> DataError:
    file = row.where.partition(":")[0]
    return DataError(
        f"{row.where} is a chat row: {form.column!r} holds the turns of a conversation, and ladder "
        "reads one column for the input and one for the target.",
        next_step=f"Turn each conversation into columns: jq -c '{form.command}' {file} > eval.jsonl; "
        "then write data: {path: eval.jsonl, input: input, target: target}. What stood in the "
        "system turn goes into prompt.system: '{{ system }}', earlier turns into the prompt: "
        "'{{ earlier }}'.",
    )


def _has(columns: dict[str, Any], name: str) -> bool:
    if name in columns:
        return True
    above, _, below = name.rpartition(".")
    return bool(above) and isinstance(columns.get(above), dict) and below in columns[above]


def _cell(row: Row, name: str) -> Any:  # noqa: ANN401 - any cell
    if name in row.columns:
        return row.columns[name]
    above, _, below = name.rpartition(".")
    return row.columns[above][below]


def _optional(row: Row, name: str | None) -> str | None:
    return None if name is None else text_of(_cell(row, name))


def _input(row: Row, source: DataSource) -> str:
    value = _cell(row, source.input)
    form = chat_form(row.columns)
    if isinstance(value, (dict, list)) and form is not None:
        raise _holds_a_conversation(row, form)
    if isinstance(value, (dict, list)):
        hint = f"{source.input}.{next(iter(value), '…')}" if isinstance(value, dict) else "a column"
        raise DataError(
            f"{row.where}: {source.input!r} is a {type(value).__name__}, not text.",
            next_step=f"Write data.input: {hint} that holds text.",
        )
    return text_of(value) or ""


def _targets(row: Row, source: DataSource) -> tuple[str, ...]:
    """Return the acceptable answers, or nothing where one of them is empty."""
    value = _cell(row, source.target)
    if isinstance(value, dict):
        dotted = f"{source.target}.{next(iter(value), 'text')}"
        raise DataError(
            f"{row.where}: {source.target!r} is a struct with {', '.join(map(str, value))}.",
            next_step=f"Write data.target with a dot, such as {dotted}.",
        )
    items = value if isinstance(value, (list, tuple)) else [value]
    texts = [text_of(item) for item in items]
    if not all(text is not None and text.strip() for text in texts):
        return ()
    return tuple(dict.fromkeys(text for text in texts if text is not None))


def _columns(row: Row, source: DataSource) -> dict[str, Any]:
    hidden = {source.target, source.target.partition(".")[0]}
    return {name: value for name, value in row.columns.items() if name not in hidden}


def _refuse_empty(places: list[str], source: DataSource) -> None:
    if places:
        rows = "1 row has" if len(places) == 1 else f"{len(places)} rows have"
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        raise DataError(
            f"{rows} an empty {source.input!r} or {source.target!r}: "
            f"{', '.join(places[:_SHOWN])}{more}.",
            next_step="Fill them, or take these rows out; a row without an answer cannot be scored.",
        )
