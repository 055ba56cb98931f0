"""`ladder schema`: the JSON schema of the task spec."""

from ladder.cli.output import say_json


def schema() -> None:
    """Print the JSON schema of the task spec."""
    from ladder.spec.field_guide import json_schema

    say_json(json_schema())
