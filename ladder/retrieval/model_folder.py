"""Where an encoder or a reranker lies, and whether it is safe to load."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from ladder.disk import file_digest
from ladder.errors import LadderError, ModelLoadError, UnsafeError
from ladder.models.locate import hub_folder, package_path
from ladder.models.quiet import quiet_transformers, without_collecting, without_compiling

_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
_PICKLES = ("pytorch_model*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt")


def find_folder(name: str) -> Path:
    """Return the folder of `package:<module>/<folder>`, of a folder, or of a hub id.

    A hub id may name its revision: `owner/name@revision`. Pickles and code are not fetched.

    Raises:
        ModelLoadError: There is no such package, folder or hub id, or the hub is out of reach.
        UnsafeError: The path leaves its package.
    """
    if Path(name).is_dir():
        return Path(name)
    if name.startswith("package:"):
        return package_path(name, field="encoder or reranker")
    repository, _, revision = name.partition("@")
    return hub_folder(
        repository, revision=revision or None, files=_FILES, field="encoder or reranker"
    )


def is_here(name: str) -> bool:
    """Return whether `find_folder` finds a model without asking the hub."""
    if Path(name).is_dir():
        return True
    try:
        if name.startswith("package:"):
            return package_path(name).is_dir()
        repository, _, revision = name.partition("@")
        hub_folder(repository, revision=revision or None, files=_FILES, may_download=False)
    except LadderError:
        return False
    return True


def load_safely(class_name: str, folder: Path, *, what: str, next_step: str) -> Any:  # noqa: ANN401 - sentence_transformers has no types here
    """Return the model of a folder: safetensors alone, no code, no network.

    The class is one of sentence_transformers; `what` and `next_step` are words of the error.

    Raises:
        UnsafeError: The folder holds pickled weights or names code.
        ModelLoadError: It does not load.
    """
    with quiet_transformers(), without_compiling(), without_collecting():
        import sentence_transformers
    check_safe(folder)
    try:
        with quiet_transformers():
            return getattr(sentence_transformers, class_name)(
                str(folder),
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise ModelLoadError(
            f"the {what} in {folder} does not load: {error}", next_step=next_step
        ) from error


def check_safe(folder: Path) -> None:
    """Refuse weights in pickles, and configurations that name code outside the library.

    Raises:
        UnsafeError: See above; nothing of the model was loaded.
    """
    for directory in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        pickles = [path for pattern in _PICKLES for path in directory.glob(pattern)]
        if pickles and not list(directory.glob("*.safetensors")):
            raise UnsafeError(
                f"{pickles[0]} holds weights as a pickle, which can run code when it is read",
                next_step="Use a model whose weights are .safetensors, or convert this one first.",
            )
    for path in (folder / "modules.json", *folder.glob("config*.json")):
        for name in _classes(_read_json(path)) if path.is_file() else ():
            if not name.startswith(("sentence_transformers.", "torch.nn.")):
                raise UnsafeError(
                    f"{path} names code to run: {name!r}",
                    next_step="Use a model that needs no code of its own.",
                )


@lru_cache(maxsize=32)
def digest_folder(folder: Path) -> str:
    """Return the sha256 of every file that can change what the model computes."""
    digest = hashlib.sha256()
    for path in sorted({found for pattern in _FILES for found in folder.rglob(pattern)}):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(bytes.fromhex(file_digest(path)))
    return digest.hexdigest()


def _classes(config: Any) -> list[str]:  # noqa: ANN401 - a JSON value
    """Return the classes that a configuration would have imported.

    >>> _classes([{"type": "my_code.Layer"}])
    ['my_code.Layer']
    >>> _classes({"sentence_transformers": {"activation_fn": "os.abort"}})
    ['os.abort']
    """
    if isinstance(config, list):
        return [module["type"] for module in config if "type" in module]
    nested = config.get("sentence_transformers") or {}
    named = (
        nested.get("activation_fn"),
        config.get("activation_fn"),
        config.get("sbert_ce_default_activation_function"),
    )
    return [name for name in named if isinstance(name, str)]


def _read_json(path: Path) -> Any:  # noqa: ANN401 - a JSON value
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelLoadError(
            f"{path} is not JSON: {error}", next_step="Fetch the model again."
        ) from error
