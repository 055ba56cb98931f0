"""`reading_steps`: what a metric makes of a text, one step after the other, in words."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ladder.measure.read_answer import read_answer
from ladder.models.base import Answer
from ladder.scoring import Metric
from ladder.scoring.judge.judge_metric import JudgeMetric
from ladder.scoring.metric import BaseMetric
from ladder.scoring.metrics import Choice
from ladder.spec.metric_spec import MetricSpec
from ladder.text import capital

StepName = Literal[
    "thoughts", "answer", "read as", "target", "score", "lenient score", "note", "step"
]

_READ = {
    "strict": "the whole answer",
    "lenient": "the whole answer; the target is looked for in it",
    "last_number": "the last number",
    "pattern": "the last match of metric.pattern",
    "steps": "what the last step leaves",
}
_JUDGE = (
    "No score: it takes the judge's reply, and `ladder read` asks no model. Put the metric into a task "
    "spec: `ladder check --measure task.yaml` asks the judge about the model's own answers, and `ladder "
    "show runs/<id> SAMPLE` says what it made of one of them, and why."
)


class ReadingStep(NamedTuple):
    """One step of a reading."""

    name: StepName
    value: str | float
    about: str = ""


def reading_steps(
    metric: Metric, spec: MetricSpec, text: str, targets: Sequence[str]
) -> list[ReadingStep]:
    """Return how a metric reads a text; without a target no score is given.

    >>> from ladder.scoring import load_metric
    >>> spec = MetricSpec(name="numeric")
    >>> for step in reading_steps(load_metric(spec), spec, "<think>6 x 7</think>It is 42.", ["42"]):
    ...     print(step.name, "|", step.value)
    thoughts | 6 x 7
    answer | It is 42.
    read as | It is 42.
    target | 42
    score | 1.0
    lenient score | 1.0
    """
    wanted = list(targets) or [""]
    found = read_answer(metric, Answer(text), wanted)
    steps = []
    if found.thoughts:
        steps.append(ReadingStep("thoughts", found.thoughts, "no part of the answer"))
    if found.text != text or found.thoughts:
        steps.append(ReadingStep("answer", found.text, "what the metric looks at"))
    if isinstance(metric, BaseMetric):
        steps += [ReadingStep("step", left, name) for name, left in metric.steps_of(found.text)]
    steps.append(ReadingStep("read as", found.read_as, f"{spec.reading}: {_READ[spec.reading]}"))
    if isinstance(metric, JudgeMetric):
        steps += [ReadingStep("target", target) for target in targets]
        return [*steps, ReadingStep("note", "", _JUDGE)]
    if not targets and metric.needs_target:
        told = metric.remarks(found.text, ()) if isinstance(metric, Choice) else []
        steps += [ReadingStep("note", "", f"{capital(each)}.") for each in told]
        return [*steps, ReadingStep("note", "", "Give --target to see the score.")]
    steps += [ReadingStep("target", target) for target in targets]
    if found.unscored:
        return [*steps, ReadingStep("note", "", f"No score: {found.unscored}.")]
    steps.append(ReadingStep("score", found.score, f"{metric.name}, read as {spec.reading}"))
    anywhere = "the target" if metric.needs_target else "the form"
    steps.append(ReadingStep("lenient score", found.lenient, f"{anywhere} looked for anywhere"))
    notes = _notes(metric, found.text, wanted)
    return [*steps, *(ReadingStep("note", "", note) for note in notes)]


def _notes(metric: Metric, text: str, targets: Sequence[str]) -> list[str]:
    notes = []
    if isinstance(metric, BaseMetric):
        notes += [f"{capital(each)}." for each in metric.remarks(text, targets)]
    if not text.strip():
        notes.append("Nothing is left of the text but thoughts: an answer that is not known.")
    score, lenient = metric.score(text, targets), metric.lenient(text, targets)
    form = metric.only_form_differs(text, targets)
    if form is not None:
        notes.append(f"Only the form differs ({form}).")
    if lenient > score:
        known = "lenient" in metric.readings
        step = " `reading: lenient` would count it." if known else ""
        what = "The target" if metric.needs_target else "The form"
        notes.append(f"{what} stands in the text, but this reading does not see it.{step}")
    if score < 1 and text.strip() and metric.could_still_be_right(text, targets):
        notes.append("If the token limit had cut this text, more of it could still be right.")
    return notes
