"""`looks_of` and `as_left`: what a task's eval data were asked before, and what verdicts left."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ladder.data import Sample, digest_samples, unit_of
from ladder.errors import EvidenceError
from ladder.frozen import digest_of
from ladder.measure import TaskData
from ladder.search.confirm.left_in_words import left_in_words, questions_in_words
from ladder.search.confirm.look_history import EarlierPass
from ladder.search.confirm.looks_entry import LookedAtPart, part_of_run, read_parts, short_name
from ladder.search.confirm.looks_file import LooksFile, looks_path_of
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.statistics.sizes import ERROR_BUDGET, WATCHED, next_level


def run_digest(data: TaskData) -> str:
    """Return what a transcript is good for: this task on this data."""
    return digest_of([data.task.digest, digest_samples(data.samples)])


def as_left(
    data: TaskData, runs_folder: str | Path, *, levers: Sequence[str] | None = LEVER_NAMES
) -> TaskData:
    """Return a task's data as earlier verdicts left them: what they showed serves to select on.

    A run that came to its verdict before finds the parts as they were then. Where nothing of the
    confirmation part is left, the data stay as they are, and nothing more can be asked.

    Args:
        data: As read from the file.
        runs_folder: Beside which the looks at a data set of the hub are kept.
        levers: Names of the levers that the run tries; None for a run that was never made.
    """
    try:
        parts = _parts(data, runs_folder)
    except EvidenceError:
        return data  # nothing may be asked then, and the run says why
    hashed = _hashed_names(data)
    own = None if levers is None else part_of_run(parts, _run_of(data, levers))
    if own is not None:
        closed = [at for at, names in hashed.items() if names.isdisjoint(own.samples)]
    else:
        seen = _seen_in(parts)
        closed = [at for at, names in hashed.items() if not names.isdisjoint(seen)]
    left = replace(data, closed=frozenset(closed))
    return left if len(left.split.confirmation) else data


def check_closed(data: TaskData, runs_folder: str | Path) -> None:
    """Raise EvidenceError where a run left out samples that the ledger does not know to be shown.

    A run that may leave out what it likes would be tested on the samples that it likes.
    """
    if not data.closed:
        return
    own = frozenset[str]().union(*_hashed_names(data).values())
    others = (part for part in _parts(data, runs_folder) if own != set(part.samples))
    seen, hashed = _seen_in(others), _hashed_names(replace(data, closed=frozenset()))
    unseen = [at for at in data.closed if at not in hashed or not hashed[at] & seen]
    if unseen:
        raise EvidenceError(
            f"{len(unseen)} samples were left out of the confirmation part, but "
            f"{looks_path_of(data.task.data, runs_folder)} records no verdict that showed them.",
            next_step="Restore that file from version control.",
        )


def describe_left(data: TaskData, runs_folder: str | Path) -> str:
    """Return in words how much of the confirmation part no verdict has shown; "" if not known."""
    whole = replace(data, closed=frozenset())
    try:
        parts = _parts(whole, runs_folder)
    except EvidenceError:
        return ""
    seen, hashed = _seen_in(parts), _hashed_names(whole)
    untouched = [at for at, names in hashed.items() if names.isdisjoint(seen)]
    n_verdicts = sum(part.record.closing is not None for part in parts)
    n_clusters = clusters_in(whole.samples[at].cluster for at in hashed)
    return left_in_words(
        len({unit_of(whole.samples[at]) for at in untouched}) if n_clusters else len(untouched),
        n_clusters or len(hashed),
        n_verdicts=n_verdicts,
        target=data.task.reach,
        n_samples=len(hashed) if n_clusters else None,
    )


def clusters_in(clusters: Iterable[str | None]) -> int:
    """Return how many clusters samples are of; 0 where each is a unit of its own.

    >>> clusters_in(["a", "a", "b"]), clusters_in(["a", "b"]), clusters_in([None, None])
    (2, 0, 0)
    """
    named = [each for each in clusters if each is not None]
    n = len(set(named))
    return n if n < len(named) else 0


def describe_looks(
    data: TaskData, runs_folder: str | Path, *, levers: Sequence[str] = LEVER_NAMES
) -> str:
    """Return in words what a task's confirmation part can still be asked: samples, then budget."""
    looks = looks_of(data, runs_folder, levers=levers)
    left = describe_left(data, runs_folder)
    if left.startswith("0 of "):
        return left  # why nothing may be asked stands there
    if looks.is_asked and left.startswith("All "):
        left = left.replace(" are untouched.", " can still be asked: no verdict has shown any.")
    told = f"{left} {looks.describe()}".strip()
    if not looks.record.has_sealed_pass or looks.why_closed():
        return told
    if data.task.relative is not None:
        return told  # what a difference must be depends on how often the two differ
    units = [unit_of(data.samples[at]) for at in data.split.confirmation.tolist()]
    is_plain = data.metric.kind == "binary" and len(set(units)) == len(units)
    n = len(units) / (1.0 if is_plain else WATCHED)
    budget = looks.left("reached", ERROR_BUDGET)
    return f"{told} {questions_in_words(data.task.reach, int(n), budget)}"


def next_levels(data: TaskData, runs_folder: str | Path) -> tuple[tuple[float, float], str]:
    """Return at which levels "reached" and "below" would be tested next, and what is left in words.

    Where the record of earlier tests cannot be read, nothing may be tested.
    """
    try:
        looks = looks_of(data, runs_folder)
    except EvidenceError as error:
        return (0.0, 0.0), f"{error} {error.next_step}"
    words = describe_looks(data, runs_folder)
    if looks.why_closed():
        return (0.0, 0.0), words
    spent = (looks.record.spent("reached"), looks.record.spent("below"))
    return (next_level(spent[0]), next_level(spent[1])), words


def looks_of(
    data: TaskData, runs_folder: str | Path, *, levers: Sequence[str] = LEVER_NAMES
) -> LooksFile:
    """Return what this confirmation part was asked before: kept beside the eval data."""
    task = data.task
    looks = LooksFile(
        looks_path_of(task.data, runs_folder),
        confirmation=_names(data, data.split.confirmation),
        selection=_names(data, data.split.selection),
        metric=task.metric.model_dump_json(),
        # Budgets are kept by it: each reference and margin is a statement of its own, as each score is.
        target=task.edge if task.relative is None else task.relative.model_dump_json(),
        scorer_version=data.metric.version,
        content=_content(data, data.split.confirmation),
        run=_run_of(data, levers),
        is_sealed=task.confirmation == "sealed",
    )
    looks.earlier = _earlier_passes(data, runs_folder, looks)
    return looks


def _earlier_passes(
    data: TaskData, runs_folder: str | Path, looks: LooksFile
) -> dict[str, EarlierPass]:
    """Return what passed in earlier runs, of the same question: metric, target, samples and labels.

    What was shown once is shown: the same candidate needs no other test, and a statement that is
    made twice is wrong no more often than once.
    """
    try:
        parts = _parts(data, runs_folder)
    except EvidenceError:
        return {}
    alike = [part for part in parts if part.scoring == looks.scoring and looks.is_of_another(part)]
    named = _names(data, range(len(data.samples))) if alike else []
    hashed = [frozenset(map(short_name, names)) for names in named]
    found = {}
    for part in alike:
        held = [at for at, names in enumerate(hashed) if not names.isdisjoint(part.samples)]
        closing, earlier = part.record.closing, _earlier_pass(part)
        if closing is not None and earlier is not None and _content(data, held) == part.content:
            found[closing.key] = earlier
    return found


def _earlier_pass(part: LookedAtPart) -> EarlierPass | None:
    """Return the test that closed a part, where it alone stands for the verdict."""
    closing = part.record.closing
    if closing is None or closing.question != "reached" or closing.people:
        return None
    entry = part.record.find("reached", closing.key)
    seen = closing.confirmation
    # The claim of a cascade is about a share too, and that about a reference about both.
    if entry is None or seen.coverage is not None or seen.against is not None:
        return None
    return EarlierPass(alpha=entry.alpha, confirmation=seen)


def _parts(data: TaskData, runs_folder: str | Path) -> tuple[LookedAtPart, ...]:
    path = looks_path_of(data.task.data, runs_folder)
    return read_parts(path) if path.is_file() else ()


def _seen_in(parts: Iterable[LookedAtPart]) -> frozenset[str]:
    return frozenset[str]().union(*(part.seen for part in parts))


def _hashed_names(data: TaskData) -> dict[int, frozenset[str]]:
    """Return under which names the ledger keeps each confirmation sample, by position."""
    pairs = zip(
        data.split.confirmation.tolist(), _names(data, data.split.confirmation), strict=True
    )
    return {at: frozenset(map(short_name, names)) for at, names in pairs}


def _run_of(data: TaskData, levers: Sequence[str]) -> str:
    """Return what tells a run from every other: by it the same run comes to the same verdict.

    Ids are left out: another name for a row changes no question.
    """
    task = data.task.replace(data=data.task.data.replace(id=None))
    rows = digest_samples(replace(sample, id="") for sample in data.samples)
    return digest_of([task.digest, rows, *levers])


def _names(data: TaskData, positions: Iterable[int]) -> list[tuple[str, ...]]:
    """Return the names of samples, as the ledger knows them: of each its unit, and its input if that tells it apart.

    The split goes by the same names. Neither id nor target is among them: with either, an edit
    that leaves the samples where they are would make them new ones. The input of a clustered
    sample is, so that they stay the same when `data.cluster` is left out; not where it stands in
    several clusters, as a question put to every document does.
    """
    units = [unit_of(sample) for sample in data.samples]
    pairs = zip(units, data.samples, strict=True)
    inputs = [_input(sample) if sample.cluster is not None else unit for unit, sample in pairs]
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for input_, unit in zip(inputs, units, strict=True):
        homes[input_].add(unit)
    return [
        (units[at], inputs[at]) if len(homes[inputs[at]]) == 1 else (units[at],) for at in positions
    ]


def _input(sample: Sample) -> str:
    return unit_of(replace(sample, cluster=None))


def _content(data: TaskData, positions: Iterable[int]) -> str:
    """Return the digest of what changes an answer and is in no configuration or target.

    A label that was edited makes another question, to be paid for; an id does not.
    """
    samples = (data.samples[at] for at in positions)
    held = digest_samples(replace(sample, id="") for sample in samples)
    return digest_of([held, data.task.margin, data.task.errors == "inconclusive"])
