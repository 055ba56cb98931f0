"""`check_prompt_room`: which passages and examples find no room in the model's context, before a call."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nlargest

from ladder.finding import Finding
from ladder.measure.materials import Materials
from ladder.measure.prompt_room import LeftOut, PromptRoom, Write, room_of
from ladder.measure.request import PromptMaterial, write_request
from ladder.measure.task_data import TaskData
from ladder.measure.workbench import Workbench
from ladder.models.base import Request
from ladder.spec.candidate import Candidate

LOOKED_AT = 24
"""Samples whose prompts are written to see what finds no room."""

MOST_SEARCHED = 20_000
"""Passages up to which a check searches them; of more it takes some as they come."""


def check_prompt_room(
    data: TaskData, proposals: Mapping[str, Sequence[Candidate]]
) -> list[Finding]:
    """Return what the levers would put into prompts and the model's context cannot hold, as W08.

    No model is asked, and no encoder loaded: where vectors would choose, any passages and examples
    stand for those chosen, and the numbers are about right.
    """
    start = data.task.baseline()
    room = room_of(start.model)
    if room is None:
        return []
    samples = data.selected[:LOOKED_AT]
    widest = {
        _size(each): each
        for lever, some in proposals.items()
        if lever in ("rag", "few_shot")
        for each in some
        if not start.changes(each).keys().isdisjoint(("retrieval", "examples"))
    }
    shown = [start, *(widest[size] for size in sorted(widest))]
    findings = []
    for candidate in shown:
        lost = foreseen_left_out(data, room, candidate, len(samples))
        if any(lost):
            findings.append(_finding("W08 prompt-shortened", candidate, lost, is_ahead=True))
    return findings


def told_left_out(bench: Workbench, candidates: Iterable[Candidate]) -> Iterator[Finding]:
    """Yield of each candidate what was left out of its prompts for want of room, as Q16."""
    for candidate in candidates:
        lost = list(bench.left_out.get(candidate.digest, {}).values())
        if any(lost):
            yield _finding("Q16 prompt-shortened", candidate, lost, is_ahead=False)


def foreseen_left_out(
    data: TaskData, room: PromptRoom, candidate: Candidate, n: int
) -> list[LeftOut]:
    """Return what would be left out of the prompts of the first `n` samples of the selection part."""
    known = _by_words(candidate)
    if known.retrieval is None and known.examples is None:
        return []

    def write(material: PromptMaterial) -> Request:
        return write_request(candidate, material)

    if known.examples is None and _longest_fits(data, room, known, write):
        return []
    is_searched = candidate.retrieval is None or candidate.retrieval.method == "lexical"
    wholes = _materials(data, known, n, is_searched=is_searched)
    return [LeftOut.between(each, room.fitted(write, each)) for each in wholes]


def _longest_fits(data: TaskData, room: PromptRoom, candidate: Candidate, write: Write) -> bool:
    """Return whether even the longest passages before the longest input leave room."""
    retrieval = candidate.retrieval
    if retrieval is None:
        return True
    passages = data.passages_of(retrieval).passages
    longest = tuple(nlargest(retrieval.top_k, passages, key=lambda each: len(each.text)))
    return room.fits(
        write(PromptMaterial(max(data.selected, key=lambda each: len(each.asked)), longest))
    )


def _by_words(candidate: Candidate) -> Candidate:
    """Return the same candidate with methods that need no encoder, and nothing reranked."""
    retrieval, examples = candidate.retrieval, candidate.examples
    if retrieval is not None:
        retrieval = retrieval.by_words
    if examples is not None and (examples.is_own or examples.encoder is not None):
        examples = examples.replace(method="random", encoder=None)
    return candidate.replace(retrieval=retrieval, examples=examples, reranking=None)


def _materials(
    data: TaskData, candidate: Candidate, n: int, *, is_searched: bool
) -> list[PromptMaterial]:
    """Return what would stand around some samples; where words do not find it, any passages."""
    samples, retrieval = data.selected[:n], candidate.retrieval
    materials = Materials(data)
    if retrieval is None:
        return materials.of(candidate, samples)
    if retrieval.corpus is None:
        return materials.of(candidate, samples)
    passages = data.passages_of(retrieval).passages
    if is_searched and len(passages) <= MOST_SEARCHED:
        return materials.of(candidate, samples)
    step = max(len(passages) // retrieval.top_k, 1)
    some = tuple(passages[::step][: retrieval.top_k])
    return [PromptMaterial(sample, some) for sample in samples]


def _size(candidate: Candidate) -> tuple[int, int]:
    retrieval, examples = candidate.retrieval, candidate.examples
    return (retrieval.top_k if retrieval else 0, examples.shots if examples else 0)


def _finding(
    code: str, candidate: Candidate, lost: Sequence[LeftOut], *, is_ahead: bool
) -> Finding:
    top_k, shots = _size(candidate)
    short = [each for each in lost if each]
    parts = [
        _share([each.passages for each in short], [each.of_passages for each in short], "passages"),
        _share([each.examples for each in short], [each.of_examples for each in short], "examples"),
    ]
    sizes = [f"top_k {top_k}"] * bool(top_k) + [f"{shots} worked examples"] * bool(shots)
    verb = "would be left out" if is_ahead else "were left out"
    nothing = ([each.has_no_passage for each in lost], [each.has_no_example for each in lost])
    is_untried = is_ahead and any(map(all, nothing))
    barred = " Where none has room, its lever counts as untested, which bars the verdict fine_tune."
    of = f"{len(short)} of {len(lost)} prompts" + " looked at" * is_ahead
    return Finding(
        code=code,
        severity="warning" if is_ahead else "info",
        problem=f"With {' and '.join(sizes)}, {of} have no room for all of it in the model's "
        f"context: {' and '.join(filter(None, parts))} {verb}, the last of the ranking first."
        f"{barred * is_untried}",
        next_step="Lower top_k or shots, cut passages with levers.rag.chunk_tokens, or use a model "
        "with a longer context.",
    )


def _share(lost: Sequence[int], of: Sequence[int], what: str) -> str:
    """Return how many of something are left out of each prompt, on average.

    >>> _share([40, 51], [100, 100], "passages"), _share([0, 0], [2, 2], "examples")
    ('40 to 51 of 100 passages', '')
    """
    if not any(lost):
        return ""
    span = f"{min(lost)} to {max(lost)}" if min(lost) < max(lost) else str(max(lost))
    return f"{span} of {max(of)} {what}"
