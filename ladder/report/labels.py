"""What a configuration is called: its recorded label, or the parts it changed."""

import json
from collections.abc import Callable
from typing import Any

from ladder.decision import Decision
from ladder.report.evidence import record_of
from ladder.search.ledger import Configuration
from ladder.spec.candidate import Candidate, Decoding

_WORDS: dict[str, Callable[[Any], str]] = {
    "model": lambda value: f"model {value.id.rsplit('/', 1)[-1]}",
    "chat": lambda _: "template",
    "retrieval": lambda value: f"rag {value.method} k={value.top_k}",
    "reranking": lambda value: f"rerank {value.kind} of {value.fetch_k}",
    "examples": lambda value: f"few_shot {value.shots} {value.method}",
    "adapter": lambda value: f"adapter {value}",
}


def label_of(decision: Decision, configuration: Configuration) -> str:
    """Return a short name for a configuration."""
    record = record_of(decision, configuration)
    if record is not None and record.label:
        return record.label
    if not any(configuration):
        return "baseline"
    baseline = record_of(decision, decision.ledger.baseline.configuration)
    if record is not None and baseline is not None:
        return describe(baseline.candidate, record.candidate)
    return " · ".join(
        f"{_lever(decision, slot)} {choice if choice > 0 else 'ceiling'}"
        for slot, choice in enumerate(configuration)
        if choice
    )


def describe(baseline: Candidate, candidate: Candidate) -> str:
    """Return what a candidate changes, in a few words.

    >>> from ladder.spec.candidate import Examples, ModelRef, Retrieval
    >>> plain = Candidate(model=ModelRef(id="m"))
    >>> describe(plain, plain.replace(examples=Examples(pool="pool.jsonl")))
    'few_shot 2 random'
    >>> describe(plain, plain.replace(retrieval=Retrieval(corpus="c.jsonl", top_k=1)))
    'rag dense k=1'
    """
    changed = baseline.changes(candidate)
    return " · ".join(_part(baseline, part, value) for part, value in changed.items()) or "baseline"


def _part(baseline: Candidate, part: str, value: Any) -> str:  # noqa: ANN401 - a Candidate's field
    if value is None:
        return f"no {part}"
    words = _WORDS.get(part)
    if part == "decoding":
        return f"decoding {_decoding(baseline.decoding, value)}"
    return part if words is None else words(value)


def _decoding(before: Decoding, after: Decoding) -> str:
    changed = [(name, value) for name, value in after if value != getattr(before, name)]
    return ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value}"
        for name, value in changed
    )


def _lever(decision: Decision, slot: int) -> str:
    return decision.levers[slot] if slot < len(decision.levers) else f"lever {slot + 1}"
