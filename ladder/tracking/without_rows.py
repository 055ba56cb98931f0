"""`without_rows`: what a report shows, without the rows of the data and what may quote them."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from ladder.decision import Decision, tells_unknown_scores, with_sentence
from ladder.finding import Finding
from ladder.report import Evidence, SampleRow
from ladder.search.ledger import Attempt, Ledger, Trial

SHORTEST = 20
"""Characters from which on a text of a row is looked for: a label or a number is no secret."""

STRUCK = "[text of a row, not sent]"
_TOLD_THERE = "What it says stands in the report on the machine of the run: it may quote rows."
_WHY = "why is told on the machine of the run, as the reason may quote rows"
_FAILED = "it failed; why is told on the machine of the run"


def without_rows(evidence: Evidence) -> Evidence:
    """Return evidence without samples, answers and prompts' tokens, and no text of a row elsewhere.

    Findings keep their code and severity, as their words may quote the first words of a row. Where a
    whole text of a row stands in a prompt, a name or a reason, it is struck out.
    """
    decision = evidence.decision
    kept = _without_words_of_failures(decision).replace(
        checks=tuple(map(_code_alone, decision.checks))
    )
    again = evidence.still_true
    return Evidence(
        _struck(kept, evidence.samples),
        folder=evidence.folder,
        cost=evidence.cost,
        still_true=None if again is None else replace(again, drift=()),  # it names words of rows
    )


def _code_alone(finding: Finding) -> Finding:
    return Finding(code=finding.code, severity=finding.severity, problem=_TOLD_THERE)


def _without_words_of_failures(decision: Decision) -> Decision:
    """Return a decision without the words of any failure, in its ledger or in its sentence."""
    kept = decision.replace(ledger=_without_failures(decision.ledger))
    if decision.verdict != "inconclusive":
        return kept
    return with_sentence(kept, has_unknown_scores=tells_unknown_scores(decision))


def _without_failures(ledger: Ledger) -> Ledger:
    return ledger.replace(
        baseline=_without_stop(ledger.baseline),
        attempts=tuple(map(_without_reasons, ledger.attempts)),
        reason=ledger.reason and _WHY,
        why_no_reference=ledger.why_no_reference and _WHY,
    )


def _without_reasons(attempt: Attempt) -> Attempt:
    """Return an attempt in which the words of a failure, which may quote a row, are gone."""
    reason = _FAILED if attempt.status == "error" else attempt.reason
    return attempt.replace(trials=tuple(map(_without_stop, attempt.trials)), reason=reason)


def _without_stop(trial: Trial) -> Trial:
    kind = trial.stopped.partition(": ")[0]
    is_failure = kind in ("error", "not tried")
    return trial.replace(stopped=f"{kind}: {_FAILED}") if is_failure else trial


def _struck(decision: Decision, samples: Sequence[SampleRow]) -> Decision:
    document = decision.model_dump(mode="json")
    whole = json.dumps(document, ensure_ascii=False)
    found = {
        text for text in _texts_of(samples) if json.dumps(text, ensure_ascii=False)[1:-1] in whole
    }
    if not found:
        return decision
    for record in document["candidates"]:  # a name quotes the first words of a prompt
        record["label"] = re.sub("“[^”]*”", f"“{STRUCK}”", record["label"])
    longest_first = sorted(found, key=len, reverse=True)
    return Decision.model_validate_json(json.dumps(_without(document, longest_first)))


def _texts_of(samples: Iterable[SampleRow]) -> set[str]:
    """Return the texts of the rows: inputs, targets, columns, passages, and what was answered."""
    texts: set[str] = set()
    for sample in samples:
        texts.update([sample.input, *sample.targets, *map(str, sample.columns.values())])
        texts.update(message.content for message in sample.messages)
        for answer in sample.answers:
            texts.update([answer.text, *(each.text for each in answer.passages)])
    return {text.strip() for text in texts if len(text.strip()) >= SHORTEST}


def _without(value: Any, texts: Sequence[str]) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case dict():
            return {key: _without(each, texts) for key, each in value.items()}
        case list():
            return [_without(each, texts) for each in value]
        case str():
            for text in texts:
                value = value.replace(text, STRUCK)
            return value
        case _:
            return value
