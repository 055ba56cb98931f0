"""Read a GGUF file's header once, and quickly, where transformers reads it twice and slowly.

For tokenizer and config alone transformers 5.23 walks all vocabulary entries of the file two times
through numpy's memmap, whose bookkeeping is half of the time.
"""

import copy
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def header_read_once() -> Iterator[None]:
    """Within this context every GGUF header is read one time, over a plain array."""
    import gguf
    from transformers import modeling_gguf_pytorch_utils as module

    reader, load = gguf.GGUFReader, module.load_gguf_checkpoint
    gguf.GGUFReader = _plain(reader)
    module.load_gguf_checkpoint = _remembered(load)
    try:
        yield
    finally:
        gguf.GGUFReader, module.load_gguf_checkpoint = reader, load


def _plain(reader: Any) -> Any:  # noqa: ANN401 - gguf has no types
    """Return the reader over an array instead of a memmap."""
    import numpy as np

    class PlainReader(reader):  # type: ignore[misc]
        @property
        def data(self) -> Any:  # noqa: ANN401
            return self._data

        @data.setter
        def data(self, mapped: Any) -> None:  # noqa: ANN401
            self._data = mapped.view(np.ndarray)

    return PlainReader


def _remembered(load: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[str, Any] = {}

    @functools.wraps(load)
    def loaded(path: str | Path, *rest: Any, return_tensors: bool = False, **more: Any) -> Any:  # noqa: ANN401
        if return_tensors:
            return load(path, *rest, return_tensors=True, **more)
        if str(path) not in known:
            known[str(path)] = load(path, *rest, **more)
        return copy.deepcopy(known[str(path)])

    return loaded
