"""`ladder record`: evidence that the gate accepts, and waivers."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson, BeforeCommand, as_run, command_of
from ladder.cli.output import alive, say_either
from ladder.runs.folder import RunFolder

RECORD = RunFolder(Path()).record
"""Where a record is looked for that nobody names."""

UNSIGNED = (
    "Nobody answers for an unsigned record, as anybody could have written it: the gate takes it only "
    "where ladder-policy.yaml says unsigned: allow. To sign it: ladder keys new, then write it again "
    "with --key."
)

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Write, show and verify evidence records."
)
Run = Annotated[Path, typer.Argument(help="A run: its folder, or its name.", callback=as_run)]
RunOrRecord = Annotated[
    Path,
    typer.Argument(
        help="A record, or a run by its folder or name.", metavar="RUN_OR_RECORD", callback=as_run
    ),
]
Key = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        help="A private key, or env:NAME for a variable that holds one; without it the record is "
        "unsigned, and counts only where the policy says unsigned: allow.",
        metavar="KEY",
    ),
]


@app.command("write", cls=BeforeCommand)
def write(  # noqa: PLR0913, PLR0917 - options of a command line
    context: typer.Context,
    run: Run,
    key: Key = None,
    train_data: Annotated[
        list[str] | None,
        typer.Option("--train-data", help="What the training will read.", metavar="PATH"),
    ] = None,
    train_config: Annotated[
        list[str] | None,
        typer.Option("--train-config", help="Files that say how it will train.", metavar="PATH"),
    ] = None,
    days: Annotated[int, typer.Option("--days", help="How long the record is good for.")] = 90,
    output: Annotated[
        Path | None, typer.Option("--output", help="In the run's folder unless given.")
    ] = None,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Allow a metric that is the user's own function.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild a run's verdict from its journal, bind it to what it is about, and sign it.

    With a command behind `--`, the record is for that command alone:
    `ladder record write RUN --key ci.key -- accelerate launch train.py --epochs 1`.
    """
    from ladder.gate import Binding, load_signing_key, write_record

    keys = [load_signing_key(each) for each in key or ()]
    command = tuple(command_of(context) or ())
    binding = Binding(tuple(train_data or ()), tuple(train_config or ()), days, command)
    with alive("writing the record"):
        envelope = write_record(run, keys, binding=binding, allow_code=allow_code)
    place = output or RunFolder(run).record
    _save(place, envelope.to_json())
    signed = f"{place} (signed with {len(keys)} key{'' if len(keys) == 1 else 's'})"
    text = signed if keys else f"{place} (unsigned)\n{UNSIGNED}"
    say_either({"record": place, "signatures": len(keys)}, text, as_json=as_json)


@app.command("show")
def show(run: RunOrRecord = RECORD, as_json: AsJson = False) -> None:
    """Print what a record says, whoever signed it."""
    from ladder.gate.describe_record import describe
    from ladder.gate.evidence import read_record

    record, _ = read_record(run)
    document = record.model_dump(mode="json", by_alias=True)
    say_either(document, describe(record), as_json=as_json)


@app.command("verify")
def verify(
    run: RunOrRecord = RECORD,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="ladder-policy.yaml here unless given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check signature, form and dates; the verdict itself is for `ladder gate`."""
    from ladder.gate.gate import verify_record

    evidence = verify_record(run, policy)
    said = evidence.record.predicate
    who = ", ".join(evidence.signers) or "nobody (the policy allows it)"
    text = f"Valid: {evidence.where}, signed by {who}, verdict {said.verdict}."
    say_either({"signers": evidence.signers, "verdict": said.verdict}, text, as_json=as_json)


@app.command("waive")
def waive(  # noqa: PLR0913, PLR0917 - options of a command line
    run: RunOrRecord,
    name: Annotated[str, typer.Option("--name", help="The person who answers for it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; others will read it.")],
    key: Annotated[str, typer.Option("--key", help="The person's private key, or env:NAME.")],
    days: Annotated[int, typer.Option("--days", help="How long it holds.")] = 14,
    output: Annotated[Path, typer.Option("--output", help="Where to write it.")] = Path(
        "waiver.json"
    ),
    as_json: AsJson = False,
) -> None:
    """Write a signed waiver: a named person lets this training start without justification."""
    from ladder.gate import load_signing_key, write_waiver
    from ladder.gate.evidence import read_record

    record, _ = read_record(run)
    waiver = write_waiver(record, name=name, reason=reason, days=days, key=load_signing_key(key))
    _save(output, waiver.to_json())
    text = f"{output}: hand it to the gate with --waiver {output}; every report will show it."
    say_either({"waiver": output}, text, as_json=as_json)


def _save(path: Path, text: str) -> None:
    from ladder.disk import write_lines

    write_lines(path, [text.rstrip("\n")])
