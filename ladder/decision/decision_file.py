"""What is wrong with a file that should hold a decision, in one sentence that every command prints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ladder.errors import DecisionFileError
from ladder.strict_json import parse_object
from ladder.version import __version__, version_numbers

SCHEMA_VERSION = 1
MOST_BYTES = 50 * 2**20
_AGAIN = "Run the same `ladder run` again: it writes the decision anew from what was measured."


def read_document(path: Path) -> dict[str, Any]:
    """Return the JSON object in a decision's file, of a version that this ladder can read.

    Raises:
        DecisionFileError: The file is absent, damaged, or from a newer ladder.
    """
    try:
        if path.exists() and not path.is_file():
            raise _damaged(path, "it is no file")
        if path.stat().st_size > MOST_BYTES:
            raise _damaged(path, f"it has {path.stat().st_size:,} bytes")
        document = parse_object(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise DecisionFileError(
            "absent",
            f"{path} does not exist: there is no such run, or it is unfinished.",
            next_step="Give the folder of a finished run (`ladder status` lists them), or finish "
            "it: `ladder run SPEC` continues where it stopped.",
        ) from None
    except OSError as error:
        raise _damaged(path, f"it cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise _damaged(path, str(error)) from None
    version = document.get("schema_version", SCHEMA_VERSION)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise _newer(path, f"schema_version {version}; this one reads {SCHEMA_VERSION}")
    return document


def as_misfit(path: Path, document: dict[str, Any], error: ValidationError) -> DecisionFileError:
    """Return why a JSON object is no decision: another version of ladder wrote it, or it is something else."""
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"])) or "the whole file"
    writer = _writer(document)
    if writer and version_numbers(writer) > version_numbers(__version__):
        return _newer(path, f"{writer}; this one is {__version__}")
    return DecisionFileError(
        "foreign",
        f"{path} is not a decision that ladder {__version__} can read: {place}: {first['msg']}.",
        next_step="Give the folder of a run, or run the same `ladder run` again with this version.",
    )


def as_edited(names: Sequence[str]) -> DecisionFileError:
    """Return that some fields contradict the ledger beside them."""
    do_not = "does not" if len(names) == 1 else "do not"
    return DecisionFileError(
        "edited",
        f"{', '.join(names)} {do_not} match the decision's ledger: the file was edited.",
        next_step=_AGAIN,
    )


def _damaged(path: Path, why: str) -> DecisionFileError:
    return DecisionFileError(
        "damaged", f"{path} is damaged, or no decision: {why}.", next_step=_AGAIN
    )


def _newer(path: Path, why: str) -> DecisionFileError:
    return DecisionFileError(
        "newer",
        f"{path} was written by a newer ladder ({why}).",
        next_step="Read it with that version of ladder.",
    )


def _writer(document: dict[str, Any]) -> str:
    provenance = document.get("provenance")
    versions = provenance.get("versions") if isinstance(provenance, dict) else None
    return str(versions.get("ladder", "")) if isinstance(versions, dict) else ""
