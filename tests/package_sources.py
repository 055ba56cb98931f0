"""`sources`: what the package's own modules hold, each read once in a process, for tests of the code."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ladder"


@dataclass(frozen=True, slots=True)
class Source:
    """What one module of the package holds.

    Attributes:
        path: Where it lies.
        docstring: Its own.
        classes: The names of its classes.
        strings: The strings in its code, parts of f-strings among them; docstrings are not.
        sentences: The same with their lines, but f-strings whole, with `…` for what is put in.
    """

    path: Path
    docstring: str
    classes: tuple[str, ...]
    strings: tuple[str, ...]
    sentences: tuple[tuple[int, str], ...]


@cache
def sources() -> tuple[Source, ...]:
    """Return every module of the package. Parsing them takes seconds, so it is done once."""
    return tuple(map(_read, sorted(PACKAGE.rglob("*.py"))))


def _read(path: Path) -> Source:
    tree = ast.parse(path.read_text("utf-8"))
    nodes = list(ast.walk(tree))
    about = {
        id(each.value)
        for each in nodes
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }
    parts = {id(part) for each in nodes if isinstance(each, ast.JoinedStr) for part in each.values}
    texts = [
        (each, each.value)
        for each in nodes
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in about
    ]
    whole = [(each, text) for each, text in texts if id(each) not in parts]
    joined = [(each, _joined(each)) for each in nodes if isinstance(each, ast.JoinedStr)]
    return Source(
        path,
        ast.get_docstring(tree) or "",
        tuple(each.name for each in nodes if isinstance(each, ast.ClassDef)),
        tuple(text for _, text in texts),
        tuple((each.lineno, text) for each, text in (*whole, *joined) if " " in text),
    )


def _joined(node: ast.JoinedStr) -> str:
    return "".join(
        str(each.value) if isinstance(each, ast.Constant) else "…" for each in node.values
    )
