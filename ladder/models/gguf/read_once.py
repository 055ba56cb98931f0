"""Makes transformers parse a GGUF header only once, with ladder's fast reader.

For tokenizer and config alone transformers 5.23 walks all vocabulary entries of the file two times,
one numpy object a string.
"""

import copy
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ladder.models.gguf.header import Header, read_header


@contextmanager
def header_read_once() -> Iterator[None]:
    """Within this context GGUF headers are read by `read_header`, and parsed one time."""
    import gguf
    from transformers import modeling_gguf_pytorch_utils as module

    reader, load = gguf.GGUFReader, module.load_gguf_checkpoint
    gguf.GGUFReader = _quick_reader
    module.load_gguf_checkpoint = _remembered(load)
    try:
        yield
    finally:
        gguf.GGUFReader, module.load_gguf_checkpoint = reader, load


def _quick_reader(path: str | Path, *_: Any) -> Header:
    """Return what stands in for a `gguf.GGUFReader` while no tensor is asked for."""
    return read_header(Path(path))


def _remembered(load: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[str, Any] = {}

    @functools.wraps(load)
    def loaded(path: str | Path, *rest: Any, **more: Any) -> Any:
        if str(path) not in known:
            known[str(path)] = load(path, *rest, **more)
        return copy.deepcopy(known[str(path)])

    return loaded
