"""`VariableName`: the name of an environment variable, which stands in a spec for what is secret."""

from typing import Annotated

from pydantic import Field

VariableName = Annotated[str, Field(pattern=r"^\$?[A-Z_][A-Z0-9_]*$")]
"""The name of an environment variable, in capital letters: a value by mistake is seldom so."""
