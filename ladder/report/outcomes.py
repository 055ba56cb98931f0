"""Samples side by side: what changed between the baseline and the best candidate."""

from dataclasses import dataclass
from typing import Literal

from ladder.report.run_evidence import Evidence
from ladder.runs.samples import AnswerRow, SampleRow
from ladder.search.ledger import Configuration

PAIRS_SHOWN = 6

Outcome = Literal["fixed", "broken", "failed", "right", "mixed", "unanswered"]

WORDS: dict[Outcome, str] = {
    "fixed": "fixed",
    "broken": "broken",
    "failed": "failed everywhere",
    "right": "right before and after",
    "mixed": "other",
    "unanswered": "no answer recorded",
}
"""What a filter and a row of the samples table say for each outcome."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One sample with the baseline's answer and the best candidate's."""

    sample: SampleRow
    before: AnswerRow
    after: AnswerRow | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Answers that hold the target while the metric does not see it.

    Attributes:
        configuration: Whose answers.
        strict, lenient: Mean scores of the same answers, under both readings.
        n: How many answers.
        unseen: Up to three answers that only the lenient reading counts.
    """

    configuration: Configuration
    strict: float
    lenient: float
    n: int
    unseen: tuple[tuple[SampleRow, AnswerRow], ...]


def outcome_of(
    sample: SampleRow, *, baseline: Configuration, best: Configuration
) -> tuple[Outcome, float | None, float | None]:
    """Return what happened to a sample, with the score before and after."""
    before, after = sample.answer(baseline), sample.answer(best)
    scores = (before.score if before else None, after.score if after else None)
    return _outcome(sample, before, after), *scores


def pairs_to_show(evidence: Evidence) -> list[Pair]:
    """Return samples that show the change best: fixed ones first, then failures."""
    ranked: list[tuple[int, Pair]] = []
    order: list[Outcome] = ["fixed", "failed", "broken", "mixed", "right"]
    if evidence.decision.verdict == "already_good":
        order = ["right", "mixed", "failed", "fixed", "broken"]
    for sample in evidence.samples:
        before, after = sample.answer(evidence.baseline), sample.answer(evidence.best)
        if before is None:
            continue
        other = after if evidence.best != evidence.baseline else None
        ranked.append((order.index(_outcome(sample, before, after)), Pair(sample, before, other)))
    ranked.sort(key=lambda item: (item[0], item[1].before.prompt is None))
    return [pair for _, pair in ranked[:PAIRS_SHOWN]]


def reading_of(evidence: Evidence, configuration: Configuration) -> Reading | None:
    """Return how strict and lenient reading differ on one candidate's answers."""
    found = [(sample, sample.answer(configuration)) for sample in evidence.samples]
    answers = [(sample, answer) for sample, answer in found if answer is not None]
    if not answers:
        return None
    unseen = [(sample, answer) for sample, answer in answers if answer.lenient - answer.score > 0.5]
    return Reading(
        configuration=configuration,
        strict=sum(answer.score for _, answer in answers) / len(answers),
        lenient=sum(max(answer.lenient, answer.score) for _, answer in answers) / len(answers),
        n=len(answers),
        unseen=tuple(unseen[:3]),
    )


def _outcome(sample: SampleRow, before: AnswerRow | None, after: AnswerRow | None) -> Outcome:
    if not sample.answers:
        return "unanswered"
    if before is not None and after is not None and before.score != after.score:
        return "fixed" if after.score > before.score else "broken"
    if all(answer.score < 0.5 for answer in sample.answers):
        return "failed"
    shown = [answer.score for answer in (before, after) if answer is not None]
    return "right" if shown and min(shown) >= 0.5 else "mixed"
