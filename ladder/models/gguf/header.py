"""Read the header of a GGUF file: its metadata and the names of its tensors, in a tenth of a second.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The `gguf` package reads the
same through numpy, one object a string, which takes seconds for a vocabulary.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

_FORMATS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True)
class HeaderEntry:
    """One value of the metadata.

    Attributes:
        types: GGUF's numbers of its type: one, or 9 and that of an array's elements.
        value: A number, a text, or a list of these.
    """

    types: list[int]
    value: Any

    @cached_property
    def parts(self) -> list[Any]:
        """Return the values as `gguf.ReaderField` holds them: bytes, or a sequence of one."""
        values = self.value if self.types[0] == _ARRAY else [self.value]
        is_text = self.types[-1] == _STRING
        return [value.encode() for value in values] if is_text else [(each,) for each in values]

    @property
    def data(self) -> range:
        """Return the places of the values among the parts."""
        return range(len(self.value) if self.types[0] == _ARRAY else 1)


@dataclass(frozen=True)
class TensorName:
    """A tensor, of which only name and shape are read."""

    name: str
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Header:
    """A file's metadata by key, and its tensors by name."""

    fields: dict[str, HeaderEntry] = field(default_factory=dict)
    tensors: list[TensorName] = field(default_factory=list)

    def get(self, key: str, default: Any = None) -> Any:
        """Return one value of the metadata."""
        entry = self.fields.get(key)
        return default if entry is None else entry.value


def read_header(path: Path) -> Header:
    """Return the header of a GGUF file; read once a process while size and time stay the same.

    Raises:
        ValueError: The file is no GGUF of version 2 or 3, or is cut short.
    """
    stat = path.stat()
    return _read(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=1)
def _read(path: Path, size: int, mtime_ns: int) -> Header:  # noqa: ARG001 - they are the key
    if size < 24:
        raise ValueError("the file is too short to be a GGUF file")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return _Cursor(data).header()
        except (struct.error, IndexError) as error:
            raise ValueError("the file ends within its own header") from error


class _Cursor:
    """A place in the file, moved on by each read."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.place = data, 0

    def header(self) -> Header:
        if self.data[:4] != b"GGUF":
            raise ValueError("the file does not begin with GGUF")
        self.place = 4
        [version] = self.numbers("I")
        if version not in (2, 3):
            raise ValueError(f"the file is GGUF version {version}, not 2 or 3")
        tensors, entries = self.numbers("QQ")
        fields = {self.text(): self.entry() for _ in range(entries)}
        return Header(fields, list(self.tensors(tensors)))

    def numbers(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{form}", self.data, self.place)
        self.place += struct.calcsize(f"<{form}")
        return found

    def text(self) -> str:
        start = self.place + 8
        [length] = _LENGTH.unpack_from(self.data, self.place)
        self.place = start + length
        piece = self.data[start : self.place]
        if len(piece) < length:
            raise IndexError
        return piece.decode("utf-8")

    def entry(self) -> HeaderEntry:
        [kind] = self.numbers("I")
        if kind != _ARRAY:
            return HeaderEntry([kind], self.value(kind))
        kind, count = self.numbers("IQ")
        if kind == _STRING:
            return HeaderEntry([_ARRAY, kind], [self.text() for _ in range(count)])
        if count > len(self.data):
            raise IndexError
        return HeaderEntry([_ARRAY, kind], list(self.numbers(f"{count}{self.form(kind)}")))

    def value(self, kind: int) -> Any:
        return self.text() if kind == _STRING else self.numbers(self.form(kind))[0]

    def form(self, kind: int) -> str:
        if kind not in _FORMATS:
            raise ValueError(f"the metadata hold a value of the unknown type {kind}")
        return _FORMATS[kind]

    def tensors(self, count: int) -> Iterator[TensorName]:
        for _ in range(count):
            name = self.text()
            [dimensions] = self.numbers("I")
            yield TensorName(name, self.numbers(f"{dimensions}Q"))
            self.place += 12  # its type, its place in the file
