"""Checks of the baseline's answers before any lever is tried: cut short, not read, or noisy."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence

from ladder.activity import activity
from ladder.chat import check_context
from ladder.errors import MetricError
from ladder.finding import Finding
from ladder.measure.answer_faults import (
    FEWEST,
    MOST,
    NEARLY_ALL,
    is_readable,
    names_in_words,
    renamed_targets,
    share_of_same,
    unread_words,
)
from ladder.measure.checks.noise import check_noise
from ladder.measure.checks.unknown_tools import unknown_tools
from ladder.measure.constraint_breaches import breaches_of
from ladder.measure.measurement import Scored
from ladder.measure.workbench import Workbench
from ladder.models.base import Generator, KnowsWeights, NotesFindings
from ladder.scoring import Metric, load_metric
from ladder.scoring.edits import FormEdit
from ladder.scoring.judge.judge_metric import BY_ORDER
from ladder.scoring.meant_alike import (
    BUT_FOR_MIDNIGHT,
    BUT_FOR_UNDERSCORES,
    BUT_FOR_ZEROS,
    IN_ANOTHER_ORDER,
    ONE_OF_SEVERAL,
)
from ladder.spec.candidate import Candidate
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.task import ErrorPolicy
from ladder.templates.describe import template_context
from ladder.text import listed

WORTH_SAYING = 0.05

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
    BUT_FOR_UNDERSCORES: "Name the answers in the prompt as the targets do.",
}


def check_answers(bench: Workbench, baseline: Candidate, positions: Sequence[int]) -> list[Finding]:
    """Return what is to be known about the baseline's answers on the selection part.

    Answers that were cut come first: a cut answer also looks like one that is not read, and like
    one that is wrong.
    """
    rows = bench.measure(baseline, positions).rows
    targets = [bench.samples[at].targets for at in positions]
    unreadable = [row for row in rows if not is_readable(bench.metric, row.text)]
    findings = [
        *_cut(rows, baseline.decoding.max_new_tokens),
        *_failed(rows, bench.task.errors),
        *_empty(rows),
        *_broken(baseline, rows),
        *_all_equal(rows, targets),
        *_unscored(rows, bench.metric),
        *_by_order(rows),
        *_unreadable(unreadable, rows, bench.metric),
        *(_only_form(rows, targets, bench) or _not_read(rows, targets, bench)),
        *_otherwise(rows, targets, bench),
        *_case_ignored(rows, targets, bench.task.metric),
        *unknown_tools(rows, [bench.samples[at] for at in positions], bench.metric),
        *_untrained(bench, baseline, positions),
        *noted(bench.generator(baseline)),
    ]
    return [*findings, check_noise(bench, baseline, positions)]


def noted(generator: Generator) -> tuple[Finding, ...]:
    """Return what the generator itself noticed: a setting that its server does not honour."""
    return generator.findings() if isinstance(generator, NotesFindings) else ()


def _untrained(bench: Workbench, baseline: Candidate, positions: Sequence[int]) -> list[Finding]:
    """Return rule K09 of the chat rules: only here are the weights loaded."""
    generator = bench.generator(baseline)
    if not isinstance(generator, KnowsWeights):
        return []
    messages = [request.messages for request in bench.requests(baseline, positions[:1])]
    situation = template_context(bench.task, baseline, messages)
    if situation is None or situation.tokenizer is None:
        return []
    with activity("looking for tokens that the weights never learned"):
        ids = generator.untrained_ids(situation.tokenizer.added_tokens.values())
    findings = check_context(dataclasses.replace(situation, untrained_ids=ids))
    return [finding for finding in findings if finding.code.startswith("K09")]


def _cut(rows: Sequence[Scored], max_new_tokens: int) -> list[Finding]:
    cut = [row for row in rows if row.answer.finish_reason == "length"]
    if len(cut) <= WORTH_SAYING * len(rows):
        return []
    return [
        Finding(
            code="Q01 answers-cut",
            severity="warning",
            problem=f"{_share(cut, rows)} of the baseline's answers are cut at "
            f"{max_new_tokens} tokens, perhaps before the answer stands there.",
            evidence=_quote(cut),
            next_step=f"Write generation.max_new_tokens: {4 * max_new_tokens} in the task, or keep "
            f"{max_new_tokens} if a short answer is the task.",
        )
    ]


def _failed(rows: Sequence[Scored], policy: ErrorPolicy) -> list[Finding]:
    failed = [row for row in rows if row.answer.error is not None]
    if not failed:
        return []
    return [
        Finding(
            code="Q02 calls-failed",
            severity="warning",
            problem=f"{_share(failed, rows)} of the baseline's calls failed and "
            f"{'have no score' if policy == 'inconclusive' else 'score 0'}.",
            evidence=f"{failed[0].sample_id}: {failed[0].answer.error}",
            next_step="See to the cause; the same command asks for these answers again.",
        )
    ]


def _empty(rows: Sequence[Scored]) -> list[Finding]:
    answered = [row for row in rows if row.answer.error is None]
    empty = [row for row in answered if not row.text.strip()]
    if not empty or len(empty) <= WORTH_SAYING * len(answered):
        return []
    return [
        Finding(
            code="Q05 answers-empty",
            severity="warning",
            problem=f"{len(empty)} of {len(answered)} answers are empty.",
            evidence=", ".join(row.sample_id for row in empty[:8]),
            next_step="An empty answer rarely means that the model cannot do the task: look at one "
            f"with `ladder show RUN {empty[0].sample_id}`. Check the template, generation.stop_strings, in "
            "completion mode with worked examples levers.few_shot.ends_answers: false, and, where a model "
            "thinks first, max_new_tokens and what the server makes of its thoughts.",
        )
    ]


def _broken(baseline: Candidate, rows: Sequence[Scored]) -> list[Finding]:
    found = breaches_of(baseline, rows)
    if found is None or not found.broken:
        return []
    return [
        Finding(
            code="Q14 constraint-broken",
            severity="warning",
            problem=f"{found.words[:1].upper()}{found.words[1:]}.",
            next_step="Raise generation.max_new_tokens."
            if found.cut == found.broken
            else "Ask a server that keeps a field for it (docs/endpoints.md), run the model here, or "
            "leave generation.constraint out.",
        )
    ]


def _unscored(rows: Sequence[Scored], metric: Metric) -> list[Finding]:
    """Return that answers have no score, each with its sample: one alone is a fault of the metric."""
    found = [row for row in rows if row.unscored]
    if not found:
        return []
    return [
        Finding(
            code="Q10 answers-unscored",
            severity="warning",
            problem=f"{_share(found, rows)} of the baseline's answers could not be scored by "
            f"{metric.name}. What they are worth is unknown: they count as wrong for `reaches the "
            "target` and as right for `below the target`.",
            evidence=listed([f"{row.sample_id}: {row.unscored}" for row in found]),
            next_step="See to the metric; the same command reads the stored answers again, and asks "
            "the model for none.",
        )
    ]


def _by_order(rows: Sequence[Scored]) -> list[Finding]:
    """Return that a judge changes its mind when an answer and its target change places."""
    judged = [row for row in rows if row.replies]
    found = [row for row in judged if row.unscored.startswith(BY_ORDER)]
    if len(found) <= WORTH_SAYING * len(judged):
        return []
    return [
        Finding(
            code="Q12 judge-goes-by-order",
            severity="warning",
            problem=f"The judge prefers {_share(found, judged)} of the answers, or their target, by "
            "the order in which the two stand. The scores of these answers are unknown.",
            evidence=listed([f"{row.sample_id}: {row.unscored}" for row in found]),
            next_step="Take a stronger judge, or write metric.pairwise: false.",
        )
    ]


def _all_equal(rows: Sequence[Scored], targets: Sequence[Sequence[str]]) -> list[Finding]:
    if len(rows) < FEWEST or share_of_same(rows, targets) < NEARLY_ALL:
        return []
    if sum(row.answer.finish_reason == "length" for row in rows) > MOST * len(rows):
        return []  # answers that begin alike and are cut are told as what they are: cut
    if sum(row.score for row in rows) > MOST * len(rows):
        return []  # most samples are of one class, and the answers name it
    (text, count), *_ = Counter(row.text.strip() for row in rows).most_common()
    return [
        Finding(
            code="Q07 answers-all-equal",
            severity="warning",
            problem=f"{count} of {len(rows)} answers are {text[:60]!r}, while the targets differ: "
            "most likely a fault of the prompt, template or reading, not of the model.",
            evidence=_quote(rows),
            next_step=f"Look at two prompts with `ladder show RUN {rows[0].sample_id}` and `ladder "
            f"show RUN {rows[-1].sample_id}`: the text of the sample must stand in them, as "
            "{{ input }} or another column puts it there.",
        )
    ]


def constant_answer(
    rows: Sequence[Scored], targets: Sequence[Sequence[str]], *, label: str
) -> list[Finding]:
    """Return that the candidate a verdict is about says the same whatever it is asked.

    It is right as often as its answer is: a score that reaches a target without reading a row.
    """
    if len(rows) < FEWEST or share_of_same(rows, targets) < NEARLY_ALL:
        return []
    (text, count), *_ = Counter(row.text.strip() for row in rows).most_common()
    score = sum(row.score for row in rows) / len(rows)
    return [
        Finding(
            code="Q17 best-answer-constant",
            severity="warning",
            problem=f"{label} gives {text[:60]!r} as {count} of {len(rows)} answers: its score of "
            f"{score:.2f} is the share of rows for which that is right, whatever they ask.",
            evidence=_quote(rows),
            next_step="Give each label a target of its own (metric.at_least), set the target above that "
            "share, or add rows with other answers.",
        )
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
            problem=f"{_share(differing, rows)} of the baseline's answers match the target except in "
            f"form, most often {_AS_SAID[edit]}, and score 0.",
            evidence=_quote(differing),
            next_step=f"If such answers are good enough, set {mend}."
            if mend
            else "Write the targets as the model should answer, or ask for their form in "
            "prompt.user.",
        )
    ]


def _otherwise(
    rows: Sequence[Scored], targets: Sequence[Sequence[str]], bench: Workbench
) -> list[Finding]:
    """Return that wrong answers may mean their targets: by other names, or by how cells are filled."""
    if bench.task.is_form_wanted:
        return []
    names = renamed_targets(rows, targets, bench.metric)
    found = [row for row in rows if row.alike and row.alike not in _AS_SAID]
    if names:
        said = names_in_words(names)
        problem = f"{said[:1].upper()}{said[1:]}, and score 0."
        step = _NAME_THEM
        quoted = [row for row in rows if row.score < 1]
    elif len(found) > WORTH_SAYING * len(rows):
        [(reason, _)] = Counter(row.alike for row in found).most_common(1)
        problem = f"{_share(found, rows)} of the baseline's answers {reason}, and score 0."
        step = _MENDS[reason]
        quoted = found
    else:
        return []
    return [
        Finding(
            code="Q19 answers-otherwise",
            severity="warning",
            problem=problem,
            evidence=_quote(quoted),
            next_step=f"{step} As long as they may be right, no verdict is fine_tune.",
        )
    ]


def _case_ignored(
    rows: Sequence[Scored], targets: Sequence[Sequence[str]], spec: MetricSpec
) -> list[Finding]:
    """Return that most answers are right only as case does not count: it may be the task."""
    if spec.name not in ("exact_match", "contains") or spec.case == "keep":
        return []
    strict = load_metric(spec.replace(case="keep"))
    pairs = zip(rows, targets, strict=True)
    found = [row for row, each in pairs if row.score == 1 > strict.score(row.text, each)]
    if len(found) <= MOST * len(rows):
        return []
    return [
        Finding(
            code="Q09 case-not-counted",
            severity="warning",
            problem=f"{_share(found, rows)} of the baseline's answers are the target in other "
            "capital or small letters, and count as right.",
            evidence=_quote(found),
            next_step="If case is part of the task, set metric.case: keep.",
        )
    ]


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


def _unreadable(
    unreadable: Sequence[Scored], rows: Sequence[Scored], metric: Metric
) -> list[Finding]:
    if len(unreadable) <= WORTH_SAYING * len(rows):
        return []
    return [
        Finding(
            code="Q06 answers-unreadable",
            severity="warning",
            problem=f"{_share(unreadable, rows)} of the baseline's answers cannot be read: they "
            f"{unread_words(metric)}, and score 0. Most likely that is a fault of the prompt or of "
            "the reading, not of the model.",
            evidence=_quote(unreadable),
            next_step="Look at these answers; ask for the answer alone in the prompt"
            + (
                ", or say where it stands with metric.reading: pattern and metric.pattern."
                if "pattern" in metric.readings
                else "."
            ),
        )
    ]


def _not_read(
    rows: Sequence[Scored], targets: Sequence[Sequence[str]], bench: Workbench
) -> list[Finding]:
    unseen = [row for row in rows if row.lenient > row.score]
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
            evidence=_quote(unseen),
            next_step=f"If such answers are good enough, set {mend}; else let the levers teach "
            "the form."
            if mend
            else "Let the levers teach the form: give levers.prompt.prompts a text that asks for it.",
        )
    ]


def _unseen_words(unseen: Sequence[Scored], rows: Sequence[Scored], metric: Metric) -> str:
    """Return what the strict reading misses: right answers, or right parts of answers."""
    right = [row for row in unseen if row.lenient == 1]
    if len(right) > WORTH_SAYING * len(rows):
        return (
            "The model answers right and the parser does not see it: "
            f"{_share(right, rows)} of the answers hold the {_sought(metric)}, and the metric says no"
        )
    return (
        "Parts of the answers are right and the parser does not see them: "
        f"{_share(unseen, rows)} of the answers hold a part of the target that the metric does not count"
    )


def _sought(metric: Metric) -> str:
    """Return what a metric looks for in an answer: the target, or a form with text around it."""
    return "target" if metric.needs_target else "form that is wanted beside other text"


def _share(part: Sequence[Scored], rows: Sequence[Scored]) -> str:
    return f"{100 * len(part) / len(rows):.0f} % ({len(part)} of {len(rows)})"


def _quote(rows: Sequence[Scored]) -> str:
    return "\n".join(f"{row.sample_id}: {row.answer.text[:200]!r}" for row in rows[:3])
