"""`ladder retrieve`: what each retrieval method finds, before any model is asked."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ladder.cli.options import AllowCode, AsJson, Overrides, SpecPath
from ladder.cli.output import alive, say_either
from ladder.errors import SpecError

if TYPE_CHECKING:
    from ladder.measure.retrieval_table import FoundPassages


def retrieve(
    spec: SpecPath,
    question: Annotated[
        str | None,
        typer.Option("--question", help="Show the passages of one question: an id, or any text."),
    ] = None,
    top_k: Annotated[
        str, typer.Option("--top-k", help="Numbers of passages: 1,3,10. Those of the spec, and 10.")
    ] = "",
    overrides: Overrides = None,
    allow_code: AllowCode = False,
    as_json: AsJson = False,
) -> None:
    """Print recall, nDCG and milliseconds of each method and number of passages; no model is asked."""
    from ladder.api import found_for, retrieve_table
    from ladder.spec import load_task

    task, sizes = load_task(spec, overrides=overrides or ()), _sizes(top_k)
    if question is not None:
        with alive("searching"):
            found = found_for(task, question, top_k=sizes, allow_code=allow_code)
        text = "\n\n".join("\n".join(each.lines()) for each in found)
        say_either([_as_json(each) for each in found], text, as_json=as_json)
        return
    with alive("searching for every sample"):
        table = retrieve_table(task, top_k=sizes, allow_code=allow_code)
    say_either(table, "\n".join(table.lines()), as_json=as_json)


def _sizes(text: str) -> tuple[int, ...]:
    """Return the numbers of a list such as `1,3,10`."""
    try:
        sizes = tuple(int(each) for each in text.split(",") if each.strip())
    except ValueError:
        sizes = (0,)
    if any(size < 1 for size in sizes):
        raise SpecError(
            f"--top-k: {text!r} is no list of numbers from 1.", next_step="Write --top-k 1,3,10."
        )
    return sizes


def _as_json(found: "FoundPassages") -> dict[str, Any]:
    return {
        "name": found.name,
        "passages": [
            {"id": each.id, "where": each.where, "text": each.text, "right": is_right}
            for each, is_right in zip(found.passages, found.right, strict=True)
        ],
    }
