"""`look_at`: what a file of rows holds, as far as a first task spec needs to know it."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ladder.chat.sandbox.single_braces import shown_names
from ladder.data import load_samples
from ladder.data.checks import MANY_EMPTY, rows_left_out
from ladder.data.guess_columns import GuessedColumns, guess_columns, label_counts
from ladder.data.readers.chat_rows import UnreadableRowError
from ladder.data.readers.delimited import check_form
from ladder.data.readers.read_rows import ROW_ENDINGS, read_rows
from ladder.data.readers.row import Row
from ladder.data.readers.row_forms import read_form
from ladder.data.readers.saved_dataset import is_saved_dataset, split_in
from ladder.data.readers.text_encoding import encoding_of
from ladder.data.readers.usual_columns import BESIDE_QUESTIONS
from ladder.data.sample import Sample
from ladder.errors import DataError, LadderError
from ladder.finding import Finding
from ladder.scoring import load_metric
from ladder.scoring.labels.prompt_options import column_of_options, columns_of_options
from ladder.spec.data_source import DataSource, OnEmpty
from ladder.spec.metric_spec import MetricSpec

LOOKED_AT = 5_000
"""Rows from which the columns are guessed."""

_LONG = 12
"""Words from which an answer is running text."""

_NUMBER = re.compile(r"[-+]?\d[\d.,' ]*%?")
_NUMBERED = re.compile(r"_?\d$|_[ab]$")
_CODE = re.compile(r"[-+]?0\d")


@dataclass(frozen=True, slots=True)
class RowReading:
    """What somebody said of how rows are read.

    Attributes:
        sheet: The sheet of a workbook.
        on_empty: Whether all rows with an empty question or answer are left out, or none; else a few.
    """

    sheet: str | None = None
    on_empty: OnEmpty | None = None


@dataclass(frozen=True)
class LookedAt:
    """Rows, and what they seem to be.

    Attributes:
        path: The file or folder.
        rows: The first of them.
        columns: What the columns are for; None for chat data and other known forms.
        findings: What is odd in how the file is written, and how it was read.
        samples: All rows as samples.
        form: Fields of `data` beside the path.
        empty: Where the rows stand that are left out, as their question or answer is empty.
    """

    path: Path
    rows: Sequence[Row]
    columns: GuessedColumns | None
    findings: Sequence[Finding] = ()
    samples: Sequence[Sample] = ()
    form: Mapping[str, object] = field(default_factory=dict)
    empty: Sequence[str] = ()

    @property
    def targets(self) -> list[str]:
        """Return the first acceptable answer of each row."""
        return [sample.targets[0] for sample in self.samples]

    @property
    def labels(self) -> dict[str, int]:
        """Return the labels that the answers are; nothing where `choice` could not tell them apart."""
        if not all(sample.kind == "text" for sample in self.samples):
            return {}
        counts = _of_one_spelling(label_counts(self.targets))
        try:
            load_metric(MetricSpec(name="choice", labels=tuple(counts)))
        except LadderError:
            return {}
        return counts

    @property
    def options(self) -> str:
        """Return the lines of a prompt that show each row's options; nothing where rows have none."""
        if self.columns is None:
            return ""
        rows = [{name: row.columns.get(name) for name in self._others} for row in self.rows]
        targets = set(self.targets)
        first = _options(rows[0], targets)
        return first if all(_options(row, targets) == first for row in rows) else ""

    @property
    def _others(self) -> list[str]:
        """Return the columns that are neither asked nor answer, nor tell rows apart."""
        if self.columns is None:
            return []
        target = self.columns.target
        named = (self.columns.input, self.columns.id, self.columns.cluster)
        taken = {*named, target, target.removesuffix(".text")}
        return [name for name in map(str, self.rows[0].columns) if name not in taken]

    @property
    def beside(self) -> tuple[str, ...]:
        """Return the columns that a question is about and the asked one, in their order; nothing without any."""
        if self.columns is None:
            return ()
        about = {name for name in self._others if _is_beside(name)}
        names = (name for name in self.rows[0].columns if name in {*about, self.columns.input})
        return tuple(names) if about else ()

    @property
    def not_shown(self) -> list[str]:
        """Return the columns that no prompt shows, and that an answer may depend on."""
        shown = {*self.beside, *shown_names(self.options)}
        return [name for name in self._others if name and name not in shown]

    @property
    def metric(self) -> tuple[str, str]:
        """Return the metric that fits the answers, and the kind of answer in words for a prompt."""
        if self.labels:
            return "choice", ""
        kinds = {sample.kind for sample in self.samples}
        if kinds == {"calls"}:
            return "tool_calls", ""
        if kinds == {"object"} or all(map(_is_object, self.targets)):
            return "json_fields", "JSON"
        ends = [each.rpartition("#### ")[2].strip() for each in self.targets]
        if all(map(_NUMBER.fullmatch, ends)):
            # `0042` names something: as a number, the answer 42 would be right.
            is_code = any(map(_CODE.match, ends))
            return ("exact_match", "the answer") if is_code else ("numeric", "the number")
        is_long = sum(len(each.split()) for each in self.targets) > _LONG * len(self.targets)
        return ("rouge_l", "") if is_long else ("exact_match", "the answer")


def _is_beside(name: str) -> bool:
    """Return whether a column is called as those are that belong to a question.

    >>> _is_beside("Sentence_2"), _is_beside("text_b"), _is_beside("schema"), _is_beside("texture")
    (True, True, True, False)
    """
    name = name.casefold()
    return not {name, _NUMBERED.sub("", name)}.isdisjoint(BESIDE_QUESTIONS)


def _options(columns: Mapping[str, Any], targets: Collection[str]) -> str:
    """Return the lines of a prompt that show the options of a row; nothing where it has none."""
    own, name = columns_of_options(columns), column_of_options(columns)
    if name is None or not name.isidentifier():
        is_named = bool(own) and all(each.isidentifier() for each in own.values())
        return "\n".join(f"{mark}) {{{{ {each} }}}}" for mark, each in own.items() if is_named)
    cell = columns[name]
    listed, mark = name, "'ABCDEFGHIJ'[loop.index0]"
    if isinstance(cell, Mapping):
        listed = f"{name}.text"
        mark = f"{name}.label[loop.index0]" if "label" in cell else mark
    elif all(each.isdecimal() for each in targets):
        mark = "loop.index0" if "0" in targets else "loop.index"
    line = f"{{{{ {mark} }}}}) {{{{ each }}}}"
    return f"{{% for each in {listed} %}}{line}\n{{% endfor %}}"


def look_at(
    path: Path, columns: GuessedColumns | None = None, reading: RowReading = RowReading()
) -> LookedAt:
    """Return what a file holds.

    Args:
        path: A file of rows, or a folder.
        columns: What the columns are for, where somebody said so.
        reading: What somebody said of how rows are read.

    Raises:
        DataError: It cannot be read, or no two columns can be question and answer.
    """
    path = _file_in(path)
    encoding = "cp1252" if path.is_file() and encoding_of(path) == "cp1252" else None
    rows = [
        row
        for _, row in zip(range(LOOKED_AT), read_rows(str(path), sheet=reading.sheet), strict=False)
    ]
    if not rows:
        raise DataError(f"{path} has no rows.", next_step="Write one row an example.")
    is_folder_of_texts = path.is_dir() and not is_saved_dataset(path)
    is_known = is_folder_of_texts or _has_known_form(rows[0].columns)
    guess = None if is_known else columns or guess_columns([row.columns for row in rows])
    if guess is None and not is_known:
        names = ", ".join(map(str, rows[0].columns))
        raise DataError(
            f"{path} has no two columns that can be question and answer; it has: {names}.",
            next_step="Add a column with the right answer for each row. Where the names of the columns stand "
            "further down, take out what stands above them.",
        )
    named = {} if guess is None else {"input": guess.input, "target": guess.target}
    if guess is not None:
        named |= {key: each for key in ("id", "cluster") if (each := getattr(guess, key))}
    form = {**named, **({"encoding": encoding} if encoding else {})}
    form |= {"sheet": reading.sheet} if reading.sheet else {}
    source = DataSource.model_validate({"path": str(path), **form})
    samples, empty = _with_answers(source, reading.on_empty)
    form |= {"on_empty": "exclude"} if empty else {}
    if guess is not None and guess.target in {sample.targets[0] for sample in samples}:
        raise DataError(
            f"{path} seems to have no names of columns: its first line is a row like the others.",
            next_step="Write a first line with the names, such as text,label.",
        )
    findings = [*check_form(str(path)), *rows_left_out(empty, len(samples))]
    return LookedAt(path, rows, guess, findings, samples, form, empty)


def _with_answers(
    source: DataSource, on_empty: OnEmpty | None
) -> tuple[list[Sample], tuple[str, ...]]:
    """Return the rows that have a question and an answer, and the places of those that do not.

    Raises:
        DataError: Too many do not: it may be meant that they have no answer.
    """
    empty: list[str] = []
    samples = load_samples(source, left_out=empty)
    is_few = len(empty) <= MANY_EMPTY * (len(samples) + len(empty))
    goes_on = on_empty == "exclude" or (on_empty is None and is_few)
    if empty and not (samples and goes_on):
        load_samples(source)  # raises, and names them
    return samples, tuple(empty)


def _of_one_spelling(counts: Mapping[str, int]) -> dict[str, int]:
    """Return labels that differ in case or blanks alone as one, in the spelling of most rows.

    >>> _of_one_spelling({"Billing": 3, "billing ": 1, "other": 2, " no": 2, "No": 1, "no": 1})
    {'Billing': 4, 'other': 2, 'no': 4}
    """
    found: dict[str, Counter[str]] = {}
    for label, count in counts.items():
        spelt = " ".join(label.split())
        found.setdefault(spelt.casefold(), Counter())[spelt] += count
    return {same.most_common(1)[0][0]: same.total() for same in found.values()}


def row_files_in(folder: Path) -> list[Path]:
    """Return the files of rows in a folder, or in its folder `data`, as repositories of data sets have it."""
    for place in (folder, folder / "data"):
        inside = place.iterdir() if place.is_dir() else ()
        files = sorted(each for each in inside if each.suffix.lower() in ROW_ENDINGS)
        if files:
            return files
    return []


def _file_in(path: Path) -> Path:
    """Return the file of rows in a folder, where it has one; else the path itself.

    Raises:
        DataError: Several files hold rows.
    """
    if not path.is_dir():
        return path
    if is_saved_dataset(path):
        return split_in(path)
    files = row_files_in(path)
    if len(files) > 1:
        named = [each for each in files if re.match(r"(?:eval|test)\b", each.stem, re.IGNORECASE)]
        if len(named) != 1:
            raise DataError(
                f"{path} holds several files of rows: {', '.join(each.name for each in files)}.",
                next_step="Name the one with the eval data: ladder init "
                f"{shlex.quote(str(files[0]))}",
            )
        return named[0]
    return files[0] if files else path


def _has_known_form(columns: Mapping[str, Any]) -> bool:
    try:
        found = read_form(columns)
    except UnreadableRowError:
        return True
    return found is not None or set(columns) == {"input", "target"}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
