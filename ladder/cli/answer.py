"""`ladder answer`: new rows, answered by the candidate of a run exactly as it was measured."""

import csv
import io
import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ladder.cli.options import (
    AllowCode,
    InputColumn,
    MovedTo,
    OtherColumns,
    RunFolder,
    named_columns,
    new_address_named,
)
from ladder.cli.output import alive, say, tell
from ladder.errors import InfrastructureError, SpecError

if TYPE_CHECKING:
    from ladder.answering import GivenAnswer


def answer(  # noqa: PLR0913, PLR0917 - the options of the command
    run: RunFolder,
    file: Annotated[
        Path | None, typer.Argument(help="New rows, in any form that eval data may have.")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", help="One input in the place of a file.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", help="Where to write: a .jsonl or .csv file; standard output unless given."
        ),
    ] = None,
    candidate: Annotated[
        str | None,
        typer.Option("--candidate", help="A candidate's label; the verdict's own unless given."),
    ] = None,
    asked: InputColumn = None,
    columns: OtherColumns = None,
    base_url: MovedTo = None,
    allow_code: AllowCode = False,
) -> None:
    """Answer new rows exactly as a run's candidate was measured: prompt, template, examples, passages."""
    from ladder.api import load
    from ladder.report.write_report import write_text

    if (file is None) == (text is None):
        raise SpecError(
            "There is nothing to answer." if file is None else "FILE and --text are both given.",
            next_step='ladder answer RUN FILE, or ladder answer RUN --text "…".',
        )
    _refuse_other_endings(to)
    with (
        new_address_named(),
        alive("answering"),
        load(run, candidate=candidate, allow_code=allow_code, base_url=base_url) as answerer,
    ):
        if answerer.moved is not None:
            tell(answerer.moved.sentence)
        pairs = (
            answerer.answer_file(file, input_column=asked, columns=named_columns(columns))
            if file is not None
            else [({}, answerer.answer(str(text)))]
        )
    if to is None:
        say("\n".join(_lines(pairs)))
    else:
        write_text(to, _written(pairs, to))
        tell(f"{len(pairs)} answers stand in {to}.")
    _say_failed([given for _, given in pairs])


def _refuse_other_endings(to: Path | None) -> None:
    if to is not None and to.suffix not in (".jsonl", ".csv"):
        raise SpecError(
            f"--to {to} ends in neither .jsonl nor .csv.",
            next_step=f"--to {to.with_suffix('.jsonl')}",
        )


def _say_failed(answers: "list[GivenAnswer]") -> None:
    failed = [given.error for given in answers if given.error is not None]
    if failed:
        raise InfrastructureError(
            f"{len(failed)} of {len(answers)} rows have no answer; the first: {failed[0]}",
            next_step="See to the cause, and answer these rows again.",
        )


def _row(columns: Mapping[str, Any], given: "GivenAnswer") -> dict[str, Any]:
    """Return a row with its answer; a column that has the same name already keeps its own."""
    added: dict[str, Any] = {"answer": given.text, "read_as": given.read_as}
    if given.label is not None:
        added["label"] = given.label
    if given.for_a_person:
        added["for_a_person"] = True
    if given.passages:
        added["passages"] = [each.where or each.id for each in given.passages]
    if given.error is not None:
        added["error"] = given.error
    named = {
        name if name not in columns else f"ladder_{name}": each for name, each in added.items()
    }
    return {**columns, **named}


def _lines(pairs: "Iterable[tuple[Mapping[str, Any], GivenAnswer]]") -> list[str]:
    return [json.dumps(_row(*pair), ensure_ascii=False, default=str) for pair in pairs]


def _written(pairs: "list[tuple[dict[str, Any], GivenAnswer]]", to: Path) -> str:
    if to.suffix == ".jsonl":
        return "".join(f"{line}\n" for line in _lines(pairs))
    rows = [_row(*pair) for pair in pairs]
    names = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, names)
    writer.writeheader()
    writer.writerows({name: _in_cell(each) for name, each in row.items()} for row in rows)
    return buffer.getvalue()


def _in_cell(value: Any) -> str:  # noqa: ANN401 - any cell
    from ladder.data.readers.decoding_text import text_of

    if isinstance(value, Collection) and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, default=str)
    return text_of(value) or ""
