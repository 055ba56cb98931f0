"""Rule K09: control tokens that the weights never learned are told once the weights are loaded."""

import json
from pathlib import Path

import pytest

from ladder.measure import Workbench, check_answers, load_task_data
from ladder.spec.load_task import load_task
from ladder.testing import write_tiny_model

pytestmark = pytest.mark.model


def forget_token(folder: Path, token: str) -> None:
    """Set a token's embedding row to zero, as in a base model that never saw it."""
    from safetensors.torch import load_file, save_file
    from transformers import AutoTokenizer

    path = folder / "model.safetensors"
    weights = load_file(path)
    id_ = AutoTokenizer.from_pretrained(folder).convert_tokens_to_ids(token)
    weights["model.embed_tokens.weight"][id_] = 0.0
    save_file(weights, path, metadata={"format": "pt"})


@pytest.mark.parametrize("is_untrained", [False, True])
def test_an_untrained_control_token_is_told(is_untrained: object, tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "model")
    if is_untrained:
        forget_token(model, "<|im_start|>")
    rows = [{"input": str(i), "target": str(i)} for i in range(8)]
    (tmp_path / "eval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = load_task(
        {
            "name": "t",
            "model": str(model),
            "data": str(tmp_path / "eval.jsonl"),
            "target": 0.8,
            "generation": {"max_new_tokens": 2},
        }
    )

    with Workbench(load_task_data(task)) as bench:
        findings = check_answers(bench, task.baseline(), range(8))

    told = [each for each in findings if each.code == "K09 untrained-control-token"]
    assert bool(told) is is_untrained
    assert all("<|im_start|>" in each.evidence for each in told)
