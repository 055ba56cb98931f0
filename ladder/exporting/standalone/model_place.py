"""`located`: where a model lies that an export names."""

import importlib.util
import os
from pathlib import Path


def located(name: str, variable: str) -> str:
    """Return where a model lies: the variable's value, a file of a Python package, or a hub id.

    Raises:
        SystemExit: It lay in a folder of its own where it was measured, and nobody says where now.
    """
    given = os.environ.get(variable)
    if given:
        return given
    if not name:
        raise SystemExit(f"Set {variable} to the folder of the model; see README.md.")
    if not name.startswith("package:"):
        return name
    module, _, inside = name.removeprefix("package:").partition("/")
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"The Python package {module} is not installed; see README.md.")
    return str(Path(next(iter(spec.submodule_search_locations))) / inside)
