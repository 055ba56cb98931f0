"""`ModelSize`: how many weights a model has and how wide it is, read from its files' headers."""

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.disk import read_json_object
from ladder.errors import ModelLoadError
from ladder.models.gguf.convert import tokenizer_folder
from ladder.models.gguf.header import read_header
from ladder.models.locate import locate
from ladder.models.quiet import quiet_transformers
from ladder.spec.candidate import ModelRef

_LENGTH = struct.Struct("<Q")
_NOT_QUANTISED = ("embed", "wte", "wpe", "lm_head", "token_embd", "output.weight")
"""What the names of embeddings and of a head hold: no library quantises these."""


@dataclass(frozen=True, slots=True)
class ModelSize:
    """What decides how much memory a model takes.

    Attributes:
        linear: Weights of linear layers, which can be quantised.
        other: All other weights: embeddings, head, norms.
        layers, hidden, inner: How many layers, and how wide they are outside and inside.
        queries, keys: Width of the queries, and of the keys, which is that of the values too.
        vocabulary: Tokens that it knows.

    What is 0 is not told by the model's config, and counts as nothing.
    """

    linear: int
    other: int
    layers: int = 0
    hidden: int = 0
    inner: int = 0
    queries: int = 0
    keys: int = 0
    vocabulary: int = 0

    @property
    def weights(self) -> int:
        """Return all weights."""
        return self.linear + self.other


def size_of(ref: ModelRef) -> ModelSize:
    """Return the size of a model whose files are here; no weight is read.

    Raises:
        ModelLoadError: There is no such model, or its files are damaged.
    """
    path = locate(ref)
    try:
        tensors = dict(_tensors(path))
        config = _config(tokenizer_folder(ref))
        return _size(tensors, config)
    except (OSError, ValueError, KeyError, AttributeError, TypeError, struct.error) as error:
        raise ModelLoadError(
            f"The size of {ref.id!r} cannot be read from its files ({type(error).__name__}: {error}).",
            next_step="Download the files again; if it stays, update transformers.",
        ) from error


def count_weights(ref: ModelRef) -> int:
    """Return how many weights the files of a model hold.

    Raises:
        ModelLoadError: They are not here, or damaged.
    """
    path = locate(ref)
    try:
        return sum(math.prod(shape) for _, shape in _tensors(path))
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise ModelLoadError(
            f"The weights of {ref.id!r} cannot be counted ({type(error).__name__}: {error}).",
            next_step="Download the files again.",
        ) from error


def _tensors(path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Return the name and the shape of each tensor in a GGUF file, or in a folder's safetensors."""
    if path.is_file():
        return ((each.name, each.shape) for each in read_header(path).tensors)
    return _of_folder(path)


def _of_folder(folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    for path in _weight_files(folder):
        with path.open("rb") as file:
            [length] = _LENGTH.unpack(file.read(8))
            if length > path.stat().st_size:
                raise ValueError(f"{path.name} is cut short")
            header = json.loads(file.read(length))
        for name, each in header.items():
            if name != "__metadata__":
                yield name, tuple(each["shape"])


def _weight_files(folder: Path) -> list[Path]:
    """Return the files that transformers loads: Mistral's folders hold all weights a second time."""
    named = set(
        read_json_object(folder / "model.safetensors.index.json").get("weight_map", {}).values()
    )
    every = sorted(folder.glob("*.safetensors"))
    return [path for path in every if path.name in (named or {"model.safetensors"})] or every


def _config(folder: Path) -> Any:
    from transformers import AutoConfig

    with quiet_transformers():
        return AutoConfig.from_pretrained(folder, trust_remote_code=False).get_text_config()


def _size(tensors: dict[str, tuple[int, ...]], config: Any) -> ModelSize:
    linear = sum(
        math.prod(shape)
        for name, shape in tensors.items()
        if len(shape) > 1 and not any(part in name for part in _NOT_QUANTISED)
    )
    other = sum(map(math.prod, tensors.values())) - linear
    try:
        return ModelSize(linear=linear, other=other, **_widths(config))
    except Exception:  # noqa: BLE001 - transformers raises what it likes for one width a layer
        return ModelSize(linear=linear, other=other)


def _widths(config: Any) -> dict[str, int]:
    heads = config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    inner = getattr(config, "intermediate_size", None) or getattr(config, "n_inner", None)
    if isinstance(inner, list | tuple):  # one a layer
        inner = max(inner)
    return {
        "layers": config.num_hidden_layers,
        "hidden": config.hidden_size,
        "inner": inner or 4 * config.hidden_size,
        "queries": heads * width,
        "keys": (getattr(config, "num_key_value_heads", None) or heads) * width,
        "vocabulary": config.vocab_size,
    }
