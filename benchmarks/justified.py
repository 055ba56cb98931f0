"""A made-up decision, for benchmarks that measure a training and not the verdict before it."""

from ladder.data import digest_samples, load_samples
from ladder.decision import Decision, Provenance
from ladder.models import model_digest
from ladder.search.ledger import Attempt, Configuration, Ledger, Trial
from ladder.spec.task import LEVER_NAMES, TaskSpec


def justified(task: TaskSpec) -> Decision:
    """Return a decision that permits the training of `task`."""
    baseline = Configuration.baseline(len(LEVER_NAMES))
    ledger = Ledger(
        n=200,
        n_selection=80,
        n_confirmation=120,
        baseline=Trial(configuration=baseline, n_seen=80, score=0.0, low=0.0, high=0.05),
        attempts=tuple(
            Attempt(lever=name, status="no_gain", parent=baseline, chosen=baseline)
            for name in LEVER_NAMES
        ),
        best=baseline,
        ending="justified",
    )
    return Decision(
        sentence="Made up for a benchmark.",
        task=task.name,
        model=task.model.id,
        metric=task.metric.name,
        target=task.target,
        ledger=ledger,
        provenance=Provenance(
            spec=task.digest,
            eval_data=digest_samples(load_samples(task.data)),
            model=model_digest(task.model),
            versions={},
            seed=0,
            started="",
            seconds=0.0,
        ),
    )
