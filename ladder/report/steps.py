"""What to do next, after each verdict."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ladder.decision import Decision, record_of
from ladder.decision.candidate_labels import label_of
from ladder.report import numbers
from ladder.report.ladder_rows import Dot
from ladder.spec.lever_keys import keys_to_write

_SPEC_ENDINGS = (".yaml", ".yml", ".toml", ".json")

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
    keep = tuple(_keep(decision, run))
    match decision.verdict:
        case "already_good":
            return NextSteps("Nothing to change", keep[0].command, keep)
        case "use_lever":
            steps = (Step("Put the change above into your spec."), *_costs(decision), *keep)
            title = "Use the lever, do not fine-tune"
            return NextSteps(title, keep[0].command, steps, tuple(ablation))
        case "fine_tune":
            return _train(decision, run)
        case "inconclusive":
            again = f"ladder run {spec_path(decision)}"
            return NextSteps("What would decide it", again, tuple(_more(decision, tried)))


def change_title(decision: Decision) -> str:
    """Return the words above the diff: advice, or only what was best."""
    return "What to change" if decision.verdict == "use_lever" else "The best candidate tried"


def spec_path(decision: Decision) -> str:
    """Return the spec's path as the person typed it, for the commands to copy."""
    return shlex.quote(spec_file(decision))


def spec_file(decision: Decision) -> str:
    """Return the spec's path as the person typed it; `task.yaml` where it is not known."""
    command = decision.provenance.command if decision.provenance else ""
    found = re.search(r"(?:\bladder|\b__main__\.py) run (.*)", command)
    words = _words(found[1]) if found else []
    specs = (word for word in words if word.endswith(_SPEC_ENDINGS) and "=" not in word)
    return next(specs, "task.yaml")


def command_of(decision: Decision) -> str:
    """Return the command that made the run, as a person types it."""
    command = decision.provenance.command if decision.provenance else ""
    found = re.match(r"""(?:'[^']*/|\S*/)?(?:ladder|__main__\.py)'? (run .*)""", command)
    return f"ladder {found[1]}" if found else command


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []


def in_short(decision: Decision, folder: str = "", *, tried: Sequence[Dot] = ()) -> Step:
    """Return the one thing to do next, short enough for a terminal."""
    run = folder or "runs/<run>"
    match decision.verdict:
        case "use_lever":
            label = label_of(decision, decision.configuration)
            return Step(f"Use {label}. In your spec:", f"ladder report {run} --format md")
        case "fine_tune":
            return Step(
                "Train behind the permit:", f"ladder train {spec_path(decision)} --run {run}"
            )
        case "inconclusive":
            first = next(iter(_more(decision, tried)))
            is_to_run = decision.ledger.ending == "outage" or decision.ledger.is_explored
            command = first.command if is_to_run else f"ladder report {run}"
            return Step(first.words.split(". ")[0].rstrip(".") + ".", command)
        case "already_good":
            return next(_keep(decision, run))


def _keep(decision: Decision, run: str) -> Iterator[Step]:
    yield Step(
        "The gate stops a fine-tune of this task; put it into your CI.", f"ladder gate {run}"
    )
    again = f"ladder run {spec_path(decision)}"
    yield Step("Ask again when the model, the data or the target changes.", again)


def _costs(decision: Decision) -> Iterator[Step]:
    record = record_of(decision, decision.configuration)
    if record is None or not record.prompt_tokens + record.completion_tokens:
        return
    paid = 1000 * (record.money or 0)
    money = f" ({numbers.money(paid, decision.currency)})" if paid else ""
    took = numbers.seconds(1000 * record.seconds)
    pace = f", and took {took} at the pace of this run" if record.seconds else ""
    yield Step(
        f"A thousand calls of it cost {numbers.count(1000 * record.prompt_tokens)} prompt tokens "
        f"and {numbers.count(1000 * record.completion_tokens)} answer tokens{money}{pace}."
    )


def _train(decision: Decision, run: str) -> NextSteps:
    target = numbers.exact(decision.target)
    train = f"ladder train {spec_path(decision)} --run {run}"
    steps = (
        Step(
            f"Train for exactly this: {decision.metric.replace('_', ' ')} of at least {target} "
            "on this task. The samples that failed everywhere are what it has to learn."
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


def _more(decision: Decision, tried: Sequence[Dot]) -> Iterator[Step]:
    ledger = decision.ledger
    needed = decision.examples_needed or ledger.examples_needed
    is_above = bool(tried) and tried[0].score >= decision.target
    likely = "that a candidate reaches the target" if is_above else "that fine-tuning is justified"
    if ledger.ending == "outage":
        yield Step(
            "Check the endpoint, then run the same command: good answers are kept, failed calls "
            "are made again.",
            f"ladder run {spec_path(decision)}",
        )
        return
    if ledger.is_explored:
        yield Step(
            "Explore further as often as you like, or get the verdict with the same command "
            "without --explore.",
            f"ladder run {spec_path(decision)}",
        )
        return
    if ledger.ending == "budget":
        raised = re.search(r" --set budget\.\w+=[\d.]+", ledger.reason)
        yield Step(
            "The budget ended first: raise it and run again; nothing is repeated.",
            f"ladder run {spec_path(decision)}{raised[0] if raised else ''}",
        )
    elif ledger.blocked and ledger.reason:
        yield Step(f"This has to be settled first: {ledger.reason.rstrip('.')}.")
    if ledger.closed:
        yield Step(
            "Give fresh samples: the confirmation part of these cannot be asked about another candidate.",
            f"ladder run {spec_path(decision)}",
        )
        return
    if needed:
        yield Step(
            f"Add about {numbers.count(needed)} more samples drawn like the others. Judging by "
            f"the scores above, they would more likely show {likely}. The number is an estimate "
            "from few samples.",
            f"ladder run {spec_path(decision)}",
        )
    yield from list(_other_help(decision))[:2]


def _other_help(decision: Decision) -> Iterator[Step]:
    open_levers = [
        attempt.lever
        for attempt in decision.ledger.attempts
        if attempt.status in ("untested", "nothing_to_try", "error")
    ]
    if open_levers:
        yield Step(
            "Give these levers something to try, or declare each not applicable with the reason: "
            f"write {keys_to_write(dict.fromkeys(open_levers))}."
        )
    yield Step(
        "Allow a small `margin` below the target if a near miss is good enough for you: with "
        "a margin, enough samples always decide."
    )
    yield Step("Set `effort: full`, so that every candidate is scored on the whole selection part.")
