"""`write_task`: joined rows as eval rows, recorded answers and a spec, all or nothing."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ladder.disk import write_lines
from ladder.frozen import digest_of
from ladder.importing.joined_rows import JoinedRows
from ladder.importing.logged_run import LoggedAnswer
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.model_ref import RECORDED

WRITTEN = ("task.yaml", "eval.jsonl", "recordings")
"""What an import writes into its folder."""

MOST_ID = 40
"""Characters of an id; a hash, or a whole row that stands for one, is longer."""

MOST_NAME = 60
"""Characters of a candidate's name in the name of its file."""

RIGHT, WRONG = "right", "wrong"
"""What stands for an answer where the tool's own score is taken."""


def write_task(
    joined: JoinedRows, to: Path, *, metric: MetricSpec, target_score: float, name: str
) -> Path:
    """Write `eval.jsonl`, `recordings/` and `task.yaml`; return the path of the spec.

    Nothing is left behind where anything fails.
    """
    to.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".import-", dir=to))
    try:
        paths = _write_recordings(joined, building)
        write_lines(building / "eval.jsonl", _eval_rows(joined))
        read_by = MetricSpec() if joined.scores is not None else metric
        lines = _spec(joined, paths, name=name, metric=read_by, target_score=target_score)
        write_lines(building / "task.yaml", lines)
        for part in building.iterdir():
            part.replace(to / part.name)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return to / "task.yaml"


def _write_recordings(joined: JoinedRows, folder: Path) -> list[str]:
    (folder / "recordings").mkdir()
    paths: list[str] = []
    for at, (role, name) in enumerate(zip(joined.roles, joined.names, strict=True)):
        plain = "-".join(re.findall(r"[\w.]+", name))[:MOST_NAME]
        stem = f"{role}-{plain}"
        if f"recordings/{stem}.jsonl" in paths:
            stem = f"{stem}-{at}"
        rows = ({"input": row.asked, **_recorded(row.answers[at], joined)} for row in joined.rows)
        write_lines(folder / "recordings" / f"{stem}.jsonl", map(_line, rows))
        paths.append(f"recordings/{stem}.jsonl")
    return paths


def _recorded(answer: LoggedAnswer, joined: JoinedRows) -> dict[str, str]:
    if answer.fault == "failed":
        return {"output": "", "error": answer.why or "the call failed"}
    text = answer.text or ""
    if joined.scores is not None and joined.scores not in answer.scores:
        return {"output": "", "error": "the tool gave no score"}
    if joined.scores is not None:
        is_right = answer.scores[joined.scores] >= joined.right_from
        return {"output": RIGHT if is_right else WRONG, "said": text}
    return {"output": text, **({"finish_reason": "length"} if answer.fault == "cut" else {})}


def _eval_rows(joined: JoinedRows) -> Iterator[str]:
    for row in joined.rows:
        targets: Any = list(row.targets) if len(row.targets) > 1 else "".join(row.targets)
        target = targets if joined.scores is None else RIGHT
        yield _line({"id": _short(row.key), "input": row.asked, "target": target})


def _short(key: str) -> str:
    """Return a key as an id: itself, or a digest of one that is too long to be read.

    >>> _short("r7"), len(_short("a whole row " * 20))
    ('r7', 16)
    """
    return key if len(key) <= MOST_ID else digest_of(key)[:16]


def _line(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=False)


def _spec(
    joined: JoinedRows, paths: list[str], *, name: str, metric: MetricSpec, target_score: float
) -> Iterator[str]:
    yield f"# Answers recorded by {', '.join(dict.fromkeys(joined.tools))}. The verdict: ladder run task.yaml"
    yield f"name: {_line(name)}"
    yield f"model: {_line('recorded:' + paths[0])}  # {_line(joined.names[0])}"
    yield "data: eval.jsonl"
    if metric.labels:
        yield f"metric: {{name: {metric.name}, labels: {_line(list(metric.labels))}}}"
    else:
        yield f"metric: {metric.name}"
    yield f"target: {target_score}"
    yield "levers:"
    for lever in LEVER_NAMES:
        runs = [at for at, role in enumerate(joined.roles) if role == lever]
        if runs:
            named = ", ".join(_line(joined.names[at]) for at in runs)
            recorded = _line([RECORDED + paths[at] for at in runs])
            yield f"  {lever}: {{recorded: {recorded}}}  # {named}"
        else:
            yield f'  # {lever}: {{not_applicable: "why it is out of the question"}}  # or import a run of it'
