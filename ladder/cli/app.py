"""The `ladder` command: its verbs, and how it ends."""

import signal
import sys
from types import FrameType
from typing import Annotated, cast

import typer

from ladder import __version__
from ladder.cli import (
    check,
    doctor,
    gate,
    init,
    keys,
    plan,
    record,
    report,
    run,
    schema,
    show,
    status,
    train,
)
from ladder.cli.output import console, say_error
from ladder.errors import LadderError, SpecError

app = typer.Typer(
    name="ladder",
    help="Do we really need to fine-tune? An answer with evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (init, check, plan, run, status, report, show, gate, train, schema, doctor):
    name = verb.__name__.rpartition(".")[2]
    app.command(name, **getattr(verb, "SETTINGS", {}))(getattr(verb, name))
app.add_typer(record.app, name="record")
app.add_typer(keys.app, name="keys")


# typer has brought its own click since 0.24, so click's classes are found by way of typer's.
UsageError = cast("type[Exception]", typer.BadParameter.__mro__[1])

INTERRUPTED, TERMINATED = 130, 143


class Terminated(BaseException):
    """SIGTERM. It is no KeyboardInterrupt, which typer would make its own of."""


def _print_version(is_asked: bool) -> None:
    if is_asked:
        sys.stdout.write(f"ladder {__version__}\n")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and stop.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Do we really need to fine-tune? An answer with evidence."""


def main(arguments: list[str] | None = None) -> int:
    """Run one verb and return its exit code; see docs/exit-codes.md."""
    words = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in words
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = int(app(words, standalone_mode=False) or 0)
    except LadderError as error:
        say_error(error, as_json=as_json)
        return error.exit_code
    except UsageError as error:
        say_error(_as_usage(error), as_json=as_json)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Terminated:
        code = TERMINATED
    if code in (INTERRUPTED, TERMINATED):
        console.print("Stopped. Nothing measured is lost: the same command continues.")
    return code


def _as_usage(error: BaseException) -> LadderError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "ladder"
    message = getattr(error, "message", str(error))
    return SpecError(str(message), next_step=f"See `{path} --help`.")


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise Terminated
