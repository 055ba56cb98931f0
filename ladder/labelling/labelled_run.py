"""`test_of`, `labels_of` and `check_counted_labels`: what labels of a run ask, hold, and were counted as."""

from pathlib import Path

from ladder.decision import Decision
from ladder.errors import EvidenceError, SpecError
from ladder.frozen import digest_of
from ladder.labelling.label_file import LabelFile
from ladder.labelling.labels_so_far import LabelTest
from ladder.measure import TaskData
from ladder.runs.folder import RunFolder
from ladder.search.climb import confirmation_units
from ladder.search.confirm.looks_of_task import run_digest
from ladder.search.ledger import Ledger
from ladder.statistics import Guess
from ladder.statistics.sizes import SPEND


def test_of(decision: Decision, data: TaskData) -> LabelTest:
    """Return the test that labels of a decision's candidate answer."""
    if data.task.relative is not None:
        raise SpecError(
            "People's labels say whether answers are good, and the target of this run is a reference: "
            "a label of one answer tells no difference.",
            next_step="Make a run with a share as target, such as target: 0.8, and label that.",
        )
    ledger = decision.ledger
    trial = next((t for t in ledger.trials if t.configuration == ledger.best), ledger.baseline)
    mean = (trial.score * trial.n_seen + 0.5) / (trial.n_seen + 1)
    alpha, alpha_below = levels_of(ledger)
    return LabelTest(
        units=confirmation_units(data),
        reach=data.task.reach,
        target=data.task.edge,
        alpha=alpha,
        alpha_below=alpha_below,
        guess=Guess(mean, max(mean * (1 - mean), 1e-4)),
    )


def levels_of(ledger: Ledger) -> tuple[float, float]:
    """Return the levels of people's two tests: those of the judge's own, or those that were next."""
    held = {look.question: look.alpha for look in ledger.looks if look.passed}
    return (
        held.get("reached", SPEND * ledger.alpha_reached_left),
        held.get("below", SPEND * ledger.alpha_justified_left),
    )


def labels_of(folder: Path, decision: Decision, data: TaskData) -> LabelFile:
    """Return the labels in a run's folder of a decision's candidate, under this rubric and data.

    Raises:
        EvidenceError: They are about something else.
    """
    about = digest_of([data.metric.version, decision.configuration, run_digest(data)])
    return LabelFile(RunFolder(folder).labels, about)


def check_counted_labels(folder: Path, decision: Decision, data: TaskData) -> None:
    """Raise EvidenceError unless the labels in a run's folder give what its decision says of them.

    Nothing is asked of any model. `data` are split as the run found them.
    """
    people = None if decision.judge is None else decision.judge.people
    if people is None:
        return
    asked, kept = test_of(decision, data), labels_of(folder, decision, data)
    by_id = kept.labels({})
    ids = {at: data.samples[at].id for at in asked.units.positions.tolist()}
    labels = {at: by_id[name] for at, name in ids.items() if name in by_id}
    counted = asked.count(labels)
    said = asked.counted(labels, counted) if counted.claim is not None else []
    shown = (people.claim, people.n, people.good, people.unsure, people.labels)
    found = (counted.claim, len(said), said.count("good"), said.count("unsure"), kept.digest)
    if shown != found or people.confirmation != asked.confirmation(said, counted):
        raise EvidenceError(
            f"{RunFolder(folder).labels} does not give what the decision says of people's labels.",
            next_step="Restore it from a copy, or count the labels again: ladder label RUN",
        )
