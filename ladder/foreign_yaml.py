"""`parse_yaml`: the value of YAML text that somebody else wrote; what is none is a ValueError."""

from typing import Any

from ruamel.yaml import YAML


def parse_yaml(text: str) -> Any:  # noqa: ANN401 - any value
    """Return the plain value of a YAML text.

    Raises:
        ValueError: It is no YAML, or a tag or a date in it is wrong.

    >>> parse_yaml("draft: true")
    {'draft': True}
    """
    try:
        return YAML(typ="safe", pure=True).load(text)
    except Exception as error:
        # ruamel has a kind of error for YAML alone, and lets the others out: `!!bool x` is a KeyError.
        raise ValueError(f"it is no YAML: {error}") from error
