"""Where a licence stands: a model's folder, a GGUF file, an installed package, a data set's card."""

import re
from importlib import metadata
from pathlib import Path
from typing import Any

from ladder.errors import ModelLoadError
from ladder.models.locate import locate
from ladder.spec.candidate import ModelRef

_CARD = re.compile(r"^license(?:_name)?:[ \t]*['\"]?([^'\"\s#]+)", re.MULTILINE)
_MOST_CARD = 100_000


def base_licence(ref: ModelRef) -> str | None:
    """Return the licence that comes with a model's files, if one does."""
    path = locate(ref)
    if path.is_dir():
        return card_licence(path / "README.md")
    return (
        _gguf_licence(path) or _package_licence(ref.id) or card_licence(path.parent / "README.md")
    )


def data_licence(path: Path) -> str | None:
    """Return the licence in the card beside a data file, if there is one."""
    return card_licence(path.parent / "README.md")


def card_licence(card: Path) -> str | None:
    """Return the licence in the head of a model's or data set's README.md; None without one.

    `license: other` names the real one in `license_name`.
    """
    if not card.is_file():
        return None
    text = card.read_text("utf-8", errors="replace")[:_MOST_CARD]
    if not text.startswith("---"):
        return None
    head = text[3:].partition("\n---")[0]
    names = [name for name in _CARD.findall(head) if name.lower() != "other"]
    return names[0] if names else None


def _gguf_licence(path: Path) -> str | None:
    if path.suffix != ".gguf":
        return None
    try:
        from gguf import GGUFReader

        field: Any = GGUFReader(path).get_field("general.license")
    except (ImportError, ValueError, OSError) as error:
        raise ModelLoadError(
            f"{path} could not be read as GGUF: {error}", next_step="Fetch the file again."
        ) from error
    return None if field is None else bytes(field.parts[field.data[0]]).decode("utf-8", "replace")


def _package_licence(model_id: str) -> str | None:
    if not model_id.startswith("package:"):
        return None
    module = model_id.removeprefix("package:").partition("/")[0]
    names = metadata.packages_distributions().get(module, [])
    for name in names:
        about: Any = metadata.metadata(name)
        licence = about.get("License-Expression") or about.get("License")
        if licence:
            return str(licence).splitlines()[0].strip()
    return None
