"""Strict readers of files, JSON and base64: anything ambiguous is refused."""

import base64
from pathlib import Path
from typing import Any, NoReturn

from ladder import strict_json
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
            "MALFORMED", f"{path} has {size:,} bytes; a {what} has 1 to {most:,}.", next_step=AGAIN
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise EvidenceRefusedError(
            "MISSING", f"{path} cannot be read: {error.strerror}.", next_step=AGAIN
        ) from error


def parse_object(content: bytes, where: str) -> dict[str, Any]:
    """Return the one JSON object that `content` is, as strictly as `ladder.strict_json`.

    Raises:
        EvidenceRefusedError: It is anything else.

    >>> parse_object(b'{"a": 1}', "x")
    {'a': 1}
    """
    try:
        return strict_json.parse_object(content)
    except ValueError as error:
        _refuse(where, str(error))


def decode_base64(text: str, where: str) -> bytes:
    """Return the bytes of a base64 text in its one canonical spelling.

    >>> decode_base64("YQ==", "x")
    b'a'
    """
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        _refuse(where, "it is not base64")
    if base64.b64encode(content).decode("ascii") != text:
        _refuse(where, "its base64 is not in canonical form")
    return content


def _refuse(where: str, why: str) -> NoReturn:
    raise EvidenceRefusedError(
        "MALFORMED", f"{where} is not what ladder wrote: {why}.", next_step=AGAIN
    )
