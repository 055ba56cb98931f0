"""`read_answer`: one answer as the metric reads it: its scores, its thoughts, and what is open."""

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.data.sample import Sample
from ladder.errors import UnscoredError
from ladder.models.base import Answer
from ladder.scoring import Metric
from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.metric import BuiltIn
from ladder.scoring.server_notices import is_server_notice

WITHHELD = frozenset({"error", "filtered", "refused"})
"""Ways in which an answer ends that tell nothing of what the model would have said."""


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """What a metric makes of one answer.

    Attributes:
        text: The answer without its thoughts: all that the metric looks at.
        thoughts: What the model thought before, told apart by the server or by marks in the text.
        read_as: The part that is compared.
        score: By the task's reading; 0 where the call failed.
        lenient: By the lenient reading of the same answer.
        could_be_right: Whether nobody knows that it is wrong: it was lost, filtered, refused or
            empty, a notice of the server, cut where more text could still make it right, or could not be scored.
        unscored: Why the metric could give no score, in words; mostly empty.
        reason: What a judge gave as its reasons; empty for any other metric.
        alike: How a wrong answer may mean its target all the same; mostly empty.
    """

    text: str
    thoughts: str
    read_as: str
    score: float
    lenient: float
    could_be_right: bool
    unscored: str = ""
    reason: str = ""
    alike: str = ""


def asked(sample: Sample) -> AskedSample:
    """Return what a metric may see of a sample.

    >>> asked(Sample("s1", "2 + 2", ("4",), columns={"level": "easy"}))["level"]
    'easy'
    """
    turns, tools = ([], []) if sample.conversation is None else sample.conversation.whole
    return AskedSample(
        input=sample.input,
        targets=sample.targets,
        columns=dict(sample.columns),
        messages=turns[:-1],
        tools=tools,
        id=sample.id,
    )


def said_in(metric: Metric, answer: Answer) -> str:
    """Return an answer without its thoughts; nothing where the call failed."""
    if answer.error is not None:
        return ""
    return metric.split(answer.text, opened_in_prompt=answer.opened_in_prompt).answer


def read_answer(metric: Metric, answer: Answer, targets: Sequence[str]) -> ReadAnswer:
    """Return what a metric makes of an answer; thoughts are split off first.

    >>> from ladder.scoring import load_metric
    >>> from ladder.spec.metric_spec import MetricSpec
    >>> metric = load_metric(MetricSpec())
    >>> found = read_answer(metric, Answer("<think>41 or 42?</think>42"), ["42"])
    >>> found.text, found.thoughts, found.score
    ('42', '41 or 42?', 1.0)
    >>> read_answer(metric, Answer("<think>41 or 42", finish_reason="length"), ["42"]).could_be_right
    True
    """
    if answer.error is not None:
        return ReadAnswer("", answer.thoughts, "", 0.0, 0.0, could_be_right=True)
    split = metric.split(answer.text, opened_in_prompt=answer.opened_in_prompt)
    text = split.answer
    is_unsaid = answer.finish_reason in WITHHELD or split.is_unclosed or not text.strip()
    is_unsaid |= is_server_notice(text)
    is_cut = answer.finish_reason == "length"
    thoughts = "\n\n".join(part for part in (answer.thoughts, split.thoughts) if part)
    score, lenient, could_be_right, unscored = 0.0, 0.0, True, ""
    try:
        score, lenient = metric.score(text, targets), metric.lenient(text, targets)
        could_be_right = is_unsaid or (is_cut and metric.could_still_be_right(text, targets))
    except UnscoredError as error:
        score, lenient, unscored = 0.0, 0.0, str(error).rstrip(".")
    is_wrong = not could_be_right and max(score, lenient) < 1
    return ReadAnswer(
        text,
        thoughts,
        metric.read(text),
        score,
        lenient,
        could_be_right,
        unscored,
        metric.reason,
        metric.meant_alike(text, targets) if is_wrong and isinstance(metric, BuiltIn) else "",
    )
