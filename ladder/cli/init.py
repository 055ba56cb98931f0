"""`ladder init`: a commented spec to start from."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.output import say
from ladder.errors import SpecError


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite.")] = False,
) -> None:
    """Write a commented task.yaml, and the JSON schema that editors complete it with."""
    from ladder.spec.example import EXAMPLE, SPENDING
    from ladder.spec.schema import json_schema

    if folder.is_file():
        raise SpecError(
            f"{folder} is a file, and `ladder init` takes the folder to write task.yaml into.",
            next_step=f"Run `ladder init`, then write `data: {folder}` into task.yaml.",
        )
    spec = folder / "task.yaml"
    if spec.exists() and not force:
        raise SpecError(f"{spec} exists.", next_step="Pass --force to overwrite it.")
    folder.mkdir(parents=True, exist_ok=True)
    spec.write_text(EXAMPLE, encoding="utf-8")
    schema = folder / "task.schema.json"
    schema.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
    say(SPENDING)
    say(f"Wrote {spec} and {schema}. Fill in the spec, then: ladder check {spec}")
