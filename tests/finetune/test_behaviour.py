"""A training is for something that is measured; "better" is not."""

from pathlib import Path

import pytest

import ladder
from ladder.errors import SpecError
from ladder.finetune.behaviour import KINDS, check_behaviour
from ladder.finetune.permit import Permit
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.task import TaskSpec
from tests.finetune.conftest import MakeDecision, MakePermit, MakeTask


def _for(task: TaskSpec, *kinds: str, metric: MetricSpec | None = None) -> TaskSpec:
    assert task.training is not None
    review = task.training.review.replace(behaviour=kinds)
    task = task.replace(training=task.training.replace(review=review))
    return task if metric is None else task.replace(metric=metric)


def test_there_are_seven_kinds_and_each_says_what_is_measured() -> None:
    assert len(KINDS) == 7
    assert all(kind.measured for kind in KINDS.values())


def test_none_named_is_refused_with_the_list(make_task: MakeTask, make_permit: MakePermit) -> None:
    task = make_task()

    checked = check_behaviour(make_permit(task), _for(task))

    assert checked.findings[0].code.startswith("T01")
    assert all(name in checked.findings[0].evidence for name in KINDS)


def test_free_text_is_refused_with_the_list(tmp_path: Path) -> None:
    spec = tmp_path / "task.yaml"
    spec.write_text(
        "name: t\nmodel: m\ndata: e.jsonl\ntarget: 0.8\n"
        "training: {path: train.jsonl, review: {behaviour: make it better}}\n",
        "utf-8",
    )

    with pytest.raises(SpecError, match="make it better") as caught:
        ladder.load_task(spec)

    assert "persona" in str(caught.value) + caught.value.next_step


@pytest.mark.parametrize(
    ("kind", "metric", "reading", "is_seen"),
    [
        ("classification_or_extraction", "exact_match", "strict", True),
        ("output_format", "exact_match", "strict", True),
        ("output_format", "exact_match", "lenient", False),
        ("tool_calls", "json_equal", "strict", True),
        ("tool_calls", "contains", "strict", False),
        ("style", "exact_match", "strict", False),
        ("persona", "exact_match", "strict", False),
        ("persona", "mine:metric", "strict", True),
        ("small_model", "exact_match", "lenient", True),
    ],
)
def test_the_metric_must_see_the_behaviour(
    kind: str,
    metric: str,
    reading: str,
    is_seen: bool,  # noqa: FBT001
    make_task: MakeTask,
    make_permit: MakePermit,
) -> None:
    task = make_task()
    named = MetricSpec.model_validate({"name": metric, "reading": reading})

    checked = check_behaviour(make_permit(task), _for(task, kind, metric=named))

    errors = [finding.code[:3] for finding in checked.findings if finding.severity == "error"]
    assert errors == ([] if is_seen else ["T02"])


def test_a_domain_is_claimed_only_where_retrieval_was_measured(
    make_task: MakeTask, make_decision: MakeDecision
) -> None:
    task = make_task()
    decision = make_decision(task)
    attempts = tuple(
        each.replace(status="not_applicable", reason="no documents")
        if each.lever == "rag"
        else each
        for each in decision.attempts
    )
    without = decision.replace(ledger=decision.ledger.replace(attempts=attempts))

    tried = check_behaviour(Permit.from_decision(decision, task), _for(task, "domain"))
    untried = check_behaviour(Permit.from_decision(without, task), _for(task, "domain"))

    assert tried.findings == []
    assert untried.findings[0].code.startswith("T03")
    assert untried.findings[0].evidence == "no documents"


def test_the_review_changes_no_digest(make_task: MakeTask) -> None:
    task = make_task()

    assert _for(task, "persona").digest == task.digest
    assert make_task(steps=7).digest == task.digest
    assert task.replace(target=0.5).digest != task.digest
