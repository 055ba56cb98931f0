"""`import_logs`: from the logs of other tools to eval rows, recorded answers and a spec."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ladder.data.guess_columns import guess_columns
from ladder.data.readers.read_rows import check_file, read_rows
from ladder.disk import read_json_object
from ladder.errors import DataError, SpecError
from ladder.importing.answer_columns import read_columns
from ladder.importing.inspect_log import read_inspect
from ladder.importing.joined_rows import JoinedRows, join_runs
from ladder.importing.lm_eval_samples import is_lm_eval, read_lm_eval
from ladder.importing.logged_run import LoggedRun
from ladder.importing.promptfoo_results import is_promptfoo, read_promptfoo
from ladder.importing.write_task import WRITTEN, write_task
from ladder.scoring import load_metric
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.metric_spec import MetricSpec

BASELINE = "baseline"
_NAMED, _LONGEST = 12, 40
"""Labels that a note names, and characters of each."""

CLOSE = 0.1
"""By how much a mean score may differ from the tool's own before it is told."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a user says about logs: which candidate is which lever, and what of a log counts.

    Attributes:
        roles: Pairs of a role (`baseline` or a lever) and what plays it: the path of a log, or the
            name of a candidate in `source`.
        source: A file that holds several candidates: results of promptfoo, or a table.
        input, target, key: Columns of the rows; guessed unless given.
        filter: lm-eval's filter.
        epoch: inspect_ai's epoch.
        scores: The tool's own score that is to be taken; answers are read again unless given.
        right_from: From which of it on an answer is right; may be left out where it is 0 or 1.
        only_common: Whether rows that some run lacks are left out.
    """

    roles: Sequence[tuple[str, str]]
    source: Path | None = None
    input: str | None = None
    target: str | None = None
    key: str | None = None
    filter: str | None = None
    epoch: int | None = None
    scores: str | None = None
    right_from: float | None = None
    only_common: bool = False


@dataclass(frozen=True, slots=True)
class ImportedTask:
    """What was written.

    Attributes:
        spec: The path of the task's spec.
        n: Rows.
        runs: The runs, each after its role.
        notes: What a reader must know.
    """

    spec: Path
    n: int
    runs: tuple[tuple[str, LoggedRun], ...]
    notes: tuple[str, ...]


def import_logs(
    choices: Choices,
    to: Path,
    *,
    metric: str,
    target_score: float,
    name: str,
    labels: Sequence[str] = (),
) -> ImportedTask:
    """Read logs, join them row by row, and write eval rows, recorded answers and a spec.

    Args:
        choices: Which logs, and what of them counts.
        to: The folder to write into; it must not hold a task yet.
        metric: How answers are read again; not used where the tool's own scores are taken.
        target_score: The target of the spec.
        name: Of the task.
        labels: Those of the metric `choice`; the targets that occur unless given.

    Raises:
        DataError: A log is damaged, foreign or newer, or its rows do not fit those of the others.
        SpecError: A role is no lever, or there is no baseline.
    """
    _check_roles(choices.roles, choices.source)
    if not 0 < target_score <= 1:
        share = target_score / 100
        raise SpecError(
            f"--target {target_score:g} is not between 0 and 1.",
            next_step=f"Write --target {share:g}." if 0 < share <= 1 else "Write --target 0.8.",
        )
    runs = _read(choices)
    taken = [name for name in WRITTEN if (to / name).exists()]
    if taken:
        raise SpecError(
            f"{to} holds {taken[0]} already, and nothing is overwritten.",
            next_step="Name another folder: --to NAME.",
        )
    joined = join_runs(
        runs,
        only_common=choices.only_common,
        scores=choices.scores,
        right_from=choices.right_from,
        input_column=choices.input or _asked_column(runs[0][1], choices.target),
        target_column=choices.target or _target_column(runs[0][1], choices),
    )
    # The metric is loaded for them: one that is unknown ends the import before anything is written.
    reads = _metric(joined, metric, labels)
    notes = _notes(runs, joined, reads)
    if reads.labels and not labels:
        notes = (
            *notes,
            f"the labels of {metric} are the targets that occur: {_named(reads.labels)}",
        )
    spec = write_task(joined, to, metric=reads, target_score=target_score, name=name)
    return ImportedTask(spec, len(joined.rows), tuple(runs), notes)


def _metric(joined: JoinedRows, name: str, labels: Sequence[str]) -> MetricSpec:
    """Return how answers are read again: a metric with labels knows those given, or the targets.

    Raises:
        SpecError: Labels are given to a metric that has none.
    """
    if labels and name != "choice":
        raise SpecError(
            f"--label {labels[0]}: the metric {name} has no labels.",
            next_step="Write --metric choice, or leave --label out.",
        )
    if name != "choice" or joined.scores is not None:
        return MetricSpec(name=name)
    found = sorted({target for row in joined.rows for target in row.targets})
    return MetricSpec(name=name, labels=tuple(labels or found))


def _named(labels: Sequence[str]) -> str:
    some = ", ".join(each[:_LONGEST] for each in labels[:_NAMED])
    return some if len(labels) <= _NAMED else f"{some} and {len(labels) - _NAMED} more"


def _check_roles(roles: Sequence[tuple[str, str]], source: Path | None) -> None:
    known = (BASELINE, *LEVER_NAMES)
    for role, _ in roles:
        if role not in known:
            raise SpecError(
                f"--as {role}=…: {role!r} is no lever.",
                next_step=f"Write one of {', '.join(known)}.",
            )
    if [role for role, _ in roles].count(BASELINE) != 1:
        raise SpecError(
            "One run must be the baseline: what you have today.",
            next_step="Write --as baseline=LOG once, and the other runs as the lever that they tried, "
            "such as --as prompt=OTHER_LOG."
            if source is None
            else f"Name the candidate of {source} that answers today, a column of a table: --as "
            "'baseline=NAME', and the others by the lever that they tried: --as 'prompt=OTHER NAME'.",
        )


def _read(choices: Choices) -> list[tuple[str, LoggedRun]]:
    """Return the runs, the baseline first."""
    ordered = sorted(choices.roles, key=lambda each: each[0] != BASELINE)
    if choices.source is None:
        return [(role, _one_run(Path(what), choices)) for role, what in ordered]
    names = [what for _, what in ordered]
    runs = _several_runs(choices.source, names, choices)
    return [(role, runs[what]) for role, what in ordered]


def _one_run(path: Path, choices: Choices) -> LoggedRun:
    check_file(str(path))
    if path.suffix == ".eval":
        return read_inspect(path, epoch=choices.epoch)
    if path.suffix == ".json":
        document = read_json_object(path)
        if is_promptfoo(document):
            runs = read_promptfoo(path, document)
            if len(runs) == 1:
                return runs[0]
            raise DataError(
                f"{path} holds {len(runs)} candidates: {'; '.join(each.name for each in runs)}.",
                next_step=f'Write: ladder import {path} --as baseline="{runs[0].name}" --as prompt=…',
            )
        return read_inspect(path, epoch=choices.epoch)
    first = next(iter(read_rows(str(path))), None)
    if first is not None and is_lm_eval(first.columns):
        return read_lm_eval(path, chosen=choices.filter)
    raise DataError(
        f"{path} is no log of lm-eval, inspect_ai or promptfoo.",
        next_step="For a table with a column of answers for each candidate write: "
        f"ladder import {path} --as baseline=COLUMN --as prompt=OTHER_COLUMN.",
    )


def _several_runs(source: Path, names: Sequence[str], choices: Choices) -> dict[str, LoggedRun]:
    check_file(str(source))
    document = read_json_object(source) if source.suffix == ".json" else {}
    if not is_promptfoo(document):
        rows = list(read_rows(str(source)))
        found = read_columns(source, rows, names, key=choices.key)
        return {each.name: each for each in found}
    runs = {each.name: each for each in read_promptfoo(source, document)}
    unknown = [name for name in names if name not in runs]
    if unknown:
        raise DataError(
            f"{source} has no candidate {unknown[0]!r}; it has {'; '.join(runs)}.",
            next_step=f'Write --as baseline="{next(iter(runs))}".',
        )
    return runs


def _asked_column(run: LoggedRun, target: str | None) -> str:
    rows = [
        {name: value for name, value in each.columns.items() if name != target}
        for each in run.answers
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    guess = guess_columns(rows) if len(names) > 1 else None
    if guess is not None and (guess.is_sure or run.tool != "a table"):
        return guess.input
    if len(names) == 1:
        return names[0]
    raise DataError(
        f"Which column is asked? The rows of {run.name} have {', '.join(names)}.",
        next_step=f"Write --input {names[0] if names else 'COLUMN'}.",
    )


def _target_column(run: LoggedRun, choices: Choices) -> str | None:
    """Return the column of the targets; None where the log names them, or scores are taken."""
    if choices.scores is not None or all(each.targets for each in run.answers):
        return None
    # What a log calls a variable may be a passage as well as an answer: only a table is guessed.
    is_table = run.tool == "a table"
    guess = guess_columns([each.columns for each in run.answers]) if is_table else None
    if guess is not None and guess.is_sure:
        return guess.target
    names = list(run.answers[0].columns) if run.answers else []
    raise DataError(
        f"Which column holds the right answer? The rows of {run.name} have {', '.join(names)}.",
        next_step=f"Write --target-column {names[-1] if names else 'COLUMN'}, or take the tool's own "
        "score with --scores NAME.",
    )


def _notes(
    runs: Sequence[tuple[str, LoggedRun]], joined: JoinedRows, metric: MetricSpec
) -> tuple[str, ...]:
    told: Mapping[str, None] = dict.fromkeys(
        f"{role} ({run.name}): {note}" for role, run in runs for note in run.notes
    )
    return (*told, *joined.notes, *_disagreements(joined, metric))


def _disagreements(joined: JoinedRows, metric: MetricSpec) -> Iterator[str]:
    """Yield where answers that are read again score otherwise than the tool said."""
    if joined.scores is not None or ":" in metric.name:
        return
    reader = load_metric(metric)
    for at, (role, name) in enumerate(zip(joined.roles, joined.names, strict=True)):
        pairs = [
            (reader.score(answer.text, row.targets), next(iter(answer.scores.values())))
            for row in joined.rows
            if (answer := row.answers[at]).text is not None and len(answer.scores) == 1
        ]
        if not pairs:
            continue
        ours, theirs = (sum(each) / len(pairs) for each in zip(*pairs, strict=True))
        if abs(ours - theirs) > CLOSE:
            yield (
                f"{role} ({name}): {metric.name} scores {ours:.2f} where the tool's own score is "
                f"{theirs:.2f}; choose a --metric that reads these answers, or take theirs with --scores"
            )
