"""`JudgeMetric`: the share of answers that another model finds good by the user's rubric.

A metric runs no model. It says what a judge is to be asked of an answer, and what its replies are
worth; `ladder.measure.judging` asks. One that heard no reply has no score for any answer.
"""

import copy
from collections.abc import Sequence
from typing import ClassVar, Final, Self

from ladder.errors import MetricError, UnscoredError
from ladder.frozen import digest_of
from ladder.scoring.edits import FormEdit
from ladder.scoring.judge.judge_prompts import PROMPTS, pairwise_prompt, rubric_prompt
from ladder.scoring.judge.read_verdict import JudgeWord, read_verdict
from ladder.scoring.metric import BaseMetric, Kind
from ladder.scoring.read import Reading
from ladder.spec.candidate import ModelRef
from ladder.spec.metric_parts import ReadingWord
from ladder.spec.metric_spec import MetricSpec

YES_OR_NO: Final = ("yes", "no")
PREFERENCES: Final = ("first", "second", "equal")
BY_ORDER: Final = "the judge goes by the order"
"""How the reason begins for which an answer has no score that was compared in both orders."""


class JudgeMetric(BaseMetric):
    """1 where the judge finds the answer good by the rubric, else 0; unknown where it says neither.

    Pairwise, the judge compares the answer with the target in both orders: 1 where it never prefers
    the target, 0 where it prefers the target both times. A judge that prefers the target in one order
    alone goes by the order, and the answer has no score.
    """

    name = "judge"
    kind: Kind = "binary"
    readings: ClassVar[tuple[ReadingWord, ...]] = ("strict",)
    takes: ClassVar[tuple[str, ...]] = ("rubric", "judge", "pairwise")

    def __init__(self, spec: MetricSpec, read: Reading, judge: ModelRef) -> None:
        super().__init__(spec, read)
        self.judge = judge
        seen = [PROMPTS, spec.rubric, spec.pairwise, judge.digest, spec.thoughts]
        self.version = f"1/{digest_of(seen)[:12]}"
        self._heard: tuple[JudgeWord, ...] = ()
        self._lost = "no judge was asked"

    @property
    def reason(self) -> str:
        """Return the reasons that the judge gave."""
        return "\n".join(dict.fromkeys(each.reason for each in self._heard if each.reason))

    def prompts(self, asked: str, answer: str, target: str) -> tuple[str, ...]:
        """Return what the judge is asked about an answer without its thoughts."""
        rubric = self.spec.rubric
        if not self.spec.pairwise:
            return (rubric_prompt(rubric, asked, answer, target),)
        return (
            pairwise_prompt(rubric, asked, answer, target, order="answer first"),
            pairwise_prompt(rubric, asked, answer, target, order="target first"),
        )

    def heard(self, replies: Sequence[str], *, lost: str = "") -> Self:
        """Return the metric for one answer, with the judge's replies in the order of `prompts`.

        `lost` says why there are none.
        """
        words = PREFERENCES if self.spec.pairwise else YES_OR_NO
        bound = copy.copy(self)
        bound._heard = tuple(read_verdict(reply, words) for reply in replies)  # noqa: SLF001
        bound._lost = lost  # noqa: SLF001
        return bound

    def score_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return what the judge's replies are worth; an empty answer is not judged.

        Raises:
            UnscoredError: It was not asked, gave no verdict, or goes by the order.
        """
        del targets
        if not answer.strip():
            return 0.0
        if self._lost:
            raise _unscored(self._lost)
        words = [each.word for each in self._heard]
        if None in words:
            raise _unscored("the judge gave no verdict that can be read")
        if not self.spec.pairwise:
            return float(words == ["yes"])
        return _preference([str(word) for word in words])

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return the score: a judge reads as it reads."""
        return self.score_answer(answer, targets)

    def only_form_differs(self, text: str, targets: Sequence[str]) -> FormEdit | None:
        """Return nothing: what is form and what is not, the judge decides."""
        del text, targets
        return None

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:
        """Return False: nobody knows what the judge would say of a passage read aloud."""
        del passage, targets
        return False


def load_judge(spec: MetricSpec, read: Reading) -> JudgeMetric:
    """Return the metric `judge`.

    Raises:
        MetricError: It lacks its rubric or its model.
    """
    if spec.judge is None or not spec.rubric.strip():
        missing = "judge" if spec.judge is None else "rubric"
        raise MetricError(
            f"metric judge needs metric.{missing}.",
            next_step="Write metric: {name: judge, rubric: 'what a good answer is', judge: MODEL}, where "
            "MODEL is written as under `model`, with its base_url where it is at an endpoint.",
        )
    return JudgeMetric(spec, read, spec.judge)


def _preference(words: Sequence[str]) -> float:
    """Return what two comparisons are worth, the first with the answer first.

    >>> _preference(["first", "second"]), _preference(["equal", "second"]), _preference(["second", "first"])
    (1.0, 1.0, 0.0)
    """
    for_answer = [words[0] == "first", words[1] == "second"]
    for_target = [words[0] == "second", words[1] == "first"]
    if not any(for_target):
        return 1.0
    if all(for_target):
        return 0.0
    how = "in the other the answer" if any(for_answer) else "in the other neither"
    raise _unscored(f"{BY_ORDER}: in one it prefers the target, {how}")


def _unscored(why: str) -> UnscoredError:
    return UnscoredError(why, next_step="Look at its replies with `ladder show`.")
