"""What the report calls verdict, goal and candidates, and what it says beside the scores."""

from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.decision.goal import goal_in_words
from ladder.measure.passages_found import PassageSearch, share
from ladder.report import numbers
from ladder.report.ablation import enough_alone

NICKNAMES = {
    "already_good": "already good",
    "use_lever": "use a lever",
    "fine_tune": "fine-tune",
    "inconclusive": "inconclusive",
}


NOW = {
    "already_good": "What to do now: nothing. Let the gate keep it so",
    "use_lever": "What to do now: apply the change",
    "fine_tune": "What to do now: train. It was earned by this",
    "inconclusive": "What to do now: one of these would decide",
}
"""Heads of what stands under each verdict."""

FIRST = "What to do now: settle this first"
"""The head where something stands in the way of a verdict, whatever the number of samples."""

RETIRED: dict[str, str] = {
    "already_good": "retire it",
    "use_lever": "retire it",
    "fine_tune": "keep it",
    "inconclusive": "inconclusive",
}
"""The same where the question is whether a fine-tune can be retired."""

WHEN_RETIRED: dict[str, str] = {
    "already_good": "What to do now: switch the fine-tune off",
    "use_lever": "What to do now: put the other one in its place",
    "fine_tune": "What to do now: keep it. It was earned by this",
    "inconclusive": NOW["inconclusive"],
}

MOST_CLASSES = 4
"""Classes up to which a line names their targets."""


def nickname(decision: Decision) -> str:
    """Return a verdict in a word or two."""
    return (RETIRED if decision.is_retiring else NICKNAMES)[decision.verdict]


def title_of_steps(decision: Decision) -> str:
    """Return the head of what stands under a verdict."""
    if decision.ledger.blocked and decision.verdict == "inconclusive":
        return FIRST
    return (WHEN_RETIRED if decision.is_retiring else NOW)[decision.verdict]


def headline(decision: Decision) -> tuple[str, str]:
    """Return what of a verdict's sentence stands in large letters, and what follows in small ones.

    The verdict `fine_tune` lists what was tried, and why the rest was not: lines of it on a narrow
    screen, before the score.
    """
    first = f" ({decision.levers[0]} " if decision.levers else ""
    if decision.verdict != "fine_tune" or first not in decision.sentence:
        return decision.sentence, ""
    said, _, listed = decision.sentence.partition(first)
    return f"{said}.", f"{first.lstrip()}{listed}"


def summary(decision: Decision) -> str:
    """Return what was asked, on one line."""
    margin = [f"margin {numbers.exact(decision.margin)}"] if decision.margin else []
    target = ", ".join([goal_words(decision), *class_targets(decision), *margin])
    model = decision.model.rsplit("/", 1)[-1]
    metric = decision.metric.replace("_", " ")
    return " · ".join(one for one in (decision.task, model, metric, f"target {target}") if one)


def goal_words(decision: Decision) -> str:
    """Return what is asked of a candidate: a score as typed, or the reference and the margin."""
    if decision.target is None:
        return goal_in_words(decision.goal)
    return numbers.exact(decision.target)


def class_targets(decision: Decision) -> list[str]:
    """Return the targets of classes, a few words each; of many their number."""
    found = decision.ledger.class_targets
    if len(found) > MOST_CLASSES:
        return [f"{len(found)} classes"]
    return [f"{label} {numbers.exact(target)}" for label, target in found.items()]


def caveats(decision: Decision) -> tuple[str, ...]:
    """Return what must stand beside the verdict, as it changes what a reader would do."""
    found = (
        _of_judge(decision),
        *(each.words for each in decision.passages if each.searches),
        decision.reading_hint,
        enough_alone(decision),
        _neighbours_label(decision),
    )
    return tuple(text for text in found if text)


PASSAGE_COLUMNS = (
    "retrieval", "fetched", "in the prompt", "by chance", "recall", "nDCG", "MRR", "ms a question",
)  # fmt: skip
"""The head of the table of passages."""


def passage_cells(search: PassageSearch) -> list[str]:
    """Return what one way of retrieval found, under the head of that table."""
    shares = (search.fetched, search.shown, search.by_chance)
    scores = (search.recall, search.ndcg, search.mrr)
    return [
        search.words,
        *("–" if each is None else share(each) for each in shares),
        *("–" if each is None else numbers.score(each) for each in scores),
        f"{search.milliseconds:.2f}",
    ]


def _neighbours_label(decision: Decision) -> str:
    """Return what the most similar row's label alone scores, where a model is shown such rows.

    It is the control of examples chosen by their vectors: a model may do no more than copy that label.
    """
    best = decision.best
    if best is None or best.examples is None or not best.examples.is_own:
        return ""
    nearest = {
        record.configuration
        for record in decision.candidates
        if (each := record.candidate.model.classifier) is not None
        and (each.method, each.pool, each.encoder)
        == ("nearest", best.examples.pool, best.examples.encoder)
    }
    found = [t for t in decision.ledger.trials if t.configuration in nearest and t.n_seen]
    if not found:
        return ""
    control = max(found, key=lambda trial: trial.n_seen)
    return (
        "The best candidate is shown the most similar rows of the pool: the most similar row's label "
        f"alone is right {numbers.count(control.score * control.n_seen)} of "
        f"{numbers.count(control.n_seen)} times on the selection part."
    )


def _of_judge(decision: Decision) -> str:
    """Return that a judge's view is what was measured, what it took, and what people say; else nothing."""
    judge = decision.judge
    if judge is None:
        return ""
    unread = f", and gave no verdict on {numbers.count(judge.unread)}" if judge.unread else ""
    n = judge.n_confirmation
    confirmed = f" and {numbers.count(n)} of the confirmation part" if n else ""
    took = (
        f"It judged {numbers.counted(judge.n, 'answer')} of the selection part{confirmed}{unread} "
        f"({numbers.counted(judge.calls, 'call')}, {numbers.count(judge.tokens)} tokens)."
    )
    people = judge.people
    if people is None:
        return (
            f"Every score here is as the judge {judge.name} sees it: nobody else looked at the answers. "
            f"{took}"
        )
    agreement = people.agreement
    low, high = numbers.at_least(agreement.low), numbers.at_most(agreement.high)
    return (
        f"The scores of the ladder are as the judge {judge.name} sees it. {took} People labelled "
        f"{numbers.counted(people.n, 'answer')} of one candidate, blind, and found "
        f"{numbers.count(people.good)} good; they were unsure of {numbers.count(people.unsure)}. The "
        f"judge agrees with them on {numbers.count(agreement.count)} of {numbers.count(agreement.n)} "
        f"({low} to {high}): it accepts {people.false_accepts.count} of {people.false_accepts.n} that "
        f"they find bad, and rejects {people.false_rejects.count} of {people.false_rejects.n} good ones."
    )


def failed_calls(decision: Decision) -> tuple[str, ...]:
    """Return both bounds of each score in which calls failed, in words."""
    return tuple(
        f"{label_of(decision, one.configuration)}: {numbers.count(one.failed)} of "
        f"{numbers.counted(one.n, 'call')} failed; it scores {numbers.score(one.if_wrong)} if all "
        f"of them were wrong, and {numbers.score(one.if_right)} if all were right."
        for one in decision.failures
    )
