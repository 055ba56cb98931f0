"""The token ids of the few prompts that a report shows: `tokens.json`. No verdict rests on it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ladder.disk import write_lines
from ladder.models import load_tokenizer
from ladder.report import load_evidence
from ladder.report.outcomes import pairs_to_show
from ladder.runs import RunFolder
from ladder.search.ledger import Configuration
from ladder.search.task_problem import LadderProblem
from ladder.templates.describe import shows_tokens

MOST_TOKENS = 4000
"""Tokens of one prompt above which nobody reads them one by one."""


def write_tokens(folder: Path, problem: LadderProblem) -> None:
    """Write each token of the prompts in the report's pairs, where the tokenizer can be seen."""
    evidence = load_evidence(folder)
    places = {sample.id: at for at, sample in enumerate(problem.bench.samples)}
    shown = tuple(dict.fromkeys((evidence.baseline, evidence.best)))
    positions = [places[pair.sample.id] for pair in pairs_to_show(evidence)]
    rows = [row for each in shown for row in _rows(problem, each, positions)]
    write_lines(RunFolder(folder).tokens, [json.dumps(row) for row in rows])


def _rows(
    problem: LadderProblem, configuration: Configuration, places: list[int]
) -> Iterator[dict[str, Any]]:
    candidate = problem.candidate(configuration)
    if not places or not shows_tokens(candidate.model):
        return
    tokenizer = load_tokenizer(candidate.model)
    measured = problem.bench.rows(candidate)
    is_split = candidate.effective_chat.split_special_tokens
    for at in places:
        answer = measured[at].answer if at in measured else None
        if answer is None or answer.prompt is None:
            continue
        ids = tokenizer.encode(answer.prompt, split_special_tokens=is_split)
        # The prompt as it was seen, not as it was asked for: no weights are needed to show it.
        if len(ids) == answer.prompt_tokens:
            yield {
                "sample": problem.bench.samples[at].id,
                "configuration": list(configuration),
                "tokens": [[each, tokenizer.decode([each])] for each in ids[:MOST_TOKENS]],
            }
