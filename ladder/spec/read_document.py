"""`read_document`: the plain value in a `.yaml`, `.toml` or `.json` file."""

import difflib
import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

from ladder.errors import SpecError, UnsafeError
from ladder.spec.document import MOST_BYTES, SMALLER, Document, read_yaml, too_large
from ladder.strict_json import no_constant

ENDINGS = (".yaml", ".yml", ".toml", ".json")
"""How the file of a task spec may end."""

_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")


def read_document(path: Path) -> Document:
    """Return the value in a `.yaml`, `.toml` or `.json` file.

    Raises:
        SpecError: The file is absent, too large or too deep, not UTF-8, or not well-formed.
        UnsafeError: The file is Python, or has a YAML tag that would make an object.
    """
    readers = {".yaml": read_yaml, ".yml": read_yaml, ".toml": _read_toml, ".json": _read_json}
    kind = path.suffix.lower()
    if kind == ".py":
        raise UnsafeError(
            f"{path} is Python; a task spec is data, and ladder does not execute it.",
            next_step="Write the spec as .yaml, or pass a TaskSpec to ladder.run in your own code.",
        )
    if kind not in readers:
        raise _no_spec(path)
    return readers[kind](_text_of(path), path.name)


def _no_spec(path: Path) -> SpecError:
    """Return the error of a path that cannot be a spec: a folder, such as a run's, rows, or something else."""
    if path.is_dir():
        return SpecError(
            f"{path} is a folder, and no task spec.",
            next_step="Give the spec's file. If the folder is a run's, this reads it: ladder report "
            f"{shlex.quote(str(path))}",
        )
    rows = f" {shlex.quote(str(path))}" if path.is_file() else ""
    return SpecError(
        f"{path} does not end in .yaml, .yml, .toml or .json.",
        next_step=f"Give a task spec; `ladder init{rows}` writes one.",
    )


def _near(path: Path) -> str:
    """Return the spec of the same name with another ending, or of nearly that name; else nothing."""
    folder = path.parent
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    specs = [each for each in names if Path(each).suffix.lower() in {".yaml", ".yml", ".toml"}]
    near = difflib.get_close_matches(path.name, specs, n=1)
    return f"Did you mean {folder / near[0]}?" if near else ""


def _text_of(path: Path) -> str:
    if not path.is_file():
        raise SpecError(
            f"There is no file {path}." if not path.exists() else f"{path} is not a file.",
            next_step=_near(path) or "Check the path, or write a spec with `ladder init`.",
        )
    if path.stat().st_size > MOST_BYTES:
        raise too_large(path.name)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SpecError(
            f"{path.name}:{line} is not UTF-8 (byte {error.start}).",
            next_step="Save the file as UTF-8.",
        ) from None
    if not text.strip():
        raise SpecError(f"{path.name} is empty.", next_step="Write a spec with `ladder init`.")
    return text


def _read_toml(text: str, where: str) -> Document:
    try:
        return Document(tomllib.loads(text), where)
    except RecursionError:
        raise SpecError(f"{where} is nested too deeply.", next_step=SMALLER) from None
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        place = where if found is None else f"{where}:{found.group(1)}"
        raise SpecError(
            f"{place} cannot be read: {error}.", next_step="Correct the TOML at this line."
        ) from None
    except ValueError as error:
        raise _no_number(where, str(error)) from None


def _read_json(text: str, where: str) -> Document:
    try:
        value = json.loads(text, object_pairs_hook=_pairs, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise SpecError(
            f"{where}:{error.lineno} cannot be read: {error.msg} (column {error.colno}).",
            next_step="Correct the JSON at this line.",
        ) from None
    except RecursionError:
        raise SpecError(f"{where} is nested too deeply.", next_step=SMALLER) from None
    except _RepeatedError as error:
        read_yaml(text, where)  # it says on which lines
        raise SpecError(f"{where}: {error}.", next_step="Keep one of them.") from None
    except ValueError as error:
        raise _no_number(where, str(error)) from None
    try:
        # JSON is YAML, but for some escapes and tabs: the lines come from there, if they can.
        lines = read_yaml(text, where).lines
    except SpecError:
        lines = {}
    return Document(value, where, lines)


class _RepeatedError(ValueError):
    """A key stands twice in one object."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _RepeatedError(f"the key {key!r} stands twice in one object")
        result[key] = value
    return result


def _no_number(where: str, why: str) -> SpecError:
    return SpecError(
        f"{where}: a number cannot be read: {why.partition(';')[0]}.",
        next_step="Write an ordinary number, such as 0.8.",
    )
