"""Where the template stands that a word of the command line names: what `model:` takes is taken."""

import re
from pathlib import Path

from ladder.errors import SpecError
from ladder.models.locate import locate
from ladder.spec.candidate import ModelRef

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def template_path(name: str | Path) -> Path:
    """Return the path of a file or folder, a `package:` id, or a hub id that was downloaded once.

    Nothing is downloaded. What is none of these is returned as it is.

    Raises:
        ModelLoadError: The package or the file in it is not there.
    """
    path, text = Path(name).expanduser(), str(name)
    if path.exists():
        return path
    if text.startswith("package:"):
        return locate(ModelRef(id=text))
    return (_in_cache(text) if _HUB_ID.fullmatch(text) else None) or path


def refuse_to_write(name: str | Path) -> None:
    """Refuse to change what other programs share: an installed package, or the hub's cache.

    Raises:
        SpecError: The name is no path.
    """
    if not Path(name).expanduser().exists():
        raise SpecError(
            f"--write: {str(name)!r} is no file or folder of yours; other programs share it.",
            next_step="Copy the model into a folder, and name that; or leave --write out.",
        )


def _in_cache(repository: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(repository, local_files_only=True))
    except (LocalEntryNotFoundError, OSError, ValueError):
        return None
