"""`ladder import`: answers that other eval tools recorded, as a task that is decided without a model."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson
from ladder.cli.output import alive, say, say_json
from ladder.errors import SpecError


def import_(  # noqa: PLR0913, PLR0917 - each an option
    source: Annotated[
        Path | None,
        typer.Argument(
            help="A file with several candidates: results of promptfoo, or a table with a column of "
            "answers for each. Left out where each candidate has a log of its own."
        ),
    ] = None,
    roles: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            help="ROLE=WHAT, once a candidate: baseline or the lever that was tried, and the log of "
            "it (lever=LOG), or its name in SOURCE (lever=NAME).",
        ),
    ] = None,
    target: Annotated[float, typer.Option(help="The score that is wanted.")] = 0.8,
    metric: Annotated[str, typer.Option(help="How answers are read again.")] = "exact_match",
    labels: Annotated[
        list[str] | None,
        typer.Option(
            "--label",
            help="A label of the metric choice, once each; the targets that occur unless given.",
        ),
    ] = None,
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")] = Path("imported"),
    asked: Annotated[
        str | None, typer.Option("--input", help="The column that is asked; guessed unless given.")
    ] = None,
    target_column: Annotated[
        str | None, typer.Option(help="The column of the right answers, where the log names none.")
    ] = None,
    key: Annotated[str | None, typer.Option("--id", help="The column of ids, in a table.")] = None,
    filter_: Annotated[
        str | None, typer.Option("--filter", help="Which filter of lm-eval.")
    ] = None,
    epoch: Annotated[int | None, typer.Option(help="Which epoch of inspect_ai.")] = None,
    scores: Annotated[
        str | None,
        typer.Option(help="Take this score of the tool's own instead of reading answers again."),
    ] = None,
    right_from: Annotated[
        float | None, typer.Option(help="From which of these scores on an answer is right.")
    ] = None,
    only_common: Annotated[
        bool, typer.Option("--only-common", help="Leave out rows that some run lacks.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write eval rows, recorded answers and a spec from logs of lm-eval, inspect_ai or promptfoo, or a table."""
    from ladder.importing import Choices, import_logs

    choices = Choices(
        roles=[_role(each) for each in roles or ()],
        source=source,
        input=asked,
        target=target_column,
        key=key,
        filter=filter_,
        epoch=epoch,
        scores=scores,
        right_from=right_from,
        only_common=only_common,
    )
    with alive("reading the logs"):
        found = import_logs(
            choices,
            to,
            metric=metric,
            target_score=target,
            name=to.resolve().name,
            labels=labels or (),
        )
    if as_json:
        say_json({"spec": found.spec, "rows": found.n, "notes": found.notes})
        return
    for role, run in found.runs:
        say(f"{role}: {len(run.answers)} answers of {run.name}, recorded by {run.tool}")
    for note in found.notes:
        say(f"note: {note}")
    say(
        f"{found.n} rows are in {found.spec.parent}. The verdict, without a model: ladder run {found.spec}"
    )


def _role(text: str) -> tuple[str, str]:
    role, mark, what = text.partition("=")
    if not mark or not what:
        raise SpecError(f"--as {text}: no role and run.", next_step="Write --as baseline=LOG.")
    return role, what
