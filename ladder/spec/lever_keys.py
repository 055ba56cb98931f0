"""Which key of a spec gives a lever something to try, for checks, plans and reports."""

from collections.abc import Iterable

MATERIAL = {
    "prompt": "prompts",
    "model": "models",
    "decoding": "grid",
    "rag": "corpus",
    "rerank": "rerankers",
    "few_shot": "pool",
}
"""The field of each lever's section. A template that a model hides cannot be replaced either."""

UNCONSTRAINED = "output that can only have the form wanted was not tried"
"""Why lever decoding is untested where the form of an answer is what a fine-tune is to teach."""

NO_GRAMMAR = (
    f"{UNCONSTRAINED}: ladder knows no grammar of it; give one, such as "
    "levers.decoding.grid.constraint: [{regex: '…'}]"
)
"""The same, where the metric tells no form."""

FORBIDDEN = f"{UNCONSTRAINED}: levers.decoding.constrain is false"
"""The same, where the user forbids it."""


def keys_to_write(levers: Iterable[str]) -> str:
    """Return what to write so that each of some levers is tried, or declared not applicable.

    >>> keys_to_write(["few_shot", "template"])
    'levers.few_shot.pool or levers.few_shot.not_applicable; levers.template.not_applicable'
    """
    return "; ".join(" or ".join(_keys(lever)) for lever in levers)


def keys_for_more(levers: Iterable[str]) -> str:
    """Return the keys that give levers more to try, one each.

    >>> keys_for_more(["template", "few_shot"])
    'levers.template.templates, levers.few_shot.pool'
    """
    return ", ".join(f"levers.{lever}.{MATERIAL.get(lever, 'templates')}" for lever in levers)


def _keys(lever: str) -> list[str]:
    if lever == "classifier":  # no lever, but a candidate of lever 3 with a key of its own
        return ["levers.model.classifier"]
    fields = [MATERIAL[lever]] if lever in MATERIAL else []
    return [f"levers.{lever}.{field}" for field in (*fields, "not_applicable")]
