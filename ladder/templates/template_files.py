"""Template files as they lie on disk: model and adapter folders, GGUF, `.jinja`, JSON."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.chat.context import TemplateContext, Tokenizer
from ladder.chat.template_sources import effective, read_sources
from ladder.errors import DataError, LadderError, ModelLoadError, SpecError
from ladder.models.gguf.convert import tokenizer_folder
from ladder.models.locate import hub_folder, is_hub_id, package_path
from ladder.models.tokenizer import tokenizer_of
from ladder.spec.candidate import ChatSetup, ModelRef
from ladder.templates.base_model import home_of
from ladder.templates.describe import TEKKEN, declared_stop_ids, folder_context, origin_of

CONFIG = "tokenizer_config.json"
_MODEL_FILES = (CONFIG, "config.json", "tokenizer.json", TEKKEN)


@dataclass(frozen=True)
class TemplateFile:
    """One template on disk, with everything that its folder says about its use.

    Attributes:
        path: The file in which the effective template stands, or the folder.
        context: What the chat rules look at.
    """

    path: Path
    context: TemplateContext


def read_template_files(path: Path, *, training: bool = False) -> list[TemplateFile]:
    """Return the templates at a path; several only for a folder that is no model.

    Raises:
        SpecError: Nothing is there, or nothing that can hold a template.
        ModelLoadError: A GGUF file that cannot be read.
    """
    path = template_path(path)
    if not path.exists():
        raise SpecError(
            f"There is no file or folder {str(path)!r}, and no such model in the hub's cache.",
            next_step="Name a model folder, an adapter folder, a .gguf, a .jinja or a "
            f"{CONFIG} file, package:<module>/<file>, or a hub id that was downloaded once.",
        )
    return list(_read_folder(path, training) if path.is_dir() else _read_file(path, training))


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
        return package_path(text)
    if is_hub_id(text):
        with suppress(ModelLoadError):
            return hub_folder(text, files=None, may_download=False)
    return path


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


def _read_file(path: Path, training: bool) -> Iterator[TemplateFile]:  # noqa: FBT001 - private
    if path.suffix == ".gguf":
        folder = tokenizer_folder(ModelRef(id=str(path)))
        yield TemplateFile(path, folder_context(folder, ChatSetup(), training=training))
    elif path.suffix in {".jinja", ".jinja2", ".j2"}:
        yield _bare(path, _text(path), training=training)
    elif path.suffix == ".json":
        template = _json(path).get("chat_template")
        named = _named(template)
        if isinstance(template, str) or named:
            default = template if isinstance(template, str) else None
            yield _bare(path, default, training=training, named=named)
    else:
        raise SpecError(
            f"{path} cannot hold a chat template.",
            next_step=f"Name a model folder, an adapter folder, a .gguf, a .jinja or a {CONFIG} file.",
        )


def _read_folder(folder: Path, training: bool) -> Iterator[TemplateFile]:  # noqa: FBT001 - private
    if (folder / "adapter_config.json").is_file():
        yield _adapter(folder, training=training)
    elif any((folder / name).is_file() for name in _MODEL_FILES):
        yield TemplateFile(_home(folder), _of_model(folder, training=training))
    else:
        paths = sorted({*folder.rglob("*.jinja"), *folder.rglob(CONFIG)})
        if not paths:
            raise SpecError(
                f"{folder} holds no chat template.",
                next_step="Name the folder that holds *.jinja files or a tokenizer_config.json.",
            )
        for path in paths:
            yield from _read_file(path, training)


def _of_model(folder: Path, *, training: bool) -> TemplateContext:
    try:
        return folder_context(folder, ChatSetup(), training=training)
    except ModelLoadError:  # no tokenizer beside the template
        stop_ids = declared_stop_ids(folder)
        return _template_alone(folder, training=training, stop_token_ids=stop_ids)


def _adapter(folder: Path, *, training: bool) -> TemplateFile:
    """Return an adapter's template against the one of the model that it was trained on."""
    mine = effective(read_sources(folder))
    base = str(_json(folder / "adapter_config.json").get("base_model_name_or_path") or "")
    try:
        whole = folder_context(
            _base_folder(base, folder), ChatSetup(template=mine), training=training
        )
    except LadderError:  # the base model is not here: its template cannot be compared
        whole = _template_alone(folder, training=training, tokenizer=_tokenizer(folder))
    return TemplateFile(_home(folder), whole)


def _template_alone(folder: Path, **known: Any) -> TemplateContext:  # noqa: ANN401 - of the context
    """Return what a folder's template files say, with what else is known of it."""
    sources = read_sources(folder)
    template = effective(sources)
    origin = origin_of(folder, template)
    return TemplateContext(ChatSetup(), template, sources=sources, **origin, **known)


def _base_folder(base: str, adapter: Path) -> Path:
    """Return where the base model's tokenizer lies; of a hub model only small files are fetched."""
    home = home_of(base, adapter, may_download=True)
    return tokenizer_folder(ModelRef(id=base)) if home is None else home


def _tokenizer(folder: Path) -> Tokenizer | None:
    try:
        return tokenizer_of(folder)
    except ModelLoadError:
        return None


def _bare(
    path: Path, template: str | None, *, training: bool, named: dict[str, str] | None = None
) -> TemplateFile:
    context = TemplateContext(
        setup=ChatSetup(), template=template, named_templates=named or {}, training=training
    )
    return TemplateFile(path, context)


def _home(folder: Path) -> Path:
    """Return the file that holds the template which transformers takes; the folder without one."""
    names = ("chat_template.jinja", CONFIG, "chat_template.json")
    sources = read_sources(folder)
    return next((folder / name for name in names if name in sources), folder)


def _named(template: object) -> dict[str, str]:
    if not isinstance(template, list):
        return {}
    entries = [each for each in template if isinstance(each, dict) and "template" in each]
    return {str(each.get("name")): str(each["template"]) for each in entries}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 text (byte {error.start}).", next_step="Save it as UTF-8."
        ) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(_text(path))
    except ValueError as error:
        raise DataError(
            f"{path} is not JSON: {error}.", next_step="Correct the file, or download it again."
        ) from error
    return value if isinstance(value, dict) else {}
