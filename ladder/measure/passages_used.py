"""`diagnose_measured`: what the passages of each corpus gave the candidates that were measured with them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ladder.data.passage import Passage
from ladder.measure.materials import Materials
from ladder.measure.measurement import Scored
from ladder.measure.passages_found import MOST_LOOKED_AT, PassageDiagnosis, diagnose
from ladder.measure.right_passages import RightPassages
from ladder.measure.task_data import TaskData
from ladder.spec.candidate import Candidate

FEWEST_SHOWN = 20
"""Questions whose answer stood in the prompt from which is told what the model makes of it."""

MOST_WAYS = 24
"""Ways of retrieval that are told of a run, in the order in which they were tried."""

Measured = tuple[Candidate, Mapping[int, Scored]]
"""A candidate, and what it answered, by position."""


def diagnose_measured(
    data: TaskData, measured: Sequence[Measured], materials: Materials
) -> tuple[PassageDiagnosis, ...]:
    """Return, for each corpus, what passages gave the candidates that were measured with them."""
    by_corpus: dict[str, list[Measured]] = defaultdict(list)
    for each in measured:
        retrieval = each[0].effective.retrieval
        if retrieval is not None:
            by_corpus[retrieval.source_key].append(each)
    found = [_diagnosed(data, some, materials) for some in by_corpus.values()]
    return tuple(each for each in found if each is not None)


def _diagnosed(
    data: TaskData, measured: Sequence[Measured], materials: Materials
) -> PassageDiagnosis | None:
    ways = [
        Candidate(model=each.model, retrieval=each.retrieval, reranking=each.reranking)
        for each, _ in measured
    ]
    some = list({each.digest: each for each in ways}.values())[:MOST_WAYS]
    retrieval = some[0].retrieval
    found = None if retrieval is None else diagnose(data, retrieval, materials, some)
    if found is None:
        return None
    used = [
        (sum(scores) / len(scores), len(scores))
        for scores in _where_shown(data, measured, materials)
    ]
    if not used:
        return found
    score, n = max(used)
    return found.replace(used=score, n_used=n)


def _where_shown(
    data: TaskData, measured: Sequence[Measured], materials: Materials
) -> Iterator[list[float]]:
    """Yield what each candidate scored where a right passage stood in its prompt."""
    positions = data.split.selection.tolist()[:MOST_LOOKED_AT]
    right = RightPassages(data)
    for candidate, rows in measured:
        known = [at for at in positions if at in rows]
        samples = [data.samples[at] for at in known]
        found = map(in_prompt, materials.passages(candidate, samples), map(rows.get, known))
        pairs = zip(known, samples, found, strict=True)
        scores = [rows[at].score for at, sample, some in pairs if right.among(sample, some)]
        if len(scores) >= FEWEST_SHOWN:
            yield scores


def in_prompt(found: Sequence[Passage], row: Scored | None) -> Sequence[Passage]:
    """Return those of some passages that stood in the prompt, as far as it was written: room may lack."""
    return found if row is None else [each for each in found if each.id in row.passages]
