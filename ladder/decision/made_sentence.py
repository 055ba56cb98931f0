"""`with_sentence` and `edited_words`: a decision's sentence is made from its evidence, or was edited."""

from ladder.decision.decision import Decision
from ladder.decision.goal import goal_in_words
from ladder.decision.judge_record import as_judged, claim_of_people
from ladder.decision.sentence import in_earlier_words, sentence_of


def with_sentence(decision: Decision, *, has_unknown_scores: bool = False) -> Decision:
    """Return a decision whose sentence is made from all its evidence.

    Args:
        decision: With all its evidence, whatever its sentence.
        has_unknown_scores: Whether calls that failed have no score, rather than 0.
    """
    return decision.replace(sentence=_sentence(decision, has_bounds=has_unknown_scores))


def tells_unknown_scores(decision: Decision) -> bool:
    """Return whether the sentence was made with calls that failed as unknown, rather than as 0."""
    return decision.sentence == _sentence(decision, has_bounds=True)


def edited_words(decision: Decision) -> list[str]:
    """Return the fields whose words are not those that the evidence gives; none in a true one."""
    if len(decision.levers) != len(decision.ledger.best):
        return ["levers"]
    given = {_sentence(decision, has_bounds=has_bounds) for has_bounds in (False, True)}
    if decision.verdict == "fine_tune":
        # What runs recorded by ladder 0.1.0 and before say of it.
        tried = f"none of the {len(decision.ledger.tried)} configurations tried"
        given.add(f"Fine-tuning is justified: {tried} reaches {goal_in_words(decision.goal)}.")
    if decision.verdict == "use_lever":
        # Earlier versions named every part, also one that added nothing.
        whole = decision.replace(ledger=decision.ledger.replace(ablation=()))
        given.add(_sentence(whole, has_bounds=False))
    if decision.verdict == "inconclusive" and decision.ledger.more_examples:
        # A curve stood alone before, without how many of a class it takes.
        alone = tuple(each.replace(more=None) for each in decision.ledger.classes)
        plain = decision.replace(ledger=decision.ledger.replace(classes=alone))
        given |= {_sentence(plain, has_bounds=has_bounds) for has_bounds in (False, True)}
    given |= set(map(in_earlier_words, given))
    return [] if decision.sentence in given else ["sentence"]


def _sentence(decision: Decision, *, has_bounds: bool) -> str:
    ledger, people = decision.ledger, claim_of_people(decision.judge)
    has_passed = ledger.ending == "reached"
    sentence = sentence_of(
        ledger.replace(ending="reached") if people == "reached" else ledger,
        decision.levers,
        decision.goal,
        candidates=decision.candidates,
        failures=decision.failures if has_bounds else (),
    )
    return as_judged(sentence, decision.judge, has_passed=has_passed)
