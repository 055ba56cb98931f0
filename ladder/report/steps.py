"""What to do next, after each verdict."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ladder.decision import Decision, record_of
from ladder.decision.candidate_labels import label_of
from ladder.decision.goal import RelativeGoal
from ladder.decision.undecided_words import more_examples
from ladder.rechecking import recorded_part
from ladder.report import numbers
from ladder.report.ladder_rows import Dot, leading
from ladder.report.power_words import gaps
from ladder.report.run_command import run_again, train_command
from ladder.report.words import class_targets, goal_words
from ladder.spec.lever_keys import keys_to_write
from ladder.spec.model_ref import RECORDED

_FIRST = "This has to be settled first"

ABLATION = "What the chosen candidate scores without each of its levers, on the selection part:"

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
    ("rollback plan", "going back to the base model, rehearsed before it is needed"),
)
"""The ten parts of a sound fine-tune; this run can have done only the third."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do next: words, and the command or text that goes with it."""

    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class NextSteps:
    """What to do after this verdict."""

    title: str
    command: str
    steps: tuple[Step, ...]
    ablation: tuple[tuple[str, str], ...] = ()
    checklist: tuple[tuple[str, str, bool], ...] = ()


def next_steps(
    decision: Decision,
    folder: str = "",
    *,
    tried: Sequence[Dot] = (),
    ablation: Sequence[tuple[str, str]] = (),
) -> NextSteps:
    """Return what to do after a verdict."""
    run = folder or "runs/<run>"
    steps = _after(decision, run, tried, ablation)
    label = tuple(_label(decision, run))
    return (
        replace(steps, steps=(*label, *steps.steps), command=label[0].command) if label else steps
    )


def _after(
    decision: Decision, run: str, tried: Sequence[Dot], ablation: Sequence[tuple[str, str]]
) -> NextSteps:
    keep = tuple(_keep(decision, run))
    if decision.is_retiring:
        return _retired_or_kept(decision, run, tried)
    match decision.verdict:
        case "already_good":
            return NextSteps("Nothing to change", keep[0].command, keep)
        case "use_lever":
            review = tuple(_review_step(decision))
            use = tuple(_use(decision, run))
            steps = (*use, *review, *_costs(decision), *keep)
            title = "Use the lever, do not fine-tune"
            return NextSteps(title, keep[0].command, steps, tuple(ablation))
        case "fine_tune":
            return _train(decision, run)
        case "inconclusive":
            again = run_again(decision)
            return NextSteps("What would decide it", again, tuple(_more(decision, tried)))


def _retired_or_kept(decision: Decision, run: str, tried: Sequence[Dot]) -> NextSteps:
    """Return what to do about the fine-tune that a run asked about."""
    if decision.verdict == "inconclusive":
        return NextSteps("What would decide it", run_again(decision), tuple(_more(decision, tried)))
    again = Step(
        "Ask again when models or rows change, or once a quarter: a policy with question: retire and "
        "freshness_days: 92 lets no older answer count.",
        run_again(decision),
    )
    gate = Step("Let the gate keep the answer.", f"ladder gate {run}")
    if decision.verdict == "fine_tune":
        keep = Step("Keep serving it: of all that was tried, nothing comes near it.")
        return NextSteps("Keep the fine-tune", gate.command, (keep, gate, again))
    off = Step("Switch it off once the other one answers in its place.")
    use = () if has_no_change(decision) else tuple(_use(decision, run))
    command = next((step.command for step in use if step.command), gate.command)
    later = _recheck(decision, run)
    return NextSteps("Retire the fine-tune", command, (*use, *_costs(decision), off, gate, later))


def _use(decision: Decision, run: str) -> Iterator[Step]:
    """Yield how to use the candidate that reaches the target."""
    predict = predict_step(decision, run)
    answer = f"ladder answer {run} FILE"
    if predict is not None:
        yield Step("Answer new rows exactly as it was measured.", answer)
        yield predict
        return
    export = f"ladder export {run} --format python --out exported"
    if has_no_change(decision):
        yield Step("Answer new rows exactly as it was measured.", answer)
    elif decision.best is None:
        yield Step("Write the change above into your spec.")
    elif decision.best.model.is_recorded:
        file = decision.best.model.id.removeprefix(RECORDED)
        yield Step(f"Use what gave the answers that are recorded in {file}.")
    else:
        yield Step(
            "Write the change above into a copy of your spec, answer new rows exactly as measured, or "
            "export all of it for another tool.",
            f"ladder apply {run}\n{answer}\n{export}",
        )


def has_no_change(decision: Decision) -> bool:
    """Return whether the answers of what reaches the target are those of the baseline."""
    baseline, best = decision.baseline, decision.best
    return baseline is not None and best is not None and best.unreviewed == baseline


def _review_step(decision: Decision) -> Iterator[Step]:
    """Yield what is to be handed on to a person, where a cascade reaches the target."""
    best = decision.best
    below = None if best is None else best.model.reviewed_below
    if best is None or below is None:
        return
    if best.model.classifier is not None:
        sure = "the probability of its label (`probabilities` of the same object)"
    elif best.decoding.is_by_likelihood:
        sure = "the likelihood of its label as a share of that of all labels"
    else:
        sure = f"the share of its {best.decoding.majority_of} draws that agree"
    yield Step(f"Hand an answer on to a person where {sure} is below {below:.3g}.")


def predict_step(decision: Decision, run: str) -> Step | None:
    """Return how to use a classifier that reaches the target; None where that is another candidate."""
    record = record_of(decision, decision.configuration)
    known = None if record is None else record.classifier
    if record is None or known is None or not known.saved:
        return None
    code = (
        "from ladder.retrieval import load_classifier; "
        f"print(load_classifier({f'{run}/{known.saved}'!r}).predict(['a text']))"
    )
    return Step(
        f"Use the {record.label}: it is kept in {run}/{known.saved}, as safetensors and JSON.",
        f"python -c {shlex.quote(code)}",
    )


def _label(decision: Decision, run: str) -> Iterator[Step]:
    """Yield that people should label the answers, where nobody but a judge has looked at them."""
    judge = decision.judge
    if judge is not None and judge.people is None and decision.verdict != "inconclusive":
        yield Step(
            "Have people label the answers, blind: until then the verdict is the judge's view.",
            f"ladder label {run}",
        )


def change_title(decision: Decision) -> str:
    """Return the words above the diff: advice, or only what was best."""
    return "What to change" if decision.verdict == "use_lever" else "The best candidate tried"


def in_short(decision: Decision, folder: str = "", *, tried: Sequence[Dot] = ()) -> Step:
    """Return the one thing to do next, short enough for a terminal."""
    run = folder or "runs/<run>"
    match decision.verdict:
        case "use_lever":
            predict = predict_step(decision, run)
            review = "".join(f" {each.words}" for each in _review_step(decision))
            if predict is not None:
                return replace(predict, words=f"{predict.words}{review}")
            label = label_of(decision, decision.configuration)
            if has_no_change(decision):
                return Step(f"Use {label}.{review}", f"ladder answer {run} FILE")
            return Step(f"Use {label}.{review} In your spec:", f"ladder apply {run}")
        case "fine_tune":
            before = " ".join(each.words for each in _before_training(decision))
            return Step(f"{before} Train behind the permit:".strip(), train_command(decision, run))
        case "inconclusive":
            first, *others = _more(decision, tried)
            is_stopped = decision.ledger.ending in ("outage", "budget")
            is_to_run = is_stopped or decision.ledger.is_explored
            command = first.command if is_to_run else f"ladder report {run}"
            is_how_missing = first.words.startswith(_FIRST) and "levers." not in first.words
            how = f" {others[0].words}" if is_how_missing and others else ""
            return Step(f"{first.words.split('. ')[0].rstrip('.')}.{how}", command)
        case "already_good":
            return next(_keep(decision, run))


def _keep(decision: Decision, run: str) -> Iterator[Step]:
    yield Step(
        "The gate stops a fine-tune of this task; put it into your CI.", f"ladder gate {run}"
    )
    yield _recheck(decision, run)
    again = run_again(decision)
    yield Step("Ask again when the model, the data or the target changes.", again)


def _recheck(decision: Decision, run: str) -> Step:
    """Return how it is known whether the verdict still holds next month, or why it cannot be."""
    goal = decision.goal
    reference = goal.candidate if isinstance(goal, RelativeGoal) else None
    recorded = recorded_part(decision.best or decision.baseline, reference)
    if not recorded:
        return Step(
            "Ask it fresh rows every month: does it still reach the target?",
            f"ladder recheck {run} --data new.jsonl",
        )
    return Step(
        f"It cannot be rechecked on fresh rows, as the answers of the {recorded} are recorded: record "
        "answers to them and give them a run of their own, or name the model that answers."
    )


def _costs(decision: Decision) -> Iterator[Step]:
    record = record_of(decision, decision.configuration)
    if record is None or not record.tokens:
        return
    paid = 1000 * (record.money or 0)
    money = f" ({numbers.money(paid, decision.currency)})" if paid else ""
    took = numbers.seconds(1000 * record.seconds)
    pace = f", and took {took} at the pace of this run" if record.seconds else ""
    yield Step(
        f"A thousand calls of it cost {numbers.count(1000 * record.prompt_tokens)} prompt tokens "
        f"and {numbers.count(1000 * record.completion_tokens)} answer tokens{money}{pace}."
    )


def _classes(decision: Decision) -> str:
    found = class_targets(decision)
    return f", and on classes of it ({', '.join(found)})" if found else ""


def _train(decision: Decision, run: str) -> NextSteps:
    target = goal_words(decision)
    train = train_command(decision, run)
    steps = (
        *_before_training(decision),
        Step(
            f"Train for exactly this: {decision.metric.replace('_', ' ')} of at least {target} "
            f"on this task{_classes(decision)}. The samples that failed everywhere are what it has to learn."
        ),
        Step("Check that the gate opens for this run.", f"ladder gate {run}"),
        Step(
            "Train. It prints expected time and memory first, and stops at the first check that "
            "fails.",
            train,
        ),
    )
    checklist = tuple((name, what, name == "baseline evals") for name, what in SOUND_PLAN)
    return NextSteps("Fine-tune, with a sound plan", train, steps, checklist=checklist)


def _before_training(decision: Decision) -> Iterator[Step]:
    """Yield at what training or gate would stop, as it was known when the run ended."""
    for each in decision.checks:
        if each.code.startswith(("W05", "W06")):
            yield Step(f"{each.problem} {each.next_step}")


def _more(decision: Decision, tried: Sequence[Dot]) -> Iterator[Step]:
    ledger = decision.ledger
    if ledger.ending == "reached":
        yield Step(
            "People do not see what the judge sees: mend metric.rubric or take another judge, and run "
            "again. What was labelled serves to select on; a verdict needs samples that nobody saw.",
            run_again(decision),
        )
        return
    if ledger.ending == "outage":
        yield Step(
            "Check the endpoint, then run the same command: good answers are kept, failed calls "
            "are made again.",
            run_again(decision),
        )
        return
    if ledger.is_explored and (ledger.closed or gaps(decision) == (None, None)):
        yield Step(
            "A verdict needs fresh samples, added to the same file: what is left of the confirmation "
            "part decides nothing. Explore further as often as you like.",
            f"{run_again(decision)} --explore",
        )
        return
    if ledger.is_explored:
        yield Step(
            "Explore further as often as you like, or get the verdict with the same command "
            "without --explore.",
            run_again(decision),
        )
        return
    if ledger.ending == "budget":
        raised = re.search(r" --set (budget\.\w+=[\d.]+)", ledger.reason)
        yield Step(
            "The budget ended first: raise it and run again; nothing is repeated.",
            run_again(decision, changed=raised[1] if raised else ""),
        )
    elif ledger.blocked and ledger.reason:
        yield Step(f"{_FIRST}: {ledger.reason.rstrip('.')}.")
    if ledger.closed:
        yield Step(
            "Give fresh samples: the confirmation part of these cannot be asked about another candidate.",
            run_again(decision),
        )
        return
    if not ledger.blocked:
        yield from _add_samples(decision, tried)
    yield from list(_other_help(decision))[:2]


def _add_samples(decision: Decision, tried: Sequence[Dot]) -> Iterator[Step]:
    """Yield how many more samples would decide, and how likely."""
    ledger, best = decision.ledger, leading(tried)
    is_above = best is not None and best.score >= decision.mark
    is_above = is_above and all(each.score >= each.target for each in ledger.classes)
    if ledger.more_examples:
        last = (ledger.advice or ledger.more_examples)[-1]
        is_above = last.reached >= last.chance / 2
    likely = "that a candidate reaches the target" if is_above else "that fine-tuning is justified"
    shown = f"Judging by the scores above, they would more likely show {likely}"
    if ledger.more_examples:
        yield Step(
            f"Add samples drawn like the others: {more_examples(ledger)}{_if_as_it_looks(decision, best)}. "
            f"{shown}. The probabilities are estimates; they count what a few samples leave open.",
            run_again(decision),
        )
    elif ledger.examples_needed:
        yield Step(
            f"Add about {numbers.count(ledger.examples_needed)} more samples drawn like the others. "
            f"{shown}. The number is an estimate from few samples.",
            run_again(decision),
        )


def _if_as_it_looks(decision: Decision, best: Dot | None) -> str:
    """Return how many would be enough if nothing but the best's score counted; else nothing."""
    needed = decision.ledger.if_as_it_looks
    if needed is None or best is None:
        return ""
    score = numbers.score(best.score, beside=decision.mark)
    return f"; {numbers.count(needed)} if the best is as good as it looks ({score})"


def _other_help(decision: Decision) -> Iterator[Step]:
    open_levers = [
        attempt.lever
        for attempt in decision.ledger.attempts
        if attempt.status in ("untested", "error")
    ]
    if open_levers:
        yield Step(
            "Give these levers something to try, or declare each not applicable with the reason: "
            f"write {keys_to_write(dict.fromkeys(open_levers))}."
        )
    for each in decision.checks:
        if each.code.startswith(("W03", "W04")):
            yield Step(f"{each.problem} {each.next_step}")
    where = "`target.margin`" if decision.relative is not None else "`margin` below the target"
    yield Step(
        f"Allow a {'larger' if decision.relative is not None else 'small'} {where} if a near miss is "
        "good enough for you: with a margin, enough samples always decide."
    )
    yield Step("Set `effort: full`, so that every candidate is scored on the whole selection part.")
