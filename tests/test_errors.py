"""Every error that ladder raises on purpose stands in one tree, with the code that it ends with."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import ladder
from ladder import errors
from ladder.errors import LadderError

_ELSEWHERE = {"ladder.gate.refusal"}
"""The gate's own refusal takes a reason that only its room knows."""


def subclasses(kind: type[LadderError]) -> Iterator[type[LadderError]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def test_every_deliberate_error_is_defined_in_one_file() -> None:
    for module in pkgutil.walk_packages(ladder.__path__, "ladder."):
        if ".hooks" not in module.name and "__main__" not in module.name:
            importlib.import_module(module.name)

    places = {kind.__module__ for kind in subclasses(LadderError) if "ladder." in kind.__module__}

    assert places - _ELSEWHERE == {"ladder.errors"}


@pytest.mark.parametrize(
    "kind",
    [
        LadderError,
        *(kind for kind in subclasses(LadderError) if kind.__module__ == "ladder.errors"),
    ],
)
def test_the_tree_in_the_docstring_is_the_tree_of_the_classes(kind: type[LadderError]) -> None:
    tree = (errors.__doc__ or "").splitlines()
    row = next(line for line in tree if re.search(rf"\b{kind.__name__}\b", line))
    above = [line for line in tree[: tree.index(row)] if 0 < _depth(line) < _depth(row)]

    assert kind is LadderError or str(kind.exit_code) in row.split()
    assert kind is LadderError or kind.__bases__[0].__name__ in above[-1]  # the nearest one


def _depth(row: str) -> int:
    found = re.search(r"[A-Z]\w+(?:Error)", row)
    return 0 if found is None else found.start()
