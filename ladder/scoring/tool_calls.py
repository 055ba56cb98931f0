"""The metrics of tool calls: is the right tool called, with the right arguments?"""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.calls.harmony_calls import take_harmony_calls
from ladder.scoring.calls.loose_calls import held_in_some_form, loosely_called, same_loosely
from ladder.scoring.calls.match_calls import matched_share, same_calls
from ladder.scoring.calls.read_calls import CallReading, read_calls, wanted_calls
from ladder.scoring.calls.tool_call import ToolCall, calls_as_json, is_right_argument, same_call
from ladder.scoring.calls.tool_defaults import defaults_of
from ladder.scoring.edits import FormEdit
from ladder.scoring.metric import BuiltIn, Kind
from ladder.scoring.read import Reading
from ladder.scoring.thoughts import ThoughtSplit
from ladder.spec.data_source import TargetKind
from ladder.spec.metric_parts import ReadingWord
from ladder.spec.metric_spec import MetricSpec

_BEGUN_TOKEN = re.compile(r"[<\[][^<>\[\]{}\s\"]{0,60}\Z")
"""A special token whose end is cut off."""


class ToolCalls(BuiltIn):
    """1 when the answer makes the calls of the target, no more and no others (`read_calls`).

    A call is its tool's name and its arguments, by value: the order of arguments does not count,
    an argument that the target leaves out may have its default, and one that the target has may be
    left out where it is the default. The order of several calls does not count, unless
    `metric.order: keep` says otherwise. Where the target calls nothing, every text is right that
    neither calls a tool nor tries to.
    """

    name = "tool_calls"
    readings: ClassVar[tuple[ReadingWord, ...]] = ("strict", "lenient")
    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("text", "object", "calls")
    takes: ClassVar[tuple[str, ...]] = ("order",)

    def __init__(self, spec: MetricSpec, read: Reading) -> None:
        super().__init__(spec, read)
        self.defaults: Mapping[str, Mapping[str, Any]] = {}

    def about(self, sample: AskedSample) -> Self:
        """Return the metric for answers to one sample, whose tools have defaults of their own."""
        if not sample.tools:
            return self
        mine = copy.copy(self)
        mine.defaults = defaults_of(sample.tools)
        return mine

    @property
    def keeps_order(self) -> bool:
        """Return whether the order of several calls counts."""
        return self.spec.order == "keep"

    def split(self, text: str, *, opened_in_prompt: bool = False) -> ThoughtSplit:
        """Return thoughts and answer; a call in harmony's channel `commentary` is an answer."""
        rest, calls = take_harmony_calls(text)
        split = super().split(rest, opened_in_prompt=opened_in_prompt)
        if not calls:
            return split
        return ThoughtSplit(split.thoughts, "\n".join(filter(None, [split.answer, *calls])))

    def read(self, text: str) -> str:
        """Return the calls of an answer as targets have them; its text where it calls nothing."""
        answer = self.split(text).answer
        read = read_calls(answer)
        return calls_as_json(read.calls) if read.calls and not read.fault else answer.strip()

    def compare(self, answer: str, target: str) -> float:
        """Return 1 for the wanted calls, else 0."""
        wanted, read = self._wanted_calls(target), read_calls(answer)
        if wanted is None or not answer.strip():
            return 0.0
        return self.credit(read, wanted)

    def _wanted_calls(self, target: str) -> tuple[ToolCall, ...] | None:
        wanted = wanted_calls(target)
        if not wanted or not self.defaults:
            return wanted
        return tuple(replace(call, defaults=self.defaults.get(call.name, {})) for call in wanted)

    def credit(self, read: CallReading, wanted: Sequence[ToolCall]) -> float:
        """Return the score of what an answer calls."""
        if read.fault or read.is_cut:
            return 0.0
        return float(same_calls(read.calls, wanted, in_order=self.keeps_order))

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 where the wanted calls stand anywhere in the text, in whatever form."""
        strict = max(self.compare(answer, target) for target in targets)
        wanted = [each for target in targets if (each := self._wanted_calls(target))]
        said = loosely_called(answer) if strict < 1 and wanted else []
        # Beside calls that are made in a form, one too many is wrong; among words it may be talk.
        least = len(said) if read_calls(answer).calls else 0
        fits = (
            (len(each) >= least and same_loosely(said, each))
            or (not least and held_in_some_form(answer, each))
            for each in wanted
        )
        return max(strict, float(any(fits)))

    def unread(self, target: str) -> str | None:
        """Return why a text is neither calls nor a text that calls nothing, or nothing."""
        if not target.strip():
            return "it is empty"
        if wanted_calls(target) is not None:
            return None
        return read_calls(target).fault or "it is JSON, and no call with a name and arguments"

    def wants_calls(self, targets: Sequence[str]) -> bool:
        """Return whether a call is right by one of the targets."""
        return any(wanted_calls(target) for target in targets)

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:
        """Return whether the calls so far are among those that a target wants."""
        read = read_calls(_BEGUN_TOKEN.sub("", answer))
        return any(_may_become(read, self._wanted_calls(target)) for target in targets)

    def only_form_differs(self, text: str, targets: Sequence[str]) -> FormEdit | None:  # noqa: ARG002
        """Return nothing: no mark or case of an argument is a mere form."""
        return None

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:  # noqa: ARG002
        """Return False: no passage makes a call."""
        return False


class PartialToolCalls(ToolCalls):
    """As `tool_calls`, with a share of the score where some of it is right.

    Of each call with the right name, name and arguments count alike; the sum is divided by the
    number of calls, the wanted or those made, whichever are more. So no call more than wanted is
    free.
    """

    name = "tool_calls_partial"
    kind: Kind = "graded"

    def credit(self, read: CallReading, wanted: Sequence[ToolCall]) -> float:
        """Return the share of what is right."""
        if not wanted:
            return super().credit(read, wanted)
        faults = int(bool(read.fault or read.is_cut))
        return matched_share(read.calls, wanted, in_order=self.keeps_order, more=faults)


def _may_become(read: CallReading, wanted: Sequence[ToolCall] | None) -> bool:
    """Return whether more text could make an answer right; in doubt it could."""
    if wanted is None or read.fault:
        return False
    left = list(wanted)
    for call in read.calls:
        fitting = next((each for each in left if same_call(call, each)), None)
        if fitting is None:
            return False
        left.remove(fitting)
    if not read.is_cut:
        return True
    partial = read.partial
    if partial is None:  # JSON alone, of which little is there, may yet be no call
        return bool(left) or read.is_whole
    return any(_agrees_so_far(partial, each) for each in left)


def _agrees_so_far(said: ToolCall, wanted: ToolCall) -> bool:
    return said.name == wanted.name and all(
        is_right_argument(said, wanted, name) for name in said.arguments
    )
