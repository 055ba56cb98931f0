"""The import contract of pyproject.toml holds, and the ladder's order is the product."""

import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

from ladder.levers import LEVERS
from ladder.runs import RunFolder
from ladder.spec.lever_sections import LEVER_NAMES, Levers
from tests.package_sources import PACKAGE, ROOT, sources


def test_a_run_flows_one_way() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as lint; lint()",
    ]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout
    assert "0 broken" in ended.stdout


def test_the_levers_stand_in_the_ladders_order() -> None:
    assert tuple(lever.name for lever in LEVERS) == LEVER_NAMES == tuple(Levers.model_fields)


FORMATS = re.compile(r"sarif-2|<?testsuites?>?$|^::[a-z-]+|%0A")
"""What only a writer of SARIF, JUnit or GitHub commands needs to say."""


def test_sarif_junit_and_github_commands_are_written_in_one_room() -> None:
    writers = {
        source.path.relative_to(PACKAGE).parts[0]
        for source in sources()
        if any(FORMATS.search(each) for each in source.strings)
    }

    assert writers == {"formats"}


def test_no_two_levers_change_the_same_part() -> None:
    parts = [lever.part for lever in LEVERS]

    assert len(set(parts)) == len(parts)


def test_only_runs_knows_what_the_files_of_a_run_are_called() -> None:
    folder = RunFolder(Path("run"))
    files = [
        getattr(folder, name)
        for name, each in vars(RunFolder).items()
        if isinstance(each, property)
    ]
    names = [*(path.name for path in files), "run.lock"]
    found = [
        (source.path.relative_to(ROOT).as_posix(), text)
        for source in sources()
        if source.path.parent.name != "runs"
        for text in source.strings
        if any(name in text for name in names)
    ]

    assert found == []


def test_a_class_name_means_one_thing() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for source in sources():
        for name in source.classes:
            places[name].add(str(source.path.relative_to(PACKAGE)))

    assert {name: sorted(found) for name, found in places.items() if len(found) > 1} == {}


def test_a_file_name_stands_in_one_room() -> None:
    verbs = {path.name for path in (PACKAGE / "cli").glob("*.py")}
    shared = {"__init__.py", "base.py", *verbs, *(f"{name}.py" for name in LEVER_NAMES)}
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        places[path.name].append(str(path.relative_to(PACKAGE)))

    assert {
        name: found for name, found in places.items() if len(found) > 1 and name not in shared
    } == {}


def test_no_two_modules_need_each_other() -> None:
    """Imports inside functions count too: one that hides a cycle is found here."""
    graph = grimp.build_graph("ladder")
    imported = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}

    try:
        TopologicalSorter(imported).prepare()
        cycle = []
    except CycleError as error:
        cycle = error.args[1]

    assert cycle == []


def test_every_file_says_in_one_sentence_what_a_caller_gets() -> None:
    silent = [
        str(source.path.relative_to(PACKAGE))
        for source in sources()
        if not source.docstring.split("\n\n")[0]
    ]

    assert silent == []


def test_the_files_that_the_architecture_page_names_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:ladder|tests|docs|benchmarks)/[\w/.-]+)`", page))

    assert named
    assert {place for place in named if not (ROOT / place).exists()} == set()


def test_the_picture_shows_the_rooms_of_the_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (flow,) = [each for each in contracts if each.get("containers") == ["ladder"]]
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")

    picture = page.partition("```mermaid")[2].partition("```")[0]
    drawn = [re.findall(r'\["(\w+)"\]', part) for part in picture.split("subgraph")[1:]]

    assert drawn == [re.findall(r"\w+", layer) for layer in flow["layers"]]
