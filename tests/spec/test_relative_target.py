"""What a spec may say of a reference, what it is taken for, and what is refused with a next step."""

from pathlib import Path
from typing import Any

import pytest

from ladder.errors import SpecError
from ladder.spec.candidate import ChatSetup, Decoding, Prompt
from ladder.spec.load_task import load_task

BASE = {"name": "t", "model": "org/base", "data": "eval.jsonl", "prompt": "Now: {{ input }}"}


def task_of(**fields: Any) -> Any:
    return load_task({**BASE, **fields})


@pytest.mark.parametrize(
    ("reference", "part", "value"),
    [
        ("org/tuned", "prompt", Prompt(user="Now: {{ input }}")),
        ("org/tuned", "chat", ChatSetup()),
        ({"adapter": "runs/a"}, "chat", ChatSetup(fold_system=True)),
        ({"prompt": "Then: {{ input }}"}, "prompt", Prompt(user="Then: {{ input }}")),
        ("recorded:old.jsonl", "prompt", Prompt()),
        ("recorded:old.jsonl", "decoding", Decoding()),
        ({"model": "org/tuned", "generation": {"max_new_tokens": 9}}, "decoding",
         Decoding(max_new_tokens=9)),
    ],
)  # fmt: skip
def test_what_a_reference_does_not_name_is_as_the_task_has_it(
    reference: object, part: str, value: object
) -> None:
    task = task_of(
        target={"reference": reference, "margin": 0.03},
        chat={"fold_system": True},
        generation={"max_new_tokens": 7},
    )
    assert getattr(task.reference, part) == value
    assert load_task(task.model_dump()).digest == task.digest
    assert task.share is None
    assert task.reach == pytest.approx(0.485)


def test_its_paths_are_meant_from_the_spec_and_its_digest_is_the_same_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "old.txt").write_text("", "utf-8")
    text = "name: t\nmodel: org/base\ndata: eval.jsonl\ntarget: {reference: {adapter: tuned}}\n"
    (home / "task.yaml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    from_above = load_task("home/task.yaml")
    monkeypatch.chdir(home)
    beside = load_task("task.yaml")
    assert from_above.reference is not None
    assert from_above.reference.adapter == "home/tuned"
    assert from_above.digest == beside.digest


RELATIVE = {"reference": "org/tuned", "margin": 0.03}


@pytest.mark.parametrize(
    ("fields", "problem", "step"),
    [
        ({"target": {"margin": 0.03}}, "target.reference is missing", "Add target.reference"),
        ({"target": {"reference": {"adaptr": "x"}}}, "adaptr is not a known key", "adapter?"),
        ({"target": {"reference": "org/tuned", "margin": 3}}, "margin: 3 must", "Write 0.03"),
        ({"target": {"reference": "org/base"}}, "never worse than itself", "what may replace"),
        ({"model": {"id": "m", "base_url": "http://localhost:80/v1"},
          "target": {"reference": {"model": {"id": "m", "base_url": "http://127.0.0.1/"}}}},
         "never worse than itself", "what may replace"),
        ({"target": RELATIVE, "margin": 0.02}, "a margin of its own", "target.margin: 0.02"),
        ({"target": RELATIVE, "metric": {"name": "label", "labels": ["a", "b"],
                                         "at_least": {"a": 0.9}}},
         "is not one question", "metric.at_least"),
        ({"target": RELATIVE, "levers": {"model": {"review": {"below": 0.9}}}},
         "a person would answer", "levers.model.review"),
        ({"target": 0.8, "question": "retire"}, "the target names none", "reference: {adapter"),
        ({"target": {"reference": {"prompt": "x {{ input }}"}}, "question": "retire"},
         "names no model", "target.reference.adapter"),
        ({"target": {"reference": {"model": "recorded:a.jsonl", "adapter": "b"}}},
         "weights are not here", "leave adapter out"),
        ({"target": "80 %"}, "is not a number", "Write 0.8"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused_by_its_key(
    fields: dict[str, Any], problem: str, step: str
) -> None:
    with pytest.raises(SpecError) as refused:
        task_of(**fields)
    assert problem in str(refused.value)
    assert step in refused.value.next_step
