"""Encodings kept on disk: one .npy file a set of texts, followed by its sha256; no pickles."""

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import numpy.typing as npt

from ladder.models.cache import cache_folder

Vectors = npt.NDArray[np.float32]

_log = logging.getLogger(__name__)


def remembered(key: str, compute: Callable[[], Vectors]) -> Vectors:
    """Return the vectors stored under `key`; compute and store them where none are sound.

    A damaged file counts as none. A cache that cannot be written costs time and nothing else.
    """
    path = cache_folder() / "encodings" / f"{key}.npy"
    stored = _read(path)
    if stored is not None:
        return stored
    vectors = compute()
    try:
        _write(path, vectors)
    except OSError as error:
        _log.warning("encodings are not kept: %s", error)
    return vectors


def _read(path: Path) -> Vectors | None:
    try:
        with path.open("rb") as file:
            vectors: Vectors = np.load(file, allow_pickle=False)
            digest = file.read()
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError) as error:
        _log.warning("%s is damaged and not used: %s", path, error)
        return None
    if digest != _digest(vectors):
        _log.warning("%s is damaged and not used: its sha256 differs", path)
        return None
    return vectors


def _write(path: Path, vectors: Vectors) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        try:
            np.save(file, vectors, allow_pickle=False)
            file.write(_digest(vectors))
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def _digest(vectors: Vectors) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(vectors).data).digest()
