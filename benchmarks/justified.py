"""A made-up decision, for benchmarks that measure a training and not the verdict before it."""

from ladder.data import digest_samples, load_samples
from ladder.decision import Decision, Provenance
from ladder.models import model_digest
from ladder.search.ledger import Attempt, Configuration, Confirmation, Ledger, Trial
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.task import TaskSpec


def justified(task: TaskSpec) -> Decision:
    """Return a decision that permits the training of `task`."""
    baseline = Configuration.baseline(len(LEVER_NAMES))
    trial = Trial(configuration=baseline, n_seen=80, score=0.0, low=0.0, high=0.05)
    ledger = Ledger(
        n=200,
        n_selection=80,
        n_confirmation=120,
        baseline=trial,
        attempts=tuple(
            Attempt(
                lever=name,
                status="no_gain",
                parent=baseline,
                chosen=baseline,
                trials=(trial.replace(configuration=baseline.with_slot(at, 1)),),
            )
            for at, name in enumerate(LEVER_NAMES)
        ),
        best=baseline,
        ending="justified",
        confirmation=Confirmation(score=0.0, n=120, at_least=0.0, at_most=0.03),
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
