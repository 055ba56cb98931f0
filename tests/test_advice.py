"""Advice can be followed: fields, flags and commands that ladder names to a person exist.

Every sentence of the package and of its docs is read, not a list of them: who writes a new one is
checked too.
"""

import re
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pytest
import typer.main
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ladder.cli import app
from ladder.gate.policy import Policy
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec
from tests.package_sources import ROOT, sources

FILES = (
    "json",
    "jsonl",
    "txt",
    "py",
    "yaml",
    "yml",
    "bin",
    "md",
    "html",
    "safetensors",
    "jinja",
    "csv",
    "gguf",
)

FIELD = re.compile(
    r"(?<![\w./:-])([a-z_]+(?:\.[a-z_]+)+)(?![\w(/]|\.\w)(?:: ([a-z_]+)(?=[ .,;`)]|$))?"
)
YAML_LINE = re.compile(r"(?<![\w.])([a-z_]+): \{")
COMMAND = re.compile(r"(?:(?<=`)|(?<=: )|^)ladder ([a-z]+)((?: [^`;]*)?)", re.MULTILINE)
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z_-]+")

FOREIGN = {
    "--repeat", "--limit", "--log_samples", "--output",  # of eval tools whose logs are imported
    "--no-deps", "--upgrade", "--user", "--extra-index-url",  # pip
    "--multi_gpu", "--num_processes", "--epochs",  # accelerate, a training's own
    "--revision", "--repo-type",  # hf download
    "--config", "--jinja",  # trl, axolotl, llama-server
    "--plants", "--judge",  # the project's own benchmarks
    "--max-num-seqs", "--served-model-name", "--model", "--port",  # vllm serve
    "--tensor-parallel-size", "--data-parallel-size", "--dtype", "--generation-config",
    "--chat-template", "--quantization", "--enable-lora", "--lora-modules", "--max-lora-rank",
    "--lora", "--alias", "--chat-template-file",  # llama-server
    "--base", "--outtype", "--outfile",  # llama.cpp's converter
    "--nodes", "--ntasks-per-node", "--gpus-per-node", "--time", "--overlap",  # Slurm
    "--silent", "--fail",  # curl
}  # fmt: skip
"""Options of other commands that ladder names."""


def sentences() -> Iterator[tuple[str, str]]:
    """Yield where each text in the package's code stands, and the text; `…` for what is put in."""
    for source in sources():
        for line, text in source.sentences:
            yield f"{source.path.relative_to(ROOT)}:{line}", text


def pages() -> Iterator[tuple[str, str]]:
    """Yield each page for people, and its text."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that a field may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in typing.get_args(annotation):
        yield from models_in(each)


LIST_OR_MAPPING = {"labels"}
"""Fields that take keys of the user's own beside a list: labels, each with its synonyms."""


def field(path: str, root: type[BaseModel] = TaskSpec) -> Any:
    """Return the annotation of a spec's field by its dotted path; None where there is none."""
    first, _, rest = path.partition(".")
    found = _by_written_name(root).get(first)
    if found is None:
        return None
    if not rest or _holds_anything(found.annotation) or first in LIST_OR_MAPPING:
        return found.annotation
    inner = (field(rest, each) for each in models_in(found.annotation))
    return next((each for each in inner if each is not None), None)


def _by_written_name(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the names that a spec may write."""
    fields = dict(model.model_fields)
    for each in model.model_fields.values():
        names = (
            each.validation_alias.choices if isinstance(each.validation_alias, AliasChoices) else ()
        )
        fields |= {name: each for name in names if isinstance(name, str)}
    return fields


def _holds_anything(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    if origin in (dict, Mapping, __import__("collections.abc").abc.Mapping):
        return True
    if origin in (typing.Union, types.UnionType, typing.Annotated):
        return any(_holds_anything(each) for each in typing.get_args(annotation))
    return annotation is Any


def values_of(annotation: Any) -> set[Any]:
    """Return the values that a field takes, where they can be listed."""
    if typing.get_origin(annotation) is Literal:
        return set(typing.get_args(annotation))
    return {value for each in typing.get_args(annotation) for value in values_of(each)}


def wrong_fields(text: str) -> Iterator[str]:
    """Yield the fields of a spec in a text that no spec has, and values that its field refuses."""
    roots = TaskSpec.model_fields.keys() | Candidate.model_fields.keys()
    for match in FIELD.finditer(text):
        path, value = match.groups()
        if path.partition(".")[0] not in roots or path.rpartition(".")[2] in FILES:
            continue
        annotation = field(path)
        if annotation is None:
            yield path
        elif value and values_of(annotation) and value not in values_of(annotation):
            yield f"{path}: {value}"
    yield from wrong_yaml(text)


def wrong_yaml(text: str) -> Iterator[str]:
    """Yield keys of a YAML line in a text, `levers: {rag: …}`, that neither spec nor policy has."""
    end = 0
    for match in YAML_LINE.finditer(text):
        if match.start() < end:
            continue
        end = match.start() + len(_balanced(text[match.start() :]))
        root = next((each for each in (TaskSpec, Policy) if match[1] in each.model_fields), None)
        line = _balanced(text[match.start() :]).replace("{{…}}", "x").replace("…", "x")
        try:
            value = YAML(typ="safe").load(line)
        except YAMLError:
            continue
        is_alone = not text[: match.start()].rpartition("\n")[0]  # a page shows whole files
        if root is None and match[1] in NESTED and is_alone:
            yield f"{line} without the section that it stands in"
        if root is not None and isinstance(value, dict):
            for path in _paths(value):
                if "x" not in path.split(".") and not _is_known(path):
                    yield path


def _is_known(path: str) -> bool:
    """Return whether spec or policy has a field, also where the text stands below `levers`."""
    places = [(each, root) for each in (path, f"levers.{path}") for root in (TaskSpec, Policy)]
    return any(field(*place) is not None for place in places)


def _names_in(model: type[BaseModel]) -> set[str]:
    inner = [each for field in model.model_fields.values() for each in models_in(field.annotation)]
    return {*_by_written_name(model), *(name for each in inner for name in _names_in(each))}


NESTED = _names_in(TaskSpec)


def _balanced(text: str) -> str:
    depth = 0
    for at, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character == "}" and depth == 0:
            return text[: at + 1]
    return text


def _paths(value: Mapping[str, Any]) -> Iterator[str]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from (f"{key}.{each}" for each in _paths(inner))
        else:
            yield str(key)


def options() -> dict[str, set[str]]:
    """Return each command of the command line by its name, with its options."""

    def walk(command: Any, name: str) -> Iterator[tuple[str, set[str]]]:
        if hasattr(command, "commands"):
            yield name, set()
            for verb, inner in command.commands.items():
                yield from walk(inner, f"{name} {verb}".strip())
        else:
            known = {option for each in command.params for option in each.opts}
            yield name, {*known, "--help", "--version"}

    return dict(walk(typer.main.get_command(app), ""))


OPTIONS = options()


def wrong_commands(text: str) -> Iterator[str]:
    """Yield the commands in a text that do not exist, and flags that theirs does not know."""
    for match in COMMAND.finditer(text):
        verb, rest = match.groups()
        words = rest.replace("|", " ").split()
        name = f"{verb} {words[0]}" if words and f"{verb} {words[0]}" in OPTIONS else verb
        if name not in OPTIONS or (not OPTIONS[name] and words):
            if text[: match.start()].endswith("`"):
                yield f"ladder {verb}{rest}"
            continue
        own = rest.partition(" -- ")[0].splitlines()[0] if rest.strip() else ""
        for flag in FLAG.findall(own):
            if flag not in OPTIONS[name]:
                yield f"ladder {name} {flag}"
    everything = set().union(*OPTIONS.values()) | FOREIGN
    yield from (flag for flag in FLAG.findall(text) if flag not in everything)


def test_every_field_that_a_sentence_names_is_a_field_of_the_spec() -> None:
    wrong = [f"{where}: {each}" for where, text in sentences() for each in wrong_fields(text)]

    assert wrong == []


def test_every_command_and_flag_that_a_sentence_names_exists() -> None:
    wrong = [f"{where}: {each}" for where, text in sentences() for each in wrong_commands(text)]

    assert wrong == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page[0])
def test_every_field_that_a_page_names_is_a_field_of_the_spec(page: tuple[str, str]) -> None:
    assert list(wrong_fields(page[1])) == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page[0])
def test_every_command_and_flag_that_a_page_names_exists(page: tuple[str, str]) -> None:
    assert list(wrong_commands(page[1])) == []
