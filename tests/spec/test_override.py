"""`--set` changes one value and says when it cannot."""

from typing import Any

import pytest

from ladder.errors import SpecError
from ladder.spec.load_task import load_task

SPEC: dict[str, Any] = {"name": "t", "model": "org/m", "data": "eval.jsonl", "target": 0.8}


def test_values_are_yaml_and_sections_appear() -> None:
    task = load_task(SPEC, overrides=["levers.rag.top_k=[1,5]", "target=0.9", "seed=3"])

    assert (task.levers.rag.top_k, task.target, task.seed) == ((1, 5), 0.9, 3)
    assert SPEC["target"] == 0.8


def test_a_shorthand_is_lengthened() -> None:
    task = load_task(SPEC, overrides=["model.dtype=float32"])

    assert (task.model.id, task.model.dtype) == ("org/m", "float32")


def test_an_entry_of_a_list_is_named_by_its_position() -> None:
    spec = {**SPEC, "levers": {"prompt": {"prompts": ["a", "b"]}}}

    task = load_task(spec, overrides=["levers.prompt.prompts.1=c"])

    assert [prompt.user for prompt in task.levers.prompt.prompts] == ["a", "c"]


def test_a_task_spec_can_be_overridden() -> None:
    assert load_task(load_task(SPEC), overrides=["target=0.5"]).target == 0.5


@pytest.mark.parametrize(
    "assignment", ["target", "=3", "levers..rag=1", "target.low=1", "levers.rag.topk=1"]
)
def test_a_wrong_assignment_is_refused(assignment: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_task(SPEC, overrides=[assignment])

    assert caught.value.next_step


def test_a_wrong_position_is_refused() -> None:
    spec = {**SPEC, "levers": {"prompt": {"prompts": ["a"]}}}

    with pytest.raises(SpecError, match="not a position"):
        load_task(spec, overrides=["levers.prompt.prompts.4=c"])


@pytest.mark.parametrize("digit", ["²", "٣", "9" * 5_000])
def test_what_only_looks_like_a_position_is_refused(digit: str) -> None:
    spec = {**SPEC, "levers": {"few_shot": {"shots": [2]}}}

    with pytest.raises(SpecError, match="not a position"):
        load_task(spec, overrides=[f"levers.few_shot.shots.{digit}=3"])
    with pytest.raises(SpecError):
        load_task(SPEC, overrides=[f"levers.few_shot.shots.{digit}=3"])
