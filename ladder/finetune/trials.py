"""Short trainings on request: a learning curve over the rows, and a search for better settings."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from ladder.data.load_samples import load_samples
from ladder.data.split import unit_fraction, unit_of
from ladder.disk import write_json
from ladder.errors import DivergedError
from ladder.finetune.evaluation.before_and_after import summarise
from ladder.finetune.permit import Permit, training_of
from ladder.finetune.report import CURVE, Score
from ladder.finetune.rows.row_parts import RowParts, split_rows
from ladder.finetune.training.check_rows import refuse
from ladder.finetune.training.loop import fit
from ladder.finetune.training.processes import refuse_several
from ladder.finetune.training.tokenised_rows import TokenisedRows, check_data
from ladder.finetune.training.training_progress import TrainingObserver, TrainingProgress, ignore
from ladder.finetune.training.training_set import TrainingSet, prepare
from ladder.finetune.versions.adapter_version import find_adapter, save_adapter
from ladder.frozen import Frozen
from ladder.measure import TaskData, Workbench
from ladder.spec.task import Budget, TaskSpec
from ladder.spec.training import Training
from ladder.statistics import paired_difference

SHARES = (0.25, 0.5, 1.0)
_RATES = (1 / 3, 1.0, 3.0)
_RANKS = (1.0, 2.0)
_SHORT = 3
"""A trial of the search takes a third of the steps: enough to see what learns and what diverges."""


class CurvePoint(Frozen):
    """One point of the learning curve: so many rows, and the score on rows kept from training."""

    n_rows: int
    score: Score


class LearningCurve(Frozen):
    """The learning curve, and what it advises."""

    points: tuple[CurvePoint, ...]
    advice: str

    def __str__(self) -> str:
        """Return the curve in lines, for a terminal."""
        lines = [
            f"  {each.n_rows:>6} rows  {each.score.score:.2f} "
            f"({each.score.low:.2f} to {each.score.high:.2f}, n = {each.score.n})"
            for each in self.points
        ]
        return "\n".join([*lines, self.advice])


class TriedSetting(Frozen):
    """One trial of the search.

    Attributes:
        loss: The best validation loss; None where the training diverged.
        whole: Share of validation rows answered whole then.
    """

    learning_rate: float
    rank: int
    loss: float | None
    whole: float


def learning_curve(
    permit: Permit,
    task: TaskSpec,
    *,
    run_folder: str | Path,
    observer: TrainingObserver = ignore,
    allow_code: bool = False,
) -> LearningCurve:
    """Train on a quarter, a half and all rows alike, and return what each scores.

    Scored on the validation and test rows by the task's own metric; the confirmation part is not
    asked. Rows are taken by a hash of their content, the smaller set inside the larger.
    """
    refuse_several("The learning curve")
    folder = Path(run_folder) / "curve"
    tokenised, rows = _start(permit, task)
    asked = (*rows.validation, *rows.test)
    points, scores = [], []
    for share in SHARES:
        some = _first(rows, share)
        observer(TrainingProgress(f"learning curve, {len(some.train)} rows"))
        adapter = _trained(permit, task, some, tokenised, folder / f"{share:g}", observer)
        data = TaskData(task.replace(budget=Budget()), asked, allow_code)
        with Workbench(data) as bench:
            candidate = permit.start.replace(adapter=str(adapter))
            measured = [row.score for row in bench.measure(candidate, range(len(asked))).rows]
        points.append(CurvePoint(n_rows=len(some.train), score=summarise(measured)))
        scores.append(measured)
    curve = LearningCurve(points=tuple(points), advice=advise(points, scores))
    write_json(Path(run_folder) / CURVE, curve.model_dump(mode="json"))
    return curve


def search_settings(
    permit: Permit, task: TaskSpec, *, run_folder: str | Path, observer: TrainingObserver = ignore
) -> tuple[TriedSetting, ...]:
    """Try a few learning rates and ranks on a third of the steps; return them, the best first.

    Chosen by validation loss; no eval data is asked. The winner goes into the spec by hand.
    """
    refuse_several("The search for settings")
    folder = Path(run_folder) / "search"
    tokenised, rows = _start(permit, task)
    tried = []
    for training in _settings(training_of(task)):
        name = f"{training.learning_rate:.2g}-{training.rank}"
        observer(TrainingProgress(f"search, learning rate {training.learning_rate:.2g}"))
        other = task.replace(training=training)
        training_set, _ = prepare(permit, other, rows, tokenised, folder=folder, observer=observer)
        tried.append(_try(permit, training_set, folder / name, observer))
    ranked = sorted(tried, key=lambda each: float("inf") if each.loss is None else each.loss)
    found = [each.model_dump(mode="json") for each in ranked]
    write_json(Path(run_folder) / "search.json", {"schema_version": 1, "settings": found})
    return tuple(ranked)


def advise(points: Sequence[CurvePoint], scores: Sequence[Sequence[float]]) -> str:
    """Return whether more rows are likely to help: whether the last doubling did, clearly."""
    half, whole = (np.asarray(each, dtype=np.float64) for each in scores[-2:])
    step = paired_difference(whole, half)
    told = f"From {points[-2].n_rows} to {points[-1].n_rows} rows the score went from "
    told += f"{points[-2].score.score:.2f} to {points[-1].score.score:.2f}"
    if step.exceeds(2):
        return f"{told}: more rows are likely to help."
    return (
        f"{told}, which is within chance: more rows of this kind are not likely to help much; "
        "look at the wrong answers, the steps and the model's size first."
    )


def _try(
    permit: Permit, training_set: TrainingSet, folder: Path, observer: TrainingObserver
) -> TriedSetting:
    training, loss, whole = training_set.training, None, 0.0
    with suppress(DivergedError):
        trained = fit(permit, training_set, folder, observer)
        step, loss = min(trained.validation_losses, key=lambda point: point[1])
        whole = dict(trained.validation_whole)[step]
    return TriedSetting(
        learning_rate=training.learning_rate, rank=training.rank, loss=loss, whole=whole
    )


def _settings(training: Training) -> Iterator[Training]:
    steps = max(1, training.steps // _SHORT)
    for rank, rate in product(_RANKS, _RATES):
        times = int(rank)
        yield training.replace(
            learning_rate=training.learning_rate * rate,
            rank=training.rank * times,
            alpha=training.alpha * times,
            steps=steps,
            warmup_steps=min(training.warmup_steps, steps // 4),
        )


def _start(permit: Permit, task: TaskSpec) -> tuple[TokenisedRows, RowParts]:
    evals = load_samples(task.data)
    permit.check(task, evals)
    checked = check_data(permit, task, evals)
    refuse(checked.findings)
    return checked.value, split_rows(checked.value.rows, training_of(task))


def _first(rows: RowParts, share: float) -> RowParts:
    ordered = sorted(rows.train, key=lambda row: (unit_fraction(unit_of(row), "curve"), row.id))
    return replace(rows, train=tuple(ordered[: max(1, round(share * len(ordered)))]))


def _trained(
    permit: Permit,
    task: TaskSpec,
    rows: RowParts,
    tokenised: TokenisedRows,
    folder: Path,
    observer: TrainingObserver,
) -> Path:
    training_set, facts = prepare(permit, task, rows, tokenised, folder=folder, observer=observer)
    versions = folder / "adapters"
    known = find_adapter(versions, training_set.digests)
    if known is not None:
        return known
    trained = fit(permit, training_set, folder, observer)
    made = {"made_from": dict(training_set.digests), **facts}
    return save_adapter(permit, trained.model, versions, base=permit.start.model.id, facts=made)
