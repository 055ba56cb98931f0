"""The JSON value that a server's body is."""

import json
from typing import Any

_LONE_HALF = b"\\ud"
"""How a body writes half of a pair of UTF-16: no file can hold it without the other half."""


def json_value(body: bytes) -> Any:
    r"""Return the value that a body is; half of a character is a question mark.

    Raises:
        ValueError: It is none.
        RecursionError: It is too deep.

    >>> json_value(b'["\\ud83d", 1]')
    ['?', 1]
    """
    value = json.loads(body)
    if _LONE_HALF not in body.lower():
        return value
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
