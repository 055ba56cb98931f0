"""`Matches`: whether an answer has the form of a regular expression."""

from collections.abc import Sequence
from typing import ClassVar

from ladder.errors import MetricError
from ladder.scoring.forms.form_metric import StandaloneForm
from ladder.scoring.plain_text import plain, without_tokens
from ladder.scoring.read import (
    MOST_CHARACTERS,
    PATTERN_SECONDS,
    Reading,
    compiled_pattern,
    slow_pattern,
)
from ladder.spec.metric_parts import ReadingWord
from ladder.spec.metric_spec import MetricSpec


class Matches(StandaloneForm):
    r"""1 when the whole answer matches `metric.pattern`; leniently, when a part of it does.

    White space around the answer does not count. `^` and `$` may be written and need not be. `.`
    stops at a line's end, unless the pattern begins with `(?s)`.
    """

    name = "matches"
    takes: ClassVar[tuple[str, ...]] = ("pattern",)
    readings: ClassVar[tuple[ReadingWord, ...]] = ("strict", "lenient", "steps")

    def __init__(self, spec: MetricSpec, read: Reading) -> None:
        super().__init__(spec, read)
        if spec.pattern is None:
            raise MetricError(
                "metric matches needs a pattern.",
                next_step=r"Write metric: {name: matches, pattern: '[A-Z]{2}-\d{4}'}.",
            )
        self._pattern = compiled_pattern(spec.pattern)

    def has_form(self, answer: str) -> bool:
        """Return whether the whole answer matches, as it is written or as it looks."""
        return any(self._found("fullmatch", form) for form in _forms(answer))

    def has_form_within(self, answer: str) -> bool:
        """Return whether some part of an answer matches."""
        return any(self._found("search", form) for form in _forms(answer))

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:  # noqa: ARG002
        """Return whether more text could make the whole answer match."""
        return any(self._found("fullmatch", form, partial=True) for form in _forms(answer))

    def _found(self, how: str, text: str, *, partial: bool = False) -> bool:
        if len(text) > MOST_CHARACTERS:
            return False
        try:
            look = getattr(self._pattern, how)
            return look(text, partial=partial, timeout=PATTERN_SECONDS) is not None
        except TimeoutError:
            raise slow_pattern(self._pattern.pattern, text) from None


def _forms(answer: str) -> dict[str, None]:
    """Return an answer without stop tokens: as it is written, and as it looks."""
    return dict.fromkeys((without_tokens(answer).strip(), plain(answer)))
