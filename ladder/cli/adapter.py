"""`ladder adapter`: the versions that `ladder train` leaves, put into use and taken back."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson
from ladder.cli.output import say, say_either

app = typer.Typer(
    name="adapter",
    help="List, check, promote, roll back and merge the adapters that `ladder train` made.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Versions = Annotated[
    Path, typer.Argument(help="The folder of a task's adapters: runs/adapters/<task>.")
]
Folder = Annotated[Path, typer.Argument(help="One version: runs/adapters/<task>/v1.")]


@app.command("list")
def list_versions(versions: Versions, as_json: AsJson = False) -> None:
    """List the versions: which one is in use, and what keeps the others from it."""
    from ladder.finetune.versions import registry

    found = registry.list_versions(versions)
    rows = [
        f"{each.name:<5} {'' if each.score is None else f'{each.score:.2f}':<5} {each.state}"
        for each in found
    ]
    text = "\n".join(rows) or f"There are no versions in {versions}."
    say_either(found, text, as_json=as_json)


@app.command()
def show(folder: Folder, as_json: AsJson = False) -> None:
    """Print how a version was judged: its scores and the ten parts."""
    from ladder.finetune.versions import registry

    _, record = registry.verify_version(folder)
    say_either(record, str(record.report), as_json=as_json)


@app.command()
def verify(folder: Folder) -> None:
    """Check a version's files, tensors and base model against its manifest."""
    from ladder.finetune.versions import registry

    manifest, _ = registry.verify_version(folder)
    base = manifest["base"]
    say(f"{folder} is as it was written, for {base['id']} ({base['digest'][:12]}).")


@app.command()
def promote(folder: Folder) -> None:
    """Put a version into use, after a rehearsal of it and of the rollback."""
    from ladder.finetune.versions import registry

    moved = registry.promote(folder)
    back = moved.previous or "the base model"
    say(
        f"{moved.current} is in use. `ladder adapter rollback {folder.parent}` goes back to {back}.\n"
        "New rows: `ladder answer RUN FILE`, by the run whose verdict it was trained under. To serve it: "
        f"ladder export {folder} --out served"
    )


@app.command()
def rollback(versions: Versions) -> None:
    """Go back to what was in use before the newest promotion."""
    from ladder.finetune.versions import registry

    moved = registry.rollback(versions)
    say(f"{moved.current or 'The base model, without an adapter,'} is in use.")


@app.command()
def merge(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help="A new folder for the merged model.")],
) -> None:
    """Write a plain model with the adapter merged in, and say how far its answers differ."""
    from ladder.finetune.versions.merge import merge_version

    parity = merge_version(folder, out)
    say(
        f"Merged into {out}. Largest difference of a logit: {parity.largest_difference:.1e} of "
        f"{parity.largest_logit:.1f}; {parity.same} of {parity.n} answers are the same."
    )
