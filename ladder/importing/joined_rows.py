"""`join_runs`: the answers of several runs side by side, joined by id or hash and never by place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ladder.data.readers.decoding_text import text_of
from ladder.errors import DataError
from ladder.importing.logged_run import LoggedAnswer, LoggedRun


@dataclass(frozen=True, slots=True)
class JoinedRow:
    """One row, with what each run answered, in the order of the runs."""

    key: str
    asked: str
    targets: tuple[str, ...]
    answers: tuple[LoggedAnswer, ...]


@dataclass(frozen=True, slots=True)
class JoinedRows:
    """All rows that every run has.

    Attributes:
        roles: What each run is: the baseline, or a lever.
        names: What its log calls it.
        tools: Who recorded it.
        rows: The rows.
        scores: The tools' own score that is taken; None where answers are read again.
        right_from: The least of it that counts as right.
        notes: What was left out.
    """

    roles: tuple[str, ...]
    names: tuple[str, ...]
    tools: tuple[str, ...]
    rows: tuple[JoinedRow, ...]
    scores: str | None = None
    right_from: float = 1.0
    notes: tuple[str, ...] = field(default=())


def join_runs(
    runs: Sequence[tuple[str, LoggedRun]],
    *,
    only_common: bool,
    scores: str | None,
    right_from: float | None,
    input_column: str,
    target_column: str | None,
) -> JoinedRows:
    """Return the rows that the runs have in common, the first run's order kept.

    Raises:
        DataError: A run lacks rows of another, means another row by the same id, has no text to read
            or no such score.
    """
    by_key = [_by_key(run) for _, run in runs]
    for _, run in runs:
        _check_score_is_known(run, scores)
    names = [run.name for _, run in runs]
    notes = _check_same_rows(by_key, names, only_common=only_common)
    keys = [key for key in by_key[0] if all(key in each for each in by_key)]
    if not keys:
        raise DataError(
            f"{names[0]} and {names[-1]} have no row in common.",
            next_step="Import runs over the same data; rows are joined by their id or hash.",
        )
    rows = []
    for key in keys:
        answers = tuple(each[key] for each in by_key)
        _check_scores(answers, names, scores, right_from)
        asked = _asked(answers, names, input_column)
        rows.append(JoinedRow(key, asked, _targets(answers, names, target_column), answers))
    kept = _each_question_once(rows)
    if len(kept) < len(rows):
        more = len(rows) - len(kept)
        notes = (*notes, f"{more} rows ask what an earlier row asks, and are left out")
    return JoinedRows(
        tuple(role for role, _ in runs),
        tuple(names),
        tuple(run.tool for _, run in runs),
        tuple(kept),
        scores=scores,
        right_from=1.0 if right_from is None else right_from,
        notes=notes,
    )


def _by_key(run: LoggedRun) -> dict[str, LoggedAnswer]:
    """Return the answers by the name of their row.

    Raises:
        DataError: Two rows have one name.
    """
    found: dict[str, LoggedAnswer] = {}
    for answer in run.answers:
        if answer.key in found:
            raise DataError(
                f"{answer.where} ({run.name}) has the id of {found[answer.key].where}.",
                next_step="Name a column whose cells differ from row to row, or leave --id out.",
            )
        found[answer.key] = answer
    return found


def _check_score_is_known(run: LoggedRun, scores: str | None) -> None:
    """Refuse a score that no answer of a run has; a single one may lack it, and is then unknown."""
    known = dict.fromkeys(name for answer in run.answers for name in answer.scores)
    if scores is not None and scores not in known:
        raise DataError(
            f"{run.name} has no score {scores!r}.",
            next_step=f"It has {', '.join(known) or 'none'}: write --scores with one of these.",
        )


def _check_same_rows(
    by_key: Sequence[Mapping[str, LoggedAnswer]], names: Sequence[str], *, only_common: bool
) -> tuple[str, ...]:
    every = dict.fromkeys(key for each in by_key for key in each)
    notes = []
    for found, name in zip(by_key, names, strict=True):
        lacking = [key for key in every if key not in found]
        if not lacking:
            continue
        if not only_common:
            where = next(each[lacking[0]].where for each in by_key if lacking[0] in each)
            raise DataError(
                f"{name} has no answer to {len(lacking)} of {len(every)} rows, such as the one of "
                f"{where}: it was limited, cut short or asked about other data.",
                next_step="Run it on all rows; or take the rows that all have with --only-common.",
            )
        notes.append(f"{name} lacks {len(lacking)} of {len(every)} rows, which are left out")
    return tuple(notes)


def _check_scores(
    answers: Sequence[LoggedAnswer],
    names: Sequence[str],
    scores: str | None,
    right_from: float | None,
) -> None:
    for answer, name in zip(answers, names, strict=True):
        if answer.fault == "failed":
            continue
        if scores is None and answer.text is None:
            known = ", ".join(answer.scores) or "none"
            raise DataError(
                f"{answer.where} ({name}) holds no single text to read: choices by likelihood, or "
                "several draws.",
                next_step=f"Take the tool's own score with --scores NAME; it has {known}.",
            )
        if scores is None:
            continue
        value = answer.scores.get(scores)
        if right_from is None and value not in (None, 0.0, 1.0):
            raise DataError(
                f"{answer.where} ({name}) scores {value:g}, which is neither right (1) nor wrong (0).",
                next_step="Say from which score on an answer is right: --right-from 0.5.",
            )


def _asked(answers: Sequence[LoggedAnswer], names: Sequence[str], column: str) -> str:
    """Return what the row asks; the same in every run, whatever prompt stood around it."""
    texts = [text_of(answer.columns.get(column)) for answer in answers]
    if texts[0] is None:
        have = ", ".join(answers[0].columns)
        raise DataError(
            f"{answers[0].where} has no text under {column!r}; it has {have}.",
            next_step="Name the column that is asked: --input COLUMN.",
        )
    for text, answer, name in zip(texts, answers, names, strict=True):
        if text != texts[0]:
            raise DataError(
                f"{answer.where} ({name}) asks something else than {answers[0].where}, under the same "
                "id.",
                next_step="Import runs over the same version of the data.",
            )
    return texts[0]


def _targets(
    answers: Sequence[LoggedAnswer], names: Sequence[str], column: str | None
) -> tuple[str, ...]:
    found = []
    for answer in answers:
        named = text_of(answer.columns.get(column)) if column else None
        found.append((named,) if named is not None else answer.targets)
    for targets, answer, name in zip(found, answers, names, strict=True):
        if targets != found[0]:
            raise DataError(
                f"{answer.where} ({name}) has another right answer than {answers[0].where}.",
                next_step="Import runs over the same version of the data.",
            )
    return found[0]


def _each_question_once(rows: Sequence[JoinedRow]) -> list[JoinedRow]:
    first: dict[str, JoinedRow] = {}
    for row in rows:
        first.setdefault(row.asked, row)
    return list(first.values())
