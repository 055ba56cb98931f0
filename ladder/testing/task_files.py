"""`write_task` and `make_run`: tasks and finished runs for tests, whose model is a function."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ladder.decision import Verdict
from ladder.models.base import Request
from ladder.models.scripted import Scripted, register_scripted
from ladder.spec.lever_sections import LEVER_NAMES

DECLARED: Mapping[str, Any] = {
    name: {"not_applicable": f"this test has no {name}"} for name in LEVER_NAMES
}
"""Every lever, declared not applicable: what a test gives to a lever replaces its entry."""

Answers = Callable[[Request], str]
DataRows = Iterable[Mapping[str, Any]]


def triples(n: int, *, start: int = 100) -> list[dict[str, str]]:
    """Return rows that ask for three times a number.

    >>> triples(1)
    [{'input': '100', 'target': '300'}]
    """
    return [{"input": str(at), "target": str(3 * at)} for at in range(start, start + n)]


def write_rows(path: Path, rows: DataRows) -> Path:
    """Write a JSON line a row; return the path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_task(
    folder: Path,
    model: Answers | Scripted | str | Mapping[str, Any],
    *,
    rows: DataRows | None = None,
    pool: DataRows | None = None,
    corpus: Iterable[str] | None = None,
    **fields: Any,  # noqa: ANN401 - any part of a spec
) -> Path:
    """Write a task into a folder: `task.json`, and its data beside it. Return the spec's path.

    Without further fields it asks for three times a number, wants .8, and has every lever
    declared not applicable but few_shot (with a pool) and rag (with a corpus).

    Args:
        folder: Where to write; made if it is absent.
        model: A function that answers, or what a spec may say of a model.
        rows: The eval data; 160 `triples` unless given.
        pool: Worked examples, for `few_shot`.
        corpus: Texts of passages, for `rag`.
        fields: Other parts of the spec; `levers` replaces the entries that it names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    given = {**DECLARED}
    if pool is not None:
        write_rows(folder / "pool.jsonl", pool)
        given["few_shot"] = {"pool": "pool.jsonl", "shots": [2], "methods": ["random"]}
    if corpus is not None:
        write_rows(folder / "corpus.jsonl", ({"text": text} for text in corpus))
        given["rag"] = {"corpus": "corpus.jsonl", "methods": ["lexical"]}
    write_rows(folder / "eval.jsonl", triples(160) if rows is None else rows)
    spec = {
        "name": "triples",
        "model": _named(model, folder),
        "data": "eval.jsonl",
        "target": 0.8,
        **fields,
        "levers": {**given, **fields.get("levers", {})},
    }
    path = folder / "task.json"
    path.write_text(json.dumps(spec, indent=1), encoding="utf-8")
    return path


def answer_right(request: Request) -> str:
    """Answer three times the number that a request asks about."""
    return str(3 * number_in(request))


def answer_wrong(request: Request) -> str:
    """Answer another wrong number to every request, so that no fault but the model is at work."""
    return str(3 * number_in(request) + 1)


def answer_with_examples(request: Request) -> str:
    """Answer right where worked examples stand in the prompt."""
    return answer_right(request) if len(request.messages) >= 5 else answer_wrong(request)


def answer_four_in_five(request: Request) -> str:
    """Answer right so often that nothing can be shown against a target of .8 either way."""
    return answer_right(request) if number_in(request) % 5 else answer_wrong(request)


def number_in(request: Request) -> int:
    """Return the last number of a request: the one that it asks about."""
    return int(re.findall(r"\d+", request.messages[-1].content)[-1])


ANSWERS: Mapping[Verdict, Answers] = {
    "already_good": answer_right,
    "use_lever": answer_with_examples,
    "fine_tune": answer_wrong,
    "inconclusive": answer_four_in_five,
}
"""A model for each verdict that `write_task` with a pool can end in."""


def make_run(folder: Path, verdict: Verdict) -> Path:
    """Make a whole run that ends in a verdict; return its folder, below `folder/runs`.

    Raises:
        AssertionError: It ended in another one.
    """
    from ladder.api import run, run_folder_of

    task = write_task(folder, ANSWERS[verdict], pool=triples(20, start=1000))
    decision = run(task, runs_folder=folder / "runs")
    if decision.verdict != verdict:
        raise AssertionError(f"{verdict} was meant, and the run says: {decision.sentence}")
    return run_folder_of(task, folder / "runs")


def _named(model: Answers | Scripted | str | Mapping[str, Any], folder: Path) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(model, Scripted):
        return register_scripted(model)
    if callable(model):
        return register_scripted(Scripted(model, name=str(folder)))
    return model
