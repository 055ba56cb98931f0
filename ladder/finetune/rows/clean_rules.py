"""The rules that training rows are checked by, in their order."""

from dataclasses import dataclass

from ladder.finetune.rows import faults, leaks
from ladder.finetune.rows.fault import Look


@dataclass(frozen=True, slots=True)
class Rule:
    """One check of the training rows.

    Attributes:
        look: Returns the faults.
        is_removed: Whether its rows are left out without asking.
    """

    code: str
    severity: str
    problem: str
    next_step: str
    look: Look
    is_removed: bool = False


_REMOVE = "Correct these rows, or have them left out: training: {{review: {{remove: [{code}]}}}}."
_ANSWER = (
    "Have these rows left out (training: {{review: {{remove: [{code}]}}}}), mask what they hold, or "
    "let somebody answer for it: training.review.waivers with code {code}."
)
RULES: tuple[Rule, ...] = (
    Rule(
        "D11 eval-input-known",
        "error",
        "are in the eval data",
        "Take them out (training: {review: {remove: [D11]}}); a score on rows that were trained "
        "on says nothing.",
        leaks.leaks,
    ),
    Rule("D01 input-repeated", "info", "repeat another one", "", faults.copies, is_removed=True),
    Rule(
        "D02 same-input-other-answer",
        "error",
        "contradict another one",
        _REMOVE.format(code="D02"),
        faults.contradictions,
    ),
    Rule(
        "D04 one-answer", "error", "have the same answer", "Add other answers.", faults.one_answer
    ),
    Rule(
        "D05 answer-is-input",
        "warning",
        "have their own input as the answer",
        _REMOVE.format(code="D05"),
        faults.answer_is_input,
    ),
    Rule(
        "C04 answer-cut",
        "error",
        "end in the middle of a sentence: their answers were cut",
        _REMOVE.format(code="C04"),
        faults.answers_cut,
    ),
    Rule(
        "C05 answer-open",
        "warning",
        "do not end where nearly all others end a sentence",
        _REMOVE.format(code="C05"),
        faults.open_ends,
    ),
    Rule("G01 key", "error", "hold a key or a password", _ANSWER.format(code="G01"), faults.keys),
    Rule(
        "G02 personal-data",
        "error",
        "hold personal data",
        _ANSWER.format(code="G02"),
        faults.personal,
    ),
    Rule(
        "D12 eval-input-nearly-known",
        "warning",
        "stand nearly word for word in the eval data",
        "Look at them: where only a name differs, the eval score is flattered.",
        leaks.near_leaks,
    ),
)
