r"""`choice_of`: which of a few labels an answer chooses, if it chooses one."""

import itertools
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from ladder.scoring.denials import (
    cannot_tell,
    is_refused_before,
    taken_back_at,
)
from ladder.scoring.labels.label_forms import Labels, LabelSet, label_forms, label_key
from ladder.scoring.labels.label_mentions import (
    MARK_AFTER,
    LabelMention,
    is_small_word,
)
from ladder.scoring.labels.labelled_answer import LabelledAnswer
from ladder.scoring.labels.runner_up import is_second_rate
from ladder.scoring.labels.whole_label import whole_label
from ladder.scoring.loose_spelling import spellings
from ladder.scoring.next_example import before_next_example
from ladder.spec.metric_spec import MetricSpec

ChoiceKind = Literal["alone", "announced", "leading", "named"]

_CALLED_RIGHT = re.compile(
    r"[*_`\"'”)\]]*\s+(?:(?:is|are|was|would be|seems) (?:\w+ly |still )?(?:the |my )?(?:right|correct|best|better(?=\W*(?:\Z|[.,;!]|fit|choice))"
    r"|most (?:likely|fitting|appropriate|suitable|accurate))|fits (?:best|better))(?!\w)",
    re.IGNORECASE,
)
_IT_IS = re.compile(
    r"\W*(?:(?:no|nope|nein|non)(?!\w)\W*)?(?:(?:it|this|that)(?:['’]s| is)\s+(?:(?:a|an|the|about)\s+)*)?",
    re.IGNORECASE,
)
_VERB = re.compile(r"[*_`\"'”]*\s+(?:is|was|are|ist|est|es)(?!\w)", re.IGNORECASE)
_CLOSED = re.compile(r"[*_`\"'”)\]]*\s*(?:[.,;:!\n]|\Z)")
_DOUBT = re.compile(
    r"(?<!\w)(?:could|might|may|maybe|perhaps|possibl[ey]|probably|either|unclear|unsure|uncertain|not sure|hard to (?:say|tell)"
    r"|vielleicht|möglicherweise|könnte|entweder|peut-être|soit|pourrait|quizás?|tal vez|podría|talvez|forse|potrebbe"
    r"|возможно|может быть)(?!\w)|可能|也许|也許|或许|或許|かもしれ|たぶん|아마",
    re.IGNORECASE,
)
_ASKS_FIRST = re.compile(r"[^.!?\n]*[?\uff1f؟]\s*(?=[^?\uff1f؟]+\Z)")
"""A question that an answer repeats, or asks itself: `Refund or billing? Refund.`"""

_LAST_QUESTION = re.compile(r"[^.!\n]*[?\uff1f؟]\W*\Z")
_CLAUSE = 160
"""So many characters before a label may say that it is a runner-up."""

_SLACK = 10
"""How far rounded percentages may be from 100 in sum."""

_OPTION = re.compile(r"(?:^|\n)[ \t>*_•-]*\(?\Z")
_BECOMES = re.compile(r"[*_`~\"'”)\]]*\s*(?:[-=]>|→|➜|⇒|>)")
_HAS_WORD = re.compile(r"\w|[<>?]|[→➜⇒]")


@dataclass(frozen=True)
class ChosenLabel:
    """The label that an answer chooses, and by what.

    Attributes:
        label: The label as the spec writes it; nothing where the answer chooses none.
        kind: What shows it: it stands alone, is announced, begins the answer, or is the only one.
    """

    label: str | None
    kind: ChoiceKind = "named"


def choice_of(answer: str, labels: Labels) -> ChosenLabel:
    """Return which label an answer chooses.

    >>> choice_of("The answer is B because a car moves.", "ABCD").label
    'B'
    >>> choice_of("hard to say without a map", "ABCD").label
    >>> choice_of("Yes, there is no doubt.", ["yes", "no"]).label
    'yes'
    >>> choice_of("They want their money back.", LabelSet.of(["refund"], {"refund": ["money back"]})).label
    'refund'
    """
    known = LabelSet.of(labels)
    own = before_next_example(answer)
    if own != answer:
        chosen = _reader(own, known).choice
        if chosen.label is not None and chosen.kind != "named":
            return chosen
    chosen = _reader(answer, known).choice
    asked = _ASKS_FIRST.match(answer) if chosen.label is None else None
    return chosen if asked is None else _reader(answer[asked.end() :], known).choice


def class_of(targets: Sequence[str], labels: Labels) -> str | None:
    """Return the one label that all targets of a sample stand for; None where there is no one.

    >>> class_of(["money back", "refund"], LabelSet.of(["refund", "order"], {"refund": ["money back"]}))
    'refund'
    >>> class_of(["refund", "order"], ["refund", "order"])
    """
    found = {choice_of(target, labels).label for target in targets}
    return found.pop() if len(found) == 1 else None


def classes_of(spec: MetricSpec, targets: Iterable[Sequence[str]]) -> list[str | None]:
    """Return the class of each sample, by its targets and the labels of a spec.

    >>> classes_of(MetricSpec(name="choice", labels=("a", "b")), [["b"], ["c"]])
    ['b', None]
    """
    words = LabelSet.of(spec.labels, spec.synonyms)
    return [class_of(each, words) for each in targets]


def named_labels(answer: str, labels: Labels) -> set[str]:
    """Return the labels that an answer names and does not deny.

    >>> sorted(named_labels("B is right; C is wrong.", "ABCD"))
    ['B']
    """
    reader = _reader(answer, LabelSet.of(labels))
    chosen = reader.choice.label
    return reader.named() | ({chosen} if chosen else set())


def is_hedged(answer: str, wanted: Collection[str], labels: Labels) -> bool:
    """Return whether an answer names a wanted label without choosing it.

    It offers others beside it, says it with doubt beside another, asks for it, cannot tell, denies it,
    or chooses another. One that only mentions another label is not hedged, although `choice_of` finds
    no choice in it.

    >>> is_hedged("It could be refund or order.", ["refund"], ["refund", "order"])
    True
    >>> is_hedged("They want a refund for their order.", ["refund"], ["refund", "order", "other"])
    False
    """
    known = LabelSet.of(labels)
    chosen = choice_of(answer, known).label
    if chosen is not None:
        return chosen not in wanted
    return _reader(answer, known).names_without_choosing(wanted)


def labels_in_other_spelling(answer: str, labels: Labels) -> set[str]:
    """Return what an answer chooses where letters lack their marks (`Si.`, `Nao`), or have them.

    >>> labels_in_other_spelling("Si, claro", ["Sí", "No"]), labels_in_other_spelling("a", "ab")
    ({'Sí'}, set())
    """
    named = LabelSet.of(labels).named
    if answer.isascii() and all(word.isascii() for word in named):
        return set()
    chosen = set()
    for at in (0, -1):
        spelled = {spellings(word)[at]: label for word, label in named.items()}
        if len(spelled) == len(named):
            label = choice_of(spellings(answer)[at], list(spelled)).label
            chosen |= {spelled[label]} if label is not None else set()
    return chosen


def ends_in_a_beginning(answer: str, labels: Labels, wanted: Collection[str | None]) -> bool:
    """Return whether the last words of an answer may go on to become a wanted label.

    >>> ends_in_a_beginning("It is card", ["card", "card arrival"], {"card arrival"})
    True
    >>> ends_in_a_beginning("It is card.", ["card", "card arrival"], {"card arrival"})
    False
    """
    said = label_key(answer).rstrip(" _-")
    for form in label_forms(LabelSet.of(labels)).values():
        begun = {form.key[:size].rstrip() for size in range(1, len(form.key))}
        if form.label in wanted and any(
            said.endswith(each) and not said[: -len(each)][-1:].isalnum() for each in begun
        ):
            return True
    return False


class _Reader:
    """One answer, with the labels that stand in it."""

    def __init__(self, answer: str, labels: LabelSet) -> None:
        self.answer = LabelledAnswer.of(answer, labels)
        self.labels = labels
        self.text = self.answer.text
        self.forms = self.answer.forms
        self.mentions = self.answer.mentions

    @cached_property
    def choice(self) -> ChosenLabel:
        """Return the label that is chosen, by the first of these steps that finds one or leaves it open.

        1. The whole answer is a label. No other words are there to say something else.
        2. A form says of each label how far it holds. Behind names, its words and marks would be read as
           announcements (`refund: no`), so it is read before them.
        3. The answer is nothing but several labels: it chooses none.
        4. It takes back what it said. What comes later counts, although the earlier label leads or is announced.
        5. Words announce a label: `Label:`, `the answer is`. The last ones count, as reasons come before them.
        6. A label begins the answer: what follows it gives reasons, in which other labels may stand.
        7. A label is called right or best.
        8. Words point to a label that may also stand in an aside (`mostly`, `treated as`). They come last, so
           that no aside outweighs a label that was given.
        9. One label alone is named and not denied, or one alone is denied and has an opposite.
        """
        steps = (
            self._alone,
            self._weighed,
            self._listed,
            self._corrected,
            self._announced,
            self._leading,
            self._called_right,
            self._pointed_to,
        )
        for step in steps:
            if (chosen := step()) is not None:
                return chosen
        named = self.named() or self._opposite()
        if len(named) != 1 or self._is_refused(*named) or cannot_tell(self.text):
            return ChosenLabel(None)
        return ChosenLabel(named.pop())

    def named(self) -> set[str]:
        """Return the labels that are named and not denied; a list of all labels names none of them."""
        named = [
            each
            for each in self._outside_lists()
            if not self.answer.is_denied(each) and not _LAST_QUESTION.match(self.text, each.end)
        ]
        first_rate = {each.label for each in named if not self._is_second_rate(each)}
        return first_rate or {each.label for each in named}

    def _outside_lists(self) -> list[LabelMention]:
        """Return the labels that stand elsewhere than in a list of all of them; all where none do."""
        runs: list[list[LabelMention]] = []
        for each in self.mentions:
            if runs and self.answer.are_rivals(runs[-1][-1], each):
                runs[-1].append(each)
            else:
                runs.append([each])
        kept = [
            run for run in runs if len({each.label for each in run}) < max(self.answer.n_labels, 2)
        ]
        return [each for run in kept for each in run] or self.mentions

    def names_without_choosing(self, wanted: Collection[str]) -> bool:
        """Return whether wanted labels are named in a way that leaves open whether they are meant."""
        places = [at for at, each in enumerate(self.mentions) if each.label in wanted]
        stated = [at for at in places if not self.answer.is_denied(self.mentions[at])]
        if not stated:
            is_word = any(
                is_small_word(key) for key, form in self.forms.items() if form.label in wanted
            )
            return bool(places) or is_word
        named = self.named()
        others = named - set(wanted)
        if not named & set(wanted) or cannot_tell(self.text):
            return True
        if len(named) == self.answer.n_labels or (others and _DOUBT.search(self.text)):
            return bool(others)
        return any(map(self._is_refused, named & set(wanted))) or (
            bool(others) and any(map(self._has_rival, stated))
        )

    def _is_refused(self, label: str) -> bool:
        """Return whether a label stands only where the answer says what it cannot do or tell."""
        places = [each.start for each in self.mentions if each.label == label]
        return bool(places) and all(is_refused_before(self.text, each) for each in places)

    def _alone(self) -> ChosenLabel | None:
        label = whole_label(self.answer)
        return None if label is None else ChosenLabel(label, "alone")

    def _opposite(self) -> set[str]:
        """Return `not spam` where an answer denies `spam`, names nothing else, and both are labels.

        Where a form says no to a label that denies another (`Not spam: false`), it may mean either.
        """
        keys = {each.form.key for each in self.mentions}
        if len(keys) != 1 or not all(map(self.answer.is_denied, self.mentions)):
            return set()
        is_double = self.answer.is_negation(*keys)
        is_unclear = is_double and any(map(self.answer.is_said_no, self.mentions))
        return set() if is_unclear else self.answer.opposites(*keys)

    def _weighed(self) -> ChosenLabel | None:
        """Return the label that a form favours, where it says of each label that it names how far it holds."""
        weights: dict[str, float] = {}
        end = 0
        for each in self.mentions:
            if each.start < end:
                continue  # It is what the form says of the label before it: `true: false`.
            said = self.answer.verdict(each)
            if said is None or each.label in weights:
                return None
            weights[each.label] = said.weight
            end = said.end
        if len(weights) < 2:
            return None
        highest = [label for label, weight in weights.items() if weight == max(weights.values())]
        is_clear = len(highest) == 1 and _are_shares(weights.values())
        return ChosenLabel(highest[0] if is_clear else None, "announced")

    def _announced(self) -> ChosenLabel | None:
        """Return what the last words announce that announce a label.

        A line of a small form may be about anything (`Tone: neutral`): where an earlier one is called
        label or answer, that one counts, and where none is, the label is open.
        """
        cued = self._meant(each.is_cued for each in self.mentions)
        if not cued:
            return None
        if self.mentions[cued[-1]].is_any_field:
            said = {self.mentions[at].label for at in cued}
            fields = [at for at in cued if self.mentions[at].is_field]
            if len(said) > 1 and len({self.mentions[at].label for at in fields}) != 1:
                return ChosenLabel(None, "announced")
            cued = fields or cued
        return self._unless_rivalled(cued[-1])

    def _pointed_to(self) -> ChosenLabel | None:
        """Return the last label that words point to which may also stand in an aside."""
        cued = self._meant(each.is_weakly_cued for each in self.mentions)
        return self._unless_rivalled(cued[-1]) if cued else None

    def _meant(self, are_cued: Iterable[bool]) -> list[int]:
        """Return which of the cued labels are neither denied nor second-rate."""
        return [
            at
            for at, (each, is_cued) in enumerate(zip(self.mentions, are_cued, strict=True))
            if is_cued and not self.answer.is_denied(each) and not self._is_second_rate(each)
        ]

    def _unless_rivalled(self, at: int) -> ChosenLabel:
        return ChosenLabel(None if self._has_rival(at) else self.mentions[at].label, "announced")

    def _is_second_rate(self, each: LabelMention) -> bool:
        return is_second_rate(self.text[max(each.start - _CLAUSE, 0) : each.start])

    def _leading(self) -> ChosenLabel | None:
        """Return the label that an answer begins with: `B. That is …`, `Yes, …`."""
        if not self.mentions:
            return None
        first = self.mentions[0]
        if not first.begins_answer or not MARK_AFTER.match(self.text, first.end):
            return None
        if self.answer.is_denied(first) or self._has_rival(0) or self._lists_options():
            return None
        if _BECOMES.match(self.text, first.end):
            return None
        # "A is tempting, but …" says something of A, and does not choose it yet.
        is_subject = _VERB.match(self.text, first.end) is not None
        return self._called_right() if is_subject else ChosenLabel(first.label, "leading")

    def _called_right(self) -> ChosenLabel | None:
        """Return the only label of which an answer says that it is right or best; none where it says so of several."""
        right = {
            each.label
            for at, each in enumerate(self.mentions)
            if (said := _CALLED_RIGHT.match(self.text, each.end))
            and not self.answer.is_denied(each)
            and not (self._has_rival(at) and (" are " in said.group() or self._is_after_or(at)))
        }
        return ChosenLabel(right.pop() if len(right) == 1 else None, "announced") if right else None

    def _is_after_or(self, at: int) -> bool:
        return at > 0 and self.answer.is_or(self.mentions[at - 1], self.mentions[at])

    def _listed(self) -> ChosenLabel | None:
        """Return that no label is chosen where an answer is nothing but several labels."""
        if len({each.label for each in self._outside_lists()}) < 2:
            return None
        ends = [0, *(each.end for each in self.mentions)]
        starts = [*(each.start for each in self.mentions), len(self.text)]
        gaps = (self.text[end:start] for end, start in zip(ends, starts, strict=True))
        return None if any(map(_HAS_WORD.search, gaps)) or self.answer.denied else ChosenLabel(None)

    def _corrected(self) -> ChosenLabel | None:
        """Return what an answer chooses after it took back what it said: `Refund. Wait, no: billing`."""
        back = self._taken_back_at()
        if back is None:
            return None
        rest = self.text[back:]
        bare = _IT_IS.sub("", rest, count=1)
        said = next(
            (each for each in map(self._reader_of, (bare, rest)) if each.choice.label), None
        )
        if said is None:
            return None
        chosen = said.choice
        is_stated = chosen.kind in ("alone", "announced") or (
            chosen.kind == "leading" and _CLOSED.match(said.text, said.mentions[0].end)
        )
        if is_stated:
            return chosen
        first = self._reader_of(self.text[:back]).choice
        is_kept = first.kind == "announced" or said.named() == {first.label}
        return None if is_kept else ChosenLabel(None)

    def _taken_back_at(self) -> int | None:
        """Return where what is said instead begins: behind the last words that take something back."""
        back = at = None
        while self.mentions and (
            at := taken_back_at(self.text, self.mentions[0].end if at is None else at)
        ):
            if self.mentions[-1].start < at:
                break
            back = at
        return back

    def _reader_of(self, text: str) -> "_Reader":
        return _reader(text, self.labels)

    def _lists_options(self) -> bool:
        """Return whether the answer repeats the options line by line."""
        listed = {
            each.label
            for each in self.mentions
            if self._is_option(each) and not self.answer.is_denied(each)
        }
        return len(listed) > 1

    def _is_option(self, each: LabelMention) -> bool:
        before, after = each.before, self.text[each.end : each.end + 3].lstrip("*_")[:1]
        is_bracket = after == ")" and not before[-1:].isalnum()
        return is_bracket or (after in (".", ":") and _OPTION.search(before) is not None)

    def _has_rival(self, at: int) -> bool:
        """Return whether another label stands beside a mention: `A or B`, `A, B`."""
        near = self.mentions[max(at - 1, 0) : at + 2]
        near = [each for each in near if not self.answer.is_denied(each)]
        return any(self.answer.are_rivals(one, other) for one, other in itertools.pairwise(near))


def _are_shares(weights: Collection[float]) -> bool:
    return max(weights) <= 1 or abs(sum(weights) - 100) < _SLACK


@lru_cache(maxsize=256)  # a metric asks for each of its readings, and for each target
def _reader(answer: str, labels: LabelSet) -> _Reader:
    return _Reader(answer, labels)
