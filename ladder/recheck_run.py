"""`recheck`: whether what a run confirmed still reaches the target, by rows that came since."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ladder.answering import answerer_of, load_tried
from ladder.data.tables import rows_as_files
from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.decision.goal import RelativeGoal
from ladder.errors import SpecError
from ladder.rechecking import (
    CandidateToRecheck,
    NewFiles,
    Recheck,
    count_rows,
    recheck_of,
    refuse_other_task,
)
from ladder.runs import RunFolder
from ladder.runs.recheck_file import read_rechecks


def recheck(  # noqa: PLR0913 - each by its name
    run: str | Path,
    data: Any = None,  # noqa: ANN401 - a path or a table
    *,
    input_column: str | None = None,
    answer_column: str | None = None,
    columns: Mapping[str, str] | None = None,
    date_column: str | None = None,
    month: str | None = None,
    allow_code: bool = False,
    base_url: str | None = None,
) -> Recheck:
    """Return whether a run's confirmed candidate still reaches the target, by all new rows so far.

    What was counted stands in the run's folder. Each row counts once, however often it is given. Rows
    of several months are a batch each where their dates are named; else all rows of a call are one.

    Args:
        run: The run's folder.
        data: New rows with their answers: a file, several, a DataFrame or a list of dicts. Without
            them nothing is asked, and what was counted so far is judged.
        input_column: What the new rows call the column that is asked, where it is not as in the eval
            data.
        answer_column: The same for the right answer.
        columns: Other columns of the eval data that the new rows call otherwise, such as
            `{"title": "subject"}` where the eval data say `title`.
        date_column: The column that holds the date of a row.
        month: Of which month all rows are, such as `2026-10`.
        allow_code: Whether metric and retriever may be the user's own code.
        base_url: Where the model's server is now, where it has moved: see `ladder.load`.

    Raises:
        SpecError: The run's verdict names no candidate, and no trained model reaches the target.
        EvidenceError: The candidate is not the one that was confirmed.
    """
    folder = RunFolder(Path(run))
    if date_column is not None and month is not None:
        raise SpecError(
            f"The month {month} and the date column {date_column} both say of which month rows are.",
            next_step="Leave one of them out.",
        )
    named = (date_column, month, input_column, answer_column, columns, base_url)
    if data is None and any(named):
        raise SpecError(
            "There are no new rows whose months, columns or server could be named.",
            next_step=f"Name them: ladder recheck {run} --data new.jsonl",
        )
    if data is not None:
        about = candidate_of(folder, allow_code=allow_code, base_url=base_url)
        with TemporaryDirectory() as made:  # no text of a row stays in the run's folder
            new = NewFiles(
                rows_as_files(data, Path(made)),
                input_column=input_column,
                answer_column=answer_column,
                columns=columns or {},
                date_column=date_column,
                month=month,
            )
            return count_rows(about, new)
    record = read_rechecks(folder)
    if record is None:
        Decision.load(folder.decision)  # raises where there is no such run
        raise SpecError(
            f"{run} was never rechecked.", next_step=f"ladder recheck {run} --data new.jsonl"
        )
    return recheck_of(folder, record)


def candidate_of(
    folder: RunFolder, *, allow_code: bool, base_url: str | None = None
) -> CandidateToRecheck:
    """Return the candidate that a run's evidence says reaches the target."""
    decision = Decision.load(folder.decision)
    is_trained = decision.verdict == "fine_tune"
    if is_trained:
        from ladder.finetune.versions.reached_adapter import reached_adapter  # noqa: PLC0415

        trained = reached_adapter(folder, decision)
        answerer = answerer_of(folder, trained, allow_code=allow_code, base_url=base_url)
        label = "the trained model"
    else:
        answerer = load_tried(folder.path, allow_code=allow_code, base_url=base_url)
        label = label_of(decision, decision.configuration)
    refuse_other_task(decision, answerer.data.task, folder)
    goal = decision.goal
    against = goal.identity if isinstance(goal, RelativeGoal) else ""
    return CandidateToRecheck(answerer, label, is_trained, against)
