"""Which levers a run would leave untried: they bar the verdict `fine_tune`, whatever is scored."""

from collections.abc import Mapping, Sequence

from ladder.finding import Finding
from ladder.levers.base import Lever, without_classifiers
from ladder.levers.recorded_runs import NOT_TOLD
from ladder.spec.candidate import Candidate
from ladder.spec.lever_keys import keys_to_write
from ladder.spec.task import TaskSpec
from ladder.text import joined


def untested_levers(task: TaskSpec, levers: Sequence[Lever]) -> dict[str, str]:
    """Return each lever that the task gives nothing to try, with the reason in one clause."""
    baseline = task.baseline()
    untested = {}
    for lever in levers:
        status, reason = lever.why_nothing(task, baseline)
        tried = [
            each
            for each in without_classifiers(lever.propose(task, baseline))
            if not _is_same_in_other_words(each, baseline)
        ]
        if status == "untested" and not tried:
            untested[lever.name] = reason
    return untested


def _is_same_in_other_words(candidate: Candidate, baseline: Candidate) -> bool:
    """Return whether a candidate is the baseline but for how its model is named or packed."""
    is_form = candidate.model.is_form_of(baseline.model)
    return is_form and candidate.replace(model=baseline.model) == baseline


def check_levers(task: TaskSpec, levers: Sequence[Lever]) -> list[Finding]:
    """Return that a run of this task cannot end in `fine_tune`, before a call is made for it."""
    untested = untested_levers(task, levers)
    if not untested:
        return []
    return [
        Finding(
            code="W01 fine-tune-impossible",
            severity="warning",
            problem=impossible(untested),
            evidence="; ".join(f"{name}: {reason}" for name, reason in untested.items()),
            next_step=what_to_write(untested),
        )
    ]


def check_review(task: TaskSpec, levers: Sequence[Lever]) -> list[Finding]:
    """Return that nothing a task tries tells how sure it is, though a person is to answer the rest."""
    if task.levers.model.review is None:
        return []
    baseline = task.baseline()
    tried = [baseline, *(each for lever in levers for each in lever.propose(task, baseline))]
    if any(_tells_how_sure(each) for each in tried):
        return []
    return [
        Finding(
            code="W11 review-without-sureness",
            severity="warning",
            problem="levers.model.review asks for a cascade, and no candidate tells how sure it is of an "
            "answer.",
            evidence=f"{len(tried)} candidates looked at",
            next_step="Write generation.majority_of: 5 with a temperature, levers.decoding.grid.answer_by: "
            "[likelihood] where answers are labels, or give a classifier labelled rows "
            "(levers.few_shot.pool).",
        )
    ]


def _tells_how_sure(candidate: Candidate) -> bool:
    decoding = candidate.decoding
    is_classifier = candidate.model.classifier is not None
    return is_classifier or decoding.is_by_likelihood or decoding.majority_of > 1


def impossible(untested: Mapping[str, str]) -> str:
    """Return in one sentence that levers bar the verdict.

    >>> impossible({"template": "hidden", "few_shot": "no pool"})
    'The verdict fine_tune is impossible so far: template and few_shot are neither tried nor declared not_applicable.'
    """
    names = list(untested)
    are = "is" if len(names) == 1 else "are"
    return (
        f"The verdict fine_tune is impossible so far: {joined(names)} {are} neither tried nor "
        "declared not_applicable."
    )


def what_to_write(untested: Mapping[str, str]) -> str:
    """Return the keys to write, and that only one verdict needs them.

    >>> what_to_write({"template": "model.tokenizer names what is served"}).split(" (")[0]
    'Write model.tokenizer or levers.template.not_applicable'
    """
    keys = keys_to_write(untested)
    if "model.tokenizer" in untested.get("template", ""):
        declared = keys_to_write(["template"])
        keys = keys.replace(declared, f"model.tokenizer or {declared}")
    if untested.get("decoding") == NOT_TOLD:
        declared = "levers.decoding.not_applicable"
        keys = keys.replace(keys_to_write(["decoding"]), f"def model(request) or {declared}")
    return (
        f"Write {keys} (with the reason). "
        "For the verdicts already_good and use_lever nothing is missing."
    )
