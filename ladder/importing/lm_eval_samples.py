"""`read_lm_eval`: the samples that lm-eval writes with `--log_samples`, a line a document and filter.

Form: lm-eval-harness 0.4, `samples_<task>_<time>.jsonl`, and beside it `results_<time>.json`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ladder.data.readers.json_rows import read_jsonl
from ladder.data.readers.row import Row
from ladder.disk import read_json_object
from ladder.errors import DataError
from ladder.importing.logged_run import LoggedAnswer, LoggedRun

_OWN = frozenset(
    {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"}
)


def is_lm_eval(row: Mapping[str, Any]) -> bool:
    """Return whether a line is a sample of lm-eval.

    >>> is_lm_eval({"doc_id": 0, "doc": {}, "resps": []}), is_lm_eval({"input": "2 + 2"})
    (True, False)
    """
    return {"doc_id", "doc", "resps"} <= set(row)


def read_lm_eval(path: Path, *, chosen: str | None = None) -> LoggedRun:
    """Return the answers of a samples file.

    Args:
        path: The file.
        chosen: The filter whose lines count; may be left out where there is one.

    Raises:
        DataError: The file is damaged, mixed, or holds several filters and none was chosen.
    """
    rows = list(read_jsonl(path))
    for row in rows:
        if not is_lm_eval(row.columns):
            raise DataError(
                f"{row.where} is no sample of lm-eval: it lacks doc_id, doc or resps.",
                next_step="Give the samples_….jsonl as lm-eval wrote it; do not join files by hand.",
            )
    kept = _of_one_filter(path, rows, chosen)
    answers = _told_apart(path, kept)
    results = read_json_object(_results_beside(path))
    tool = f"lm-eval {results.get('lm_eval_version', '')}".strip()
    name = str(results.get("model_name") or path.stem)
    return LoggedRun(tool, name, answers, _notes(results, len(answers)))


def _of_one_filter(path: Path, rows: Sequence[Row], chosen: str | None) -> list[Row]:
    names = list(dict.fromkeys(str(row.columns.get("filter", "none")) for row in rows))
    if chosen is None and len(names) > 1:
        raise DataError(
            f"{path} holds the answers of {len(names)} filters: {', '.join(names)}.",
            next_step=f"Name the one that counts: --filter {names[-1]}.",
        )
    if chosen is not None and chosen not in names:
        raise DataError(
            f"{path} has no filter {chosen!r}; it has {', '.join(names)}.",
            next_step=f"Write --filter {names[0]}.",
        )
    wanted = chosen or names[0]
    return [row for row in rows if str(row.columns.get("filter", "none")) == wanted]


def _answer(row: Row) -> LoggedAnswer:
    found = row.columns
    doc = found["doc"] if isinstance(found["doc"], dict) else {"doc": found["doc"]}
    key = str(found.get("doc_hash") or f"{found['doc_id']} {json.dumps(doc, sort_keys=True)}")
    return LoggedAnswer(
        key=key,
        where=row.where,
        columns=doc,
        targets=_targets(found),
        text=_text(row),
        scores={name: float(found[name]) for name in _metrics(found)},
    )


def _metrics(found: Mapping[str, Any]) -> list[str]:
    named = found.get("metrics")
    names = named if isinstance(named, list) else [each for each in found if each not in _OWN]
    # What was not scored is NaN there.
    values = {each: found.get(each) for each in names}
    return [each for each, value in values.items() if _is_score(value)]


def _is_score(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _targets(found: Mapping[str, Any]) -> tuple[str, ...]:
    target = found.get("target")
    if isinstance(target, list):
        return tuple(map(str, target))
    return () if target is None or _is_choice(found) else (str(target),)


def _is_choice(found: Mapping[str, Any]) -> bool:
    """Return whether likelihoods of choices were asked for: then there is no text."""
    resps = found["resps"]
    first = resps[0] if isinstance(resps, list) and resps else None
    one = first[0] if isinstance(first, list) and first else None
    return isinstance(one, list)


def _text(row: Row) -> str | None:
    found = row.columns
    if _is_choice(found):
        return None
    resps = found["resps"]
    first = resps[0] if isinstance(resps, list) and resps else None
    texts = first if isinstance(first, list) else [first]
    # Of several draws the tool scored what its filter made of them, and no single one is the answer.
    return texts[0] if len(texts) == 1 and isinstance(texts[0], str) else None


def _told_apart(path: Path, rows: Sequence[Row]) -> tuple[LoggedAnswer, ...]:
    """Return the answers, each with a key of its own: data may hold one document twice.

    Raises:
        DataError: One document, by its number, is answered twice; or there is none.
    """
    seen: dict[str, str] = {}
    keys = set[str]()
    found = []
    for row in rows:
        answer, number = _answer(row), str(row.columns["doc_id"])
        if number in seen:
            raise DataError(
                f"{row.where} answers the document of {seen[number]} again.",
                next_step="Give one run a file: two runs were written into this one.",
            )
        seen[number] = row.where
        key = f"{answer.key} {number}" if answer.key in keys else answer.key
        keys.add(key)
        found.append(replace(answer, key=key))
    if not found:
        raise DataError(f"{path} holds no samples.", next_step="Run lm-eval with --log_samples.")
    return tuple(found)


def _results_beside(path: Path) -> Path:
    """Return where lm-eval writes what it says of the whole run.

    >>> str(_results_beside(Path("out/samples_sums_2026-11-26.jsonl")))
    'out/results_2026-11-26.json'
    """
    return path.with_name(f"results_{path.stem.rpartition('_')[2]}.json")


def _notes(results: Mapping[str, Any], n: int) -> tuple[str, ...]:
    """Return that only a part of the data was asked."""
    sizes = [each for each in results.get("n-samples", {}).values() if each.get("effective") == n]
    whole = [int(each["original"]) for each in sizes if each.get("original", n) > n]
    return (f"{n} of {whole[0]} rows were asked (--limit)",) if whole else ()
