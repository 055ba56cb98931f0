"""`Permit`: the right to train, which only a matching `fine_tune` decision gives.

Everything in this room that trains takes a Permit first. So "training only when justified" is
not a habit but a type.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NoReturn, Self

from ladder.data.fingerprint import digest_samples
from ladder.data.load_samples import load_samples
from ladder.data.sample import Sample
from ladder.decision import Decision
from ladder.errors import (
    EvidenceError,
    InconclusiveError,
    LadderError,
    NotJustifiedError,
    SpecError,
)
from ladder.gate.policy import policy_here
from ladder.gate.predicate import objections_to_run
from ladder.models import model_digest
from ladder.spec.candidate import Candidate
from ladder.spec.lever_keys import UNCONSTRAINED
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.task import TaskSpec
from ladder.spec.training import Training, waiver_for

_TRIED = ("carried", "no_gain", "nothing_to_try", "not_applicable", "ceiling")


class Permit:
    """The right to train one task's model. `Permit.from_decision` is the only way to get one.

    Attributes:
        task: Name of the task.
        spec, eval_data, base_model, decision: Digests of what the right was given for.
        start: The candidate that training starts from.
        levers: What became of each lever: its status, and the reason where one was given.
    """

    __slots__ = ("base_model", "decision", "eval_data", "levers", "spec", "start", "task")

    task: str
    spec: str
    eval_data: str
    base_model: str
    decision: str
    start: Candidate
    levers: Mapping[str, tuple[str, str]]

    def __new__(cls, *_: object, **__: object) -> Self:
        """Refuse: a Permit is given, not made."""
        raise _forged()

    def __init_subclass__(cls, **_: object) -> NoReturn:
        """Refuse: a subclass could skip the checks."""
        raise _forged()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse: a Permit never changes."""
        raise _forged()

    def __reduce__(self) -> NoReturn:
        """Refuse copies and pickles: they would be Permits that nothing checked."""
        raise _forged()

    @classmethod
    def from_decision(cls, decision: Decision, task: TaskSpec) -> Self:
        """Return the Permit that `decision` gives for `task`, or raise.

        The verdict must be `fine_tune`, every lever tried or declared not applicable, and spec,
        eval data and model must be, digest by digest, those that were measured.

        Raises:
            NotJustifiedError: Another verdict: a cheaper candidate is enough.
            InconclusiveError: The run reached no verdict, tried less than the policy asks for, or only
                a form is missing (T05).
            EvidenceError: The decision is for something else, or does not hold together.
        """
        if decision.verdict != "fine_tune":
            raise _other_verdict(decision)
        if task.question == "retire":
            raise NotJustifiedError(
                f"Nothing is to be trained: the run asked whether a fine-tune can be retired. "
                f"{decision.sentence}",
                next_step="Keep the model that the target names as its reference. Whether to train "
                "another is a question of its own: leave `question: retire` out.",
            )
        _check_levers(decision)
        measured = _digests(decision, task)
        _check_effort(decision, task)
        _check_form(decision, task)
        permit = object.__new__(cls)
        values = {
            "task": task.name,
            **measured,
            "decision": decision.digest,
            "start": starting_candidate(decision, task),
            "levers": MappingProxyType(
                {each.lever: (each.status, each.reason) for each in decision.attempts}
            ),
        }
        for name, value in values.items():
            object.__setattr__(permit, name, value)
        return permit

    def check_given(self) -> None:
        """Raise EvidenceError unless this Permit was given by a decision."""
        if getattr(self, "decision", None) is None:
            raise _forged()

    def check(self, task: TaskSpec, evals: Sequence[Sample]) -> None:
        """Raise EvidenceError unless this Permit was given for exactly this task and eval data."""
        self.check_given()
        if self.spec != task.digest:
            raise _mismatch("The task spec", self.spec, task.digest)
        now = digest_samples(evals)
        if self.eval_data != now:
            raise _mismatch("The eval data", self.eval_data, now)


def training_of(task: TaskSpec) -> Training:
    """Return the task's training section, or say that it has none."""
    if task.training is None:
        raise SpecError(
            f"The task {task.name} has no training data.",
            next_step="Add a section `training:` with `path:` to the task.",
        )
    return task.training


def _check_levers(decision: Decision) -> None:
    tried = {attempt.lever for attempt in decision.attempts if attempt.status in _TRIED}
    untried = {attempt.lever for attempt in decision.attempts if attempt.status not in _TRIED}
    missing = [name for name in LEVER_NAMES if name not in tried or name in untried]
    if decision.ledger.ending != "justified" or missing:
        raise EvidenceError(
            f"The decision says fine_tune, but its ledger does not: it ended "
            f"{decision.ledger.ending!r}, and not tried were: {', '.join(missing) or 'none'}.",
            next_step="Run `ladder run` again; do not edit what it wrote.",
        )


def _check_effort(decision: Decision, task: TaskSpec) -> None:
    """Raise where the gate would stay shut: what is too little for it is too little here."""
    found = objections_to_run(decision, task, policy_here())
    if found:
        steps = dict.fromkeys(each.next_step for each in found)
        raise InconclusiveError(
            "The verdict is fine_tune, but it is not what ladder-policy.yaml asks for (its defaults, "
            "where there is none), for training and gate alike, so nothing is trained: "
            f"{'; '.join(each.problem for each in found)}.",
            next_step=" ".join([*steps, "Then: ladder run SPEC"]),
        )


def _check_form(decision: Decision, task: TaskSpec) -> None:
    """Raise where a form is to be learnt that no output was constrained to, as a run should (T05)."""
    tried = decision.ledger.tried
    records = [each for each in decision.candidates if each.configuration in tried]
    is_tried = any(each.candidate.decoding.held_to is not None for each in records)
    if is_tried or not task.needs_constrained_output:
        return
    if waiver_for("T05", training_of(task).review.waivers, date.today()) is None:
        raise InconclusiveError(
            f"The verdict is fine_tune, and nothing is trained for it: {UNCONSTRAINED}.",
            next_step="Try it: levers.decoding.grid.constraint: [json], or a regex. What was tried outside "
            "ladder somebody answers for: training.review.waivers with code T05.",
        )


def _digests(decision: Decision, task: TaskSpec) -> dict[str, str]:
    provenance = decision.provenance
    if provenance is None:
        raise EvidenceError(
            "The decision does not say what it was measured on.",
            next_step="Run `ladder run` and train from the run that it writes.",
        )
    if provenance.spec != task.digest:
        raise _mismatch("The task spec", provenance.spec, task.digest, made_by=provenance.command)
    eval_data = digest_samples(load_samples(task.data))
    if provenance.eval_data != eval_data:
        raise _mismatch("The eval data", provenance.eval_data, eval_data)
    base_model = model_digest(task.model)
    if provenance.model != base_model:
        raise _mismatch("The model", provenance.model, base_model)
    return {"spec": task.digest, "eval_data": eval_data, "base_model": base_model}


def _mismatch(what: str, measured: str, now: str, *, made_by: str = "") -> EvidenceError:
    options = " --set" in made_by and f" Or give the options that the run had: {made_by}"
    return EvidenceError(
        f"{what} changed since the decision: measured {measured[:12]}, now {now[:12]}.",
        next_step=f"Run `ladder run` on what you have now; answers that still hold are reused.{options or ''}",
    )


def _other_verdict(decision: Decision) -> LadderError:
    if decision.verdict == "inconclusive":
        return InconclusiveError(
            f"Training is not justified: {decision.sentence}",
            next_step="Nothing is trained before a run says that it is justified: `ladder report RUN` says "
            "what stands in the way of a verdict, and what to do; then run `ladder run` again.",
        )
    return NotJustifiedError(
        f"Training is not justified, a cheaper candidate is enough: {decision.sentence}",
        next_step="Use the candidate that `ladder report` names, or set a higher target.",
    )


def _forged() -> EvidenceError:
    return EvidenceError(
        "A Permit cannot be made, changed or copied; it is given by a decision.",
        next_step="Call Permit.from_decision(decision, task) with the run's own decision.",
    )


def starting_candidate(decision: Decision, task: TaskSpec) -> Candidate:
    """Return the best candidate without worked examples; the baseline unless one is better.

    Training replaces worked examples, and whatever else stands in the prompt is paid for in every
    training step and every call. So a change is kept only where it clearly helped by itself: scored
    on the whole selection part, with its 95 % interval above the baseline's. Where the task has
    limits it is within them, and where the baseline is not, no other comes before the best that is.
    """
    baseline = task.baseline().replace(examples=None)
    ledger = decision.ledger
    unchanged, tried = ledger.baseline, ledger.tried
    trials = {
        trial.configuration: trial
        for trial in ledger.trials[1:]
        if trial.n_seen == ledger.n_selection
        and trial.configuration in tried
        and ledger.standing(trial.configuration) == "within"
    }
    is_dear = ledger.standing(unchanged.configuration) != "within"
    found: list[tuple[float, Candidate]] = [
        (trials[record.configuration].score, record.candidate)
        for record in decision.candidates
        if record.candidate.examples is None
        and record.candidate.model == task.model
        and record.configuration in trials
        and (is_dear or trials[record.configuration].low > unchanged.high)
    ]
    return max(found, key=lambda pair: pair[0], default=(unchanged.score, baseline))[1]
