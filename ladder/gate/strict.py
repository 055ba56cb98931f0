"""Bytes to a JSON value, so strictly that two readers can never see two different records."""

import base64
import binascii
import json
from pathlib import Path
from typing import Any, NoReturn

from ladder.errors import EvidenceRefusedError

MOST_BYTES = 10 * 2**20
AGAIN = "Get the record again from the job that signed it; do not edit it."


def read_bytes(path: Path, *, what: str = "record", most: int = MOST_BYTES) -> bytes:
    """Return a file's content; a folder, a pipe, an empty or a huge file is refused.

    Raises:
        EvidenceRefusedError: It is not a file that could hold a record.
    """
    if not path.is_file():
        if not path.parent.exists():
            raise EvidenceRefusedError(
                "MISSING",
                f"there is no run {path.parent}.",
                next_step="See which there are: ladder status",
            )
        if path.name == "decision.json" and (path.parent / "journal.sqlite").exists():
            raise EvidenceRefusedError(
                "MISSING",
                f"the run {path.parent} is unfinished: it has no decision yet.",
                next_step="Finish it: ladder run SPEC continues where it stopped.",
            )
        if what == "record" and not path.exists():
            raise EvidenceRefusedError(
                "MISSING",
                f"there is no run and no record {path}.",
                next_step="See which runs there are: ladder status. Make a record of one: "
                "ladder record write RUN --key ladder.key",
            )
        kind = "not a file" if path.exists() else "not there"
        raise EvidenceRefusedError("MISSING", f"the {what} {path} is {kind}.", next_step=AGAIN)
    size = path.stat().st_size
    if not 0 < size <= most:
        raise EvidenceRefusedError(
            "MALFORMED",
            f"{path} has {size:,} bytes; a {what} has 1 to {most:,}.",
            next_step=AGAIN,
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise EvidenceRefusedError(
            "MISSING", f"{path} cannot be read: {error.strerror}.", next_step=AGAIN
        ) from error


def parse_object(content: bytes, where: str) -> dict[str, Any]:
    """Return the one JSON object that `content` is.

    UTF-8 without a byte order mark or carriage returns; no key twice, no NaN, nothing behind it.

    Raises:
        EvidenceRefusedError: It is anything else.

    >>> parse_object(b'{"a": 1}', "x")
    {'a': 1}
    """
    if content.startswith(b"\xef\xbb\xbf"):
        _refuse(where, "it starts with a byte order mark")
    if b"\r" in content:
        _refuse(where, "its line ends were converted (it holds carriage returns)")
    try:
        value = json.loads(
            content.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_constant
        )
    except (ValueError, RecursionError) as error:
        _refuse(where, str(error) or type(error).__name__)
    if not isinstance(value, dict):
        _refuse(where, f"it is a {type(value).__name__}, not an object")
    return value


def decode_base64(text: str, where: str) -> bytes:
    """Return the bytes of a base64 text in its one canonical spelling.

    >>> decode_base64("YQ==", "x")
    b'a'
    """
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        _refuse(where, "it is not base64")
    if base64.b64encode(content).decode("ascii") != text:
        _refuse(where, "its base64 is not in canonical form")
    return content


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _refuse(where: str, why: str) -> NoReturn:
    raise EvidenceRefusedError(
        "MALFORMED", f"{where} is not what ladder wrote: {why}.", next_step=AGAIN
    )
