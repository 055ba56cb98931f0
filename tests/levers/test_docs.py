"""The pages about levers say what is so."""

import doctest
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from ladder.spec.lever_sections import LEVER_NAMES, Levers

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "levers").glob("*.md"))


def test_the_page_on_writing_a_lever_runs() -> None:
    failed, tried = doctest.testfile(str(DOCS / "writing-a-lever.md"), module_relative=False)

    assert tried >= 8
    assert failed == 0


def test_every_page_is_a_levers() -> None:
    assert {page.stem for page in PAGES} <= set(LEVER_NAMES)
    assert {page.stem for page in PAGES} >= set(LEVER_NAMES) - {"template"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_the_material_shown_on_a_page_is_accepted(page: Path) -> None:
    _, found, example = page.read_text("utf-8").partition("\n    levers:\n")

    if found:
        material = YAML(typ="safe").load(f"levers:\n{example}".replace("\n    ", "\n"))
        Levers.model_validate(material["levers"])
    assert found or page.stem == "template"
