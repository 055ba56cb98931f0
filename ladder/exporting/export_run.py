"""`export_run`: writes a run's candidate as a folder that answers without ladder, and checks it."""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ladder.data import samples_to_answer
from ladder.data.readers.read_rows import read_rows_like
from ladder.disk import draft_of, write_lines, write_text
from ladder.errors import ExportRefusedError, SpecError
from ladder.exporting.export_readme import readme_of
from ladder.exporting.form_files import STARTED, Form, form_files
from ladder.exporting.measured_stack import MeasuredStack, measured_stack, messages_in
from ladder.exporting.refused_parts import refuse_what_no_form_holds
from ladder.exporting.served_settings import served_settings
from ladder.exporting.stack_settings import StackFiles, recorded_lines, stack_files
from ladder.exporting.standalone.row_messages import Stack
from ladder.exporting.standalone_files import standalone_files

_SHARED = ("row_messages.py", "plain_letters.py", "read_answers.py", "self_test.py")
_SEARCHING = ("passage_search.py", "model_place.py")


def export_run(
    run: Path,
    out: Path,
    *,
    form: Form = "python",
    candidate: str | None = None,
    rows: Path | None = None,
    allow_code: bool = False,
) -> Path:
    """Write the candidate that a run's verdict names; return the folder.

    The exported prompts are compared with those of the run before the folder appears.

    Args:
        run: The run's folder.
        out: A new folder.
        form: For which tool.
        candidate: A candidate's label, in the place of the verdict's own.
        rows: New rows, for `messages`.
        allow_code: Whether the metric may be the user's own code.

    Raises:
        ExportRefusedError: The form cannot hold a part of the candidate.
        SpecError: The folder is taken, or the verdict names no candidate.
    """
    if rows is not None and form != "messages":
        raise SpecError(
            f"--rows is for --format messages, not for {form}.",
            next_step="Leave it out: the exported script answers any rows.",
        )
    refuse_taken(out)
    with measured_stack(run, candidate=candidate, allow_code=allow_code) as stack:
        refuse_what_no_form_holds(stack, run)
        found = stack_files(stack)
        if form != "python" or not stack.is_local:
            started = form in STARTED
            found.settings["served"] = served_settings(stack, is_started_for_it=started)
        if form != "python":
            found.settings["backend"] = "served"
        with draft_of(out) as draft:
            _write(draft, form, stack, found)
            _refuse_other_messages(draft, stack)
            if form == "messages":
                write_lines(draft / "messages.jsonl", _message_lines(stack, rows))
    return out


def refuse_taken(out: Path) -> None:
    """Raise where something is in the place of a new folder.

    Raises:
        SpecError: There is.
    """
    if out.exists():
        raise SpecError(f"{out} is there already.", next_step="Name a new folder: --out FOLDER.")


def _write(folder: Path, form: Form, stack: MeasuredStack, found: StackFiles) -> None:
    folder.mkdir(parents=True)
    settings = found.settings
    texts = {
        **standalone_files(_scripts(form, settings)),
        **form_files(form, stack, settings),
        "stack.json": json.dumps(settings, ensure_ascii=False, indent=1, default=str) + "\n",
        "README.md": readme_of(form, stack, settings),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    lines: Mapping[str, Sequence[Mapping[str, Any]]] = {
        **found.lines,
        "recorded.jsonl": recorded_lines(stack),
    }
    for name, several in lines.items():
        write_lines(folder / name, map(_line, several))
    for name, matrix in found.vectors.items():
        _write_matrix(folder / name, matrix)
    if stack.candidate.adapter is not None:
        shutil.copytree(stack.candidate.adapter, folder / "adapter")


def _write_matrix(path: Path, matrix: Any) -> None:  # noqa: ANN401 - a matrix
    import numpy as np

    np.save(path, matrix)


def _scripts(form: Form, settings: Mapping[str, Any]) -> Iterable[str]:
    yield from _SHARED
    if settings["backend"] == "local":
        yield from ("local_answers.py", "model_place.py")
    else:
        yield from ("served_answers.py", "reply_stream.py")
    if form in ("python", "openai", "vllm"):
        yield "answer_rows.py"
    if settings["retrieval"] or (settings["examples"] or {}).get("encoder"):
        yield from _SEARCHING
    if settings["retrieval"]:
        yield "word_index.py"


def _refuse_other_messages(folder: Path, stack: MeasuredStack) -> None:
    """Raise where the exported prompts are not those of the run.

    Raises:
        ExportRefusedError: They are not, and nobody foresaw why.
    """
    exported = Stack(folder)
    for each, wanted in zip(stack.questions, stack.messages, strict=True):
        if exported.messages(each.row) != wanted:
            raise ExportRefusedError(
                f"The exported prompt of sample {each.sample.id} is not the one that was measured.",
                next_step="Answer with ladder itself (`ladder answer`), and report this task.",
            )


def _message_lines(stack: MeasuredStack, rows: Path | None) -> Iterable[str]:
    """Yield the messages of given rows, or of the recorded ones, a line each."""
    if rows is None:
        for each, messages in zip(stack.questions, stack.messages, strict=True):
            yield _line({"id": each.sample.id, "messages": messages})
        return
    data = stack.task.data
    read = list(read_rows_like(str(rows), data))
    samples = samples_to_answer(read, stack.task.data)
    prompted = stack.bench.prompted(stack.candidate, samples)
    for row, messages in zip(read, messages_in(prompted), strict=True):
        yield _line({"id": row.where.rpartition("/")[2], "messages": messages})


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
