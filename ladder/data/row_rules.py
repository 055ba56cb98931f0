"""The rules that eval data, worked examples and training rows share: which rows break each.

A rule returns groups of positions, and says nothing of how grave that is: a repeated eval sample is
counted twice, a repeated training row is only left out. `ROW_RULES` is the table of those that
look at the rows alone; which eval samples stand in other rows (D11, D12) is for `find_leaks`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from ladder.data.same_text import TextKeys
from ladder.data.sample import Sample
from ladder.data.split import normal_form

Groups = list[list[int]]


def same_inputs(rows: Sequence[Sample]) -> Groups:
    """Return the rows that have the same input, however it is written.

    >>> same_inputs([Sample("1", "Who?", ("a",)), Sample("2", "When?", ("b",)), Sample("3", "who", ("c",))])
    [[0, 2]]
    """
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        keys = TextKeys.of(row.asked)
        # The same question under other instructions is another question.
        system = "" if row.conversation is None else normal_form(row.conversation.system)
        groups[keys.exact, keys.signs, system].append(at)
    return [group for group in groups.values() if len(group) > 1]


def contradictions(rows: Sequence[Sample]) -> Groups:
    """Return the rows that have the same input, and no answer that all of them accept."""
    return [group for group in same_inputs(rows) if not _shared_answers(rows, group)]


def one_answer(rows: Sequence[Sample]) -> Groups:
    """Return all rows as one group, where one answer is accepted by all of them."""
    everything = list(range(len(rows)))
    # An empty text stands for no answer at all, where the spec says that there are none.
    shared = _shared_answers(rows, everything) - {""} if len(rows) > 1 else set()
    return [everything] if shared else []


def answer_is_input(rows: Sequence[Sample]) -> Groups:
    """Return the rows, each by itself, whose answer is their input.

    Punctuation counts: to put it in may be the task.
    """
    return [
        [at]
        for at, row in enumerate(rows)
        if normal_form(row.asked) in {normal_form(target) for target in row.targets}
    ]


def _shared_answers(rows: Sequence[Sample], group: Sequence[int]) -> set[str]:
    return set.intersection(*({*rows[at].targets} for at in group))


ROW_RULES: Mapping[str, Callable[[Sequence[Sample]], Groups]] = {
    "D01 input-repeated": same_inputs,
    "D02 same-input-other-answer": contradictions,
    "D04 one-answer": one_answer,
    "D05 answer-is-input": answer_is_input,
}
"""By the code and the name of the finding."""
