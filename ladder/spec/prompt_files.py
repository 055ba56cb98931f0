"""`with_prompt_files`: a spec whose `{from: …}` prompts of DSPy and MLflow are replaced by their text.

What changes an answer is then in the spec itself, and in its digest.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ladder.errors import SpecError, UnsafeError
from ladder.spec.document import Document, Place
from ladder.spec.prompt_text import escaped

MOST_BYTES = 16 * 1_048_576
"""Size of a program with its demos that is read."""

TEXT_TAG = "mlflow.prompt.text"
"""Under which MLflow's registry keeps a prompt's template."""


class DemosLeftOutWarning(UserWarning):
    """The demos of a DSPy program are no part of the prompt that is read from it."""


def with_prompt_files(document: Document, folder: Path | None) -> Document:
    """Return the document with the prompts that it takes from elsewhere written out.

    Files are named from the spec's folder.

    Raises:
        SpecError: A file is not there, or holds no prompt.
    """
    if not isinstance(document.value, dict):
        return document
    value = document.value
    read = _PromptReader(document, folder or Path()).prompt
    if "prompt" in value:
        value = {**value, "prompt": read(value["prompt"], ("prompt",))}
    value = _with_reference_prompt(value, read)
    levers = value.get("levers")
    section = levers.get("prompt") if isinstance(levers, dict) else None
    given = section.get("prompts") if isinstance(section, dict) else None
    if isinstance(levers, dict) and isinstance(section, dict) and isinstance(given, list | tuple):
        place: Place = ("levers", "prompt", "prompts")
        prompts = [read(each, (*place, at)) for at, each in enumerate(given)]
        value = {**value, "levers": {**levers, "prompt": {**section, "prompts": prompts}}}
    return Document(value, document.where, document.lines)


def _with_reference_prompt(
    value: dict[str, Any], read: Callable[[Any, Place], Any]
) -> dict[str, Any]:
    """Return a spec in which the prompt of a target's reference is written out."""
    target = value.get("target")
    reference = target.get("reference") if isinstance(target, dict) else None
    if not isinstance(target, dict) or not isinstance(reference, dict) or "prompt" not in reference:
        return value
    prompt = read(reference["prompt"], ("target", "reference", "prompt"))
    return {**value, "target": {**target, "reference": {**reference, "prompt": prompt}}}


class _PromptReader:
    """Reads the prompts that one spec names."""

    def __init__(self, document: Document, folder: Path) -> None:
        self._document = document
        self._folder = folder

    def prompt(self, value: Any, place: Place) -> Any:  # noqa: ANN401 - whatever a spec holds
        """Return a prompt as the spec has it, or what its `from` names."""
        if not isinstance(value, dict) or not isinstance(value.get("from"), str):
            return value
        unknown = value.keys() - {"from", "predictor"}
        if unknown:
            raise self._wrong(place, f"{min(unknown)!r} stands beside from", "Leave it out.")
        source, predictor = value["from"], value.get("predictor")
        if source.startswith("prompts:/"):
            return _messages(self._registered(source, place))
        path = self._folder / Path(source.removeprefix("file://")).expanduser()
        tag = path / "tags" / TEXT_TAG
        if tag.is_file():
            return _messages(_parsed(tag.read_text(encoding="utf-8")))
        return self._from_json(self._json(path, source, place), source, predictor, place)

    def _from_json(self, found: Any, source: str, predictor: object, place: Place) -> Any:  # noqa: ANN401
        template = _template_in(found)
        if template is not None:
            return _messages(template)
        programs = dict(_predictors(found))
        if predictor is None and len(programs) == 1:
            (predictor,) = programs
        if predictor not in programs:
            raise self._wrong(
                place,
                f"{source!r} holds {self._held(programs)}",
                f"Name one: predictor: {next(iter(programs))}."
                if programs
                else "Name a program that DSPy saved as JSON, or a prompt version of MLflow.",
            )
        chosen = programs[predictor]
        demos = len(chosen.get("demos") or ())
        if demos:
            warnings.warn(
                f"{source}: {demos} demos of the program are not taken, as they may be eval rows; "
                "worked examples come from levers.few_shot.pool.",
                DemosLeftOutWarning,
                stacklevel=2,
            )
        return {
            "user": f"{escaped(chosen['signature']['instructions'].strip())}\n\n{{{{ input }}}}"
        }

    @staticmethod
    def _held(programs: Mapping[str, Any]) -> str:
        named = ", ".join(programs)
        return f"{len(programs)} predictors: {named}" if programs else "no prompt"

    def _json(self, path: Path, source: str, place: Place) -> Any:  # noqa: ANN401 - any JSON
        if path.suffix in (".pkl", ".pickle"):
            raise UnsafeError(
                f"{self._document.at(place)} {source!r} is a pickle, which runs code when it is read.",
                next_step="Save the program as JSON: program.save('program.json').",
            )
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            raise self._wrong(
                place,
                f"there is no file {source!r} of at most 16 MiB",
                f"It is looked for in {self._folder.resolve()}.",
            )
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise self._wrong(place, f"{source!r} is no JSON: {error}", "Correct it.") from None

    def _registered(self, source: str, place: Place) -> Any:  # noqa: ANN401 - text or messages
        try:
            registry = import_module("mlflow.genai")
        except ImportError:
            raise self._wrong(
                place,
                f"{source!r} is in a registry of MLflow, which is not installed",
                "pip install mlflow, or name the folder of the version in its file store.",
            ) from None
        return registry.load_prompt(source).template

    def _wrong(self, place: Place, problem: str, next_step: str) -> SpecError:
        return SpecError(f"{self._document.at(place)} from: {problem}.", next_step=next_step)


def _predictors(found: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401
    """Yield each predictor of a DSPy program by its name: a part with a signature."""
    if not isinstance(found, dict):
        return
    signature = found.get("signature")
    if isinstance(signature, dict) and isinstance(signature.get("instructions"), str):
        yield name or "predict", found
        return
    for key, part in found.items():
        yield from _predictors(part, f"{name}.{key}" if name else key)


def _template_in(found: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the template of a prompt version that MLflow wrote as JSON; None without one.

    >>> _template_in({"name": "qa", "version": 2, "template": "Q: {{ input }}"})
    'Q: {{ input }}'
    """
    if not isinstance(found, dict):
        return None
    if isinstance(found.get("template"), str | list):
        return found["template"]
    version = found.get("model_version", found)
    tags = version.get("tags") if isinstance(version, dict) else None
    if isinstance(tags, list):
        tags = {tag.get("key"): tag.get("value") for tag in tags if isinstance(tag, dict)}
    text = tags.get(TEXT_TAG) if isinstance(tags, dict) else None
    return _parsed(text) if isinstance(text, str) else None


def _parsed(text: str) -> Any:  # noqa: ANN401 - text, or messages
    """Return messages where a template's text is a JSON list of them, else the text."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, list) else text


def _messages(template: Any) -> dict[str, str]:  # noqa: ANN401 - text, or messages
    """Return a prompt of a text, or of messages: those of the system, then all others.

    >>> _messages([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "{{ q }}"}])
    {'user': '{{ q }}', 'system': 'Be brief.'}
    """
    if isinstance(template, str):
        return {"user": template}
    said: dict[bool, list[str]] = {True: [], False: []}
    for each in template:
        if isinstance(each, dict):
            said[each.get("role") in ("system", "developer")].append(str(each.get("content", "")))
    user = {"user": "\n\n".join(said[False])}
    return {**user, "system": "\n\n".join(said[True])} if said[True] else user
