"""`read_promptfoo`: the results of `promptfoo eval --output results.json`, a run a prompt and provider.

Form: version 3 of promptfoo's results, as its documentation on output formats describes it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ladder.errors import DataError
from ladder.importing.logged_run import LoggedAnswer, LoggedRun

NEWEST = 3
_FAILED = 2
_GAP = re.compile(r"{{\s*(\w+)\s*}}")
"""A variable in a text of promptfoo's."""


def is_promptfoo(document: Mapping[str, Any]) -> bool:
    """Return whether a document holds results of promptfoo.

    >>> is_promptfoo({"results": {"version": 3, "results": []}}), is_promptfoo({"eval": {}})
    (True, False)
    """
    results = document.get("results")
    return isinstance(results, Mapping) and "results" in results


def read_promptfoo(path: Path, document: Mapping[str, Any]) -> list[LoggedRun]:
    """Return a run for each pair of prompt and provider.

    Raises:
        DataError: The results are of a newer version, or answer a test twice (`--repeat`).
    """
    results = document["results"]
    version = results.get("version")
    if not isinstance(version, int) or version > NEWEST:
        raise DataError(
            f"{path} is of version {version} of promptfoo's results; this ladder reads up to {NEWEST}.",
            next_step="Install a newer ladder.",
        )
    tool = f"promptfoo {(document.get('metadata') or {}).get('promptfooVersion', '')}".strip()
    runs: dict[str, list[LoggedAnswer]] = {}
    for at, row in enumerate(results["results"]):
        runs.setdefault(_name(row), []).append(_answer(path, at, row))
    if not runs:
        raise DataError(f"{path} holds no results.", next_step="Run `promptfoo eval --output`.")
    for name, answers in runs.items():
        _refuse_repeats(name, answers)
    return [LoggedRun(tool, name, tuple(answers)) for name, answers in runs.items()]


def _name(row: Mapping[str, Any]) -> str:
    provider, prompt = row.get("provider") or {}, row.get("prompt") or {}
    who = (
        provider.get("label") or provider.get("id") or ""
        if isinstance(provider, Mapping)
        else provider
    )
    return f"{who} | {prompt.get('label') or row.get('promptIdx', 0)}"


def _answer(path: Path, at: int, row: Mapping[str, Any]) -> LoggedAnswer:
    columns = dict(row.get("vars") or {})
    response = row.get("response") or {}
    has_failed = row.get("failureReason") == _FAILED or response.get("error") is not None
    output = response.get("output")
    text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    score = row.get("score")
    return LoggedAnswer(
        key=json.dumps(columns, sort_keys=True, ensure_ascii=False),
        where=f"{path}, result {at + 1}",
        columns=columns,
        targets=_targets(row, columns),
        text=None if has_failed or output is None else text,
        scores={"score": float(score)} if isinstance(score, int | float) else {},
        fault="failed" if has_failed else "cut" if response.get("finishReason") == "length" else "",
        why=str(response.get("error") or row.get("error") or "")[:200] if has_failed else "",
    )


def _targets(row: Mapping[str, Any], columns: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the target that the one assertion of equality names; none where it is not plain.

    One that an answer *contains* a text names no whole answer.

    >>> def asserted(value):
    ...     return {"testCase": {"assert": [{"type": "equals", "value": value}]}}
    >>> _targets(asserted("{{ city }}!"), {"city": "Bern"}), _targets(asserted("{{ a | upper }}"), {})
    (('Bern!',), ())
    """
    asserts = (row.get("testCase") or {}).get("assert") or []
    values = [each.get("value") for each in asserts if each.get("type") == "equals"]
    if len(values) != 1 or not isinstance(values[0], str | int | float):
        return ()
    text = _GAP.sub(lambda gap: str(columns.get(gap[1], gap[0])), str(values[0]))
    return () if "{{" in text or "{%" in text else (text,)


def _refuse_repeats(name: str, answers: Sequence[LoggedAnswer]) -> None:
    seen = set[str]()
    for answer in answers:
        if answer.key in seen:
            raise DataError(
                f"{answer.where} answers the same variables again for {name!r}.",
                next_step="Import a run without --repeat, and without tests that stand there twice.",
            )
        seen.add(answer.key)
