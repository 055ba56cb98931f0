"""The chat template of the model that a fine-tune came from, where that model is at hand.

A fine-tune is often saved without its template. Which model it came from stands in its adapter
config, its config or its model card.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ladder.chat.template_sources import effective, read_sources
from ladder.disk import read_json_object
from ladder.errors import ModelLoadError
from ladder.models.locate import hub_folder, is_hub_id

_CARD = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)
_CARD_BASE = re.compile(r"^base_model:[ \t]*(?:\n[ \t]*-[ \t]*)?([^\s#]+)", re.MULTILINE)
_SMALL_FILES = ("*.jinja", "*config.json", "chat_template.json", "tokenizer.*", "*_tokens*.json")


@dataclass(frozen=True)
class BaseTemplate:
    """A template, and the model whose own it is."""

    model: str
    text: str


def base_template(folder: Path, *, may_download: bool) -> BaseTemplate | None:
    """Return the template of the model that a folder's weights were tuned from, or None.

    The hub is asked, if it may be, only for the few small files that can hold it, where neither a
    folder nor an earlier download does.
    """
    for name in dict.fromkeys(named_bases(folder)):
        home = home_of(name, folder, may_download=may_download)
        text = None if home is None or home == folder else effective(read_sources(home))
        if text is not None:
            return BaseTemplate(name, text)
    return None


def named_bases(folder: Path) -> Iterator[str]:
    """Yield the names of models that a folder says it came from."""
    for file, key in (
        ("adapter_config.json", "base_model_name_or_path"),
        ("config.json", "_name_or_path"),
    ):
        name = read_json_object(folder / file).get(key)
        if isinstance(name, str) and name:
            yield name
    readme = folder / "README.md"
    card = _CARD.match(readme.read_text("utf-8", errors="replace")) if readme.is_file() else None
    found = _CARD_BASE.search(card.group(1)) if card is not None else None
    if found is not None:
        yield found.group(1).strip("'\"")


def home_of(name: str, folder: Path, *, may_download: bool) -> Path | None:
    """Return the folder in which a model's tokenizer and template lie, never its weights.

    The `name` is a path, also one beside or in `folder`, or a hub id.
    """
    for path in (Path(name).expanduser(), folder / name, folder.parent / name):
        if path.is_dir():
            return path.resolve()
    if is_hub_id(name):
        for asks_hub in (False, True)[: 1 + may_download]:
            with suppress(ModelLoadError):
                return hub_folder(name, files=_SMALL_FILES, may_download=asks_hub)
    return None
