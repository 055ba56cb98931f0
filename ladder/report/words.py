"""What the report says in words: the verdict, the claim, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.data.split import CONFIRMATION_SHARE
from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.decision.goal import RelativeGoal, goal_in_words
from ladder.decision.limit_words import claimed_of
from ladder.measure.passages_found import PassageSearch, share
from ladder.report import numbers
from ladder.report.ablation import enough_alone
from ladder.report.ladder_rows import Dot, leading
from ladder.search.confirm import looks_of_task
from ladder.search.confirm.looks_of_task import questions_in_words
from ladder.search.ledger import AgainstReference, Attempt, Ledger, Look
from ladder.search.select.selection import NINETY_FIVE
from ladder.statistics import smallest_gap
from ladder.statistics.paired_sizes import paired_examples
from ladder.statistics.sizes import SPEND, highest_asked, questions_borne

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

QUESTIONS = {"reached": "does it reach the target?", "below": "is it below the target?"}


@dataclass(frozen=True, slots=True)
class Claim:
    """The only number that is a claim, or, without a verdict, a hint that is none."""

    number: str
    where: str
    bound: str
    error: str
    is_claim: bool


@dataclass(frozen=True, slots=True)
class LookRow:
    """One test on the confirmation part, in words."""

    label: str
    question: str
    level: str
    n: str
    passed: bool


def nickname(decision: Decision) -> str:
    """Return a verdict in a word or two."""
    return (RETIRED if decision.is_retiring else NICKNAMES)[decision.verdict]


def title_of_steps(decision: Decision) -> str:
    """Return the head of what stands under a verdict."""
    return (WHEN_RETIRED if decision.is_retiring else NOW)[decision.verdict]


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


def claim_of(decision: Decision, tried: Sequence[Dot]) -> Claim:
    """Return the claim of a verdict, or the hint that stands in its place."""
    confirmation = decision.confirmation
    if decision.names_a_winner and confirmation is None:
        return _sealed_claim(decision)
    if confirmation is None or decision.verdict == "inconclusive":
        return _hint(decision, tried)
    if confirmation.against is not None:
        return _claimed_difference(decision, confirmation.against)
    is_below = decision.verdict == "fine_tune"
    bound = f"at least {numbers.at_least(confirmation.at_least)}"
    if is_below:
        high = numbers.at_most(confirmation.at_most)
        target = decision.confirmed_target
        is_under = float(high) < target
        bound = f"at most {high}" if is_under else f"below {numbers.exact(target)}"
    return Claim(
        number=numbers.score(confirmation.score, beside=decision.confirmed_target),
        where=f"on {numbers.counted(confirmation.n, 'confirmation sample')}"
        f"{of_class(confirmation.label, decision)}",
        bound="; ".join([bound, *confirmed_classes(decision), *confirmed_coverage(decision)]),
        error=f"wrong with probability ≤ {numbers.percent(error_budget(decision))}",
        is_claim=True,
    )


def _claimed_difference(decision: Decision, seen: AgainstReference) -> Claim:
    """Return the claim about a difference to a reference, with both scores."""
    is_below = decision.verdict == "fine_tune"
    reference = "the reference" if decision.relative is None else decision.relative.name
    margin = 0.0 if decision.relative is None else decision.relative.margin
    edge = numbers.gain(-margin) if margin else "0"
    bound = (
        f"the difference is at most {numbers.gain(seen.high)}"
        if is_below
        else f"the difference is at least {numbers.gain(max(seen.low, -margin))}"
    )
    return Claim(
        number=numbers.gain(seen.difference),
        where=f"against {reference} ({numbers.score(seen.reference)}) on "
        f"{numbers.counted(seen.n, 'confirmation sample')}",
        bound=f"{bound} ({edge} asked)",
        error=f"wrong with probability ≤ {numbers.percent(error_budget(decision))}",
        is_claim=True,
    )


def _sealed_claim(decision: Decision) -> Claim:
    """Return the claim of a verdict that showed no score of its test, or names an earlier one."""
    ledger, earlier = decision.ledger, decision.ledger.earlier
    error = f"wrong with probability ≤ {numbers.percent(error_budget(decision))}"
    if earlier is not None:
        return Claim(
            number=numbers.score(earlier.score, beside=decision.confirmed_target),
            where=f"on {numbers.counted(earlier.n, 'confirmation sample')} of an earlier run",
            bound=f"at least {numbers.at_least(earlier.at_least)}",
            error=error,
            is_claim=True,
        )
    relative, n = decision.relative, numbers.counted(ledger.n_confirmation, "confirmation sample")
    edge = _reach(decision) if relative is None else -relative.margin
    against = "" if relative is None else f"against {relative.name}, "
    return Claim(
        number=f"≥ {numbers.exact(edge) if relative is None else numbers.gain(edge)}",
        where=f"{against}shown on {n}",
        bound=f"scores sealed{_questions(decision)}",
        error=error,
        is_claim=True,
    )


def _questions(decision: Decision) -> str:
    """Return in a few words how many more candidates sealed samples can confirm, if each passes."""
    if decision.relative is not None:
        return ""
    ledger, reach = decision.ledger, _reach(decision)
    left, most = ledger.alpha_reached_left, highest_asked(reach)
    n = questions_borne(reach, _worth(ledger), left, kept=SPEND, most=most)
    return f", about {numbers.counted(n, 'more question')}" if n else ", hardly another question"


def _worth(ledger: Ledger) -> int:
    """Return how many samples of pass and fail a sealed part is worth."""
    return ledger.n_confirmation if ledger.worth is None else ledger.worth


def _reach(decision: Decision) -> float:
    """Return the score from which a candidate counts as good enough; of a decision with a target."""
    return (decision.target or 0.0) - (decision.margin or 0.0)


def of_class(label: str, decision: Decision) -> str:
    """Return which class a score is of, with what was asked of it; nothing for the mean over all."""
    return f" of {label} ({numbers.exact(decision.confirmed_target)} asked)" if label else ""


def confirmed_classes(decision: Decision) -> tuple[str, ...]:
    """Return what was confirmed of each class with a target of its own, in words."""
    asked, seen = decision.ledger.class_targets, decision.confirmation
    return tuple(
        f"{each.label} {numbers.score(each.score, beside=asked[each.label])} on "
        f"{numbers.count(each.n)}, at least {numbers.at_least(each.at_least)} "
        f"({numbers.exact(asked[each.label])} asked)"
        for each in (() if seen is None else seen.classes)
        if each.label in asked
    )


def confirmed_coverage(decision: Decision) -> tuple[str, ...]:
    """Return how much a cascade was shown to answer without a person, in words; else nothing."""
    seen = decision.confirmation
    if seen is None or seen.coverage is None:
        return ()
    share = seen.coverage
    found = f"{numbers.percent(share.share)} of {numbers.count(share.n)} answered without a person"
    least = f"at least {numbers.percent(share.at_least)} ({numbers.percent(share.asked)} asked)"
    return (f"{found}, {least}",)


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


def looks_passed(decision: Decision) -> str:
    """Return how many tests on the confirmation part passed, by what they showed."""
    shown = [look.question for look in decision.ledger.looks if look.passed]
    below, reached = shown.count("below"), shown.count("reached")
    parts = [f"{numbers.count(below)} shown to be below"] if below else []
    if reached or not below:
        parts.insert(0, f"{numbers.count(reached)} shown to reach the target")
    return ", ".join(parts)


def error_budget(decision: Decision) -> float:
    """Return the probability that bounds a wrong verdict, over the life of the data."""
    ledger = decision.ledger
    spent = spent_on(decision)
    if decision.verdict == "fine_tune":
        return max(0.05, round(ledger.alpha_justified_left + spent[1], 6))
    return max(0.05, round(ledger.alpha_reached_left + spent[0], 6))


def spent_on(decision: Decision) -> tuple[float, float]:
    """Return what the tests of this run spent of both error budgets.

    Every `below` test runs at the same level and only all of them together justify: they cost
    that level once (intersection-union).
    """
    looks = decision.ledger.looks
    reached = sum(_cost(decision, look) for look in looks if look.question == "reached")
    below = max((look.alpha for look in looks if look.question == "below"), default=0.0)
    return reached, below


def _cost(decision: Decision, look: Look) -> float:
    """Return how much less of the error budget there is since a test of whether one reaches the target.

    Of one that passed and showed no score its own level is left; one of an earlier run costs nothing.
    """
    if not look.passed or not decision.ledger.is_sealed:
        return look.alpha
    return 0.0 if decision.ledger.earlier is not None else look.alpha / SPEND - look.alpha


def looks_to_show(decision: Decision) -> tuple[LookRow, ...]:
    """Return each test on the confirmation part in words: candidate, question, level, n, passed.

    Without a verdict nothing says which candidate prevented `fine_tune`, nor when a test ended:
    both would tell something of the confirmation part, which may be asked again.
    """
    is_open = decision.verdict == "inconclusive"
    return tuple(
        LookRow(
            "every candidate tried"
            if is_open and look.question == "below"
            else label_of(decision, look.configuration),
            QUESTIONS[look.question],
            numbers.level(look.alpha),
            "hidden" if is_open else numbers.count(look.n_seen),
            look.passed,
        )
        for look in decision.ledger.looks
    )


def how_earned(decision: Decision, tried: Sequence[Dot]) -> tuple[str, ...]:
    """Return by what `fine_tune` was earned: what was shown, and what was never tried and why."""
    ledger = decision.ledger
    shown = sum(look.question == "below" and look.passed for look in ledger.looks)
    best = leading(tried)
    lines = [
        (
            f"{numbers.counted(shown or len(tried), 'candidate')}, alone and together, each shown to stay "
            f"below {goal_words(decision)} on {_asked_below(decision)} confirmation samples."
        )
    ]
    if best is not None:
        lines.append(f"The best of them: {best.label}.")
    untried = [each for each in ledger.attempts if each.status in _NEVER_TRIED]
    named = [f"{each.lever}, {_NEVER_TRIED[each.status]}{_because(each)}" for each in untried]
    return (*lines, *([f"Not tried: {'; '.join(named)}."] if named else []))


_NEVER_TRIED = {
    "nothing_to_try": "nothing to try",
    "not_applicable": "declared not applicable",
    "ceiling": "even its upper bound is too low",
}


def _because(attempt: Attempt) -> str:
    reason = attempt.reason.strip().rstrip(".")
    return f" ({reason})" if reason else ""


def how_sure(decision: Decision, n_tried: int) -> str:
    """Return, in plain words, what the verdict rests on and how often such a verdict errs."""
    ledger = decision.ledger
    n = numbers.count(ledger.n_confirmation)
    target = goal_words(decision)
    error = numbers.percent(error_budget(decision))
    tried = numbers.count(len(ledger.within_reach) if ledger.limits else n_tried)
    about = f"candidates{claimed_of(ledger)} that were tried"
    settled = (
        " Which candidates the limits leave out was settled on the selection part, before these tests: "
        "nothing is claimed of those."
        if ledger.limits
        else ""
    )
    has_classes = bool(decision.ledger.classes)
    goal = "all targets" if has_classes else target
    missed = "below a target, over all samples or of a class," if has_classes else f"below {target}"
    if decision.verdict == "inconclusive" and ledger.ending == "reached":
        return (
            f"The judge's scores passed the test, and people's labels of the same candidate, read by the "
            f"same test at the same level, do not show that it reaches {goal}."
        )
    if decision.verdict == "inconclusive":
        return (
            f"{_what_was_asked(decision)} The scores above come from the selection part, which the "
            "search is free to use: they are a hint, and no claim."
        )
    if decision.verdict == "fine_tune":
        return (
            f"Each of the {tried} {about}, alone and together, was shown to stay "
            f"{missed} on {_asked_below(decision)} confirmation samples that were not used to choose any candidate. If one "
            f"of them really reached {goal}, this verdict would still appear in at most {error} "
            "of such runs. It says nothing about candidates that were not tried: the list of those "
            f"that were is below.{settled}"
        )
    if ledger.earlier is not None:
        return (
            "This candidate was tested in an earlier run, on confirmation samples that were not used to "
            f"choose it, and passed; nothing was asked of the {n} that are left. If its true score "
            f"were {missed}, that verdict would still have appeared in at most {error} of such runs."
        )
    used = _tested_on(decision)
    if decision.confirmation is not None and decision.confirmation.coverage is not None:
        missed = f"{missed} where it answers without a person, or these were fewer than asked"
    is_early = used < ledger.n_confirmation
    others = f"{numbers.count(used)} of {n}" if is_early else n
    early = " The test ended as soon as it was clear." if is_early else ""
    return (
        f"One candidate was chosen on {numbers.count(ledger.n_selection)} selection samples and then "
        f"tested on {others} confirmation samples that were not used to choose any candidate.{early} If its true "
        f"score were {missed.rstrip(',')}, this verdict would still appear in at most {error} of such "
        f"runs, over all levers, candidates and repeated runs up to now.{settled}"
    )


def _tested_on(decision: Decision) -> int:
    """Return on how many samples the confirmed candidate was tested: those handed on count too."""
    seen, ledger = decision.confirmation, decision.ledger
    if seen is None:
        return ledger.n_confirmation
    if seen.coverage is None:
        return seen.n
    return max((look.n_seen for look in ledger.looks if look.passed), default=seen.coverage.n)


def _asked_below(decision: Decision) -> str:
    """Return on how many samples candidates were shown to be below: each as many as it took."""
    ledger = decision.ledger
    most = max((look.n_seen for look in ledger.looks if look.question == "below"), default=0)
    n = numbers.count(ledger.n_confirmation)
    return f"up to {numbers.count(most)} of {n}" if 0 < most < ledger.n_confirmation else n


def _what_was_asked(decision: Decision) -> str:
    """Return what the confirmation part was asked in a run without a verdict, and why no more."""
    ledger, asked = decision.ledger, {look.question for look in decision.ledger.looks}
    n = numbers.counted(ledger.n_confirmation, "confirmation sample")
    target = goal_words(decision)
    hidden = "Their scores stay hidden, so that they still count when they are tested again."
    if asked == {"reached", "below"}:
        return (
            f"The {n} show neither that a candidate reaches {target} nor that every candidate "
            f"stays below it. {hidden}"
        )
    if asked == {"reached"}:
        tests = numbers.counted(len(ledger.looks), "test")
        return (
            f"On the {n}, {tests} of whether a candidate reaches {target} failed. "
            f"Whether every candidate stays below it was not tested. {hidden}"
        )
    if asked == {"below"}:
        return f"The {n} do not show that every candidate stays below {target}. {hidden}"
    return (
        f"The {n} were not used in this run, and nothing of their error budget was spent: "
        f"{_why_not_asked(decision)}."
    )


def _why_not_asked(decision: Decision) -> str:
    ledger = decision.ledger
    if ledger.is_explored:
        return "the run was only to explore"
    if ledger.blocked and ledger.ending == "undecided":
        return (
            "no candidate was likely enough to reach the target, and while something is untried nothing "
            "can justify fine-tuning"
        )
    return ledger.reason.rstrip(".") or "a test had too little chance to decide"


def what_is_left(decision: Decision, *, is_clustered: bool = False) -> str:
    """Return how much of the confirmation part the next verdict can use; "" where not known."""
    ledger = decision.ledger
    if ledger.n_open is None:
        return ""
    if ledger.is_sealed and ledger.earlier is None:
        return what_sealed_samples_bear(decision)
    if is_clustered:
        n = numbers.counted(ledger.n_open, "cluster")
        return f"{n} of the confirmation part {'is' if ledger.n_open == 1 else 'are'} untouched."
    if ledger.looks and ledger.confirmation is None and ledger.earlier is None:
        n = numbers.counted(ledger.n_open, "confirmation sample")
        return f"The {n} can still be asked: the tests of this run showed none of their answers."
    n_verdicts = int(ledger.confirmation is not None)
    if ledger.n_open >= ledger.n_confirmation:
        # What a whole confirmation part can decide stands in the sentence before this one.
        return looks_of_task.what_is_left(ledger.n_open, ledger.n_confirmation, n_verdicts=0)
    return looks_of_task.what_is_left(
        ledger.n_open,
        ledger.n_confirmation,
        n_verdicts=n_verdicts,
        target=0.5 if decision.target is None else decision.target,
    )


def what_sealed_samples_bear(decision: Decision) -> str:
    """Return how many more candidates the samples of a sealed test can confirm, in words."""
    ledger = decision.ledger
    n = numbers.counted(ledger.n_confirmation, "confirmation sample")
    told = f"The scores of the {n} stay sealed, so that an edited prompt can be tested on them."
    if decision.relative is not None:
        return told
    left = ledger.alpha_reached_left
    return f"{told} {questions_in_words(_reach(decision), _worth(ledger), left)}"


def can_decide(decision: Decision) -> str:
    """Return what the confirmation samples of this run can decide at all, at this target.

    What earlier tests had spent of the error budget when the run began counts.
    """
    ledger, target = decision.ledger, decision.mark
    if ledger.closed:
        return (
            "The confirmation samples decide nothing more: an earlier verdict showed their scores. "
            "A verdict needs fresh samples, added to the same file."
        )
    if decision.relative is not None:
        return _can_compare(decision, decision.relative)
    above, below = gaps(decision)
    reached = (
        "no score can be counted on to be confirmed"
        if above is None
        else f"a true score of {numbers.at_most(target + above)} or more is confirmed"
    )
    justified = (
        "nothing can justify fine-tuning"
        if below is None
        else f"a best true score of {numbers.at_least(target - below)} or less justifies fine-tuning"
    )
    return (
        f"With {numbers.counted(ledger.n_confirmation, 'confirmation sample')} and target "
        f"{numbers.exact(target)}, a run decides with about 80 % probability: {reached}; "
        f"{justified}. Scores in between may stay undecided."
    )


def _can_compare(decision: Decision, goal: RelativeGoal) -> str:
    """Return how many samples would compare the best with the reference, by how often they disagree."""
    ledger = decision.ledger
    best = max(
        (trial for trial in ledger.trials if trial.against is not None and trial.is_over_all),
        key=lambda trial: trial.score,
        default=None,
    )
    if best is None or best.against is None or best.against.high < -goal.margin or not goal.margin:
        return ""
    seen = best.against
    error = (seen.high - seen.low) / (2 * NINETY_FIVE)
    disagree = min(error * error * seen.n + seen.difference * seen.difference, 1.0)
    needed = paired_examples(goal.margin, disagree)
    if needed is None:
        return ""
    return (
        f"The best candidate and {goal.name} disagree on about {numbers.percent(round(disagree, 2))} of "
        f"the selection samples. If they are equally good, about {numbers.count(needed)} samples in all "
        f"show with 80 % probability that it is not worse by more than {numbers.exact(goal.margin)}; "
        f"this run had {numbers.count(ledger.n)}."
    )


def gaps(decision: Decision) -> tuple[float | None, float | None]:
    """Return how far above and below the target a run's confirmation samples decide; None: never."""
    ledger, target = decision.ledger, decision.target
    if target is None:
        return None, None
    worth = round(ledger.n_confirmation / CONFIRMATION_SHARE)
    reached, below = spent_on(decision)
    return (
        smallest_gap(worth, target, alpha=SPEND * (ledger.alpha_reached_left + reached)),
        smallest_gap(
            worth, target, direction="below", alpha=SPEND * (ledger.alpha_justified_left + below)
        ),
    )


def failed_calls(decision: Decision) -> tuple[str, ...]:
    """Return both bounds of each score in which calls failed, in words."""
    return tuple(
        f"{label_of(decision, one.configuration)}: {numbers.count(one.failed)} of "
        f"{numbers.counted(one.n, 'call')} failed; it scores {numbers.score(one.if_wrong)} if all "
        f"of them were wrong, and {numbers.score(one.if_right)} if all were right."
        for one in decision.failures
    )


def _hint(decision: Decision, tried: Sequence[Dot]) -> Claim:
    best = leading(tried)
    if best is None:
        return Claim("–", "nothing was measured", "", "no claim", is_claim=False)
    return Claim(
        number=numbers.score(best.score, beside=decision.mark),
        where=f"best of {len(tried)} tried, on {numbers.counted(best.n, 'sample')}",
        bound=f"between {numbers.at_least(best.low)} and {numbers.at_most(best.high)}",
        error="a hint, no claim",
        is_claim=False,
    )
