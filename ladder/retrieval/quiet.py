"""Keep libraries from talking over ladder's own messages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from logging import ERROR, getLogger


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silence transformers' progress bars and notes inside the block, and restore them."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # sentence-transformers imports bitsandbytes, which warns of an optional kernel for training.
    getLogger("bitsandbytes").setLevel(ERROR)
    from transformers.utils import logging

    verbosity, has_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if has_bars:
            logging.enable_progress_bar()
