"""Prompts of DSPy and MLflow, as a spec may list them."""

import json
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import LadderError
from ladder.spec.load_task import load_task
from ladder.spec.prompt_files import DemosLeftOutWarning

STEP: dict[str, Any] = {
    "traces": [],
    "train": [],
    "demos": [],
    "signature": {
        "instructions": "Sort the ticket. Write {label} as JSON.\n",
        "fields": [{"prefix": "Ticket:", "description": "${ticket}"}],
    },
    "lm": None,
}
META = {"metadata": {"dependency_versions": {"dspy": "3.0"}}}
SORTED = "Sort the ticket. Write {{ '{' }}label} as JSON.\n\n{{ input }}"
CHAT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Q: {{ input }}"}]


def loaded(folder: Path, entry: dict[str, str], files: dict[str, Any]) -> tuple[str, str | None]:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    spec = {"name": "t", "model": "m", "data": "eval.jsonl", "target": 0.8}
    spec["levers"] = {"prompt": {"prompts": ["{{ input }}", entry]}}
    (folder / "task.json").write_text(json.dumps(spec))
    prompt = load_task(folder / "task.json").levers.prompt.prompts[1]
    return prompt.user, prompt.system


@pytest.mark.parametrize(
    ("entry", "files", "expected"),
    [
        ({"from": "p.json"}, {"p.json": {**STEP, **META}}, (SORTED, None)),
        ({"from": "p.json"}, {"p.json": {"sort.predict": STEP, **META}}, (SORTED, None)),
        (
            {"from": "p.json", "predictor": "b"},
            {"p.json": {"a": {"signature": {"instructions": "A."}}, "b": STEP}},
            (SORTED, None),
        ),
        (
            {"from": "mlruns/models/qa/version-2"},
            {"mlruns/models/qa/version-2/tags/mlflow.prompt.text": "Q: {{ input }}"},
            ("Q: {{ input }}", None),
        ),
        (
            {"from": "v.json"},
            {"v.json": {"name": "qa", "version": 1, "template": CHAT}},
            ("Q: {{ input }}", "Be brief."),
        ),
        (
            {"from": "v.json"},
            {
                "v.json": {
                    "model_version": {
                        "tags": [{"key": "mlflow.prompt.text", "value": json.dumps(CHAT)}]
                    }
                }
            },
            ("Q: {{ input }}", "Be brief."),
        ),
    ],
)
def test_a_prompt_of_another_tool_is_read_into_the_spec(
    tmp_path: Path, entry: dict[str, str], files: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    assert loaded(tmp_path, entry, files) == expected


@pytest.mark.parametrize(
    ("entry", "files", "said"),
    [
        ({"from": "p.json"}, {}, "there is no file 'p.json'"),
        ({"from": "p.json"}, {"p.json": "{"}, "is no JSON"),
        ({"from": "p.json"}, {"p.json": {"a": STEP, "b": STEP}}, "holds 2 predictors: a, b"),
        ({"from": "p.json"}, {"p.json": [1, 2]}, "holds no prompt"),
        ({"from": "p.pkl"}, {"p.pkl": "x"}, "is a pickle"),
        ({"from": "p.json", "user": "x"}, {"p.json": STEP}, "'user' stands beside from"),
        ({"from": "prompts:/qa/1"}, {}, "which is not installed"),
    ],
)
def test_what_holds_no_prompt_is_refused_with_its_place(
    tmp_path: Path, entry: dict[str, str], files: dict[str, Any], said: str
) -> None:
    with pytest.raises(LadderError, match=said):
        loaded(tmp_path, entry, files)


def test_demos_are_left_out_and_told(tmp_path: Path) -> None:
    demos = [{"ticket": "t", "label": "l"}]

    with pytest.warns(DemosLeftOutWarning, match="1 demos"):
        user, _ = loaded(tmp_path, {"from": "p.json"}, {"p.json": {**STEP, "demos": demos}})

    assert user == SORTED
