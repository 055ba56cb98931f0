"""Write the pages that are derived from code; with `--check`, fail where one is stale.

python docs/generate.py [--check]
"""

import argparse
import ast
import inspect
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer.main

from ladder import errors
from ladder.cli import app
from ladder.gate.statement import json_schema as record_json_schema
from ladder.spec.field_guide import json_schema

DOCS = Path(__file__).resolve().parent


def command_line() -> str:
    """Return docs/command-line.md: the help of every verb."""
    group: Any = typer.main.get_command(app)
    parts = [
        "# Command line\n\nGenerated from `ladder --help`; see `exit-codes.md` for the codes.\n"
    ]
    for name, command in _commands(group, "ladder"):
        context = typer.Context(command, info_name=name, max_content_width=96)
        rows = "".join(_row(parameter, context) for parameter in command.params)
        about = inspect.cleandoc(command.help or "").strip()
        parts.append(f"## `{name}`\n\n{about}\n\n| argument | meaning |\n|---|---|\n{rows}")
    return "\n".join(parts)


def _commands(group: Any, above: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield each verb with its whole name; `record write` stands for one of a group."""
    for name in group.list_commands(typer.Context(group)):
        command = group.commands[name]
        if hasattr(command, "commands"):
            yield from _commands(command, f"{above} {name}")
        else:
            yield f"{above} {name}", command


def _row(parameter: Any, context: typer.Context) -> str:  # noqa: ANN401 - typer hides its click
    record = parameter.get_help_record(context)
    name, about = record or (parameter.make_metavar(context), getattr(parameter, "help", "") or "")
    return f"| `{name}` | {' '.join(about.split())} |\n".replace("[", "\\[")


def exit_codes() -> str:
    """Return docs/exit-codes.md: the table of codes and the tree of errors."""
    rows = (
        (
            0,
            (
                "`run`: a verdict was reached, whatever it is; `gate`: training is allowed; `recheck`: "
                "still reaches the target"
            ),
        ),
        (
            1,
            (
                "`gate`: a cheaper lever suffices; `check`: a finding of severity error (with warnings "
                "only it is 0); `train`: blocked; `recheck`: shown below the target"
            ),
        ),
        (2, "the command line, the task spec or the data are wrong"),
        (
            3,
            (
                "inconclusive: too few examples, a budget ended, or a lever was not tried; `recheck`: not "
                "decided yet"
            ),
        ),
        (
            4,
            "infrastructure: endpoint, memory, disk, hub; worth a retry; or a bug, with its traceback",
        ),
        (
            5,
            (
                "evidence missing, stale, edited, or for something else; eval rows that stand in "
                "other data (LeakageError)"
            ),
        ),
        (6, "refused as unsafe: pickle, remote code, a hostile template or adapter"),
        (130, "interrupted by Ctrl-C; the same command continues"),
        (141, "the reader of the output went away, as `head` does"),
        (143, "terminated; the same command continues"),
    )
    table = "".join(f"| {code} | {meaning} |\n" for code, meaning in rows)
    tree = inspect.cleandoc(errors.__doc__ or "")
    return (
        "# Exit codes and errors\n\nAny code but 0 blocks a gate.\n\n| code | meaning |\n|---|---|\n"
        f"{table}\nEvery error says what to do next.\n\n```text\n{tree}\n```\n"
    )


def schema() -> str:
    """Return docs/task.schema.json: what editors complete a task.yaml with."""
    return json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"


def task_keys() -> str:
    """Return docs/task-keys.md: every key of a task spec, what it means and what it may be."""
    whole = json_schema()
    about = (
        "# Every key of a task spec\n\nGenerated from the schema that editors complete a task.yaml "
        "with. A key whose value is a section has its keys under the section's name.\n"
    )
    parts = [about]
    for name, section in {"task": whole, **whole["$defs"]}.items():
        keys = {
            each: key for each, key in section.get("properties", {}).items() if each != "$schema"
        }
        rows = "".join(_key_row(each, key) for each, key in keys.items())
        if rows:
            head = "| key | meaning | may be | example |\n|---|---|---|---|\n"
            parts.append(f"## {name}\n\n{head}{rows}")
    return "\n".join(parts)


def _key_row(name: str, key: dict[str, Any]) -> str:
    example = json.dumps(key["examples"][0], ensure_ascii=False) if key.get("examples") else ""
    cells = (f"`{name}`", key.get("description", ""), _allowed(key), f"`{example}`")
    return f"| {' | '.join(each.replace('|', '&#124;') for each in cells)} |\n"


def _allowed(key: dict[str, Any]) -> str:
    """Return what a key may be: its words, its kind, or the section that it holds."""
    if "anyOf" in key:
        return ", or ".join(dict.fromkeys(map(_allowed, key["anyOf"])))
    if "enum" in key:
        return ", ".join(f"`{each}`" for each in key["enum"])
    if "const" in key:
        return f"`{key['const']}`"
    if "$ref" in key:
        name = key["$ref"].rpartition("/")[2]
        return f"section [{name}](#{name.lower()})"
    kinds = {
        "string": "a text",
        "integer": "a whole number",
        "number": "a number",
        "null": "nothing",
    }
    kinds |= {"boolean": "`true`, `false`", "object": "keys with values"}
    if key.get("type") == "array":
        inner: dict[str, Any] = key.get("items") or next(iter(key.get("prefixItems", ())), {})
        return f"a list of: {_allowed(inner)}" if inner else "a list"
    bounds = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most"}
    bounds |= {"exclusiveMaximum": "below"}
    told = [f"{words} {key[bound]}" for bound, words in bounds.items() if bound in key]
    return " ".join([kinds.get(str(key.get("type")), "anything"), ", ".join(told)]).strip()


def record_schema() -> str:
    """Return docs/record.schema.json: what the payload of an evidence record holds."""
    return json.dumps(record_json_schema(), indent=2, sort_keys=True) + "\n"


def architecture() -> str:
    """Return docs/architecture.md with its generated blocks: the picture and the list of files."""
    page = _read(DOCS / "architecture.md")
    for name, block in (("rooms", _picture()), ("files", _files())):
        begin, end = f"<!-- {name}: generated -->\n", f"<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        page = before + begin + block + end + rest.partition(end)[2]
    return page


def layers() -> list[list[str]]:
    """Return the rooms of the package as the import contract stacks them, the highest first."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (flow,) = [each for each in contracts if each.get("containers") == ["ladder"]]
    return [[room.strip() for room in re.split(r"[|:]", layer)] for layer in flow["layers"]]


def _picture() -> str:
    lines = ["```mermaid", "flowchart TD"]
    stacked = layers()
    for number, rooms in enumerate(stacked):
        lines.append(f'  subgraph layer{number}[" "]')
        lines += [f'    {room}["{room}"]' for room in rooms]
        lines.append("  end")
    lines += [f"  layer{number} --> layer{number + 1}" for number in range(len(stacked) - 1)]
    return "\n".join([*lines, "```", ""])


def _files() -> str:
    package = DOCS.parent / "ladder"
    parts = []
    for folder in sorted({path.parent for path in package.rglob("*.py")}):
        room = folder.relative_to(package.parent).as_posix()
        rows = [_file_row(path) for path in sorted(folder.glob("*.py"))]
        parts.append(f"### `{room}/`\n\n| file | what a caller gets |\n|---|---|\n{''.join(rows)}")
    return "\n" + "\n".join(parts)


def _file_row(path: Path) -> str:
    about = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    first = " ".join(about.split("\n\n")[0].split()).replace("|", "\\|")
    return f"| `{path.name}` | {first} |\n"


PAGES: dict[str, Callable[[], str]] = {
    "architecture.md": architecture,
    "command-line.md": command_line,
    "exit-codes.md": exit_codes,
    "record.schema.json": record_schema,
    "task.schema.json": schema,
    "task-keys.md": task_keys,
}


def main() -> int:
    """Write or check every page; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = [name for name, page in PAGES.items() if _read(DOCS / name) != page()]
    for name in stale:
        if not check:
            (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"docs/{name} {'is stale: run `make docs`' if check else 'written'}")
    return int(check and bool(stale))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
