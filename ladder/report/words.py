"""What the report says in words: the claim, how sure it is, and what to do next."""

from collections.abc import Iterator
from dataclasses import dataclass

from ladder.decision import Decision
from ladder.report import numbers
from ladder.report.evidence import best_of, record_of
from ladder.report.labels import label_of
from ladder.report.rows import Dot, all_dots
from ladder.search.ledger import Configuration, Look

NICKNAMES = {
    "already_good": "already good",
    "use_lever": "use a lever",
    "fine_tune": "fine-tune",
    "inconclusive": "inconclusive",
}

SOUND_PLAN = (
    ("clean data", "duplicates, contradictions, cut answers, private data and keys are named"),
    ("train, validation and test splits", "no training row stands in the eval data"),
    ("baseline evals", "measured in this run"),
    ("clear target behaviour", "this metric and this target, and what must not change"),
    ("safety review", "refusals and leaks, before and after"),
    ("overfitting check", "train against validation against test"),
    ("regression check", "what else the model could do before, paired"),
    ("adapter versioning", "digests of base, adapter, data and this decision"),
    ("licence review", "base model, data and result"),
    ("rollback plan", "the way back, rehearsed before it is needed"),
)
"""The ten parts of a sound fine-tune; this run can have done only the third."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The only number that is a claim, or, without a verdict, a hint that is none."""

    number: str
    where: str
    bound: str
    error: str
    is_claim: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do next: words, and the command or text that goes with it."""

    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class NextSteps:
    """What to do after this verdict."""

    title: str
    steps: tuple[Step, ...]
    ablation: tuple[tuple[str, str], ...] = ()
    checklist: tuple[tuple[str, str, bool], ...] = ()


def nickname(decision: Decision) -> str:
    """Return the verdict in two words."""
    return NICKNAMES[decision.verdict]


def summary(decision: Decision) -> str:
    """Return what was asked, on one line."""
    target = numbers.exact(decision.target)
    model = decision.model.rsplit("/", 1)[-1]
    metric = decision.metric.replace("_", " ")
    return f"{decision.task} · {model} · {metric} · target {target}"


def claim_of(decision: Decision) -> Claim:
    """Return the claim of a verdict, or the hint that stands in its place."""
    confirmation = decision.confirmation
    if confirmation is None or decision.verdict == "inconclusive":
        return _hint(decision)
    is_below = decision.verdict == "fine_tune"
    bound = (
        f"at most {numbers.at_most(confirmation.at_most)}"
        if is_below
        else f"at least {numbers.at_least(confirmation.at_least)}"
    )
    return Claim(
        number=numbers.score(confirmation.score, beside=decision.target),
        where=f"on {numbers.count(confirmation.n)} samples kept aside",
        bound=bound,
        error=f"wrong with probability ≤ {numbers.percent(error_budget(decision))}",
        is_claim=True,
    )


def error_budget(decision: Decision) -> float:
    """Return the probability that bounds a wrong verdict, over the life of the data."""
    ledger = decision.ledger
    spent = spent_on(decision)
    if decision.verdict == "fine_tune":
        return max(0.05, round(ledger.alpha_justified_left + spent[1], 6))
    return max(0.05, round(ledger.alpha_reached_left + spent[0], 6))


def spent_on(decision: Decision) -> tuple[float, float]:
    """Return what the looks of this run spent of both error budgets.

    Every `below` test runs at the same level and only all of them together justify: they cost
    that level once (intersection-union).
    """
    looks = decision.ledger.looks
    reached = sum(look.alpha for look in looks if look.question == "reached")
    below = max((look.alpha for look in looks if look.question == "below"), default=0.0)
    return reached, below


def looks_to_show(decision: Decision) -> tuple[Look, ...]:
    """Return the looks that a person may see.

    Without a verdict the tests of "below" stay hidden: which of them failed would tell something
    of the samples kept aside, and those must still count the next time.
    """
    looks = decision.ledger.looks
    if decision.verdict != "inconclusive":
        return looks
    return tuple(look for look in looks if look.question == "reached")


def how_sure(decision: Decision) -> str:
    """Return, in plain words, what the verdict rests on and how often such a verdict errs."""
    ledger = decision.ledger
    n = numbers.count(ledger.n_confirmation)
    target = numbers.exact(decision.target)
    error = numbers.percent(error_budget(decision))
    tried = numbers.count(len(all_dots(decision)))
    if decision.verdict == "inconclusive":
        return (
            f"The {n} samples kept aside neither show that a way reaches {target} nor that every "
            "way stays below it. Their scores stay hidden, so that they still count when the "
            "question is asked again. The dots above come from the samples that the search was "
            "free to use: they are a hint, and no claim."
        )
    if decision.verdict == "fine_tune":
        return (
            f"Each of the {tried} ways that were tried, alone and together, was shown to stay "
            f"below {target} on {n} samples that no choice was made with. If one of them really "
            f"reached {target}, this verdict would still appear in at most {error} of such runs. "
            "It says nothing about ways that were not tried: the list is below."
        )
    return (
        f"One way was chosen with {numbers.count(ledger.n_selection)} samples and then tested on "
        f"{n} others that no choice was made with. If its true score were below {target}, this "
        f"verdict would still appear in at most {error} of such runs, over all levers, variants "
        "and repeated runs up to now."
    )


def next_steps(decision: Decision, folder: str = "") -> NextSteps:
    """Return what to do after a verdict."""
    run = folder or "runs/<run>"
    match decision.verdict:
        case "already_good":
            return NextSteps("Nothing to change", (*_keep(run),))
        case "use_lever":
            steps = (Step("Put the change above into your spec."), *_costs(decision), *_keep(run))
            return NextSteps("Use the lever, do not fine-tune", steps, _ablation(decision))
        case "fine_tune":
            return _train(decision, run)
        case "inconclusive":
            return NextSteps("What would decide it", tuple(_more(decision)))


def in_short(decision: Decision, folder: str = "") -> Step:
    """Return the one thing to do next, short enough for a terminal."""
    run = folder or "runs/<run>"
    match decision.verdict:
        case "use_lever":
            label = label_of(decision, best_of(decision))
            return Step(f"Use {label}. The diff against your spec:", f"ladder report {run}")
        case "fine_tune":
            return Step("Train behind the permit:", f"ladder train task.yaml --run {run}")
        case "inconclusive":
            first = next(iter(_more(decision)))
            return Step(first.words.split(". ")[0].rstrip(".") + ".", f"ladder report {run}")
        case "already_good":
            return next(_keep(run))


def _hint(decision: Decision) -> Claim:
    dots = all_dots(decision)
    best = dots[0] if dots else None
    if best is None:
        return Claim("–", "nothing was measured", "", "no claim", is_claim=False)
    return Claim(
        number=numbers.score(best.score, beside=decision.target),
        where=f"best of {len(dots)} tried, on {numbers.count(best.n)} samples",
        bound=f"between {numbers.at_least(best.low)} and {numbers.at_most(best.high)}",
        error="a hint, no claim",
        is_claim=False,
    )


def _keep(run: str) -> Iterator[Step]:
    yield Step(
        "The gate stops a fine-tune of this task; put it into your CI.", f"ladder gate {run}"
    )
    yield Step("Ask again when the model, the data or the target changes.", "ladder run task.yaml")


def _costs(decision: Decision) -> Iterator[Step]:
    record = record_of(decision, best_of(decision))
    if record is None or not record.prompt_tokens + record.completion_tokens:
        return
    yield Step(
        f"A thousand calls of it cost {numbers.count(1000 * record.prompt_tokens)} prompt tokens "
        f"and {numbers.count(1000 * record.completion_tokens)} answer tokens, and took "
        f"{numbers.seconds(1000 * record.seconds)} at the pace of this run."
    )


def _ablation(decision: Decision) -> tuple[tuple[str, str], ...]:
    """Return what the winning stack scores without each of its levers, where it was measured."""
    best = best_of(decision)
    used = [slot for slot, choice in enumerate(best) if choice]
    measured = {dot.configuration: dot for dot in all_dots(decision)}
    if len(used) < 2 or best not in measured:
        return ()
    return tuple((decision.levers[slot], _without(measured, best, slot)) for slot in used)


def _without(measured: dict[Configuration, Dot], best: Configuration, slot: int) -> str:
    dot = measured.get((*best[:slot], 0, *best[slot + 1 :]))
    if dot is None:
        return "not measured"
    return f"{numbers.score(dot.score)} (n = {numbers.count(dot.n)})"


def _train(decision: Decision, run: str) -> NextSteps:
    target = numbers.exact(decision.target)
    steps = (
        Step(
            f"Train for exactly this: {decision.metric.replace('_', ' ')} of at least {target} "
            "on this task. The samples below that failed everywhere are what it has to learn."
        ),
        Step("Check that the gate opens for this run.", f"ladder gate {run}"),
        Step(
            "Train behind the permit. It prints minutes and memory first, and stops at the first "
            "part that blocks.",
            f"ladder train task.yaml --run {run}",
        ),
    )
    checklist = tuple((name, what, name == "baseline evals") for name, what in SOUND_PLAN)
    return NextSteps("Fine-tune, with a sound plan", steps, checklist=checklist)


def _more(decision: Decision) -> Iterator[Step]:
    ledger = decision.ledger
    needed = decision.examples_needed or ledger.examples_needed
    dots = all_dots(decision)
    is_above = bool(dots) and dots[0].score >= decision.target
    likely = (
        "that a cheaper way reaches the target" if is_above else "that fine-tuning is justified"
    )
    if needed:
        yield Step(
            f"Add about {numbers.count(needed)} more samples drawn like the others. By the hint "
            f"above they would more likely show {likely}. “About”: it is planned from "
            "the few samples there are.",
            "ladder run task.yaml",
        )
    yield from list(_other_help(decision))[:2]


def _other_help(decision: Decision) -> Iterator[Step]:
    open_levers = [
        attempt.lever
        for attempt in decision.ledger.attempts
        if attempt.status in ("untested", "nothing_to_try", "error")
    ]
    if decision.ledger.ending == "budget":
        yield Step("The budget ended first: raise `budget` and run again; nothing is repeated.")
    if open_levers:
        yield Step(
            f"Give these levers material, or declare each `not_applicable` with its reason: "
            f"{', '.join(dict.fromkeys(open_levers))}."
        )
    yield Step(
        "Allow a small `margin` below the target if a near miss is good enough for you: with "
        "a margin, enough samples always decide."
    )
    yield Step("Set `effort: full`, so that every candidate is scored on all samples for choosing.")
