"""Relative paths of a spec: meant from the spec's folder, made valid from where ladder runs."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ladder.errors import SpecError, UnsafeError
from ladder.spec.document import Document, Place
from ladder.spec.model_ref import RECORDED
from ladder.spec.task import TaskSpec

_FILES = {
    "ca_file",
    "path",
    "corpus",
    "pool",
    "replay",
    "abilities",
    "encoder",
    "reranker",
    "looks",
    "safety",
}
_ENCODERS = {("encoder", "model"), ("reranker", "model")}
_ADAPTER = ("reference", "adapter")
_FILES_OF_ENDPOINTS = ("ca_file", "tokenizer")
_TEMPLATES = {"template", "templates"}
_ENDINGS = {
    ".jsonl", ".json", ".csv", ".tsv", ".parquet", ".txt", ".md", ".gguf", ".safetensors",
}  # fmt: skip
_TEMPLATE_ENDINGS = (".jinja", ".jinja2", ".j2")
_GRAMMAR_ENDINGS = (".gbnf", ".lark", ".ebnf")
_MOST_BYTES = 1_048_576


def anchor(task: TaskSpec, folder: Path | None, document: Document) -> TaskSpec:
    """Return the task with its paths seen from the current folder, and its templates read.

    The task keeps how each path is written from the spec's folder: its digest takes that, and so is
    the same on every machine and from wherever ladder is started. Hub ids and `package:` ids stay
    as they are; `recorded:` keeps its word before the path. A `.jinja` file is replaced by its
    text, and the file of a metric's schema by the schema: the spec then holds everything that
    changes an answer or its score. A task made in Python has no `folder`, and its paths are its
    own.
    """
    as_given = task.model_dump(exclude={"written"})
    seen = _Anchor(folder, document, _from_here).value(as_given, ())
    names = dict(task.written)
    if folder is not None:
        written = _Anchor(folder, document, _from_spec(folder)).value(as_given, ())
        names = dict(_differences(seen, written))
    return TaskSpec.model_validate({**seen, "written": names})


def written_from(document: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a spec whose paths are meant from the current folder as one that stands in another."""
    plain = dict(document)
    moved: dict[str, Any] = _Anchor(None, Document(plain), _from_spec(folder)).value(plain, ())
    return moved


def paths_between(task: TaskSpec, other: TaskSpec) -> dict[str, str]:
    """Return how another form of a task names each path: both are the same, seen from two folders."""
    names = {"written"}
    return dict(_differences(task.model_dump(exclude=names), other.model_dump(exclude=names)))


def relative_paths(task: TaskSpec) -> list[str]:
    """Return the paths of files and folders in a task that are meant from the current folder."""
    plain = task.model_dump(exclude={"written": True, "data": {"looks"}})  # made by the first run
    elsewhere = _Anchor(None, Document({}), lambda text, _: f"{os.sep}{text}").value(plain, ())
    named = (text for _, text in _differences(elsewhere, plain))
    named = (text.removeprefix("recorded:") for text in named)
    return [text for text in named if not Path(text).expanduser().is_absolute()]


def _differences(seen: Any, written: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any value
    """Yield each text that two values of one form have in the same place, where it differs."""
    if isinstance(seen, dict):
        for key, item in seen.items():
            yield from _differences(item, written[key])
    elif isinstance(seen, tuple):
        for one, other in zip(seen, written, strict=True):
            yield from _differences(one, other)
    elif seen != written:
        yield seen, written


class _Anchor:
    """Rewrites the paths inside one task."""

    def __init__(
        self, folder: Path | None, document: Document, name: Callable[[str, Path], str]
    ) -> None:
        self.folder = folder if folder is not None else Path()
        self.from_file = folder is not None
        self.document = document
        self.name = name

    def value(self, value: Any, place: Place) -> Any:  # noqa: ANN401 - any value of a spec
        """Return the value with its paths rewritten."""
        if isinstance(value, dict):
            if _is_schema(place) or _is_for_service(place):
                return value  # a schema that is written out names no files
            if "base_url" in value:
                return self._model(value, place)
            return {key: self.value(item, (*place, key)) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return tuple(self.value(item, (*place, at)) for at, item in enumerate(value))
        return self._text(value, place) if isinstance(value, str) else value

    def _text(self, text: str, place: Place) -> str | dict[str, Any]:
        names = {key for key in place if isinstance(key, str)}
        if place[-1] in _FILES or place[-2:] in _ENCODERS or place[-2:] == _ADAPTER:
            return self._path(text, place, is_path=place[-2:] == _ADAPTER)
        if names & _TEMPLATES and text.strip().endswith(_TEMPLATE_ENDINGS) and "{" not in text:
            return self._file(text.strip(), place, "template")
        if _is_schema(place):
            return self._schema(text, place)
        if place[-1] == "grammar" and text.strip().endswith(_GRAMMAR_ENDINGS):
            return self._file(text.strip(), place, "grammar")
        is_function = place == ("metric", "name") or place[-2:] == ("retriever", "function")
        if is_function and ".py:" in text:
            file, _, function = text.rpartition(":")
            return f"{self._path(file, place, is_path=True)}:{function}"
        return text

    def _model(self, model: dict[str, Any], place: Place) -> dict[str, Any]:
        if model.get("classifier") is not None:
            inside = (*place, "classifier")
            return {**model, "classifier": self.value(model["classifier"], inside)}
        if model["base_url"] is not None:
            return self._files_beside(model, place)
        here = (*place, "id")
        text = str(model["id"])
        path = self._path(text, here)
        if path != text and self.from_file and not Path(text).expanduser().is_absolute():
            self._refuse_outside(text, here)
        return {**model, "id": path}

    def _files_beside(self, model: dict[str, Any], place: Place) -> dict[str, Any]:
        """Return an endpoint with the paths of its files here."""
        files = {name: model[name] for name in _FILES_OF_ENDPOINTS if model.get(name) is not None}
        here = {name: self._path(str(text), (*place, name)) for name, text in files.items()}
        return {**model, **here}

    def _refuse_outside(self, text: str, place: Place) -> None:
        inside = (self.folder / text).resolve().is_relative_to(self.folder.resolve())
        if not inside or ".." in Path(text).parts:
            raise UnsafeError(
                f"{self.document.at(place)} model {text!r} leads out of the spec's folder.",
                next_step="Write the whole path, from /, if you mean that folder.",
            )

    def _path(self, text: str, place: Place, *, is_path: bool = False) -> str:
        if not text or text.startswith("package:") or "://" in text:
            return text
        if text.startswith(RECORDED):
            return RECORDED + self._path(text.removeprefix(RECORDED), place, is_path=True)
        path = self.folder / Path(text).expanduser()
        if not (is_path or self._means_path(text, path)):
            return text
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise UnsafeError(
                f"{self.document.at(place)} {text!r} is a device, a pipe or a socket.",
                next_step="Name an ordinary file or folder.",
            )
        return self.name(text, path)

    def _means_path(self, text: str, path: Path) -> bool:
        starts = text.startswith((".", "~", os.sep))
        return starts or Path(text).suffix.lower() in _ENDINGS or path.exists()

    def _schema(self, text: str, place: Place) -> dict[str, Any]:
        """Return the schema of a file: the spec then holds all that changes a score."""
        try:
            schema = json.loads(self._file(text, place, "schema", instead="schema itself"))
        except (ValueError, RecursionError) as error:
            raise SpecError(
                f"{self.document.at(place)} the schema file {text!r} is no JSON: {error}.",
                next_step="Correct the file.",
            ) from None
        if not isinstance(schema, dict):
            raise SpecError(
                f"{self.document.at(place)} the schema file {text!r} holds no JSON object.",
                next_step='Write a schema, such as {"type": "object"}.',
            )
        return schema

    def _file(self, text: str, place: Place, noun: str, *, instead: str = "") -> str:
        """Return the text of a file, of which the spec holds the content."""
        path = self.folder / Path(text).expanduser()
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            raise SpecError(
                f"{self.document.at(place)} there is no {noun} file {text!r} of at most 1 MiB.",
                next_step=f"It is looked for in {self.folder.resolve()}; or write the {instead or noun}.",
            )
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise SpecError(
                f"{self.document.at(place)} the {noun} file {text!r} is not UTF-8.",
                next_step="Save it as UTF-8.",
            ) from None


def _is_schema(place: Place) -> bool:
    """Return whether a JSON schema stands at a place: of a metric, or of a constraint.

    >>> _is_schema(("metric", "json_schema")), _is_schema(("levers", "x", "schema", "properties"))
    (True, False)
    """
    is_held = "constraint" in place and place[-1] in ("json_schema", "schema")
    return is_held or place == ("metric", "json_schema")


def _is_for_service(place: Place) -> bool:
    """Return whether what stands at a place is written for a retriever, and names no files here.

    >>> _is_for_service(("levers", "rag", "retriever", "body"))
    True
    """
    return place[-2:] in {("retriever", "body"), ("retriever", "fields")}


def _from_here(_: str, path: Path) -> str:
    """Return a path as it is opened: relative below the current folder, else whole."""
    whole, here = _whole(path), str(Path.cwd())
    return os.path.relpath(whole, here) if whole.startswith(here + os.sep) else whole


def _from_spec(folder: Path) -> Callable[[str, Path], str]:
    """Return what names a path as the spec writes it; whole where it does, out of its folder."""
    base = _whole(folder)

    def name(text: str, path: Path) -> str:
        whole = _whole(path)
        is_whole = Path(text).expanduser().is_absolute() and not whole.startswith(base + os.sep)
        return whole if is_whole else os.path.relpath(whole, base)

    return name


def _whole(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - resolve() would follow symlinks
