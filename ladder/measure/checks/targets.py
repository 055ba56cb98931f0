"""`check_targets`: samples whose target no answer can match, so training could not help."""

import difflib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from statistics import median

from ladder.chat.sandbox.single_braces import shown_names
from ladder.data.leakage import LABEL_ROWS
from ladder.data.row_names import named
from ladder.data.row_rules import same_inputs
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.measure.checks.classes import check_classes
from ladder.measure.task_data import TaskData
from ladder.scoring import load_metric
from ladder.scoring.fields.json_fields import JsonFields
from ladder.scoring.metric import BuiltIn
from ladder.scoring.tool_calls import ToolCalls
from ladder.spec.metric_spec import MetricSpec
from ladder.text import listed

_ONE_ANSWER = frozenset({"exact_match", "numeric", "choice"})
"""Metrics by which one text is right for one answer, and not for two at once."""

MOST_ALIKE = 0.8
"""Share of the targets from which what they have in common is their form."""

LONG_WORDS = 12
"""Words of a target from which a right answer is hardly ever the same word for word."""

WORTH_SAYING = 0.05
"""Share of samples with several labels from which it is hardly a slip."""

_SOLUTION = re.compile(r"\n\s*####\s*\S.*\s*\Z")

ALIKE = 0.6
"""Similarity from which a label is shown as what a target may mean (difflib's own default)."""


def check_targets(data: TaskData) -> list[Finding]:
    """Return the samples that no answer can get right: numeric without a number, and the like.

    It is an error where the rest cannot reach the target score: such a run would end in
    `fine_tune`, and training could not reach it either.
    """
    metric, samples = data.metric, data.samples
    targets = [sample.targets for sample in samples]
    if not isinstance(metric, BuiltIn):
        return []
    structured = _structured(metric, samples)
    if structured:
        return structured
    if isinstance(metric, ToolCalls) and not any(map(metric.wants_calls, targets)):
        return [_no_calls(metric, len(samples))]
    if isinstance(metric, JsonFields) and (absent := _absent_fields(metric, samples)):
        return [absent]
    return [
        *check_classes(data),
        *_out_of_reach(data, metric),
        *_contradicted(data, metric),
        *_several_labels(metric, samples),
        *_not_word_for_word(metric, samples),
    ]


def _not_word_for_word(metric: BuiltIn, samples: Sequence[Sample]) -> Iterator[Finding]:
    """Yield D47 and D48: targets that a model answers right without writing these very words."""
    if metric.name != "exact_match":
        return
    targets = [metric.wanted_in(sample.targets[0]) for sample in samples]
    solved = [text for text in targets if _SOLUTION.search(text)]
    if len(solved) > MOST_ALIKE * len(targets):
        numeric = load_metric(MetricSpec(name="numeric"))
        is_number = isinstance(numeric, BuiltIn) and all(map(numeric.accepts, solved))
        step = "Write metric: numeric, which reads the number behind ####" if is_number else ""
        yield Finding(
            code="D47 target-with-solution",
            severity="error",
            problem=f"{len(solved)} of {len(targets)} targets hold a solution before their answer "
            "(behind ####), and exact_match asks for the very words of it.",
            evidence=listed([repr(text[-60:]) for text in solved]),
            next_step=f"{step}, or keep the answer alone in the target."
            if step
            else "Keep the answer alone in the target.",
        )
        return
    words = [len(text.split()) for text in targets]
    are_long = len(set(targets)) > MOST_ALIKE * len(targets) and median(words) >= LONG_WORDS
    if not are_long:
        return
    yield Finding(
        code="D48 target-long",
        severity="warning",
        problem=f"Half of the targets have {median(words):.0f} words or more, and exact_match asks "
        "for the very words: a right answer in other words counts as wrong.",
        evidence=listed([repr(text[:60]) for text in targets]),
        next_step="Where other words are right as well, write metric: judge with a rubric, or "
        "rouge_l, chrf or similarity.",
    )


def _out_of_reach(data: TaskData, metric: BuiltIn) -> Iterator[Finding]:
    samples, share = data.samples, data.task.share
    lost = [sample for sample in samples if not any(map(metric.accepts, sample.targets))]
    if not lost:
        return
    # A graded metric may still give such a sample a part of the score.
    best = 1 - len(lost) / len(samples) if metric.kind == "binary" else 1.0
    is_hopeless = len(lost) == len(samples) or (share is not None and best < share)
    bound = f" So no candidate can score more than {best:.3g}" if is_hopeless else ""
    problem = (
        f"{len(lost)} of {len(samples)} samples have a target that no answer can match by "
        f"{metric.name}, read as {metric.reading}."
    )
    yield Finding(
        code="D07 target-out-of-reach",
        severity="error" if is_hopeless else "warning",
        problem=f"{problem}{bound}{_beside(share)}" if bound else problem,
        evidence=listed([f"{named(sample)}: {sample.targets[0][:40]!r}" for sample in lost]),
        next_step=_next_step(metric, lost),
    )


def _contradicted(data: TaskData, metric: BuiltIn) -> Iterator[Finding]:
    """Yield D62: the same questions with other answers, so often that the target is out of reach."""
    samples, share = data.samples, data.task.share
    if share is None or metric.name not in _ONE_ANSWER:
        return
    groups = [part for group in same_inputs(samples) for part in _shown_alike(data, group)]
    lost = sum(len(group) - _most_right(metric, [samples[at] for at in group]) for group in groups)
    best = 1 - lost / len(samples)
    if best >= share:
        return
    some = [[samples[at] for at in group] for group in groups]
    yield Finding(
        code="D62 answers-contradict",
        severity="error",
        problem=f"{sum(map(len, groups))} of {len(samples)} samples repeat a question of another one, and "
        f"so many of these want another answer that no candidate can score more than {best:.3g}"
        f"{_beside(share)}",
        evidence=listed(
            [
                f"{named(group[0])}: {', '.join(sorted({each.targets[0][:40] for each in group}))}"
                for group in some
                if _most_right(metric, group) < len(group)
            ]
        ),
        next_step="Correct the answers, list all that are right as acceptable in one row, or show in the "
        "prompt the column that tells these questions apart.",
    )


def _several_labels(metric: BuiltIn, samples: Sequence[Sample]) -> Iterator[Finding]:
    """Yield D64: rows with several labels, of which any one counts as right.

    Spellings of one answer stand together wherever both stand; of labels each has rows without the other.
    """
    rows_of: dict[str, set[int]] = defaultdict(set)
    for at, sample in enumerate(samples):
        for target in sample.targets:
            rows_of[target].add(at)
    several = [
        sample
        for sample in samples
        if all(len(rows_of[target]) >= LABEL_ROWS for target in sample.targets)
        and any(
            rows_of[a] - rows_of[b] and rows_of[b] - rows_of[a]
            for a, b in combinations(sample.targets, 2)
        )
    ]
    if metric.name not in _ONE_ANSWER or len(several) < WORTH_SAYING * len(samples):
        return
    labels = list(several[0].targets)
    yield Finding(
        code="D64 several-labels",
        severity="warning",
        problem=f"{len(several)} of {len(samples)} samples have several labels, and an answer with one of them "
        "is right.",
        evidence=listed([f"{named(each)}: {', '.join(each.targets)}"[:200] for each in several]),
        next_step=f'Where all are wanted, write each target as an object, such as {{"labels": '
        f"{json.dumps(labels, ensure_ascii=False)}}}, and metric: {{name: json_fields, fields: {{labels: set}}}}.",
    )


def _shown_alike(data: TaskData, group: Sequence[int]) -> list[list[int]]:
    """Return the rows of the same input in groups by what else prompts may show of them."""
    task = data.task
    prompts = (task.prompt, *task.levers.prompt.prompts)
    names = {name for each in prompts for name in shown_names(each.text)}
    names |= {task.data.passages.column} if task.data.passages is not None else set()
    parts: dict[str, list[int]] = defaultdict(list)
    for at in group:
        sample = data.samples[at]
        shown = [str(sample.columns.get(name)) for name in sorted(names)]
        talk = sample.conversation
        said = " ".join(sample.input.split()) if talk is None else repr((talk.turns, talk.tools))
        parts[repr((said, shown))].append(at)
    return [part for part in parts.values() if len(part) > 1]


def _most_right(metric: BuiltIn, group: Sequence[Sample]) -> int:
    """Return how many samples of the same question one answer gets right at the most."""
    answers = dict.fromkeys(target for sample in group for target in sample.targets)
    return max(
        sum(metric.score(answer, sample.targets) == 1 for sample in group) for answer in answers
    )


def _beside(share: float | None) -> str:
    return "." if share is None else f"; the target is {share:g}."


def targets_absent(problem: str, instead: str) -> Finding:
    """Return D24: what the spec asks for compares with targets, and it says that there are none."""
    return Finding(
        code="D24 targets-absent",
        severity="error",
        problem=problem,
        next_step=f"Name the column of the targets in data.target, or {instead}.",
    )


def _no_calls(metric: ToolCalls, n: int) -> Finding:
    return Finding(
        code="D25 no-call-wanted",
        severity="error",
        problem=f"No target of the {n} samples calls a tool, so {metric.name} counts any text as "
        "right.",
        next_step="Use a metric of texts, or rows whose last answer calls tools.",
    )


def _absent_fields(metric: JsonFields, samples: Sequence[Sample]) -> Finding | None:
    """Return the fields of the spec that no target has: they would never be compared."""
    found = {name for sample in samples for each in sample.targets for name in metric.held_by(each)}
    absent = [name for name in metric.spec.fields if name not in found]
    if not absent or not found:
        return None
    keys = dict.fromkeys(key for sample in samples for key in metric.keys_of(sample.targets[0]))
    return Finding(
        code="D26 field-in-no-target",
        severity="error",
        problem=f"metric.fields names {', '.join(absent)}, and none of the {len(samples)} targets "
        "has it.",
        evidence=f"The targets have: {listed(list(keys))}",
        next_step="Correct these names in metric.fields, or leave them out.",
    )


def _structured(metric: BuiltIn, samples: Sequence[Sample]) -> list[Finding]:
    """Return D23 where targets are objects or calls of tools, and the metric compares text."""
    if metric.needs_target and any(each.kind == "none" for each in samples):
        return [
            targets_absent(
                f"The spec says that there are no targets, and {metric.name} compares with one.",
                "write metric: module:function, which scores an answer alone, or one of a form, such "
                "as json_schema",
            )
        ]
    found = [each for each in samples if each.kind not in ("none", *metric.target_kinds)]
    if not found:
        return []
    calls = any(sample.kind == "calls" for sample in found)
    what = "calls of tools" if calls else "objects"
    step = (
        "Write metric: tool_calls, which compares names and arguments."
        if calls
        else "Write metric: json_fields or json_equal, or name one part of the object in data.target with a dot."
    )
    return [
        Finding(
            code="D23 target-structured",
            severity="error",
            problem=f"The targets of {len(found)} of {len(samples)} samples are {what}, and "
            f"{metric.name} compares text: a right answer would count as wrong.",
            evidence=listed([f"{named(sample)}: {sample.targets[0][:60]}" for sample in found]),
            next_step=step,
        )
    ]


def _next_step(metric: BuiltIn, lost: Sequence[Sample]) -> str:
    """Return what to correct; for labels, the nearest label of each target that is none."""
    if not metric.labels:
        return "Correct these targets, or choose another metric or reading."
    hints = _nearest_labels(metric.labels, Counter(sample.targets[0].strip() for sample in lost))
    meant = f"Did you mean {', '.join(hints)}? " if hints else ""
    return (
        f"{meant}Correct metric.labels ({', '.join(metric.labels)}), or these targets: "
        "an answer is right where it names the target's label and no other."
    )


def _nearest_labels(labels: Sequence[str], targets: Counter[str]) -> list[str]:
    """Return `'target' for the label 'label'`, the most frequent targets first.

    >>> _nearest_labels(["biling", "technical"], Counter({"Billing": 3, "other": 1}))
    ["'Billing' for the label 'biling' (3 samples)"]
    """
    folded = {label.casefold(): label for label in labels}
    hints = []
    for text, count in targets.most_common(5):
        near = difflib.get_close_matches(text.casefold(), folded, n=1, cutoff=ALIKE)
        rows = "1 sample" if count == 1 else f"{count} samples"
        hints += [f"{text[:40]!r} for the label {folded[each]!r} ({rows})" for each in near]
    return hints
