"""`ladder template`: show, check and repair chat templates."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.check import FINDINGS, FORMATS, counted, say_lines, wanted_form
from ladder.cli.options import AsJson, Overrides, SpecPath
from ladder.cli.output import say, say_json, say_styled
from ladder.finding import Finding
from ladder.text import visible

app = typer.Typer(
    name="template",
    help="Show, check and repair chat templates; no model is called.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Paths = Annotated[
    list[Path],
    typer.Argument(
        help="Model folder or id, adapter folder, .gguf, .jinja or tokenizer_config.json.",
        metavar="PATH...",
    ),
]
Training = Annotated[
    bool, typer.Option("--training", help="Also check what training with the template would learn.")
]


@app.command()
def show(
    spec: SpecPath,
    sample: Annotated[
        str | None, typer.Option("--sample", help="The sample's id; the first one unless given.")
    ] = None,
    ids: Annotated[bool, typer.Option("--ids", help="Print each token id with its text.")] = False,
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Print the exact prompt of one sample, before and after repair."""
    from ladder.measure.prompts import SamplePrompts, prompts_of
    from ladder.spec import load_task

    task = load_task(spec, overrides=overrides or ())
    found: SamplePrompts = prompts_of(task, sample=sample)
    if as_json:
        say_json(
            {
                "sample": found.sample,
                "prompts": [
                    {
                        "prompt": each.text,
                        "ids": each.ids,
                        "findings": each.findings,
                        "change": each.change,
                    }
                    for each in found.prompts
                ],
            }
        )
        return
    for heading, each in zip(("as the task stands", "after repair"), found.prompts, strict=False):
        say(f"--- sample {found.sample}, {heading}: {len(each.ids)} tokens")
        say_styled(_coloured(each.text, set(found.tokenizer.added_tokens)))
        if ids:
            say("\n".join(f"{id_:>7} {found.tokenizer.decode([id_])!r}" for id_ in each.ids))
        say(f"special tokens: {_counted(each.ids, found.tokenizer.added_tokens)}")
        if each.change:
            say(each.change)
        say_lines(each.findings)


@app.command()
def check(
    paths: Paths,
    output: Annotated[
        str, typer.Option("--format", help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
    ] = "text",
    training: Training = False,
    as_json: AsJson = False,
) -> None:
    """Check the chat templates of files and folders for a plain chat; exit 1 on errors."""
    from ladder.chat import check_context
    from ladder.templates.template_files import read_template_files

    form = wanted_form(output, as_json=as_json)
    files = [each for path in paths for each in read_template_files(path, training=training)]
    findings = {str(file.path): check_context(file.context) for file in files}
    _print_findings(findings, form)
    if any(finding.severity == "error" for some in findings.values() for finding in some):
        raise typer.Exit(FINDINGS)


@app.command()
def repair(
    paths: Paths,
    write: Annotated[
        bool, typer.Option("--write", help="Write the repaired templates over the faulty ones.")
    ] = False,
    training: Annotated[
        bool, typer.Option("--training", help="Also mark replies with {% generation %}.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print what would mend each template, as a unified diff; change files only with --write."""
    from ladder.templates.template_files import read_template_files, refuse_to_write
    from ladder.templates.write_repair import repair_file, write_repair

    for path in paths if write else ():
        refuse_to_write(path)
    files = [each for path in paths for each in read_template_files(path, training=training)]
    rows = []
    for file in files:
        mended = repair_file(file)
        written = write_repair(mended) if write and mended is not None else None
        diff = "" if mended is None else mended.diff
        options = {} if mended is None else mended.options
        left = () if mended is None else mended.left
        rows.append(
            {
                "path": file.path,
                "diff": diff,
                "options": options,
                "written": written,
                "left": left,
            }
        )
        if not as_json:
            say(f"{file.path}: {_outcome(diff, written, left)}\n{diff}".rstrip())
            say_lines(left)
            if options:
                say(f"Set in the task's chat section: {json.dumps(options, default=list)}")
    if as_json:
        say_json(rows)


def _outcome(diff: str, written: Path | None, left: Sequence[Finding]) -> str:
    stays = f"; {len(left)} findings that no program can repair" if left else ""
    if not diff:
        return f"nothing to repair{stays}"
    changed = "repaired" if written is not None else "not changed; --write changes the file"
    return f"{changed}{stays}"


def _print_findings(findings: dict[str, list[Finding]], form: str) -> None:
    from ladder.formats import to_github, to_sarif

    if form == "json":
        say_json(findings)
    elif form == "sarif":
        say(to_sarif(findings))
    elif form == "github":
        say(to_github(findings) or "Clean.")
    else:
        for path, some in findings.items():
            say(f"{path}: {counted(some) if some else 'clean'}")
            say_lines(some)


def _coloured(text: str, added: set[str]) -> str:
    """Return a prompt with its special tokens in colour on a terminal, as it is elsewhere."""
    from ladder.chat.probes.control import any_of

    shown = visible(text)
    pattern = any_of(token for token in added if token.strip())
    if pattern is None or not sys.stdout.isatty():
        return shown
    return pattern.sub(lambda match: f"\x1b[1;36m{match.group()}\x1b[0m", shown)


def _counted(ids: tuple[int, ...], added: dict[str, int]) -> str:
    names = {id_: token for token, id_ in added.items()}
    counts = Counter(names[id_] for id_ in ids if id_ in names)
    return ", ".join(f"{token} ×{count}" for token, count in counts.items()) or "none"
