"""`ladder read`: what a metric makes of a text, step by step."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ladder.cli.options import AllowCode, AsJson
from ladder.cli.output import say_either
from ladder.errors import SpecError

if TYPE_CHECKING:
    from ladder.spec.metric_spec import MetricSpec

_WIDTH = 15


def read(
    text: Annotated[str, typer.Argument(help="What a model answered; - reads standard input.")],
    metric: Annotated[
        str,
        typer.Option(
            "--metric",
            help="A metric's name, its fields as YAML ({name: choice, labels: [A, B]}), or a task "
            "spec whose metric is meant.",
        ),
    ] = "exact_match",
    target: Annotated[
        list[str] | None,
        typer.Option("--target", help="The wanted answer; again for each further one."),
    ] = None,
    allow_code: AllowCode = False,
    as_json: AsJson = False,
) -> None:
    """Show what a metric reads in a text: thoughts, the part that is read, score, lenient score."""
    from ladder.measure.reading_steps import reading_steps
    from ladder.retrieval import load_encoder
    from ladder.scoring import load_metric

    spec = _metric(metric)
    whole = sys.stdin.read() if text == "-" else text
    loaded = load_metric(spec, allow_code=allow_code, load_encoder=load_encoder)
    steps = reading_steps(loaded, spec, whole, target or ())
    text = "\n".join([_line(step.name, step.value, step.about) for step in steps])
    say_either([step._asdict() for step in steps], text, as_json=as_json)


def _line(name: str, value: str | float, about: str) -> str:
    if name == "note":
        return about
    shown = repr(value) if isinstance(value, str) else f"{value:g}"
    return f"{f'{name}:':<{_WIDTH}}{shown}{f'  ({about})' if about else ''}"


def _metric(given: str) -> "MetricSpec":
    """Return the metric that is meant: by its name, its fields, or the spec of a task."""
    from pydantic import ValidationError

    from ladder.spec import load_task
    from ladder.spec.document import Document, read_yaml
    from ladder.spec.explain import explain
    from ladder.spec.metric_spec import MetricSpec
    from ladder.spec.read_document import ENDINGS

    if given.lower().endswith(ENDINGS):
        return load_task(Path(given)).metric
    value: Any = read_yaml(given, "--metric").value if given.lstrip().startswith("{") else given
    fields = {"name": value} if isinstance(value, str) else value
    if not isinstance(fields, dict):
        raise SpecError(
            f"--metric {given!r} is no metric.", next_step="Write its name, such as numeric."
        )
    try:
        return MetricSpec.model_validate(fields)
    except ValidationError as error:
        raise explain(error, MetricSpec, Document(fields, "--metric"), noun="a metric") from None
