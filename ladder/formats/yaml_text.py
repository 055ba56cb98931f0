"""`to_yaml`: a document as YAML text, as a person would write it."""

import io
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML


def to_yaml(document: Mapping[str, Any], *, width: int = 1000) -> str:
    r"""Return a document as YAML, in its own order; comments that ruamel read into it stay.

    Args:
        document: Plain values, or what ruamel's round trip loaded.
        width: Columns from which on a long text is broken; hardly ever unless given.

    >>> to_yaml({"name": "tickets", "target": 0.8})
    'name: tickets\ntarget: 0.8\n'
    """
    yaml = YAML()
    yaml.width = width
    buffer = io.StringIO()
    yaml.dump(document, buffer)
    return buffer.getvalue()
