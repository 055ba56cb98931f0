"""`ask_again`: whether a model still gives the answers that were recorded of it, told by some of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.data.sample import Sample
from ladder.errors import EndpointError
from ladder.measure.read_answer import asked, read_answer, said_in
from ladder.models.base import Answer, Generator, Request
from ladder.scoring import Metric
from ladder.scoring.judge.judge_metric import JudgeMetric
from ladder.scoring.metric import BuiltIn
from ladder.scoring.metrics import Numeric
from ladder.scoring.numbers.final_answer import final_quantity
from ladder.scoring.numbers.quantity import same_quantity
from ladder.statistics.paired import mcnemar
from ladder.text import one_line

MOST_ASKED = 30
"""Recorded questions that are asked again."""

_FEWEST = 10
"""Recorded questions below which answers that come again tell nothing."""

_FEWEST_DRAWN = 20
"""Drawn answers below which their scores tell nothing."""

_FIRST_WORDS = 16
"""Words from which two long answers are one: later they part by rounding as well."""

_BY_CHANCE = 0.05
_SHOWN = 25


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """A question of a run with what its model answered then."""

    sample: Sample
    request: Request
    answer: Answer

    @property
    def is_drawn(self) -> bool:
        """Return whether the answer is another one each time."""
        return self.request.decoding.temperature > 0 or self.request.decoding.majority_of > 1


@dataclass(frozen=True, slots=True)
class AnswersAgain:
    """What came of asking recorded questions again.

    Attributes:
        words: How many answers came again, as a sentence's end tells it.
        why_other: What shows another model or template, or why it is not decided; empty where the same one answers.
        is_open: Whether there was too little that could tell.
    """

    words: str
    why_other: str = ""
    is_open: bool = False


def ask_again(
    generator: Generator, metric: Metric, recorded: Sequence[RecordedAnswer]
) -> AnswersAgain:
    """Ask some recorded questions again, and say whether the same model answers.

    One greedy answer in ten may differ or not come: servers batch, and round, as they like. Of drawn
    answers the scores are compared, and may differ by chance. Few answers decide nothing.

    Raises:
        EndpointError: Too many calls failed to tell.
    """
    greedy = [each for each in recorded if not each.is_drawn]
    some = _some(greedy or recorded)
    if not some:
        return AnswersAgain(
            "", "no recorded answer is at hand that could be compared", is_open=True
        )
    found = dict(generator.generate([each.request for each in some]))
    pairs = [(each, found[at]) for at, each in enumerate(some) if found[at].error is None]
    if len(some) - len(pairs) > _most(len(some)):
        errors = [each.error for each in found.values() if each.error is not None]
        raise EndpointError(
            f"{len(errors)} of {len(some)} recorded questions have no answer now; the first: {errors[0]}",
            next_step="See to the server, and give the same command again.",
        )
    recounted = _recounted(pairs)
    if recounted:
        return AnswersAgain("", recounted)
    return _same_texts(metric, pairs, len(some)) if greedy else _same_scores(metric, pairs)


Pairs = Sequence[tuple[RecordedAnswer, Answer]]


def _some(recorded: Sequence[RecordedAnswer]) -> list[RecordedAnswer]:
    """Return as many as are asked again, from all over the run."""
    step = max(1, len(recorded) // MOST_ASKED)
    return list(recorded[::step][:MOST_ASKED])


def _most(n: int) -> int:
    return n // 10


def _recounted(pairs: Pairs) -> str:
    """Return that most prompts have another number of tokens now; empty where they have not."""
    counted = [
        (each.answer.prompt_tokens, now.prompt_tokens)
        for each, now in pairs
        if each.answer.prompt_tokens and now.prompt_tokens
    ]
    others = [(before, now) for before, now in counted if before != now]
    if 2 * len(others) <= len(counted):
        return ""
    before, now = others[0]
    return (
        f"{len(others)} of {len(counted)} recorded prompts have another number of tokens there ({now} for "
        f"{before}): its chat template or its tokenizer is another one"
    )


def _same_texts(metric: Metric, pairs: Pairs, n: int) -> AnswersAgain:
    """Return what the answers to `n` questions tell; one that did not come differs, too."""
    others = [(each.answer, now) for each, now in pairs if not _is_same(metric, each, now)]
    n_same = len(pairs) - len(others)
    same = f"{n_same} of {n} recorded answers"
    if n < _FEWEST and 2 * n_same > n:
        few = f"{same} came again, and fewer than {_FEWEST} cannot tell whether the same model answers"
        return AnswersAgain("", few, is_open=True)
    if n - n_same <= _most(n):
        return AnswersAgain(f"{same} came again")
    if not others:
        return AnswersAgain("", f"only {same} came again")
    before, now = (one_line(each.text, _SHOWN) for each in others[0])
    return AnswersAgain("", f"only {same} came again ({before!r} before, {now!r} now)")


def _is_same(metric: Metric, recorded: RecordedAnswer, now: Answer) -> bool:
    """Return whether the metric reads the same in both, or they begin with the same sentence."""
    own = metric.about(asked(recorded.sample))
    texts = [said_in(own, each) for each in (recorded.answer, now)]
    if _is_read_alike(own, *map(own.read, texts)):
        return True
    words = [each.split()[:_FIRST_WORDS] for each in texts]
    return words[0] == words[1] and len(words[0]) == _FIRST_WORDS


def _is_read_alike(metric: Metric, one: str, other: str) -> bool:
    """Return whether two read answers are one to the score: the same label, number or text."""
    if one == other:
        return True
    if isinstance(metric, Numeric):
        before, now = final_quantity(one), final_quantity(other)
        if before.quantity is None or now.quantity is None:
            return False
        before_in = before.shows or now.shows or "point"
        now_in = now.shows or before.shows or "point"
        return same_quantity(before.quantity, now.quantity, said_in=before_in, wanted_in=now_in)
    if not (isinstance(metric, BuiltIn) and metric.kind == "binary" and metric.needs_target):
        return False
    return bool(metric.compare(one, other) and metric.compare(other, one))


def _same_scores(metric: Metric, pairs: Pairs) -> AnswersAgain:
    if isinstance(metric, JudgeMetric) or len(pairs) < _FEWEST_DRAWN:
        few = "a judge scores them" if isinstance(metric, JudgeMetric) else f"{len(pairs)} are few"
        why = f"its answers are drawn, and cannot be compared, as {few}"
        return AnswersAgain("", why, is_open=True)
    scores = [
        [
            read_answer(metric.about(asked(each.sample)), answer, each.sample.targets).score
            for answer in (each.answer, now)
        ]
        for each, now in pairs
    ]
    wins, losses = sum(b < n for b, n in scores), sum(b > n for b, n in scores)
    told = f"of {len(pairs)} recorded questions {losses} are answered worse and {wins} better"
    if mcnemar(wins, losses) < _BY_CHANCE:
        return AnswersAgain("", f"{told}, which is hardly chance")
    return AnswersAgain(f"{told}, as drawn answers are")
