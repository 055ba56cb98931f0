"""`ladder keys`: make the key pair that signs records and waivers."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson
from ladder.cli.output import say_either

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Make the keys that sign records and waivers."
)


@app.command("new")
def new(
    path: Annotated[Path, typer.Argument(help="Where to write the private key.")] = Path(
        "ladder.key"
    ),
    as_json: AsJson = False,
) -> None:
    """Write a fresh Ed25519 key and, beside it, its public half; say what the policy needs."""
    from ladder.gate import write_keys

    public = write_keys(path)
    text = (
        f"{path} signs; keep it secret, as the CI job's own (--key env:NAME reads a variable).\n"
        f"{path.with_suffix('.pub')} verifies; in ladder-policy.yaml on the protected branch:\n\n"
        f"signers:\n  {path.stem}: {public}\n"
    )
    say_either({"key": path, "public": str(public), "id": public.id}, text, as_json=as_json)
