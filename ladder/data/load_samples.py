"""`load_samples`: rows become the samples that a run works on."""

import difflib
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ladder.data.chat_message import Message
from ladder.data.conversation import Conversation
from ladder.data.format_residue import cleaned
from ladder.data.missing_column import LONGEST, missing_column
from ladder.data.readers.chat_rows import (
    EmptyAnswerError,
    UnreadableRowError,
    is_turns,
    parsed,
    tools_of,
)
from ladder.data.readers.decoding_text import text_of
from ladder.data.readers.read_rows import read_rows
from ladder.data.readers.row import Row
from ladder.data.readers.row_forms import Exchange, answer_texts, chosen_of, is_object, read_form
from ladder.data.readers.workbook import sheet_names
from ladder.data.sample import Sample
from ladder.data.tables import place_in_memory
from ladder.data.wanted_answers import answer_turn, wanted_answers
from ladder.errors import DataError, MissingColumnError, NoRowsError
from ladder.spec.data_source import DataSource, OnLeak, TargetKind

_SHOWN = 10
_MARKED = {"text", "answer_start", "answer_end", "start", "end"}
"""Keys of an answer that is marked in a passage: its text alone is the answer."""


def load_samples(
    source: DataSource,
    *,
    rows: Iterable[Row] | None = None,
    is_other: bool = False,
    left_out: list[str] | None = None,
) -> list[Sample]:
    """Return the samples of an eval set or a pool, in the order of its rows.

    Answers are kept as text, never as numbers. A list in the target column is several acceptable
    answers, an object is one in JSON; a dotted column (`answers.text`) looks into a struct. Rows of
    chat data are recognised (`read_form`).

    Args:
        source: The file and its columns.
        rows: What the file holds, where it was read already.
        is_other: Whether the columns are those of another file: rows of a pool or of training data
            may have a form of their own.
        left_out: Takes the places of rows without input or answer, which are then no error; nor are
            they where the spec says `on_empty: exclude`.

    Raises:
        DataError: A column is missing, an answer empty, an id repeated, or the file unreadable.
        NoRowsError: There is no row.
    """
    samples: list[Sample] = []
    empty: list[str] = []
    unreadable: list[str] = []
    lacking: list[Row] = []
    ids = _Ids(source)
    goes_on = left_out is not None or source.on_empty == "exclude"
    for read in _rows_of(source, is_other=is_other) if rows is None else rows:
        row = read._replace(where=place_in_memory(read.where, is_other=is_other) or read.where)
        try:
            found = _samples_of(row, source, ids, is_other=is_other)
        except MissingColumnError as error:
            if not goes_on or error.field != "data.target":
                raise
            lacking.append(row)
            continue
        except UnreadableRowError as error:
            is_empty = isinstance(error, EmptyAnswerError)
            if is_empty and goes_on:
                empty.append(row.where)
            else:
                unreadable.append(f"{row.where}: {error}")
            continue
        if not found:
            empty.append(row.where)
        samples += [each for each in found if each.id not in source.on_leak.drop]
    _refuse_unreadable(unreadable)
    if left_out is not None:
        left_out += [*empty, *(row.where for row in lacking)]
    if not goes_on or (empty and not samples and left_out is None):
        _refuse_empty(empty, source)
    _refuse_unknown(source, ids.seen)
    if not samples and lacking:
        _samples_of(lacking[0], source, ids, is_other=is_other)  # raises, and names its columns
    _refuse_none(samples or empty, source)
    return [cleaned(sample, source.clean) for sample in samples]


def _rows_of(source: DataSource, *, is_other: bool) -> Iterator[Row]:
    """Return the rows of a file; one that is not the eval data may have no sheet of that name."""
    is_named = not is_other or source.sheet in sheet_names(source.path)
    return read_rows(
        source.path,
        split=source.split,
        revision=source.revision,
        encoding=source.encoding,
        sheet=source.sheet if is_named else None,
    )


def samples_to_answer(rows: Iterable[Row], source: DataSource) -> list[Sample]:
    """Return new rows as samples, one a row: they have no target, or one that nobody looks at.

    Args:
        rows: In any form that the eval data may have.
        source: The columns of the eval data; of a row's other names only the input is needed.

    Raises:
        DataError: A row holds nothing to answer.
    """
    target, plain = source.target, _without_names(source)
    found = []
    for row in rows:
        columns = {name: each for name, each in row.columns.items() if name != target}
        try:
            samples = _samples_of(Row(row.where, columns), plain, _Ids(plain), is_other=False)
        except UnreadableRowError as error:
            raise DataError(f"{row.where}: {error}", next_step="Correct this row.") from error
        if not samples:
            raise DataError(
                f"{row.where} has nothing to answer: its {source.input} is empty.",
                next_step="Leave the row out, or fill it.",
            )
        found.append(samples[-1])
    return found


def _without_names(source: DataSource) -> DataSource:
    """Return the columns that a row without answer needs: its input, system text and tools."""
    return source.replace(
        target=None, id=None, cluster=None, slices=(), gold=None, on_leak=OnLeak(), turns="last"
    )


def _samples_of(row: Row, source: DataSource, ids: "_Ids", *, is_other: bool) -> list[Sample]:
    """Return the samples of a row: one, none where it is empty, several where each turn is one."""
    if is_other:
        source = _for_another_file(row, source)
    exchange = _exchange(row, source, is_other=is_other)
    if exchange is not None:
        return list(_recognised(row, exchange, source, ids))
    _check_columns(row, source, is_other=is_other)
    targets = _targets(row, source)
    text = _input(row, source)
    if not targets or not text.strip():
        return []
    is_json = source.target is not None and is_object(_cell(row, source.target))
    kind: TargetKind = "object" if is_json else "text"
    sample = Sample(
        id=ids.of(row, content_id(text, targets)),
        input=text,
        targets=targets,
        cluster=_optional(row, source.cluster),
        columns=_columns(row, source),
        where=row.where,
        kind=kind if source.target is not None else "none",
    )
    return [_with_named_parts(sample, row, source)]


def _for_another_file(row: Row, source: DataSource) -> DataSource:
    """Return the columns of a pool or of training data: the usual ones where it has no others.

    Its rows need answers, also where the eval data has none.
    """
    named = source if source.target else source.replace(target="target")
    has_one = any(_has(row.columns, str(each)) for each in (named.input, named.target))
    return named if has_one else named.replace(input="input", target="target")


def _exchange(row: Row, source: DataSource, *, is_other: bool) -> Exchange | None:
    """Return what a row of a known form holds; None where the spec's own columns are to be read."""
    if source.target is None:
        return _without_target(row, source)
    has_input, has_target = (_has(row.columns, each) for each in (source.input, source.target))
    is_asked = (has_input and is_turns(parsed(_cell(row, source.input)))) or (
        has_input and has_target and is_turns(parsed(_cell(row, source.target)))
    )
    names: dict[str, str | None] = {"system": source.system, "tools": source.tools}
    is_default = (source.input, source.target) == ("input", "target")
    if is_asked and (has_target or not is_default):
        if not (has_target or is_other or source.target == "target"):
            raise missing_column(row, source.target, "data.target", taken={source.input})
        answer = source.target if has_target else None
        columns = {**row.columns, source.input: _cell(row, source.input)}
        if answer is not None:
            columns[answer] = _cell(row, answer)
        return read_form(columns, question=source.input, answer=answer, **names)
    if has_input and has_target:
        return None
    if not (is_default or is_other) and (has_input or has_target):
        return None
    # Pools and training files have no columns in the spec that could name the better answer.
    chosen = chosen_of(row.columns) if is_other else None
    if chosen is None:
        return read_form(row.columns, **names)
    found = read_form(chosen, **names)
    return None if found is None else replace(found, form="pairs", left_out="the worse answer")


def _without_target(row: Row, source: DataSource) -> Exchange | None:
    """Return the turns of a row that needs no answer; None where its input is one text."""
    has_input = _has(row.columns, source.input)
    if has_input and not is_turns(parsed(_cell(row, source.input))):
        return None
    columns = {**row.columns, **({source.input: _cell(row, source.input)} if has_input else {})}
    found = read_form(
        columns,
        question=source.input if has_input else None,
        system=source.system,
        tools=source.tools,
    )
    if found is None or found.references or found.said[-1].role == "assistant":
        return found
    return replace(found, references=("",))


def _recognised(row: Row, exchange: Exchange, source: DataSource, ids: "_Ids") -> Iterator[Sample]:
    """Yield the samples of a row whose form is known."""
    _check_named(row, [("data.id", source.id), ("data.cluster", source.cluster)], source)
    answers = wanted_answers(exchange, source.turns)
    cluster = _optional(row, source.cluster)
    if cluster is None and len(answers) > 1:
        cluster = f"conversation {_digest(answers[-1].conversation.whole)}"
    for number, (talk, targets, left_out) in enumerate(answers, start=1):
        base = _digest(talk.whole) if exchange.is_talk else content_id(talk.question, targets)
        yield Sample(
            id=ids.of(row, base, number if len(answers) > 1 else None),
            input=talk.question,
            targets=targets,
            cluster=cluster,
            columns={name: each for name, each in exchange.columns.items() if name != source.id},
            where=row.where,
            conversation=talk if exchange.is_talk else None,
            form=exchange.form,
            kind=_kind(talk, exchange),
            left_out=left_out,
        )


def _kind(talk: Conversation, exchange: Exchange) -> TargetKind:
    if talk.answer.tool_calls:
        return "calls"
    if exchange.references == ("",):
        return "none"
    return "object" if exchange.has_object else "text"


def _with_named_parts(sample: Sample, row: Row, source: DataSource) -> Sample:
    """Return a sample with the system text and the tools of the columns that the spec names."""
    _check_named(row, [("data.system", source.system), ("data.tools", source.tools)], source)
    system = _optional(row, source.system)
    tools = tools_of(_cell(row, source.tools)) if source.tools else ""
    if not system and not tools:
        return sample
    turns = (*([Message("system", system)] if system else []), Message("user", sample.input))
    answer = answer_turn(sample.targets[0], tools)
    kind: TargetKind = "calls" if answer.tool_calls else sample.kind
    return replace(sample, conversation=Conversation(turns, answer, tools), kind=kind)


def content_id(text: str, targets: Iterable[str]) -> str:
    """Return the id of a sample or passage that has none: 16 digits of a hash of its content.

    >>> content_id("2 + 2", ["4"]) == content_id("2 + 2", ["4"])
    True
    """
    return _digest([text, list(targets)])


def _refuse_unknown(source: DataSource, ids: Mapping[str, str]) -> None:
    """Raise DataError where rows are to be dropped that are not there: a slip, or another file."""
    unknown = [each for each in source.on_leak.drop if each not in ids]
    if unknown:
        near = difflib.get_close_matches(unknown[0], ids, n=3) or list(ids)[:3]
        raise DataError(
            f"data.on_leak.drop names {', '.join(unknown)}, and no row of {source.path} has this id.",
            next_step=f"Take it out, or write the id that is meant, such as {', '.join(near)}: "
            "without data.on_leak.drop `ladder check SPEC --json` lists the ids of all leaks.",
        )


class _Ids:
    """Gives each row its id, once."""

    def __init__(self, source: DataSource) -> None:
        self.column = source.id
        self.path = source.path
        self.seen: dict[str, str] = {}
        self.copies: Counter[str] = Counter()

    def of(self, row: Row, base: str, number: int | None = None) -> str:
        """Return the id column's text, with the answer's number where a row has several; or `base`."""
        if self.column is None:
            return self.unique(base, row)
        given = text_of(_cell(row, self.column))
        if given is None or not given.strip():
            raise DataError(f"{row.where} has no {self.column}.", next_step="Give it an id.")
        given = given if number is None else f"{given}-{number}"
        if given in self.seen:
            raise DataError(
                f"{row.where} has the id {given[:LONGEST]!r} of {self.seen[given]}.",
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


def _check_columns(row: Row, source: DataSource, *, is_other: bool) -> None:
    wanted = [
        ("data.input", source.input),
        ("data.target", source.target),
        ("data.id", source.id),
        ("data.cluster", source.cluster),
        ("data.gold", source.gold),
        *(("data.slices", name) for name in source.slices),
    ]
    _check_named(row, wanted, source, is_other=is_other)


def _check_named(
    row: Row,
    wanted: Sequence[tuple[str, str | None]],
    source: DataSource,
    *,
    is_other: bool = False,
) -> None:
    for field, name in wanted:
        if name is not None and not _has(row.columns, name):
            taken = {source.input, source.target, *(each for _, each in wanted)}
            raise missing_column(row, name, field, taken=taken, is_other=is_other)


def _has(columns: dict[str, Any], name: str) -> bool:
    if name in columns:
        return True
    above, _, below = name.rpartition(".")
    inner = parsed(columns.get(above)) if above else None
    return isinstance(inner, dict) and below in inner


def _cell(row: Row, name: str) -> Any:  # noqa: ANN401 - any cell
    if name in row.columns:
        return row.columns[name]
    above, _, below = name.rpartition(".")
    return parsed(row.columns[above])[below]


def cell_named(row: Row, name: str) -> Any:  # noqa: ANN401 - any cell
    """Return a cell by its column, with a dot into a struct (`meta.date`); None where there is none."""
    return _cell(row, name) if _has(row.columns, name) else None


def _optional(row: Row, name: str | None) -> str | None:
    return None if name is None else text_of(_cell(row, name))


def _input(row: Row, source: DataSource) -> str:
    value = _cell(row, source.input)
    if isinstance(value, (dict, list)):
        hint = f"{source.input}.{next(iter(value), '…')}" if isinstance(value, dict) else "a column"
        raise DataError(
            f"{row.where}: {source.input!r} is a {type(value).__name__}, not text.",
            next_step=f"Write data.input: {hint} that holds text.",
        )
    return text_of(value) or ""


def _targets(row: Row, source: DataSource) -> tuple[str, ...]:
    """Return the acceptable answers, or nothing where one of them is empty."""
    if source.target is None:
        return ("",)
    value = _cell(row, source.target)
    if isinstance(value, dict) and "text" in value and value.keys() <= _MARKED:
        raise DataError(
            f"{row.where}: {source.target!r} is a struct with {', '.join(map(str, value))}.",
            next_step=f"Write data.target with a dot, such as {source.target}.text.",
        )
    return answer_texts(value)


def _columns(row: Row, source: DataSource) -> dict[str, Any]:
    hidden = {source.target, (source.target or "").partition(".")[0]}
    return {name: value for name, value in row.columns.items() if name not in hidden}


def _digest(whole: list[Any]) -> str:
    content = json.dumps(whole, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _refuse_unreadable(rows: list[str]) -> None:
    if rows:
        many = "1 row cannot" if len(rows) == 1 else f"{len(rows)} rows cannot"
        more = f"; and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        raise DataError(
            f"{many} be read: {'; '.join(rows[:_SHOWN])}{more}.",
            next_step="Mend these rows, or take them out; name the columns in data.input and "
            "data.target where the rows hold several texts. data.on_empty: exclude leaves out rows "
            "with an empty question or answer.",
        )


def _refuse_none(found: Sequence[Sample | str], source: DataSource) -> None:
    if not found:
        raise NoRowsError(f"{source.path} has no rows.", next_step="Write one row an example.")


def _refuse_empty(places: list[str], source: DataSource) -> None:
    if places:
        rows = "1 row has" if len(places) == 1 else f"{len(places)} rows have"
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        columns = [repr(name) for name in (source.input, source.target) if name is not None]
        raise DataError(
            f"{rows} an empty {' or '.join(columns)}: {', '.join(places[:_SHOWN])}{more}.",
            next_step="Fill them, or write data.on_empty: exclude (ladder init: --on-empty exclude), which "
            "leaves these rows out. Where an empty answer means that none is expected, write what a model "
            "should say there, such as none.",
        )
