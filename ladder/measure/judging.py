"""`Judging`: asks the judge of a task about answers, each question once, and keeps what it said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ladder.data.quoting import harmless
from ladder.data.sample import Sample
from ladder.measure.answer_store import AnswerStore
from ladder.measure.journal import request_key
from ladder.measure.measurement import KeptAnswer
from ladder.measure.outage import are_too_many, check_policy
from ladder.measure.read_answer import WITHHELD
from ladder.models import load_generator
from ladder.models.base import Answer, Generator, Message, Request
from ladder.scoring import Metric, split_thoughts
from ladder.scoring.judge.judge_metric import JudgeMetric
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.spec.task import ErrorPolicy

MOST_TOKENS: Final = 1024
"""Room for a judge that thinks first; its reply itself is one line."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer that a judge is asked about, and the sample that it was given to."""

    sample: Sample
    text: str


class Judging:
    """Asks the judge of one task. Its calls count in the run's budget like any other.

    Args:
        metric: What is asked, and of which model.
        answers: Where replies are kept; none is asked for twice.
        errors: The spec's `errors`: what many failed calls mean.
    """

    def __init__(self, metric: JudgeMetric, answers: AnswerStore, errors: ErrorPolicy) -> None:
        self.metric = metric
        self._answers = answers
        self._errors = errors
        self._generator: Generator | None = None

    def ask(self, answers: Sequence[Judged]) -> list[tuple[KeptAnswer, ...]]:
        """Return the replies about each answer, in order; none about one that is empty.

        Raises:
            EndpointError, OutageError: So many calls failed that the judge is out of order.
            InconclusiveError: The budget does not suffice.
        """
        generator = self.generator
        keyed = [self._keyed(generator, each) for each in answers]
        wanted = {key: request for several in keyed for key, request in several.items()}
        given = self._answers.give(generator, wanted) if wanted else {}
        self._check(list(given.values()))
        return [tuple(KeptAnswer(key, given[key]) for key in several) for several in keyed]

    @property
    def generator(self) -> Generator:
        """Return the judge; a local one stays loaded beside the model that it judges."""
        if self._generator is None:
            self._generator = load_generator(self.metric.judge)
        return self._generator

    def close(self) -> None:
        """Free the judge's weights; they load again when they are next needed."""
        if self._generator is not None:
            self._generator.close()
            self._generator = None

    def _keyed(self, generator: Generator, each: Judged) -> dict[str, Request]:
        if not each.text.strip():
            return {}
        special: Sequence[str] = getattr(generator, "special_tokens", ())
        sample = each.sample
        prompts = self.metric.prompts(sample.transcript, each.text, sample.targets[0])
        requests = [_request(harmless(prompt, special), self.metric.judge) for prompt in prompts]
        return {
            request_key(generator.identity, request, kind="judge"): request for request in requests
        }

    def _check(self, replies: Sequence[Answer]) -> None:
        failed = [each.error for each in replies if each.error is not None]
        if failed and (len(failed) == len(replies) or are_too_many(failed, len(replies))):
            check_policy(f"the judge {self.metric.judge.id}", failed, len(replies), self._errors)


def hear(metric: Metric, replies: Sequence[Answer]) -> Metric:
    """Return the metric for one answer: for a judge with what it said, for any other as it is.

    >>> from ladder.scoring import load_metric
    >>> from ladder.spec.metric_spec import MetricSpec
    >>> judge = load_metric(MetricSpec(name="judge", rubric="It is polite.", judge={"id": "m"}))
    >>> hear(judge, [Answer('{"reason": "Rude.", "verdict": "no"}')]).score("Go!", [])
    0.0
    """
    if not isinstance(metric, JudgeMetric):
        return metric
    failed = [each for each in replies if each.error is not None or each.finish_reason in WITHHELD]
    if failed:
        why = failed[0].error or "its reply was withheld"
        return metric.heard([], lost=f"the judge could not be asked: {why}".rstrip("."))
    if any(each.finish_reason == "length" for each in replies):
        return metric.heard([], lost="the judge's reply was cut before its verdict")
    return metric.heard(
        [
            split_thoughts(each.text, opened_in_prompt=each.opened_in_prompt).answer
            for each in replies
        ],
        lost="" if replies else "no judge was asked",
    )


def _request(prompt: str, judge: ModelRef) -> Request:
    decoding = Decoding(
        max_new_tokens=MOST_TOKENS, response_format="text" if judge.is_endpoint else "json"
    )
    return Request((Message("user", prompt),), ChatSetup(), decoding)
