"""Turn a GGUF file into a safetensors folder, once.

transformers reads GGUF, but slowly (11 to 17 s for 135 M parameters), and marks the result as
quantised although it is not: `save_pretrained`, `dequantize` and a bitsandbytes config then all
raise. The folder made here loads in under a second and has none of these marks. It lies under
`$LADDER_CACHE` (default `~/.cache/ladder`), named after the file's sha256.
"""

import copy
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from ladder.disk import draft_of, locked
from ladder.errors import InfrastructureError, ModelLoadError
from ladder.installation import install_line
from ladder.models.cache import cache_folder
from ladder.models.digest import file_digest
from ladder.models.gguf.gguf_tokenizer import write_byte_level
from ladder.models.gguf.header import read_header
from ladder.models.locate import locate
from ladder.models.quiet import quiet_transformers
from ladder.spec.candidate import ModelRef

_FORMAT = 1


def converted_folder(ref: ModelRef) -> Path:
    """Return a folder with the model in safetensors, converting a GGUF file the first time.

    A model that is a folder already is returned as it is.
    """
    path = locate(ref)
    if path.is_dir():
        return path
    return _made_once(path, "model", _write_model)


def tokenizer_folder(ref: ModelRef) -> Path:
    """Return a folder with at least tokenizer and config; no weights are touched."""
    path = locate(ref)
    if path.is_dir():
        return path
    whole = _target(path, "model")
    return whole if whole.is_dir() else _made_once(path, "tokenizer", _write_quickly)


def _target(path: Path, what: str) -> Path:
    return cache_folder() / "gguf" / f"{file_digest(path)}-{what}-{_FORMAT}"


def _made_once(path: Path, what: str, write: Callable[[Path, Path], None]) -> Path:
    if path.suffix != ".gguf":
        raise ModelLoadError(
            f"model.id: {path.name} is a file, but not a .gguf file.",
            next_step="Point model.id at the model's folder or at a .gguf file.",
        )
    target = _target(path, what)
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.with_name(f"{target.name}.lock")):
            if not target.is_dir():
                with draft_of(target) as draft:
                    draft.mkdir()
                    write(path, draft)
    except OSError as error:
        raise InfrastructureError(
            f"{target.parent} cannot be written ({error.strerror or error}).",
            next_step="Free space, or set LADDER_CACHE to a folder that can be written.",
        ) from error
    return target


def _write_quickly(path: Path, folder: Path) -> None:
    try:
        written = write_byte_level(read_header(path), folder)
    except (ImportError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not written:
        _write_tokenizer(path, folder)


def _write_tokenizer(path: Path, folder: Path) -> None:
    from transformers import AutoConfig, AutoTokenizer, GenerationConfig

    place, name = path.parent, path.name
    try:
        with quiet_transformers(), _header_read_once():
            tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=name)
            config = AutoConfig.from_pretrained(place, gguf_file=name)
    except (ImportError, KeyError, ValueError, RuntimeError) as error:
        raise _unreadable(path, error) from error
    tokenizer.save_pretrained(folder)
    _without_marks(config).save_pretrained(folder)
    GenerationConfig.from_model_config(config).save_pretrained(folder)


@contextmanager
def _header_read_once() -> Iterator[None]:
    """Within this context transformers parses a GGUF header once, with ladder's fast reader.

    For tokenizer and config alone transformers 5.23 walks all vocabulary entries of the file two
    times, one numpy object a string.
    """
    import gguf
    from transformers import modeling_gguf_pytorch_utils as module

    reader, load = gguf.GGUFReader, module.load_gguf_checkpoint
    known: dict[str, Any] = {}

    @functools.wraps(load)
    def loaded_once(path: str | Path, *rest: Any, **more: Any) -> Any:
        if str(path) not in known:
            known[str(path)] = load(path, *rest, **more)
        return copy.deepcopy(known[str(path)])

    gguf.GGUFReader = lambda path, *_: read_header(Path(path))
    module.load_gguf_checkpoint = loaded_once
    try:
        yield
    finally:
        gguf.GGUFReader, module.load_gguf_checkpoint = reader, load


def _write_model(path: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    _write_tokenizer(path, folder)
    try:
        # Its progress bar is tqdm's own and knows no switch.
        with quiet_transformers(), redirect_stderr(StringIO()):
            model = AutoModelForCausalLM.from_pretrained(
                path.parent, gguf_file=path.name, dtype=torch.float32
            )
    except (ImportError, KeyError, ValueError, RuntimeError) as error:
        raise _unreadable(path, error) from error
    model.hf_quantizer = None
    model.is_quantized = False
    _without_marks(model.config)
    model.save_pretrained(folder)


def _without_marks(config: Any) -> Any:
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    return config


def _unreadable(path: Path, error: Exception) -> ModelLoadError:
    return ModelLoadError(
        f"{path} could not be read as GGUF ({type(error).__name__}: {str(error)[:200]}).",
        next_step=f"{install_line('local')}; if it is, the architecture is not "
        "supported: use the model's safetensors.",
    )
