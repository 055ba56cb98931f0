"""What a run leaves for people to look at: every sample with every answer to it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ladder.disk import write_lines
from ladder.measure import Scored, Workbench
from ladder.search.ledger import Configuration
from ladder.search.task_problem import LadderProblem

Rows = Mapping[int, Scored]


def write_samples(
    path: Path,
    problem: LadderProblem,
    configurations: Sequence[Configuration],
    *,
    is_closed: bool,
) -> None:
    """Write one JSON line a sample, whole or not at all.

    Answers on the confirmation part are written only once a verdict closed it: until then
    nobody may see them, or the part could not be asked again.
    """
    rows = {each: problem.bench.rows(problem.candidate(each)) for each in configurations}
    parts = [("selection", at, rows) for at in problem.split.selection.tolist()]
    parts += [
        ("confirmation", at, rows if is_closed else {})
        for at in problem.split.confirmation.tolist()
    ]
    write_lines(path, (_line(problem.bench, *part) for part in parts))


def _line(bench: Workbench, part: str, at: int, rows: Mapping[Configuration, Rows]) -> str:
    sample = bench.samples[at]
    return json.dumps(
        {
            "id": sample.id,
            "input": sample.input,
            "targets": list(sample.targets),
            "part": part,
            "cluster": sample.cluster,
            "columns": dict(sample.columns),
            "answers": [
                _answer(configuration, measured[at], bench.materials.passage_texts)
                for configuration, measured in rows.items()
                if at in measured
            ],
        },
        default=str,
    )


def _answer(configuration: Configuration, row: Scored, texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "configuration": list(configuration),
        "text": row.answer.text,
        "prompt": row.answer.prompt,
        "read_as": row.read_as,
        "score": row.score,
        "lenient": row.lenient,
        "passages": [{"id": name, "text": texts[name]} for name in row.passages],
        "examples": list(row.examples),
        "finish_reason": row.answer.finish_reason,
        "error": row.answer.error,
    }
