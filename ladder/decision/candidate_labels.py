"""What a configuration is called: its recorded label, or the parts it changed."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from ladder.decision.decision import Decision, record_of
from ladder.decision.provenance import CandidateRecord
from ladder.search.ledger import Configuration
from ladder.spec.candidate import Candidate, Decoding, Examples, ModelRef, Prompt
from ladder.spec.constraint import Constraint
from ladder.text import one_line, stripped

_WORDS: dict[str, Callable[[Any], str]] = {
    "chat": lambda _: "template",
    "retrieval": lambda value: ", ".join(
        filter(
            None,
            (
                f"rag {value.ranking} k={value.top_k}",
                "" if value.query == "asked" else f"query {value.query}",
                value.context.words,
            ),
        )
    ),
    "reranking": lambda value: f"rerank {value.kind} of {value.fetch_k}",
    "examples": lambda value: _examples(value),  # noqa: PLW0108 - it stands below
    "adapter": lambda value: f"adapter {value}",
}

MOST_WORDS = 40
"""Characters of a prompt's new words that its name holds."""


def numbered(records: Sequence[CandidateRecord]) -> tuple[CandidateRecord, ...]:
    """Return records of which no two have the same label: those get numbers, in their order."""
    often, met = Counter(each.label for each in records), Counter[str]()
    found = []
    for record in records:
        met[record.label] += 1
        number = f" ({met[record.label]})" if often[record.label] > 1 else ""
        found.append(record.replace(label=f"{record.label}{number}"))
    return tuple(found)


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


def describe(baseline: Candidate, candidate: Candidate, *, prompt: str = "") -> str:
    """Return what a candidate changes, in a few words; its prompt by the name that it has, if any.

    >>> from ladder.spec.candidate import ModelRef, Retrieval
    >>> plain = Candidate(model=ModelRef(id="m"))
    >>> describe(plain, plain.replace(examples=Examples(pool="pool.jsonl")))
    'few_shot 2 random'
    >>> describe(plain, plain.replace(retrieval=Retrieval(corpus="c.jsonl", top_k=1)))
    'rag dense k=1'
    """
    changed = baseline.changes(candidate)
    words = (
        prompt if prompt and part == "prompt" else _part(baseline, part, value)
        for part, value in changed.items()
    )
    return " · ".join(words) or "baseline"


def _part(baseline: Candidate, part: str, value: Any) -> str:  # noqa: ANN401 - a Candidate's field
    if value is None:
        return f"no {part}"
    if part == "model":
        return _model(baseline.model, value)
    if part == "prompt":
        return _prompt(baseline.prompt, value)
    words = _WORDS.get(part)
    if part == "decoding":
        return f"decoding {_decoding(baseline.decoding, value)}"
    return part if words is None else words(value)


def _examples(value: Examples) -> str:
    """Return a choice of examples by their number, or the tokens that they may take.

    >>> _examples(Examples(pool="p", shots=64, tokens=500, method="nearest", order="best_first"))
    'few_shot 500 tokens nearest, best first'
    """
    size = f"{value.shots}" if value.tokens is None else f"{value.tokens} tokens"
    order = ", best first" if value.order == "best_first" else ""
    return f"few_shot {size} {value.method}{order}"


def _model(before: ModelRef, model: ModelRef) -> str:
    """Return a model by the last part of its id, or a classifier by its kind; with who reviews it."""
    below = model.reviewed_below
    if below is not None and model == before.replace(reviewed_below=below):
        return f"a person below {below:.2f}"
    reviewed = f", a person below {below:.2f}" if below is not None else ""
    if model.classifier is not None:
        return f"classifier {model.classifier.method}{reviewed}"
    if model.is_recorded:
        file = model.id.rsplit("/", 1)[-1]
        return f"recorded {file.removeprefix('recorded:').removesuffix('.jsonl')}"
    packed = f" {model.quantization}" if model.quantization else ""
    return f"model {model.id.rsplit('/', 1)[-1]}{packed}{reviewed}"


def _prompt(before: Prompt, after: Prompt) -> str:
    """Return the prompt by the words that are new in it.

    >>> _prompt(Prompt(), Prompt(user="Reply briefly: {{ input }}"))
    'prompt “Reply briefly”'
    """
    old = {*before.user.splitlines(), *(before.system or "").splitlines()}
    lines = [*(after.system or "").splitlines(), *after.user.splitlines()]
    new = re.sub(r"{{.*?}}", " ", " ".join(line for line in lines if line not in old))
    text = one_line(stripped(new).strip(" :"), MOST_WORDS)
    return f"prompt “{text}”" if text else "prompt"


def _decoding(before: Decoding, after: Decoding) -> str:
    changed = [(name, value) for name, value in after if value != getattr(before, name)]
    return ", ".join(f"{name}={_shown(value)}" for name, value in changed)


def _shown(value: object) -> object:
    """Return a value as a spec writes it.

    >>> _shown({"enable_thinking": False}), _shown(("stop",)), _shown(0.7)
    ('{"enable_thinking": false}', '["stop"]', 0.7)
    """
    if isinstance(value, Constraint):
        return value.words
    is_written = isinstance(value, tuple | dict | bool)
    return json.dumps(value, ensure_ascii=False) if is_written else value


def _lever(decision: Decision, slot: int) -> str:
    return decision.levers[slot] if slot < len(decision.levers) else f"lever {slot + 1}"
