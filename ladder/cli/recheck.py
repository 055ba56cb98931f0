"""`ladder recheck`: whether a run's confirmed candidate still reaches the target, on fresh rows."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import (
    AllowCode,
    AsJson,
    InputColumn,
    MovedTo,
    OtherColumns,
    Quiet,
    RunFolder,
    RunsFolder,
    named_columns,
    new_address_named,
)
from ladder.cli.output import alive, say_either


def recheck(  # noqa: PLR0913, PLR0917 - the options of the command
    run: RunFolder,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            help="New rows with their answers, in any form that eval data may have; may be given "
            "several times. Without it, what was counted so far is judged.",
        ),
    ] = None,
    date_column: Annotated[
        str | None,
        typer.Option(
            "--date-column",
            help="The column that holds the date of a row: the rows of each month are then a batch.",
        ),
    ] = None,
    month: Annotated[
        str | None,
        typer.Option("--month", help="Of which month all these rows are, such as 2026-10."),
    ] = None,
    question: InputColumn = None,
    answer: Annotated[
        str | None, typer.Option("--answer", help="The column of the right answer; the same.")
    ] = None,
    columns: OtherColumns = None,
    base_url: MovedTo = None,
    runs: RunsFolder = Path("runs"),
    allow_code: AllowCode = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Ask a run's confirmed candidate fresh rows, month after month: does it still reach the target?

    Exit code 0: shown by these rows. 1: shown below the target. 3: not decided yet.
    """
    del runs  # the run was found in it
    with new_address_named(), alive("asking the new rows", is_quiet=quiet):
        from ladder.recheck_run import recheck as recheck_run

        found = recheck_run(
            run,
            data or None,
            input_column=question,
            answer_column=answer,
            columns=named_columns(columns),
            date_column=date_column,
            month=month,
            allow_code=allow_code,
            base_url=base_url,
        )
    more = {"exit_code": found.exit_code, "next_step": found.next_step}
    say_either({**found.model_dump(mode="json"), **more}, str(found), as_json=as_json)
    if found.exit_code:
        raise typer.Exit(found.exit_code)
