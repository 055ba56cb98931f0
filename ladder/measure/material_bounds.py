"""What retrieved passages and worked examples can give: recall, proven bounds, missing material."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.measure.materials import Materials
from ladder.measure.measurement import Scored
from ladder.measure.passages_found import looked_at
from ladder.measure.passages_reach import missing_passages
from ladder.measure.read_answer import asked
from ladder.measure.right_passages import RightPassages, are_labels, holders_in, letters
from ladder.measure.rival_passages import rivals_in
from ladder.measure.task_data import TaskData, deepest
from ladder.retrieval.retriever import holds_target
from ladder.scoring import Searchable
from ladder.scoring.labels.label_forms import LabelSet
from ladder.scoring.labels.named_labels import choice_of
from ladder.spec.candidate import Candidate, Retrieval
from ladder.spec.lever_keys import UNCONSTRAINED, keys_to_write

ONLY_ITSELF = "no other model given: the same one with other bits, or by another path, is none"
"""Why lever model is untested where it tried forms of its own model alone."""

MOST_UNSEEN = 0.5
"""Share of samples whose label no worked example shows, from which a pool shows too little."""


def recall_in(
    passages: Sequence[Sequence[str]],
    known: Mapping[str, Passage],
    targets: Sequence[Sequence[str]],
) -> float:
    """Return the share of samples for which a passage with a target stood in the prompt."""
    found = [
        any(holds_target(known[name].text, wanted) for name in names if name in known)
        for names, wanted in zip(passages, targets, strict=True)
    ]
    return sum(found) / len(found)


def is_proven_bound(ceiling: Candidate, materials: Materials, data: TaskData) -> bool:
    """Return whether a ceiling of retrieval bounds what any passages could give.

    It does so only where one passage is all there is to read, where each sample of both parts has
    exactly one that holds a target and its text alone is a right answer by the task's own metric,
    and where answers are no labels: a label may stand in a passage that has nothing to do with the
    question. Where several passages hold a target, the one that is chosen may be the wrong one; so
    may the only one, where another passage is as much about the question and no row names it.

    The confirmation part counts, as the verdict rests on it: no answer is asked for, and no score
    is read. Where a model writes what is searched for, looking would take calls about that part.
    """
    retrieval = ceiling.effective.retrieval
    if retrieval is None or retrieval.top_k != 1 or retrieval.has_written_query:
        return False
    if retrieval.method == "gold" and ceiling.effective.reranking is not None:
        return False  # a reranker orders anew what was chosen
    parts = [data.selected, [data.samples[at] for at in data.split.confirmation]]
    if any(map(are_labels, parts)):
        return False
    right, corpus = RightPassages(data), data.passages_of(retrieval)
    pairs: list[tuple[Sample, list[Passage]]] = []
    for samples in parts:
        for sample, holding in _holding(ceiling, retrieval, materials, samples, data):
            if not _is_only_right(sample, holding, right, data):
                return False
            pairs.append((sample, holding))
    if right.by == "gold":
        return True
    rivals = rivals_in(corpus, tuple(sample.input for sample, _ in pairs))
    return not any(rivals.are_left_out(sample.input, found, found) for sample, found in pairs)


def _holding(
    ceiling: Candidate,
    retrieval: Retrieval,
    materials: Materials,
    samples: Sequence[Sample],
    data: TaskData,
) -> Iterator[tuple[Sample, list[Passage]]]:
    """Yield samples with the passages that hold a target and could be all that is read."""
    if ceiling.reranking is None:
        corpus = data.passages_of(retrieval)
        for sample in samples:
            yield sample, holders_in(corpus, sample.targets)
        return
    fetched = retrieval.replace(top_k=ceiling.reranking.fetch_k)
    start = ceiling.replace(retrieval=fetched, reranking=None)
    for sample in samples:
        (found,) = materials.passages(start, [sample])
        yield sample, [each for each in found if holds_target(each.text, sample.targets)]


def _is_only_right(
    sample: Sample, holding: Sequence[Passage], right: RightPassages, data: TaskData
) -> bool:
    """Return whether passages with a target are one, which is right and enough by itself."""
    if len({each.text for each in holding}) != 1 or not right.among(sample, holding):
        return False
    text = holding[0].text
    states = Searchable(text).states
    is_enough = data.metric.about(asked(sample)).full_marks_in(text, sample.targets)
    return is_enough and any(map(states, sample.targets))


def missing_material(
    data: TaskData, candidate: Candidate, *, start: Candidate, is_before_calls: bool = False
) -> str:
    """Return why a candidate's passages or examples could not have helped; else nothing.

    Such a candidate is tried all the same; but where it does not help, the lever counts as untested
    for want of material. Only the part in which the candidate differs from `start` is looked at.
    Before the calls of a run nothing is encoded.
    """
    changed, retrieval = start.changes(candidate), candidate.retrieval
    if "model" in changed and not is_before_calls:  # before a run W01 says it
        return ONLY_ITSELF if candidate.model.is_form_of(start.model) else ""
    if "decoding" in changed and data.task.needs_constrained_output:
        return UNCONSTRAINED if candidate.decoding.held_to is None else ""
    if "examples" in changed and candidate.examples is not None:
        return _unseen_labels(data, candidate.examples.pool)
    if "reranking" in changed and retrieval is not None:
        return _nothing_to_rank(data, retrieval)
    if "retrieval" in changed and retrieval is not None:
        return missing_passages(data, candidate, is_before_calls=is_before_calls)
    return ""


def check_material(data: TaskData, proposals: Mapping[str, Sequence[Candidate]]) -> list[Finding]:
    """Return the levers whose material could not help, as W03: they bar the verdict `fine_tune`."""
    start = data.task.baseline()
    found = {
        name: [missing_material(data, each, start=start, is_before_calls=True) for each in some]
        for name, some in proposals.items()
    }
    return [
        Finding(
            code="W03 material-missing",
            severity="warning",
            problem=f"{name}: {reasons[0]}. Where it does not help, it counts as untested, and the "
            "verdict fine_tune is impossible.",
            next_step=f"Give it other material, or write {keys_to_write([name])} (with the reason).",
        )
        for name, reasons in found.items()
        if reasons and all(reasons)
    ]


def _nothing_to_rank(data: TaskData, retrieval: Retrieval) -> str:
    if retrieval.corpus is None:
        return _nothing_to_choose(data, retrieval)
    n = len(data.passages_of(retrieval).passages)
    if n > retrieval.top_k:
        return ""
    shown = f"{retrieval.top_k} stand in the prompt: there is nothing to rank"
    return f"{retrieval.corpus} has {n} passages, and {shown}"


def _nothing_to_choose(data: TaskData, retrieval: Retrieval) -> str:
    """Return that no question has more passages than stand in its prompt, as far as is known."""
    samples, k = looked_at(data), max(deepest(data.task), retrieval.top_k + 1)
    found = data.fetched(retrieval, samples, [each.input for each in samples], k)
    most = max(map(len, found), default=0)
    if most > retrieval.top_k:
        return ""
    shown = f"{retrieval.top_k} stand in the prompt: there is nothing to rank"
    return f"{data.source_name(retrieval)} gives a question at most {most} passages, and {shown}"


def _unseen_labels(data: TaskData, path: str) -> str:
    """Return that a pool does not show the labels of the eval data, where these are labels."""
    unseen = _of_unseen_labels(data, path)
    if len(unseen) <= MOST_UNSEEN * len(data.selected):
        return ""
    return f"{path} shows no example of the answers of the eval data, such as {_commonest(unseen)}"


def why_labels_lack(
    data: TaskData, measured: Sequence[tuple[Candidate, Mapping[int, Scored]]], *, enough: float
) -> str:
    """Return that a whole pool could have brought a candidate to the target; else nothing.

    Where answers are labels, examples tell a model what they are called. Samples whose label the
    pool does not show count as right here: what they would be with examples of it, nobody knows.
    The `measured` candidates come with what they answered, by position; `enough` is the score from
    which the target counts as reached.
    """
    for pool in {each.examples.pool for each, _ in measured if each.examples is not None}:
        unseen = _of_unseen_labels(data, pool)
        names = {sample.id for sample in unseen}
        for candidate, rows in measured:
            if not unseen or candidate.examples is None or candidate.examples.pool != pool:
                continue
            known = [at for at in data.split.selection.tolist() if at in rows]
            most = sum(1.0 if data.samples[at].id in names else rows[at].at_most for at in known)
            if known and most >= enough * len(known):
                return (
                    f"{pool} shows no example of the answers of {len(unseen)} of {len(data.selected)} "
                    f"questions looked at, such as {_commonest(unseen)}; with examples of them the "
                    "target may be reached. Add some to levers.few_shot.pool, or write "
                    "levers.few_shot.not_applicable with the reason"
                )
    return ""


def _of_unseen_labels(data: TaskData, path: str) -> list[Sample]:
    """Return the samples whose label a pool does not show; none where answers are no labels."""
    samples = data.selected
    if not are_labels(samples):
        return []
    metric = data.task.metric
    words = LabelSet.of(metric.labels, metric.synonyms) if metric.labels else None

    def answers(sample: Sample) -> set[str]:
        """Return what a sample's targets stand for: a synonym for its label."""
        labels = {each: choice_of(each, words).label if words else None for each in sample.targets}
        return {letters(label or target) for target, label in labels.items()}

    shown = {answer for sample in data.pool(path) for answer in answers(sample)}
    return [sample for sample in samples if shown.isdisjoint(answers(sample))]


def _commonest(unseen: Sequence[Sample]) -> str:
    (label, _), *_ = Counter(sample.targets[0] for sample in unseen).most_common(1)
    return repr(label[:40])
