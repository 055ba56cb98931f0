"""Messages to and from the rendering process: four bytes of length, then that much JSON."""

import json
import struct
from typing import IO, Any


def read_frame(stream: IO[bytes]) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the next frame's value, or None at the end of the stream."""
    header = stream.read(4)
    if len(header) < 4:
        return None
    return json.loads(stream.read(struct.unpack(">I", header)[0]))


def write_frame(stream: IO[bytes], value: object) -> None:
    """Write one frame and flush it."""
    stream.write(pack_frame(value))
    stream.flush()


def pack_frame(value: object) -> bytes:
    r"""Return a value as a frame; what JSON cannot hold becomes an inert word.

    >>> pack_frame([1])
    b'\x00\x00\x00\x03[1]'
    """
    text = json.dumps(value, default=lambda odd: f"<{type(odd).__name__}>").encode()
    return struct.pack(">I", len(text)) + text
