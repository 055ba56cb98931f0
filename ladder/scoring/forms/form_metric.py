"""`FormMetric` and `StandaloneForm`: the bases of metrics that look at the form of an answer."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from ladder.scoring.edits import FormEdit
from ladder.scoring.metric import BuiltIn
from ladder.spec.data_source import TargetKind
from ladder.spec.metric_parts import ReadingWord


class FormMetric(BuiltIn):
    """A metric of form: no answer is right by what it says, and no passage holds a right one."""

    needs_target = False
    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("text", "object", "calls")
    readings: ClassVar[tuple[ReadingWord, ...]] = ("strict", "lenient", "pattern", "steps")

    def unread(self, target: str) -> str | None:  # noqa: ARG002 - every metric has it
        """Return nothing: the target is not looked at."""
        return None

    def only_form_differs(self, text: str, targets: Sequence[str]) -> FormEdit | None:  # noqa: ARG002
        """Return nothing: a difference of form is what this metric is about."""
        return None

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:  # noqa: ARG002
        """Return False: no passage holds the form that is wanted."""
        return False


class StandaloneForm(FormMetric):
    """A form that shows in the answer alone: the target is not looked at, and nothing has no form.

    Leniently an answer counts that has the wanted form anywhere in it. That is shown, and is no
    claim: where the form is what is wanted, the strict reading alone decides.
    """

    def compare(self, answer: str, target: str) -> float:  # noqa: ARG002 - every metric has it
        """Return 1 where the answer has the form, else 0."""
        return float(bool(answer.strip()) and self.has_form(answer))

    @abstractmethod
    def has_form(self, answer: str) -> bool:
        """Return whether a read answer, which holds something, has the form."""

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 where the answer, or a part of it, has the form."""
        is_read = self._compare_read(answer, targets)
        return max(is_read, float(bool(answer.strip()) and self.has_form_within(answer)))

    def has_form_within(self, answer: str) -> bool:
        """Return whether some part of an answer has the form."""
        return self.has_form(answer)
