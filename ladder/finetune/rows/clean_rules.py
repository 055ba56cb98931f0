"""The table of rules that training rows are checked by, in their order, and how targets that were cut are found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ladder.data.leakage import Leak
from ladder.data.row_rules import ROW_RULES
from ladder.data.sample import Sample
from ladder.finding import Severity
from ladder.finetune.rows.private_data import rows_with_keys, rows_with_personal_data

Faults = Mapping[int, str]
"""What is wrong with which rows, by position."""

_LONG_WORDS = 8
"""Words from which a target is long enough to be expected to end a sentence."""

_ENDS = (*".!?…:;)]}\"'`»”’。", "\uff01", "\uff1f")
"""Characters with which a text that was not cut ends."""


@dataclass(frozen=True, slots=True)
class RowRule:
    """One check of the training rows.

    Attributes:
        problem: What "3 of 40 training rows" do.
        look: Returns the faults among the rows, given them and the leaks from the eval data.
        is_removed: Whether its rows are left out without asking.
        is_leak: Whether `data.on_leak` speaks of it.
    """

    code: str
    severity: Severity
    problem: str
    next_step: str
    look: Callable[[Sequence[Sample], Sequence[Leak]], Faults]
    is_removed: bool = False
    is_leak: bool = False


def _leaks_whole(rows: Sequence[Sample], leaks: Sequence[Leak]) -> Faults:
    """Find rows that are an eval sample: the same, around it, or in another order."""
    return _leaked(rows, [leak for leak in leaks if leak.kind != "near"])


def _leaks_nearly(rows: Sequence[Sample], leaks: Sequence[Leak]) -> Faults:
    """Find rows that differ from an eval sample in about one word in ten."""
    return _leaked(rows, [leak for leak in leaks if leak.kind == "near"])


def _leaked(rows: Sequence[Sample], leaks: Sequence[Leak]) -> Faults:
    words = {
        "same": "is the eval sample",
        "held": "holds the eval sample",
        "reordered": "has, in another order, the words of the eval sample",
        "near": "is nearly the eval sample",
    }
    told = {leak.item.id: f"{words[leak.kind]} {leak.sample.id}" for leak in leaks}
    return {
        at: f"{row.input[:40]!r} {told[row.id]}" for at, row in enumerate(rows) if row.id in told
    }


def _repeated(rows: Sequence[Sample], _: Sequence[Leak]) -> Faults:
    """Find the rows that repeat both the input and the answer of an earlier row.

    Those with the same input that say something else are no copies: they contradict.
    """
    faults = {}
    for group in ROW_RULES["D01 input-repeated"](rows):
        first: dict[str, Sample] = {}
        for at in group:
            known = first.setdefault(rows[at].targets[0], rows[at])
            if known is not rows[at]:
                faults[at] = f"the same as {known.id}"
    return faults


def _contradicting(rows: Sequence[Sample], _: Sequence[Leak]) -> Faults:
    faults = {}
    for group in ROW_RULES["D02 same-input-other-answer"](rows):
        answers = sorted({repr(rows[at].targets[0][:30]) for at in group})
        faults.update(
            dict.fromkeys(group, f"the same input has the answers {' or '.join(answers)}")
        )
    return faults


def _one_answer(rows: Sequence[Sample], _: Sequence[Leak]) -> Faults:
    groups = ROW_RULES["D04 one-answer"](rows)
    return {at: f"{rows[at].targets[0][:40]!r}" for group in groups for at in group}


def _answer_is_input(rows: Sequence[Sample], _: Sequence[Leak]) -> Faults:
    groups = ROW_RULES["D05 answer-is-input"](rows)
    return {at: "the answer is the question" for group in groups for at in group}


# What to do, for the table below alone.
_REMOVE = "Correct these rows, or have them left out: training: {{review: {{remove: [{code}]}}}}."
_ANSWER = (
    "Have these rows left out (training: {{review: {{remove: [{code}]}}}}), mask what they hold, or "
    "let somebody answer for it: training.review.waivers with code {code}."
)
RULES: tuple[RowRule, ...] = (
    RowRule(
        "D11 eval-input-known",
        "error",
        "are in the eval data",
        "Take them out (training: {review: {remove: [D11]}}); a score on rows that were trained "
        "on says nothing.",
        _leaks_whole,
        is_leak=True,
    ),
    RowRule("D01 input-repeated", "info", "repeat another one", "", _repeated, is_removed=True),
    RowRule(
        "D02 same-input-other-answer",
        "error",
        "contradict another one",
        _REMOVE.format(code="D02"),
        _contradicting,
    ),
    RowRule("D04 one-answer", "error", "have the same answer", "Add other answers.", _one_answer),
    RowRule(
        "D05 answer-is-input",
        "warning",
        "have their own input as the answer",
        _REMOVE.format(code="D05"),
        _answer_is_input,
    ),
    RowRule(
        "C04 answer-cut",
        "error",
        "end in the middle of a sentence: their answers were cut",
        _REMOVE.format(code="C04"),
        lambda rows, _: answers_cut(rows),
    ),
    RowRule(
        "C05 answer-open",
        "warning",
        "do not end where nearly all others end a sentence",
        _REMOVE.format(code="C05"),
        lambda rows, _: open_ends(rows),
    ),
    RowRule(
        "G01 key",
        "error",
        "hold a key or a password",
        _ANSWER.format(code="G01"),
        lambda rows, _: rows_with_keys(rows),
    ),
    RowRule(
        "G02 personal-data",
        "error",
        "hold personal data",
        _ANSWER.format(code="G02"),
        lambda rows, _: rows_with_personal_data(rows),
    ),
    RowRule(
        "D12 eval-input-nearly-known",
        "error",
        "stand nearly word for word in the eval data",
        "Have them left out (training: {review: {remove: [D12]}}); where one that differs in a name "
        "is another question, let somebody answer for it: training.review.waivers with code D12.",
        _leaks_nearly,
        is_leak=True,
    ),
)
"""What was left out by one rule breaks no later one: a removed leak is no copy of another row."""


def answers_cut(rows: Sequence[Sample]) -> dict[int, str]:
    """Find targets cut by a limit: several of the greatest length, none of which ends a sentence."""
    targets = [row.targets[0].rstrip() for row in rows]
    characters = cut_by([len(text) for text in targets], targets, slack=1)
    if characters:
        return {at: f"cut at {len(targets[at])} characters" for at in characters}
    words = [len(text.split()) for text in targets]
    return {at: f"cut at {words[at]} words" for at in cut_by(words, targets)}


def cut_by(lengths: Sequence[int], targets: Sequence[str], *, slack: int = 0) -> list[int]:
    """Return the places of long targets that a limit on `lengths` has cut; nothing for chance.

    Text that never ends a sentence (queries, calls) says nothing, unless the limit is exact to the
    character: so without `slack` some of the longer targets must end.
    """
    long, open_ended = _long_targets(targets)
    most = max((lengths[at] for at in long), default=0)
    cut = [at for at in open_ended if lengths[at] >= most - slack]
    is_prose = slack > 0 or len(open_ended) <= 0.9 * len(long)
    return cut if is_prose and len(cut) >= max(5, 0.05 * len(targets)) else []


def open_ends(rows: Sequence[Sample]) -> dict[int, str]:
    """Find targets that stop where nearly all other long ones end a sentence."""
    targets = [row.targets[0].rstrip() for row in rows]
    long, open_ended = _long_targets(targets)
    if len(long) < 10 or len(open_ended) > 0.2 * len(long):
        return {}
    return {at: f"ends with {targets[at][-20:]!r}" for at in open_ended}


def _long_targets(targets: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the places of the longer targets, and of those among them that end no sentence."""
    long = [at for at, text in enumerate(targets) if len(text.split()) >= _LONG_WORDS]
    return long, [at for at in long if not targets[at].endswith(_ENDS)]
