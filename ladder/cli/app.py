"""The `ladder` command: its verbs, and how it ends."""

import signal
import sys
from types import FrameType
from typing import Annotated

import click
import typer

from ladder import __version__
from ladder.cli import check, doctor, gate, init, plan, report, run, schema, show, status, train
from ladder.cli.output import console, say_error
from ladder.errors import LadderError

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


class Terminated(KeyboardInterrupt):
    """SIGTERM: ends like Ctrl-C, with code 143."""


@app.callback()
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Do we really need to fine-tune? An answer with evidence."""
    if version:
        sys.stdout.write(f"ladder {__version__}\n")
        raise typer.Exit


def main(arguments: list[str] | None = None) -> int:
    """Run one verb and return its exit code; see docs/exit-codes.md."""
    words = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in words
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = app(words, standalone_mode=False)
    except LadderError as error:
        say_error(error, as_json=as_json)
        return error.exit_code
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.ClickException as error:
        say_error(_as_usage(error), as_json=as_json)
        return 2
    except KeyboardInterrupt as error:
        console.print("Stopped. Nothing measured is lost: the same command continues.")
        return 143 if isinstance(error, Terminated) else 130
    except click.exceptions.Abort:
        return 130
    return int(code or 0)


def _as_usage(error: click.ClickException) -> LadderError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "ladder"
    return LadderError(error.format_message(), next_step=f"See `{path} --help`.")


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise Terminated
