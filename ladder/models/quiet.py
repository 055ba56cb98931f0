"""`quiet_transformers`, in which transformers logs nothing, and other blocks that keep libraries calm."""

import gc
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from logging import ERROR, getLogger


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silence transformers' log lines and progress bars inside the block, and restore them.

    Its notes on generation flags, right padding and long prompts repeat what ladder's own
    checks say once, with a next step.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # bitsandbytes, which sentence-transformers imports too, warns of an optional package of kernels.
    if getLogger("bitsandbytes").level != ERROR:  # to set a level empties a cache of every logger
        getLogger("bitsandbytes").setLevel(ERROR)
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    bars = logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


@contextmanager
def without_compiling() -> Iterator[None]:
    """Have what is imported inside the block compile none of its functions by torch.

    sentence-transformers imports bitsandbytes by way of peft, which prepares to compile functions that
    nobody calls who only encodes: .7 of the 2.5 processor seconds of the import. They are run as they are,
    with the same results, should training call them in the same process.
    """
    name = "TORCHDYNAMO_DISABLE"
    given = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        del os.environ[name]
        if given is not None:
            os.environ[name] = given


@contextmanager
def without_collecting() -> Iterator[None]:
    """Have Python's collector of unreachable objects wait until the block is over.

    An import makes hundreds of thousands of objects and drops hardly any, and the collector looks through
    all of them again and again: half of the 1.8 processor seconds that sentence-transformers takes.
    After the block they count as old, and are looked through when the collector next does its whole round.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on and not gc.get_freeze_count():  # what somebody froze stays frozen
            gc.freeze()
            gc.unfreeze()
        if was_on:
            gc.enable()


@contextmanager
def quiet_peft() -> Iterator[None]:
    """Silence peft 0.21's use of a name that transformers 5.23 calls deprecated.

    And its note on GPT-2's kind of layer, whose weights lie the other way round: it sees so itself.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
        warnings.filterwarnings("ignore", "fan_in_fan_out is set to", UserWarning)
        yield
