"""`parse_object`: parses one JSON object; what two parsers could read differently is refused."""

import json
from typing import Any, NoReturn


def parse_object(content: bytes) -> dict[str, Any]:
    """Return the one JSON object that `content` is.

    UTF-8 without a byte order mark or carriage returns; no key twice, no NaN, nothing behind it.

    Raises:
        ValueError: It is anything else; the message says what, in words that follow a colon.

    >>> parse_object(b'{"a": 1}')
    {'a': 1}
    """
    if content.startswith(b"\xef\xbb\xbf"):
        raise ValueError("it starts with a byte order mark")
    if b"\r" in content:
        raise ValueError("its line ends were converted (it holds carriage returns)")
    try:
        value = json.loads(
            content.decode("utf-8"), object_pairs_hook=each_key_once, parse_constant=no_constant
        )
    except RecursionError as error:
        raise ValueError(str(error) or "it is nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError(f"it is a {type(value).__name__}, not an object")  # noqa: TRY004
    return value


def each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; raise ValueError for a key that stands twice: nobody knows which counts."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def agreeing_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; raise ValueError for a key that stands twice with two values.

    RFC 8259 leaves open which of them counts, and programs differ.
    """
    value = dict(pairs)
    if len(value) != len(pairs) and any(value[key] != each for key, each in pairs):
        raise ValueError("a key stands twice in one object, with two values")
    return value


def no_constant(name: str) -> NoReturn:
    """Raise ValueError for `NaN` and `Infinity`, which Python's parser knows and JSON does not."""
    raise ValueError(f"{name} is not a number of JSON")
