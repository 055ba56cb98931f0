"""`install_line`: what pip installs for an optional part of ladder, package by package.

The packages are named and not ladder's own extras: as long as ladder stands in no index, somebody else
could take its name there.
"""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, requires

DISTRIBUTION = "finetune-ladder"

_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[([\w,\s-]+)\])?\s*([^;]*)(?:;\s*(.*))?")
_EXTRA = re.compile(r"""extra\s*==\s*["']([\w-]+)["']""")
_SEVERAL = {"all", "benchmarks", "demo", "dev"}
_MODULES = {
    "faiss": "faiss-cpu",
    "mlflow": "mlflow-skinny",
    "sklearn": "scikit-learn",
    "stdnum": "python-stdnum",
    "Stemmer": "pystemmer",
}
"""Packages whose modules have another name."""


def install_line(extra: str) -> str:
    """Return the command that installs what an extra of ladder needs.

    >>> "transformers" in install_line("local")
    True
    """
    packages = sorted(set(_packages(extra)))
    if not packages:
        return f"pip install '.[{extra}]' in the folder that ladder was installed from"
    return f"pip install {shlex.join(packages)}"


def extra_with(module: str) -> str | None:
    """Return the smallest extra that brings a module; None where none of them does.

    >>> extra_with("sentence_transformers"), extra_with("faiss"), extra_with("numpy")
    ('rag', 'rag', None)
    """
    name = module.partition(".")[0]
    wanted = _MODULES.get(name, name).replace("_", "-").lower()
    found = [
        extra
        for extra, package, _, _ in _requirements()
        if extra not in _SEVERAL and package.lower() == wanted
    ]
    return min(found, key=lambda extra: len(list(_packages(extra))), default=None)


def _packages(extra: str) -> Iterator[str]:
    for of, package, parts, version in _requirements():
        if of != extra:
            continue
        if package != DISTRIBUTION:
            yield f"{package}{version}"
        for part in parts:
            yield from _packages(part) if part != extra else ()


@cache
def _requirements() -> tuple[tuple[str, str, tuple[str, ...], str], ...]:
    """Return each requirement that belongs to an extra: the extra, package, its own extras, version."""
    try:
        lines = requires(DISTRIBUTION) or []
    except PackageNotFoundError:  # a checkout that was never installed
        return ()
    found = []
    for line in lines:
        match = _REQUIREMENT.fullmatch(line)
        extra = _EXTRA.search(match[4] or "") if match else None
        if match and extra:
            parts = tuple(each.strip() for each in (match[2] or "").split(",") if each.strip())
            found.append((extra[1], match[1], parts, match[3].strip()))
    return tuple(found)
