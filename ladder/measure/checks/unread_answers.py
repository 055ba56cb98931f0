"""`unread_answers`: what is wrong with how the baseline's answers are read, rather than with the answers."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ladder.errors import MetricError
from ladder.finding import Finding
from ladder.measure.answer_faults import (
    MOST,
    is_readable,
    names_in_words,
    renamed_targets,
    unread_words,
)
from ladder.measure.measurement import Scored
from ladder.measure.workbench import Workbench
from ladder.scoring import Metric, load_metric
from ladder.scoring.edits import FormEdit
from ladder.scoring.meant_alike import (
    BUT_FOR_MIDNIGHT,
    BUT_FOR_SHORT_FORM,
    BUT_FOR_UNDERSCORES,
    BUT_FOR_ZEROS,
    HEDGED,
    IN_ANOTHER_ORDER,
    ONE_OF_SEVERAL,
    OPTION_LETTER,
    OPTION_TEXT,
)
from ladder.scoring.metric import BuiltIn
from ladder.spec.metric_spec import MetricSpec
from ladder.text import capital

WORTH_SAYING = 0.05
"""Share of answers from which a fault of them is worth a word."""

_AS_SAID: dict[FormEdit, str] = {
    "full stop": "the full stop at the end",
    "quotes": "quotes around it",
    "markdown": "marks of Markdown",
    "case": "capital letters",
    "white space": "white space",
}
_NAME_THEM = (
    "Name the answers in the prompt as the targets do, or write the targets as the model answers."
)
_MENDS: Mapping[str, str] = {
    ONE_OF_SEVERAL: "If each of them is right by itself, write the "
    'targets as a list in JSONL ("target": ["a", "b"]); if all are wanted, say so in the prompt.',
    IN_ANOTHER_ORDER: "If any order is right, compare them as a set, with metric: "
    "{name: json_fields, …} or a function of your own; if not, state the order in the prompt.",
    BUT_FOR_ZEROS: "Format the column as text, so that the spreadsheet keeps its zeros, or state "
    "the number of digits in the prompt.",
    BUT_FOR_MIDNIGHT: "Write the targets as dates without a time.",
    BUT_FOR_SHORT_FORM: 'If both ways are right, write the targets as a list in JSONL ("target": ["12 Main Street", '
    '"12 Main St."]); if one is wanted, say so in the prompt.',
    OPTION_TEXT: "Write metric: {name: choice, labels: [A, B, C, D]} with the letters of the options: it "
    "takes the text of an option for its letter. Or ask for the letter alone in the prompt.",
    OPTION_LETTER: "Ask for the text of the option in the prompt, or make the letters the targets, with "
    "metric: {name: choice, labels: [A, B, C, D]}.",
    HEDGED: "Ask for one label and nothing else in the prompt, or name the labels in the metric: "
    "metric: {name: choice, labels: [first, second]}.",
    BUT_FOR_UNDERSCORES: "Name the answers in the prompt as the targets do.",
}


def unread_answers(
    rows: Sequence[Scored], targets: Sequence[Sequence[str]], bench: Workbench
) -> list[Finding]:
    """Return that answers cannot be read, may be right and score 0, or are right only because case does not count."""
    return [
        *_unreadable(rows, bench.metric),
        *(_only_form(rows, targets, bench) or _not_read(rows, targets, bench)),
        *_otherwise(rows, targets, bench),
        *_case_ignored(rows, targets, bench.task.metric),
    ]


def _only_form(
    rows: Sequence[Scored], targets: Sequence[Sequence[str]], bench: Workbench
) -> list[Finding]:
    """Return that most answers are the target but for a full stop, quotes, case or the like."""
    pairs = zip(rows, targets, strict=True)
    found = [(row, bench.metric.only_form_differs(row.text, wanted)) for row, wanted in pairs]
    edits = Counter(edit for _, edit in found if edit is not None)
    if sum(edits.values()) <= MOST * len(rows):
        return []
    differing = [row for row, edit in found if edit is not None]
    mend = reading_that_mends(bench.task.metric, differing, rows, targets)
    edit = edits.most_common(1)[0][0]
    return [
        Finding(
            code="Q08 only-form-differs",
            severity="warning",
            problem=f"{share_of(differing, rows)} of the baseline's answers match the target except in "
            f"form, most often {_AS_SAID[edit]}, and score 0.",
            evidence=first_quoted(differing),
            next_step=f"If such answers are good enough, set {mend}."
            if mend
            else "Write the targets as the model should answer, or ask for their form in "
            "prompt.user.",
        )
    ]


def _otherwise(
    rows: Sequence[Scored], targets: Sequence[Sequence[str]], bench: Workbench
) -> Iterator[Finding]:
    """Yield that wrong answers may mean their targets: by other names, or by how cells are filled."""
    if bench.task.is_form_wanted:
        return
    names = renamed_targets(rows, targets, bench.metric)
    found = [row for row in rows if row.alike and row.alike not in _AS_SAID]
    if names:
        said = names_in_words(names)
        problem = f"{capital(said)}, and score 0."
        step = _NAME_THEM
        quoted = [row for row in rows if row.score < 1]
    elif len(found) > WORTH_SAYING * len(rows):
        [(reason, _)] = Counter(row.alike for row in found).most_common(1)
        problem = f"{share_of(found, rows)} of the baseline's answers {reason}, and score 0."
        step = _MENDS[reason]
        quoted = found
    else:
        return
    yield Finding(
        code="Q19 answers-otherwise",
        severity="warning",
        problem=problem,
        evidence=first_quoted(quoted),
        next_step=f"{step} As long as they may be right, no verdict is fine_tune.",
    )


def _case_ignored(
    rows: Sequence[Scored], targets: Sequence[Sequence[str]], spec: MetricSpec
) -> Iterator[Finding]:
    """Yield that most answers are right only because case does not count: it may be part of the task."""
    if spec.name not in ("exact_match", "contains") or spec.case == "keep":
        return
    strict = load_metric(spec.replace(case="keep"))
    pairs = zip(rows, targets, strict=True)
    found = [row for row, each in pairs if row.score == 1 > strict.score(row.text, each)]
    if len(found) <= MOST * len(rows):
        return
    yield Finding(
        code="Q09 case-not-counted",
        severity="warning",
        problem=f"{share_of(found, rows)} of the baseline's answers are the target in other "
        "capital or small letters, and count as right.",
        evidence=first_quoted(found),
        next_step="If case is part of the task, set metric.case: keep.",
    )


def reading_that_mends(
    spec: MetricSpec,
    unseen: Sequence[Scored],
    rows: Sequence[Scored],
    targets: Sequence[Sequence[str]],
) -> str:
    """Return the setting by which most of the unseen answers are read as right; else nothing.

    It is tried on the answers themselves, so it never names a reading that the metric lacks or
    that would not help.
    """
    if ":" in spec.name:
        return ""
    wanted = dict(zip((row.sample_id for row in rows), targets, strict=True))
    options = (
        ("metric.reading: lenient", spec.replace(reading="lenient", pattern=None, steps=())),
        (
            "metric.reading: last_number",
            spec.replace(reading="last_number", pattern=None, steps=()),
        ),
        (
            "metric.name: json_equal",
            spec.replace(name="json_equal", labels=(), synonyms={}, at_least={}),
        ),
    )
    for setting, other in options:
        try:
            metric = load_metric(other)
        except MetricError:
            continue
        right = sum(metric.score(row.text, wanted[row.sample_id]) == 1 for row in unseen)
        if other != spec and right > MOST * len(unseen):
            return setting
    return ""


def _unreadable(rows: Sequence[Scored], metric: Metric) -> Iterator[Finding]:
    unreadable = [row for row in rows if not is_readable(metric, row.text, row.read_as)]
    if len(unreadable) <= WORTH_SAYING * len(rows):
        return
    yield Finding(
        code="Q06 answers-unreadable",
        severity="warning",
        problem=f"{share_of(unreadable, rows)} of the baseline's answers cannot be read: they "
        f"{unread_words(metric)}, and score 0. Most likely that is a fault of the prompt or of "
        "the reading, not of the model.",
        evidence=first_quoted(unreadable),
        next_step="Look at these answers; ask for the answer alone in the prompt"
        + (
            ", or say where it stands with metric.reading: pattern and metric.pattern."
            if "pattern" in metric.readings
            else "."
        ),
    )


def _not_read(
    rows: Sequence[Scored], targets: Sequence[Sequence[str]], bench: Workbench
) -> list[Finding]:
    pairs = zip(rows, targets, strict=True)
    unseen = [
        row
        for row, wanted in pairs
        if row.lenient > row.score and not _leaves_open(bench.metric, row.text, wanted)
    ]
    if len(unseen) <= WORTH_SAYING * len(rows):
        return []
    strict = sum(row.score for row in rows) / len(rows)
    lenient = sum(row.lenient for row in rows) / len(rows)
    mend = reading_that_mends(bench.task.metric, unseen, rows, targets)
    return [
        Finding(
            code="Q03 answers-not-read",
            severity="warning",
            problem=_unseen_words(unseen, rows, bench.metric)
            + f" ({strict:.2f} as read, {lenient:.2f} where it may stand anywhere).",
            evidence=first_quoted(unseen),
            next_step=f"If such answers are good enough, set {mend}; else let the levers teach "
            "the form."
            if mend
            else "Let the levers teach the form: give levers.prompt.prompts a text that asks for it.",
        )
    ]


def _leaves_open(metric: Metric, text: str, wanted: Sequence[str]) -> bool:
    """Return whether an answer names its label without choosing it: no reading makes it right."""
    return isinstance(metric, BuiltIn) and metric.is_hedged(text, wanted)


def _unseen_words(unseen: Sequence[Scored], rows: Sequence[Scored], metric: Metric) -> str:
    """Return what the strict reading misses: right answers, or right parts of answers."""
    right = [row for row in unseen if row.lenient == 1]
    if len(right) > WORTH_SAYING * len(rows):
        return (
            "The model answers right and the parser does not see it: "
            f"{share_of(right, rows)} of the answers hold the {_sought(metric)}, and the metric says no"
        )
    return (
        "Parts of the answers are right and the parser does not see them: "
        f"{share_of(unseen, rows)} of the answers hold a part of the target that the metric does not count"
    )


def _sought(metric: Metric) -> str:
    """Return what a metric looks for in an answer: the target, or a form with text around it."""
    return "target" if metric.needs_target else "form that is wanted beside other text"


def share_of(part: Sequence[Scored], rows: Sequence[Scored]) -> str:
    """Return in words how many of some answers are a part of them."""
    return f"{100 * len(part) / len(rows):.0f} % ({len(part)} of {len(rows)})"


def first_quoted(rows: Sequence[Scored]) -> str:
    """Return three of some answers, each behind the id of its sample."""
    return "\n".join(f"{row.sample_id}: {row.answer.text[:200]!r}" for row in rows[:3])
