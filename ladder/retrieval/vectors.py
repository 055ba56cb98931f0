"""Arrays kept on disk: encodings and indexes, each file bound to its key; no pickles.

A file is what `numpy.save` writes, followed by a sha256 over key, dtype, shape and content. A copy
of another set's file, a renamed, cut or changed one is therefore seen, and made anew.
"""

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt

from ladder.models.cache import cache_folder

Vectors = npt.NDArray[np.float32]

_log = logging.getLogger(__name__)


def remembered(key: str, compute: Callable[[], Vectors]) -> Vectors:
    """Return the vectors stored under `key`; compute and store them where none are sound.

    A damaged file, or one of another key, counts as none. A cache that cannot be written costs
    time and nothing else.
    """
    return remembered_array(key, compute, folder="encodings")


def remembered_array(
    key: str, compute: Callable[[], npt.NDArray[Any]], *, folder: str
) -> npt.NDArray[Any]:
    """Return the array stored under `key` in a folder of the cache: see `remembered`."""
    path = cache_folder() / folder / f"{key}.npy"
    stored = _read(path, key)
    if stored is not None:
        return stored
    made = compute()
    try:
        _write(path, key, made)
    except OSError as error:
        _log.warning("%s are not kept: %s", folder, error)
    return made


def _read(path: Path, key: str) -> npt.NDArray[Any] | None:
    try:
        with path.open("rb") as file:
            array: npt.NDArray[Any] = np.load(file, allow_pickle=False)
            digest = file.read()
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, MemoryError, SyntaxError, TypeError) as error:
        _log.warning("%s is damaged and made anew: %s", path, error)
        return None
    if digest != _digest(key, array):
        _log.warning("%s is damaged or was made of something else, and is made anew.", path)
        return None
    return array


def _write(path: Path, key: str, array: npt.NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        try:
            np.save(file, array, allow_pickle=False)
            file.write(_digest(key, array))
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def _digest(key: str, array: npt.NDArray[Any]) -> bytes:
    digest = hashlib.sha256(f"{key}\n{array.dtype.str}\n{array.shape}\n".encode())
    digest.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    return digest.digest()
