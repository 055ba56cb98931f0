"""The `ladder` command: its verbs, and how it ends."""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from types import FrameType
from typing import Annotated, Any, cast

import typer

from ladder import __version__
from ladder.cli import (
    adapter,
    answer,
    apply,
    check,
    compare,
    doctor,
    export,
    gate,
    import_,
    init,
    keys,
    label,
    plan,
    read,
    recheck,
    record,
    report,
    retrieve,
    run,
    schema,
    show,
    status,
    template,
    train,
)
from ladder.cli.output import console, plain_warnings, print_anything, say_error, tell
from ladder.errors import InfrastructureError, LadderError, SpecError
from ladder.installation import extra_with, install_line

app = typer.Typer(
    name="ladder",
    help="Do we really need to fine-tune? An answer with evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (
    init,
    import_,
    check,
    retrieve,
    plan,
    run,
    status,
    report,
    show,
    read,
    compare,
    apply,
    answer,
    recheck,
    label,
    gate,
    train,
    export,
    schema,
    doctor,
):
    name = verb.__name__.rpartition(".")[2]
    # `import` is a word of Python's own.
    app.command(name.rstrip("_"), **getattr(verb, "SETTINGS", {}))(getattr(verb, name))
app.add_typer(record.app, name="record")
app.add_typer(keys.app, name="keys")
app.add_typer(template.app, name="template")
app.add_typer(adapter.app, name="adapter")


# typer has brought its own click since 0.24, so click's classes are found by way of typer's.
UsageError = cast("type[Exception]", typer.BadParameter.__mro__[1])

_OF_NAMES = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.EINVAL,
    errno.ELOOP,
}
"""Errors of the system that a wrong path makes, and no fault of the machine."""

INTERRUPTED, TERMINATED, BROKEN_PIPE = 130, 143, 141


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
    """Run one verb and return its exit code; see docs/exit-codes.md.

    Whatever is raised ends in a code of the table. Python's own code for a crash is 1, and 1
    means that a gate has judged.
    """
    words = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    before = signal.signal(signal.SIGTERM, _terminate)
    print_anything()
    try:
        code = _ended(words)
        sys.stdout.flush()  # here, where a reader that has gone is no fault
    except (BrokenPipeError, SystemExit) as error:
        if not _is_closed_pipe(error):
            raise
        code = BROKEN_PIPE
        _write_no_more()
    finally:
        # Who calls this as a function keeps its own way to end.
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
    return code


def _ended(words: list[str]) -> int:
    """Run one verb, tell what went wrong, and return its exit code."""
    try:
        with plain_warnings():
            code = int(_command()(words, standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Terminated:
        code = TERMINATED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug must not look like a judgement
        told = _told(error)
        say_error(told, as_json="--json" in words)
        return told.exit_code
    # typer itself makes the code of a Ctrl-C that reaches it
    if code in (INTERRUPTED, TERMINATED):
        console.print("Stopped. Nothing measured is lost: the same command continues.")
    return code


def _is_closed_pipe(error: BaseException) -> bool:
    """Return whether nobody reads any more: typer and rich then end with code 1, which is a judgement."""
    cause = error.__context__ if isinstance(error, SystemExit) else error
    return isinstance(cause, BrokenPipeError)


def _write_no_more() -> None:
    """Let what is still to be written go nowhere: Python would complain of it at the end."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
            continue
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@cache
def _command() -> Callable[..., Any]:
    """Return the verbs as a command; typer would build all of them again at each call."""
    return typer.main.get_command(app)


def _told(error: Exception) -> LadderError:
    """Return the error in the user's words; a bug's traceback goes to stderr besides."""
    if isinstance(error, LadderError):
        return error
    if isinstance(error, UsageError):
        return _as_usage(error)
    if isinstance(error, ModuleNotFoundError) and extra_with(error.name or ""):
        return _as_not_installed(error)
    if isinstance(error, OSError) and error.errno in _OF_NAMES and error.filename:
        return _as_wrong_name(error)
    if isinstance(error, (OSError, MemoryError)):
        return InfrastructureError(
            f"The machine refused: {error or type(error).__name__}.",
            next_step="See to disk, permissions and memory; the same command continues.",
        )
    tell("".join(traceback.format_exception(error)).rstrip())
    return InfrastructureError(
        f"ladder failed at something it did not expect: {type(error).__name__}: {error}.",
        next_step="Report it with the text above and the output of `ladder doctor`.",
    )


def _as_not_installed(error: ModuleNotFoundError) -> LadderError:
    name = error.name or ""
    return InfrastructureError(
        f"This needs {name}, which is not installed.",
        next_step=f"{install_line(extra_with(name) or 'local')}, then the same command again.",
    )


def _as_wrong_name(error: OSError) -> LadderError:
    """Return that a path cannot be what it is to be: a file stands in its way, or it is too long."""
    name, why = str(error.filename), (error.strerror or "").lower()
    shown = name if len(name) <= 120 else f"{name[:119]}…"
    return SpecError(
        f"{shown}: {why}." if why else f"{shown} is no path that can be used.",
        next_step="Check the path: each folder in it must be a folder, and a file that is read must "
        "be there.",
    )


def _as_usage(error: BaseException) -> LadderError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "ladder"
    written = getattr(error, "format_message", None)  # `message` is empty for what is missing
    message = written() if written is not None else str(error)
    return SpecError(str(message), next_step=f"See `{path} --help`.")


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise Terminated
