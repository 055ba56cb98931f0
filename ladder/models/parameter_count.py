"""`bytes_of`: about how large a model is, by its files or its name; nothing is downloaded."""

import re

from ladder.errors import LadderError
from ladder.models.local.model_size import count_weights
from ladder.models.locate import hub_folder, is_hub_id
from ladder.spec.candidate import ModelRef

_NAMED = re.compile(r"(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)(b|m)(?![a-z0-9])")
_BYTES = {"nf4": 0.5, "int8": 1.0, "float32": 4.0}
_USUAL = 2.0
"""Bytes a weight where nothing else is said."""


def bytes_of(ref: ModelRef) -> float | None:
    """Return about how many bytes the weights take; None where neither files nor name tell.

    >>> bytes_of(ModelRef(id="Qwen/Qwen3-0.6B", base_url="http://127.0.0.1:8080/v1"))
    1200000000.0
    """
    weights = weights_of(ref)
    return None if weights is None else weights * _BYTES.get(ref.quantization or ref.dtype, _USUAL)


def weights_of(ref: ModelRef) -> float | None:
    """Return how many weights a model has, by its files or its name; None where neither tells."""
    return _counted(ref) or named_weights(ref.id)


def named_weights(name: str) -> float | None:
    """Return how many weights the name of a model tells; None where it does not.

    >>> [named_weights(name) for name in ("smollm2:135m", "mixtral-8x7b", "gpt-4o")]
    [135000000.0, 56000000000.0, None]
    """
    found = _NAMED.findall(name.lower())
    if not found:
        return None
    experts, number, unit = found[-1]
    return int(experts or 1) * float(number) * (1e9 if unit == "b" else 1e6)


def _counted(ref: ModelRef) -> int | None:
    """Return the weights in the files, as far as they are here."""
    if not ref.is_loaded_here:
        return None
    try:
        if is_hub_id(ref.id):
            hub_folder(ref.id, revision=ref.revision, may_download=False)
        return count_weights(ref)
    except LadderError:
        return None
