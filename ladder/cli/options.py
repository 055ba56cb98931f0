"""Arguments that several verbs share."""

from pathlib import Path
from typing import Annotated

import typer

SpecPath = Annotated[
    Path, typer.Argument(help="The task spec: YAML, TOML or JSON.", metavar="SPEC")
]
RunFolder = Annotated[Path, typer.Argument(help="A run's folder, as `ladder run` names it.")]
RunsFolder = Annotated[Path, typer.Option("--runs", help="The folder that holds all runs.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="Override a field: --set levers.rag.top_k=[1,3].", metavar="KEY=VALUE"
    ),
]
AllowCode = Annotated[
    bool,
    typer.Option("--allow-code", help="Allow a metric that is the user's own Python function."),
]
