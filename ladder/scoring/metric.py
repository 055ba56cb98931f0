"""`Metric`: the protocol, and the two bases: of every metric, and of the built-in ones."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from importlib.metadata import version
from types import MappingProxyType
from typing import ClassVar, Literal, Protocol, Self

from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.edits import FormEdit, edited_forms
from ladder.scoring.labels.label_forms import LabelSet
from ladder.scoring.labels.named_labels import choice_of, is_hedged
from ladder.scoring.labels.prompt_options import option_chosen, options_of
from ladder.scoring.loose_match import loosely_in
from ladder.scoring.meant_alike import HEDGED, OPTION_LETTER, OPTION_TEXT, meant_alike
from ladder.scoring.plain_text import same_text
from ladder.scoring.read import Reading
from ladder.scoring.reading_chain import ReadingChain, words_of
from ladder.scoring.target_in_text import Searchable, stands_in
from ladder.scoring.thoughts import ThoughtSplit, split_thoughts
from ladder.spec.data_source import TargetKind
from ladder.spec.metric_parts import ReadingWord
from ladder.spec.metric_spec import MetricSpec

Kind = Literal["binary", "graded", "bounded"]
"""`binary`: 0 or 1. `graded`: [0, 1], ours. `bounded`: [0, 1], of an unknown function."""


class Metric(Protocol):
    """A named way of turning one answer into a number in [0, 1]; higher is better.

    Every method takes the whole reply, thoughts included, and looks at the answer alone. What can
    give no score for an answer raises UnscoredError: that answer's score is unknown, not 0.
    """

    @property
    def name(self) -> str:
        """Return the name as in the spec."""
        ...

    @property
    def kind(self) -> Kind:
        """Return which numbers it gives."""
        ...

    @property
    def version(self) -> str:
        """Return what changes whenever the same answer could score differently."""
        ...

    @property
    def readings(self) -> tuple[ReadingWord, ...]:
        """Return which values `metric.reading` may have."""
        ...

    @property
    def needs_target(self) -> bool:
        """Return whether it may look at a target; one of form alone does not."""
        ...

    @property
    def reason(self) -> str:
        """Return why an answer got its score, where a judge gave it; else nothing."""
        ...

    def about(self, sample: AskedSample) -> Self:
        """Return the metric for answers to one sample; most see no more of it than its targets."""
        ...

    def split(self, text: str, *, opened_in_prompt: bool = False) -> ThoughtSplit:
        """Return thoughts and answer of a reply, as `metric.thoughts` wants them."""
        ...

    def read(self, text: str) -> str:
        """Return the part of an answer that is compared."""
        ...

    def score(self, text: str, targets: Sequence[str]) -> float:
        """Return the score of an answer against the best fitting target."""
        ...

    def lenient(self, text: str, targets: Sequence[str]) -> float:
        """Return the score when the answer is looked for anywhere in the text."""
        ...

    def could_still_be_right(self, text: str, targets: Sequence[str]) -> bool:
        """Return whether more text could make a cut reply right, by this metric and reading."""
        ...

    def only_form_differs(self, text: str, targets: Sequence[str]) -> FormEdit | None:
        """Return the light edit that makes a wrong answer right, if one does."""
        ...

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:
        """Return whether somebody who reads a passage aloud could get full marks."""
        ...


class BaseMetric(ABC):
    """What all metrics share: thoughts are split off here, and nowhere else."""

    needs_target: bool = True
    readings: ClassVar[tuple[ReadingWord, ...]] = (
        "strict", "lenient", "last_number", "pattern", "steps"
    )  # fmt: skip

    def __init__(self, spec: MetricSpec, read: Reading) -> None:
        self.spec = spec
        self.reading = spec.reading
        self._read = read

    @property
    def reason(self) -> str:
        """Return why an answer got its score, where a judge gave it; else nothing."""
        return ""

    def about(self, sample: AskedSample) -> Self:  # noqa: ARG002 - code and judges look at it
        """Return the metric for answers to one sample."""
        return self

    def split(self, text: str, *, opened_in_prompt: bool = False) -> ThoughtSplit:
        """Return thoughts and answer of a reply; `metric.thoughts: keep` leaves them together."""
        if self.spec.thoughts == "keep":
            return ThoughtSplit("", text)
        return split_thoughts(text, opened_in_prompt=opened_in_prompt)

    def read(self, text: str) -> str:
        """Return the part of an answer that is compared."""
        return self._read(self.split(text).answer)

    def score(self, text: str, targets: Sequence[str]) -> float:
        """Return the score of an answer against the best fitting target."""
        return self.score_answer(self.split(text).answer, self._wanted_in(targets))

    def lenient(self, text: str, targets: Sequence[str]) -> float:
        """Return the score when the answer is looked for anywhere in the text."""
        return self.lenient_answer(self.split(text).answer, self._wanted_in(targets))

    def _wanted_in(self, targets: Sequence[str]) -> list[str]:
        """Return targets as answers: rows of reasoning models hold thoughts before them."""
        return [self.wanted_in(target) for target in targets]

    def wanted_in(self, target: str) -> str:
        """Return a target without the thoughts before it; what is a thought alone stays whole."""
        split = self.split(target)
        return split.answer if split.thoughts and split.answer.strip() else target

    def could_still_be_right(self, text: str, targets: Sequence[str]) -> bool:
        """Return whether more text could make a cut reply right, by this metric and reading.

        In doubt it is True: an answer that was cut must not count as wrong for sure.
        """
        split = self.split(text)
        answer, targets = split.answer, self._wanted_in(targets)
        if split.is_unclosed or not answer.strip() or self.score_answer(answer, targets) == 1:
            return True
        return self.reading != "strict" or self.is_open(answer, targets)

    def only_form_differs(self, text: str, targets: Sequence[str]) -> FormEdit | None:
        """Return the light edit that makes a wrong answer right, if one does."""
        answer, targets = self.split(text).answer, self._wanted_in(targets)
        if not answer.strip() or self.score_answer(answer, targets) == 1:
            return None
        for edit, said, wanted in edited_forms(answer, targets):
            if self.score_answer(said, wanted) == 1:
                return edit
        return None

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:
        """Return whether somebody who reads a passage aloud could get full marks.

        True only where a target stands in the passage and is a right answer by itself, so that
        copying is enough. False says nothing: the answer may still follow from the passage.
        """
        wanted = self._wanted_in(targets)
        return any(
            stands_in(passage, target) and self.score_answer(target, wanted) == 1
            for target in wanted
        )

    def steps_of(self, text: str) -> list[tuple[str, str]]:
        """Return each step of the reading with what it leaves of a reply; none without steps."""
        if not isinstance(self._read, ReadingChain):
            return []
        done = self._read.steps_of(self.split(text).answer)
        return [(words_of(each.step), each.text) for each in done]

    def remarks(self, text: str, targets: Sequence[str]) -> list[str]:  # noqa: ARG002 - others look
        """Return why an answer has its score, in words, where the metric can say more than that."""
        return []

    def field_scores(self, text: str, targets: Sequence[str]) -> dict[str, bool] | None:  # noqa: ARG002
        """Return which fields of an answer are right; None where there are no fields."""
        return None

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:  # noqa: ARG002 - others look
        """Return whether a wrong answer without its end could become right, read strictly."""
        return True

    @abstractmethod
    def score_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return the score of an answer without its thoughts."""

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 when a target stands in the answer by itself and is not denied, else 0."""
        searched = Searchable(answer, keep_case=self.spec.case == "keep")
        return float(any(searched.states(target) for target in targets))


class BuiltIn(BaseMetric):
    """Base of the built-in metrics: they say `compare`, and the reading is done here.

    Attributes:
        takes: The fields of `metric` that are for this metric, beside those that all know.
        library: The package that counts, whose version can change a score.
        target_kinds: The kinds of targets that a right answer can match.
        unread_words: What is true of answers that hold nothing to compare, in a clause about them.
    """

    name: ClassVar[str]
    kind: Kind = "binary"
    unread_words: ClassVar[str] = ""
    number: ClassVar[int] = 1
    takes: ClassVar[tuple[str, ...]] = ()
    library: ClassVar[str] = ""
    target_kinds: ClassVar[tuple[TargetKind, ...]] = ("text",)
    knows_labels: ClassVar[bool] = False
    label_set: tuple[str, ...] = ()
    asked: AskedSample = AskedSample()
    options_of_all: Mapping[str, str] = MappingProxyType({})

    def about(self, sample: AskedSample) -> Self:
        """Return the metric for answers to one sample, whose question may list options."""
        known = copy(self)
        known.asked = sample
        return known

    def knowing(self, labels: Sequence[str], options: Mapping[str, str] | None = None) -> Self:
        """Return the metric for targets that are labels of a known set.

        An answer that names its label without choosing it (`is_hedged`) is then no right one. The
        labels are those of the data, whose digest stands beside the version wherever that counts.

        Args:
            labels: All that a model may answer; none where that is free text.
            options: What each letter stands for, where the prompt says it for all questions.
        """
        known = copy(self)
        known.label_set = tuple(labels) if self.knows_labels else ()
        known.options_of_all = options or {}
        return known

    def is_hedged(self, answer: str, targets: Sequence[str]) -> bool:
        """Return whether an answer without thoughts names its label without choosing it."""
        known = LabelSet.of(self.label_set or self.labels, self.spec.synonyms)
        if not known.labels:
            return False
        wanted = {label for each in targets if (label := choice_of(each, known).label)}
        return bool(wanted) and is_hedged(answer, wanted, known)

    @property
    def version(self) -> str:
        """Return the version of the comparison, with the reading."""
        pattern = f" {self.spec.pattern}" if self.reading == "pattern" else ""
        kept = "/thoughts kept" if self.spec.thoughts == "keep" else ""
        case = "/case kept" if self.spec.case == "keep" else ""
        chain = f" {self._read.version}" if isinstance(self._read, ReadingChain) else ""
        return f"{self.number}/{self.reading}{pattern}{chain}{kept}{case}{self._settings}"

    @property
    def _settings(self) -> str:
        """Return the fields that are for this metric, where the spec sets any."""
        given = self.spec.model_dump(mode="json", include=set(self.takes))
        counted_by = f"/{self.library} {version(self.library)}" if self.library else ""
        return counted_by + (f"/{json.dumps(given, sort_keys=True)}" if given else "")

    @property
    def compares_words(self) -> bool:
        """Return whether an answer is right or wrong by the words of its target alone."""
        return self.kind == "binary" and self.needs_target and self.target_kinds == ("text",)

    def meant_alike(self, text: str, targets: Sequence[str]) -> str:
        """Return how an answer that is read as wrong may mean a target all the same; else nothing.

        It is no reason to call the answer right, but one not to call the model wrong.
        """
        said, wanted = self.split(text).answer, self._wanted_in(targets)
        if option := self._option_for(said, wanted):
            return option
        if not self.compares_words:
            return ""
        if self.label_set and self._names(said, wanted) and self.is_hedged(said, wanted):
            return HEDGED
        edit = self.only_form_differs(text, targets)
        if edit is not None and edit != "case":
            return edit
        return next(filter(None, (meant_alike(said, each) for each in wanted)), "")

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the answers that `choice` knows; none for other metrics."""
        return self.spec.labels

    def score_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return the score of an answer without its thoughts."""
        if self.reading == "lenient":
            found, read = self.lenient_answer(answer, targets), answer
        else:
            found, read = self._compare_read(answer, targets), self._read(answer)
        return 0.0 if found and self.label_set and self.is_hedged(read, targets) else found

    def lenient(self, text: str, targets: Sequence[str]) -> float:
        """Return the score when the answer is looked for anywhere in the text."""
        found = super().lenient(text, targets)
        if not (found and self.label_set):
            return found
        answer, wanted = self.split(text).answer, self._wanted_in(targets)
        is_read = self.score_answer(answer, wanted) == 1
        return 0.0 if not is_read and self.is_hedged(answer, wanted) else found

    @property
    def options(self) -> Mapping[str, str]:
        """Return the options that the question lists, or the prompt for all of them, by their letters."""
        return options_of(self.asked) or self.options_of_all

    def _option_for(self, answer: str, targets: Sequence[str]) -> str:
        """Return how an answer means its target by an option of the question; else nothing."""
        options = self.options
        if not options or not self.needs_target or "text" not in self.target_kinds:
            return ""
        marks = {each.strip(" ().:[]").casefold() for each in targets}
        chosen = option_chosen(answer, options)
        if chosen is not None and chosen.casefold() in marks:
            return OPTION_TEXT
        letter = choice_of(answer, list(options)).label
        is_meant = letter is not None and any(same_text(options[letter], each) for each in targets)
        return OPTION_LETTER if is_meant else ""

    def _names(self, answer: str, targets: Sequence[str]) -> bool:
        return any(Searchable(answer).holds(each) for each in targets)

    def _compare_read(self, answer: str, targets: Sequence[str]) -> float:
        """Return the score of the part that is read, against the best fitting target."""
        read = self._read(answer)
        return max(self.compare(read, self._wanted(target)) for target in targets)

    def _wanted(self, target: str) -> str:
        """Return a target as the steps of the reading would write it."""
        return self._read.of_target(target) if isinstance(self._read, ReadingChain) else target

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 when a target stands in the answer, in any common form, or is what is read."""
        read = self._compare_read(answer, targets)
        if max(read, super().lenient_answer(answer, targets)) == 1:
            return 1.0
        keep_case = self.spec.case == "keep"
        searched = Searchable(answer, keep_case=keep_case)
        # What stands there as it is, and is denied, is not there in another form either.
        meant = [each for each in targets if not searched.holds(each)]
        is_there = any(loosely_in(answer, each, keep_case=keep_case) for each in meant)
        return max(read, float(is_there))

    def accepts(self, target: str) -> bool:
        """Return whether any answer at all can be right where this is the target."""
        return self.unread(self.wanted_in(target)) is None

    def reads(self, answer: str) -> bool:
        """Return whether a read answer holds what the metric looks for, right or wrong."""
        return self.accepts(answer)

    def unread(self, target: str) -> str | None:
        """Return why no answer can be right where this is the target, or nothing."""
        if self.reading == "lenient":
            is_right = self.lenient_answer(target, [target]) == 1
        elif isinstance(self._read, ReadingChain):
            wanted = self._wanted(target)
            is_right = self._read.can_give(target) and self.compare(wanted, wanted) == 1
        else:
            answer = self._read(target) if self.reading == "last_number" else target
            is_right = self.compare(answer, target) == 1
        return None if is_right else f"no answer matches it, read as {self.reading}"

    @abstractmethod
    def compare(self, answer: str, target: str) -> float:
        """Return the score of a read answer against one target."""
