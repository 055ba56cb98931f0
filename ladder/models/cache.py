"""The folder in which converted models and encodings are kept between runs."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for what is costly to make again: `$LADDER_CACHE`, or `~/.cache/ladder`."""
    return Path(os.environ.get("LADDER_CACHE") or "~/.cache/ladder").expanduser()
