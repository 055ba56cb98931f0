"""Target behaviour: what the training is for, and whether the task's metric can see it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ladder.finding import Finding
from ladder.finetune.checklist import CheckOutcome
from ladder.finetune.permit import Permit, training_of
from ladder.spec.metric_parts import FORM_METRICS
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.task import TaskSpec
from ladder.spec.training import Behaviour

_OWN = "your own function"
_EXACT = frozenset({"exact_match", "choice", "numeric", "json_equal"})

_WORDING = frozenset({"rouge_l", "bleu", "chrf", "similarity"})


@dataclass(frozen=True, slots=True)
class BehaviourKind:
    """One of the seven kinds of behaviour that a fine-tune can change.

    Attributes:
        measured: What is compared before and after.
        metrics: Those that can see it; None: any.
        needs_form: Whether a lenient reading would look past it.
        first: The cheaper lever that must have been tried, if one does the same.
    """

    measured: str
    metrics: frozenset[str] | None = None
    needs_form: bool = False
    first: str | None = None


KINDS: Mapping[Behaviour, BehaviourKind] = {
    "style": BehaviourKind(
        "the share of answers in the wanted style, by a function of yours or by word overlap",
        frozenset({_OWN, "f1", *_WORDING}),
    ),
    "output_format": BehaviourKind(
        "the share of answers whose whole text has the form",
        frozenset({_OWN, "exact_match", "choice", "json_valid", "json_equal", *FORM_METRICS}),
        needs_form=True,
    ),
    "classification_or_extraction": BehaviourKind(
        "the share of right labels or values; a nearest neighbour and a classifier beside it",
        frozenset({_OWN, "contains", "f1", "json_fields", *_EXACT}),
    ),
    "tool_calls": BehaviourKind(
        "the share of calls with the right name and arguments",
        frozenset({_OWN, "exact_match", "json_equal", "tool_calls", "tool_calls_partial"}),
        needs_form=True,
    ),
    "persona": BehaviourKind(
        "the share of answers in the persona, by a function of yours", frozenset({_OWN})
    ),
    "domain": BehaviourKind(
        "the score on questions that retrieval was tried on and failed", first="rag"
    ),
    "small_model": BehaviourKind("the small model's score on this narrow task", first="model"),
}


def check_behaviour(permit: Permit, task: TaskSpec) -> CheckOutcome[None]:
    """Return whether the training names what it is for, in terms that are measured.

    T01 none named, T02 the metric cannot see it, T03 the lever that does the same was not tried (T05, that no
    constrained output was, bars the Permit already).
    """
    kinds = training_of(task).review.behaviour
    findings = [] if kinds else [_unnamed()]
    for name in kinds:
        findings += _unmeasured(name, task.metric)
        findings += _untried(name, permit)
    told = "; ".join(f"{name}: {KINDS[name].measured}" for name in kinds)
    metric = f"{task.metric.name}, {task.metric.reading}"
    return CheckOutcome(None, f"{told or 'none named'}. Metric: {metric}", findings)


def _unnamed() -> Finding:
    kinds = "; ".join(f"{name} ({kind.measured})" for name, kind in KINDS.items())
    return Finding(
        code="T01 behaviour-not-named",
        severity="error",
        problem="The task does not say which behaviour the training is to change.",
        evidence=f"known kinds: {kinds}",
        next_step="Write one or more of them: training: {review: {behaviour: "
        "[classification_or_extraction]}}. For output_format and tool_calls the form itself is "
        "measured, so these two ask for a run of their own.",
    )


def _unmeasured(name: Behaviour, metric: MetricSpec) -> Iterator[Finding]:
    kind = KINDS[name]
    used = _OWN if ":" in metric.name else metric.name
    if kind.metrics is not None and used not in kind.metrics:
        problem = f"{name} is not what the metric {metric.name} measures"
    elif kind.needs_form and metric.reading == "lenient":
        problem = f"{name} cannot be seen by the reading lenient, which looks past the form"
    else:
        return
    able = "any metric" if kind.metrics is None else ", ".join(sorted(kind.metrics))
    yield Finding(
        code="T02 behaviour-not-measured",
        severity="error",
        problem=f"{problem}.",
        evidence=f"to measure: {kind.measured}",
        next_step=f"Use a metric that sees it ({able}) and run the ladder again with it, or name the "
        "behaviour that is measured.",
    )


def _untried(name: Behaviour, permit: Permit) -> Iterator[Finding]:
    lever = KINDS[name].first
    if lever is None:
        return
    status, reason = permit.levers.get(lever, ("untested", ""))
    if status in ("carried", "no_gain", "ceiling"):
        return
    yield Finding(
        code="T03 cheaper-lever-not-tried",
        # Without a larger model to use, the small one is all there is; without documents, a domain
        # may still be one that retrieval would serve.
        severity="error" if lever == "rag" else "info",
        problem=f"{name} is claimed, and the lever {lever} was not measured: {status}.",
        evidence=reason,
        next_step=f"Give levers.{lever} its material and run the ladder again, or let somebody "
        "answer for it: training.review.waivers with code T03.",
    )
