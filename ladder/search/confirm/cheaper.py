"""`as_good_for_less`: the cheapest configuration that is as likely to pass as the one about to be tested."""

from ladder.search.confirm.questions import Questions
from ladder.search.ledger import Configuration
from ladder.search.problem import Problem

SURE = 0.95
"""Chance to pass from which a cheaper configuration is as good as the best: both would pass."""


def as_good_for_less(
    problem: Problem, questions: Questions, configuration: Configuration
) -> Configuration | None:
    """Return the cheapest of those that are as likely to pass as one that is about to be asked.

    The first pass closes the confirmation part, so what is asked about first is what gets named.
    The choice rests on the selection part and on costs alone, and the test spends its share of
    the same error budget: to the promise it is one more attempt, made before instead of after.
    A race may have dropped the cheaper one early; then the rest of the part is scored first.
    """
    needed = min(questions.chance("reached", configuration), SURE)
    found = [
        each
        for each in questions.selection.seen
        if each.can_be_deployed
        and each not in questions.asked
        and not questions.limits.is_out(each)
        and problem.is_cheaper(each, configuration)
        and questions.chance("reached", each) >= needed
    ]
    cheapest = (
        each for each in found if not any(problem.is_cheaper(other, each) for other in found)
    )
    chosen = next(cheapest, None)
    if chosen is None or not questions.is_worth_asking(chosen, needed):
        return None
    return chosen
