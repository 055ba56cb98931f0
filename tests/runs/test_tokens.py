"""The token ids of the prompts that a report shows."""

import json
from pathlib import Path

import pytest

import ladder
from ladder.errors import EvidenceError
from ladder.models import load_tokenizer
from ladder.report import load_evidence, to_html, to_markdown
from ladder.runs import RunFolder
from ladder.spec.candidate import ModelRef
from ladder.testing import Scripted, register_scripted, write_tiny_model


def spec(folder: Path, model: str) -> dict[str, object]:
    """Write a task of 60 rows and return its spec."""
    data = folder / "eval.jsonl"
    rows = [{"input": f"say {n}", "target": str(n)} for n in range(60)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    names = ("template", "prompt", "model", "decoding", "rag", "rerank", "few_shot")
    return {
        "name": "say",
        "model": model,
        "data": str(data),
        "target": 0.5,
        "generation": {"max_new_tokens": 2},
        "levers": {name: {"not_applicable": "nothing to try"} for name in names},
    }


@pytest.mark.model
def test_a_report_shows_each_token_of_the_prompts_that_the_model_saw(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "tiny")
    task = ladder.load_task(spec(tmp_path, str(model)))
    ladder.run(task, runs_folder=tmp_path / "runs")

    evidence = load_evidence(ladder.run_folder_of(task, tmp_path / "runs"))

    (name, _), tokens = next(iter(evidence.tokens.items()))
    sample = next(each for each in evidence.samples if each.id == name)
    answer = sample.answer(evidence.baseline)
    assert answer is not None
    assert "".join(text for _, text in tokens) == answer.prompt
    tokenizer = load_tokenizer(ModelRef(id=str(model)))
    assert tokens[0] == (tokenizer.token_id("<|im_start|>"), "<|im_start|>")
    assert "token ids" in to_html(evidence)
    assert f"{tokens[0][0]}:'<|im_start|>'" in to_markdown(evidence)


def test_a_model_that_shows_no_tokens_leaves_none(tmp_path: Path) -> None:
    model = register_scripted(Scripted(lambda _: "no", name=str(tmp_path)))
    task = ladder.load_task(spec(tmp_path, model))
    ladder.run(task, runs_folder=tmp_path / "runs")

    evidence = load_evidence(ladder.run_folder_of(task, tmp_path / "runs"))

    assert evidence.tokens == {}
    assert "token ids" not in to_html(evidence)


def test_a_file_that_holds_no_tokens_is_named(tmp_path: Path) -> None:
    model = register_scripted(Scripted(lambda _: "no", name=str(tmp_path)))
    task = ladder.load_task(spec(tmp_path, model))
    ladder.run(task, runs_folder=tmp_path / "runs")
    folder = ladder.run_folder_of(task, tmp_path / "runs")
    (RunFolder(folder).tokens).write_text("{}\n", encoding="utf-8")

    with pytest.raises(EvidenceError, match="tokens"):
        load_evidence(folder)
