"""What a ledger says: one of four verdicts, and the sentence that people read."""

from collections.abc import Sequence
from typing import Literal

from ladder.search.ledger import Ledger

Verdict = Literal["already_good", "use_lever", "fine_tune", "inconclusive"]

_EVERYDAY = {
    "template": "the right chat template",
    "prompt": "another prompt",
    "model": "another model",
    "decoding": "other decoding settings",
    "rag": "retrieval",
    "rerank": "reranking",
    "few_shot": "worked examples",
}

MOST_NAMED = 3
"""Levers that a sentence names; of more it gives the number."""


def verdict_of(ledger: Ledger) -> Verdict:
    """Return the verdict that a ledger's ending stands for."""
    if ledger.ending == "reached":
        return "use_lever" if any(ledger.best) else "already_good"
    return "fine_tune" if ledger.ending == "justified" else "inconclusive"


def sentence_of(verdict: Verdict, ledger: Ledger, levers: tuple[str, ...], target: float) -> str:
    """Return the verdict in words that need no statistics."""
    if verdict == "already_good":
        return "The baseline already reaches the target."
    if verdict == "use_lever":
        used = [name for name, slot in zip(levers, ledger.best, strict=True) if slot]
        return f"Do not fine-tune. {_named(used)} the target."
    if verdict == "fine_tune":
        tried = len(ledger.tried)
        return (
            f"Fine-tuning is justified: none of the {tried} configurations tried "
            f"reaches {points(target)}."
        )
    return _undecided(ledger)


def _undecided(ledger: Ledger) -> str:
    if ledger.ending == "budget":
        return f"No verdict: the budget ended. {ledger.reason}."
    if ledger.ending == "outage":
        return f"No verdict: calls failed, and not by the model's fault. {ledger.reason}."
    if ledger.closed:
        return f"No verdict. {ledger.reason}."
    if ledger.blocked:
        return f"No verdict yet: {_in_the_way(ledger)}."
    if ledger.examples_needed is None:
        return f"No verdict: {ledger.reason}."
    return f"Not enough evidence: about {ledger.examples_needed} more examples would decide."


def _in_the_way(ledger: Ledger) -> str:
    """Return what prevents a verdict, without the names of settings: those are in `reason`."""
    for status, words in (("untested", "still to be tried"), ("error", "not tried: it failed")):
        found = [attempt.lever for attempt in ledger.attempts if attempt.status == status]
        levers = list(dict.fromkeys(found))
        if len(levers) > MOST_NAMED:
            return f"{len(levers)} levers are {words}"
        if levers:
            text = _listed(levers)
            return f"{text} {'are' if len(levers) > 1 or text.endswith('s') else 'is'} {words}"
    return f"something that might reach the target failed: {ledger.reason.split('; ')[0]}"


def _listed(levers: Sequence[str]) -> str:
    """Return levers in everyday words.

    >>> _listed(["template"]), _listed(["rag", "few_shot"])
    ('the right chat template', 'retrieval and worked examples')
    """
    words = [_EVERYDAY.get(name, name) for name in levers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _named(levers: Sequence[str]) -> str:
    """Return levers in everyday words, with their verb.

    >>> _named(["template"]), _named(["rag", "few_shot"])
    ('The right chat template reaches', 'Retrieval and worked examples together reach')
    """
    text = _listed(levers) + (" together" if len(levers) > 1 else "")
    verb = "reach" if len(levers) > 1 or text.endswith("s") else "reaches"
    return f"{text[0].upper()}{text[1:]} {verb}"


def points(score: float) -> str:
    """Return a score as people write it in a table.

    >>> points(0.8), points(0.855), points(1.0)
    ('.80', '.855', '1.00')
    """
    text = f"{score:.3f}"
    return text.removesuffix("0").removeprefix("0")
