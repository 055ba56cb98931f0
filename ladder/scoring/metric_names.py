"""`metric_to_write`: what to write for the name of a metric that ladder does not have."""

import difflib
import re
from collections.abc import Sequence

_SAME = 0.8
_ALIKE = 0.65
_WORD = re.compile(r"[a-z]+")
_CLASSES = (
    "For classes write metric: {name: choice, labels: [first, second]}; with metric.at_least a class "
    "that must not be missed gets a target of its own."
)
_JSON = (
    "Write json_fields to compare field by field, json_equal to compare the whole value, "
    "json_schema for the form alone."
)
_OWN_CODE = (
    "Write the name of your own function, such as checks.py:score, with --allow-code: it can run the "
    "code. metric: parses looks at its form alone."
)
_OF_CLASSES = (
    "accuracy classification class classes label labels macro micro weighted balanced recall "
    "precision choice multiclass multilabel mcq mcc kappa"
)
_MEANT: tuple[tuple[str, str], ...] = (
    ("tool tools function functions call calls", "Write tool_calls."),
    (
        "judge rubric llm eval geval style helpfulness",
        "Write judge, with metric.rubric and metric.judge.",
    ),
    ("json extraction extract field fields entities kv", _JSON),
    ("schema jsonschema", "Write json_schema, with metric.schema."),
    (
        "regex regexp pattern format",
        "Write matches, with metric.pattern: the whole answer must match it.",
    ),
    ("code sql execution pass python unittest tests", _OWN_CODE),
    (
        "similarity cosine embedding embeddings bertscore semantic sts",
        "Write similarity, with metric.encoder.",
    ),
    ("rouge rougel rougelsum", "Write rouge_l."),
    ("bleu sacrebleu meteor", "Write bleu, or chrf."),
    ("levenshtein edit cer wer chrf distance", "Write chrf."),
    (_OF_CLASSES, _CLASSES),
    ("number numbers numeric math mae mse", "Write numeric."),
    ("em exact match equals equal", "Write exact_match."),
    ("includes include substring contain", "Write contains."),
)
"""The words in names of metrics elsewhere, and what is near to them here; the first that fits."""


def metric_to_write(name: str, known: Sequence[str]) -> str:
    """Return what to write in place of an unknown name: a misspelt one, or what is meant by it.

    >>> metric_to_write("exact_mach", ["exact_match", "judge"])
    'Did you mean exact_match?'
    >>> metric_to_write("rougeL", ["exact_match", "rouge_l"])
    'Did you mean rouge_l?'
    >>> metric_to_write("levenshtein_ratio", ["exact_match"])
    'Write chrf.'
    """
    spelt = _did_you_mean(name, known, _SAME)
    if spelt:
        return spelt
    words = set(_WORD.findall(name.lower()))
    meant = next((write for some, write in _MEANT if words & set(some.split())), "")
    return (
        meant
        or _did_you_mean(name, known, _ALIKE)
        or f"Use one of {', '.join(known)}, or your own module:function with --allow-code."
    )


def _did_you_mean(name: str, known: Sequence[str], cutoff: float) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=cutoff)
    return f"Did you mean {near[0]}?" if near else ""
