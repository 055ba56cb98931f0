"""`ladder init`: a task spec for your data, or a commented one to start from."""

import json
import os
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ladder.cli.output import alive, say
from ladder.errors import SpecError

if TYPE_CHECKING:
    from ladder.cli.first_questions import Wishes
    from ladder.cli.looked_at import LookedAt
    from ladder.finding import Finding
    from ladder.spec.first_task import FirstTask

_DOCUMENTS = (".md", ".txt", ".html", ".pdf")
_WIDTH = 100
_SHOWN_ROWS, _SHOWN_LABELS = 3, 30


def init(  # noqa: PLR0913, PLR0917 - the options of the command
    data: Annotated[
        Path, typer.Argument(help="A file of rows or a folder; without one, a commented example.")
    ] = Path(),
    to: Annotated[Path, typer.Option("--to", help="The folder to write task.yaml into.")] = Path(),
    model: Annotated[str | None, typer.Option("--model", help="What answers today.")] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            help="The score that is good enough, such as 0.8; or 'as MODEL less 0.03', to be as good.",
        ),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option("--limit", help="What a candidate may cost, such as prompt_tokens=2000."),
    ] = None,
    question: Annotated[
        str | None, typer.Option("--input", help="The column that is asked; guessed unless given.")
    ] = None,
    answer: Annotated[
        str | None, typer.Option("--answer", help="The column of the right answer; the same.")
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="Documents that hold answers, for lever rag.")
    ] = None,
    pool: Annotated[
        int | None,
        typer.Option("--pool", help="Cut so many rows off the data, as worked examples.", min=1),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option("--sheet", help="The sheet of a workbook, where several hold rows."),
    ] = None,
    on_empty: Annotated[
        Literal["stop", "exclude"] | None,
        typer.Option(
            "--on-empty",
            help="Rows with an empty question or answer: leave all out, or none; else a few are.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite.")] = False,
) -> None:
    """Read your data and write task.yaml for them, with the JSON schema that editors complete it with."""
    from ladder.cli.first_questions import Wishes, with_goal, with_limits
    from ladder.cli.looked_at import RowReading
    from ladder.data.readers.read_rows import check_file

    if corpus is not None and not corpus.exists():
        check_file(str(corpus))
    wishes = Wishes(
        model=model,
        corpus=corpus,
        pool=pool,
        columns=(question, answer),
        reading=RowReading(sheet, on_empty),
        is_asked=not yes,
    )
    wishes = with_limits(wishes, limit or ())
    wishes = wishes if target is None else with_goal(wishes, target)
    if not _holds_data(data):
        _write_example(data, force=force)
        return
    _write_for_data(data, to, wishes, force=force)


def _holds_data(path: Path) -> bool:
    """Return whether a path names data: a file, or a folder with files of rows or folders of texts.

    Raises:
        DataError: It looks like a file, and there is none.
        SpecError: It is a folder of documents.
    """
    from ladder.cli.looked_at import row_files_in
    from ladder.data.readers.read_rows import check_file
    from ladder.data.readers.saved_dataset import is_saved_dataset

    if path.is_dir():
        inside = [each for each in path.iterdir() if not each.name.startswith(".")]
        has_rows = is_saved_dataset(path) or bool(row_files_in(path))
        has_labels = len(inside) > 1 and all(each.is_dir() for each in inside)
        texts = [each for each in inside if each.suffix.lower() in _DOCUMENTS]
        has_documents = any(each.stem.lower() != "readme" for each in texts)
        if path != Path() and has_documents and not has_rows:
            raise SpecError(
                f"{path} holds documents, and no rows with questions and their answers.",
                next_step=f"Give the rows, and the documents beside them: ladder init ROWS.csv --corpus {shlex.quote(str(path))}",
            )
        return path != Path() and (has_rows or has_labels) and not (path / "task.yaml").exists()
    if path.exists() or path.suffix:
        check_file(str(path))
        return True
    return False


def _write_example(folder: Path, *, force: bool) -> None:
    from ladder.spec.example import EXAMPLE, SPENDING

    spec = _writable(folder, force=force)
    spec.write_text(EXAMPLE, encoding="utf-8")
    say(SPENDING)
    say(
        f"Wrote {spec} and {_write_schema(folder)}. Fill in the spec, then: ladder check {shlex.quote(str(spec))}"
    )


def _write_for_data(data: Path, to: Path, wishes: "Wishes", *, force: bool) -> None:
    from ladder.cli.first_questions import asked_columns, asked_wishes
    from ladder.cli.looked_at import look_at
    from ladder.spec import load_task

    spec = _writable(to, force=force)
    with alive("reading the data"):
        found = look_at(data, reading=wishes.reading)
    _show(found)
    columns = asked_columns(found, wishes)
    if columns != found.columns:
        told, found = found.findings, look_at(data, columns, reading=wishes.reading)
        _tell(each for each in found.findings if each not in told)
    wishes = asked_wishes(found, wishes)
    found, pool = _with_pool(found, wishes, to)
    _check_model(wishes.model or "")
    task = _first_task(found, wishes, to, pool)
    spec.write_text(task.text(), encoding="utf-8")
    load_task(spec)
    say(_summary(found, wishes, task.model))
    say(
        f"Wrote {spec} and {_write_schema(to)}. Look at the prompt in it, then: ladder check {shlex.quote(str(spec))}"
    )


def _writable(folder: Path, *, force: bool) -> Path:
    spec = folder / "task.yaml"
    if spec.exists() and not force:
        raise SpecError(f"{spec} exists.", next_step="Pass --force to overwrite it.")
    folder.mkdir(parents=True, exist_ok=True)
    return spec


def _write_schema(folder: Path) -> Path:
    from ladder.spec.field_guide import json_schema

    schema = folder / "task.schema.json"
    schema.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
    return schema


def _with_pool(found: "LookedAt", wishes: "Wishes", to: Path) -> tuple["LookedAt", Path | None]:
    """Return the data without the rows that were cut off as worked examples, and those rows' file."""
    from ladder.cli.looked_at import look_at
    from ladder.data.cut_pool import cut_pool
    from ladder.data.readers.read_rows import read_rows

    if wishes.pool is None:
        return found, None
    eval_file, pool_file = (to / f"{found.path.stem}.{part}.jsonl" for part in ("eval", "pool"))
    encoding = found.form.get("encoding")
    encoding = None if encoding is None else str(encoding)
    read = read_rows(str(found.path), encoding=encoding, sheet=wishes.reading.sheet)
    rows = [row.columns for row in read if row.where not in found.empty]
    cut_pool(rows, found.samples, wishes.pool, eval_file, pool_file)
    return look_at(eval_file, found.columns), pool_file


def _first_task(found: "LookedAt", wishes: "Wishes", to: Path, pool: Path | None) -> "FirstTask":
    from ladder.spec.first_task import FirstTask, tokens_for

    metric, wanted = found.metric
    assert wishes.model is not None  # noqa: S101 - asked, or a default
    return FirstTask(
        name=re.sub(r"[^A-Za-z0-9_.-]+", "-", _stem(found.path, pool)).strip("-.")[:64] or "task",
        data={"path": _seen_from(to, found.path), **found.form},
        model=_model_seen_from(to, wishes.model),
        target=wishes.target or 0.8,
        reference=None if wishes.reference is None else _model_seen_from(to, wishes.reference),
        is_adapter=_is_adapter(wishes.reference),
        margin=wishes.margin,
        limits=wishes.limits,
        metric=metric,
        labels=found.labels,
        max_new_tokens=tokens_for(found.targets),
        pool=None if pool is None else _seen_from(to, pool),
        corpus=None if wishes.corpus is None else _seen_from(to, wishes.corpus),
        has_system=all(
            each.conversation is not None and each.conversation.system for each in found.samples
        ),
        encoder=_encoder_here() if pool is not None or wishes.corpus is not None else None,
        none=wishes.none,
        wanted=wanted,
        options=found.options,
        beside=found.beside,
    )


def _stem(path: Path, pool: Path | None) -> str:
    """Return the name of the data, also where worked examples were cut off them."""
    return path.stem if pool is None else path.stem.removesuffix(".eval")


def _encoder_here() -> str | None:
    """Return the packaged encoder where the usual one would have to be downloaded; else None."""
    from ladder.models.locate import PACKAGED_ENCODER
    from ladder.models.models_here import models_here
    from ladder.spec.encoder_spec import encoder_name

    here = models_here()
    is_needed = encoder_name(None) not in here
    return PACKAGED_ENCODER if is_needed and PACKAGED_ENCODER in here else None


def _seen_from(folder: Path, path: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix() if not path.is_absolute() else str(path)


def _model_seen_from(folder: Path, model: str) -> str:
    """Return a model as a spec in a folder names it: a hub id as it is, what lies here by its path.

    A spec may name a model outside its own folder by the whole path alone.
    """
    is_recorded = model.startswith("recorded:")
    path = Path(model.removeprefix("recorded:")).expanduser()
    if not (is_recorded or (model and path.exists())):
        return model
    seen = _seen_from(folder, path)
    seen = str(path.resolve()) if ".." in Path(seen).parts else seen
    return f"recorded:{seen}" if is_recorded else seen


def _check_model(model: str) -> None:
    """Raise SpecError where a model is the address of a server alone, or what YAML cannot read."""
    from ladder.spec.first_task import endpoint_of

    if model.startswith(("http://", "https://")):
        endpoint = shlex.quote(f"{{id: NAME, base_url: {model}}}")
        raise SpecError(
            f"--model {model} is the address of a server, and no model.",
            next_step=f"Name the model that it serves too: --model {endpoint}",
        )
    if model.startswith("{") and endpoint_of(model) is None:
        raise SpecError(
            f"--model {model} cannot be read as a model.",
            next_step="Write --model '{id: NAME, base_url: http://localhost:8000/v1}'.",
        )


def _is_adapter(reference: str | None) -> bool:
    from ladder.models.local.check_adapter import CONFIG

    return reference is not None and (Path(reference).expanduser() / CONFIG).is_file()


def _show(found: "LookedAt") -> None:
    """Print how the rows were read, three of them, and what the columns seem to be."""
    from ladder.text import one_line

    _tell(found.findings)
    names = [str(name) for name in found.rows[0].columns]
    say(f"{found.path}: {len(found.samples)} rows, columns {', '.join(names)}. The first:")
    shown = [row.columns for row in found.rows[:_SHOWN_ROWS]]
    if (
        found.columns is None
    ):  # of chat messages the first column shows the same beginning each time
        shown = [
            {"asked": each.input, "answer": each.targets[0]}
            for each in found.samples[:_SHOWN_ROWS]
            if each.targets
        ] or shown
    for columns in shown:
        cells = (f"{name}: {one_line(str(value), 60)}" for name, value in columns.items())
        say(f"  {one_line(' | '.join(cells), _WIDTH * 2)}")


def _tell(findings: Iterable["Finding"]) -> None:
    from ladder.text import one_line

    for each in findings:
        say(one_line(each.problem, 400))


def _summary(found: "LookedAt", wishes: "Wishes", model: str) -> str:
    """Return what was made of the data, and what each lever still needs."""
    columns = ", ".join(f"{name} = {value}" for name, value in found.form.items())
    lines = [f"Read as: {columns or 'rows of a known form, as they are'}."]
    if found.labels:
        shown = [f"{label} ({count})" for label, count in found.labels.items()][:_SHOWN_LABELS]
        more = f", … {len(found.labels)} in all" if len(found.labels) > _SHOWN_LABELS else ""
        lines.append(f"Labels: {', '.join(shown)}{more}.")
    if found.labels and all(map(str.isdecimal, found.labels)) and not found.options:
        lines.append("The labels are numbers: write into the prompt what each of them means.")
    if found.metric[0] == "rouge_l":
        lines.append(
            "The answers are running text: rouge_l counts words in common, a rough measure. "
            "A judge, or a function of yours, sees more: docs/metrics.md."
        )
    lines.append(f"Metric: {found.metric[0]}. Model: {model}. Target: {_goal_of(wishes)}.")
    needs = {
        "model": "levers.model.models, other models you may use",
        "rag": "documents: --corpus FOLDER",
        "few_shot": "rows with answers beside these: --pool N cuts them off",
    }
    given = {"rag": wishes.corpus, "few_shot": wishes.pool}
    missing = [
        f"{lever} ({needed})"
        for lever, needed in needs.items()
        if given.get(lever) is None and lever not in wishes.none
    ]
    if missing:
        lines.append(
            f"Not tried so far: {'; '.join(missing)}. Give them, or declare in the spec why there "
            "are none; until then no verdict is fine_tune."
        )
    if found.not_shown:
        lines.append(
            f"The prompt does not show {', '.join(found.not_shown)}. What an answer depends on, and is known "
            f"when the question is asked, write into it: {{{{ {found.not_shown[0]} }}}}."
        )
    if found.columns is not None and not found.columns.is_sure:
        lines.append(
            f"Another column may be the answer: --answer COLUMN names it ({found.columns.target} was "
            "guessed)."
        )
    return "\n".join(lines)


def _goal_of(wishes: "Wishes") -> str:
    if wishes.reference is None:
        return f"{wishes.target:g}"
    return f"as good as {wishes.reference}, less {wishes.margin:g}"
