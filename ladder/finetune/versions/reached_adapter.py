"""`reached_adapter` and `adapter_in_use`: the trained model of a run, by its test and by its promotion."""

from pathlib import Path

from pydantic import ValidationError

from ladder.decision import Decision
from ladder.errors import EvidenceError, SpecError
from ladder.finetune.report import TrainingReport, read_report
from ladder.finetune.versions.registry import read_promotions, verify_version
from ladder.runs import RunFolder
from ladder.spec.candidate import Candidate


def reached_adapter(run: RunFolder, decision: Decision) -> Candidate:
    """Return the candidate with the adapter that a run's training left; its files are as they were.

    Raises:
        SpecError: Nothing was trained, or it does not reach the target.
        EvidenceError: Files of the adapter or of its base model were changed.
    """
    if decision.is_retiring:
        raise SpecError(
            f"The run in {run.path} shows that the fine-tune is to be kept: no candidate was confirmed, "
            "so there is none to recheck, and nothing is trained for it.",
            next_step="Ask the same question again with the new rows in the eval data: `ladder run SPEC`.",
        )
    report = _read(run)
    if report.verdict != "reached":
        raise SpecError(
            f"{run.path}: the trained model is not shown to reach the target: {report.sentence}",
            next_step="Train one that does, or recheck a run whose verdict names a candidate.",
        )
    _, record = verify_version(Path(report.adapter))
    if record.report.candidate != report.candidate:
        raise EvidenceError(
            f"{run.training} is about another candidate than the record in {report.adapter}.",
            next_step="Run `ladder train` again: it measures without training again.",
        )
    return report.candidate


def adapter_in_use(run: RunFolder, decision: Decision) -> Candidate | None:
    """Return the candidate with the adapter that was trained by a run's verdict and is in use.

    None where nothing was trained by it, or what was trained does not reach the target.

    Raises:
        SpecError: One reaches the target, and was not promoted.
        EvidenceError: Files of the adapter or of its base model were changed.
    """
    if decision.verdict != "fine_tune" or decision.is_retiring or not run.training.is_file():
        return None
    report = _read(run)
    versions = Path(report.adapter).parent
    current = read_promotions(versions).current
    if current is not None:
        _, record = verify_version(versions / current)
        if record.report.decision == report.decision:
            return record.report.candidate.replace(adapter=str(versions / current))
    if not report.is_promotable:
        return None
    raise SpecError(
        f"The verdict of {run.path} is fine_tune, and {report.adapter}, which was trained by it and "
        "reaches the target, is not in use.",
        next_step=f"ladder adapter promote {report.adapter}",
    )


def _read(run: RunFolder) -> TrainingReport:
    try:
        return read_report(run.training)
    except (OSError, ValidationError) as error:
        raise SpecError(
            f"The verdict of {run.path} is fine_tune, and no trained model is on record there.",
            next_step="Train one: ladder train SPEC --run RUN.",
        ) from error
