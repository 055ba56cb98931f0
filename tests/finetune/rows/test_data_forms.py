"""Twelve forms of data are read alike as eval data, as a pool and as training rows."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ladder.data import load_samples
from ladder.data.sample import Sample
from ladder.data.tables import with_files
from ladder.finetune.rows.row_parts import load_training_rows
from ladder.measure.task_data import load_pool
from ladder.spec.load_task import load_task

ASK, ANSWER = "2 + 2", "4"
TURNS = [{"role": "user", "content": ASK}, {"role": "assistant", "content": ANSWER}]


def in_jsonl(folder: Path, row: Mapping[str, Any]) -> str:
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    return str(folder / "rows.jsonl")


def in_csv(folder: Path, row: Mapping[str, Any]) -> str:
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame([row]).to_csv(folder / "rows.csv", index=False)
    return str(folder / "rows.csv")


def in_parquet(folder: Path, row: Mapping[str, Any]) -> str:
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame([row]).to_parquet(folder / "rows.parquet")
    return str(folder / "rows.parquet")


def in_memory(folder: Path, row: Mapping[str, Any]) -> str:
    return str(with_files({"data": [row]}, folder)["data"])


def in_folders(folder: Path, _: Mapping[str, Any]) -> str:
    (folder / "texts" / ANSWER).mkdir(parents=True)
    (folder / "texts" / ANSWER / "1.txt").write_text(f"{ASK}\n", "utf-8")
    return str(folder / "texts")


Write = Callable[[Path, Mapping[str, Any]], str]
ANY: list[Write] = [in_jsonl, in_parquet, in_memory]
FORMS: dict[str, tuple[dict[str, Any], list[Write]]] = {
    "plain": ({"input": ASK, "target": ANSWER}, [*ANY, in_csv]),
    "messages": ({"messages": TURNS}, [*ANY, in_csv]),
    "sharegpt": (
        {"conversations": [{"from": "human", "value": ASK}, {"from": "gpt", "value": ANSWER}]},
        [*ANY, in_csv],
    ),
    "alpaca": ({"instruction": ASK, "input": "", "output": ANSWER}, [*ANY, in_csv]),
    "prompt and completion": ({"prompt": ASK, "completion": ANSWER}, [*ANY, in_csv]),
    "prompt and completion in turns": (
        {"prompt": TURNS[:1], "completion": TURNS[1:]},
        [*ANY, in_csv],
    ),
    "ideal": ({"input": TURNS[:1], "ideal": [ANSWER, "four"]}, ANY),
    "langfuse": (
        {"id": "a", "input": ASK, "expectedOutput": ANSWER, "metadata": "", "status": "ACTIVE"},
        [*ANY, in_csv],
    ),
    "langsmith": ({"inputs": {"question": ASK}, "outputs": {"answer": ANSWER}}, [*ANY, in_csv]),
    "braintrust": (
        {"id": "a", "input": TURNS[:1], "expected": ANSWER, "tags": "x"},
        [*ANY, in_csv],
    ),
    "phoenix": (
        {"example_id": "a", "input_question": ASK, "output_answer": ANSWER, "metadata_x": "y"},
        [*ANY, in_csv],
    ),
    "folders": ({}, [in_folders]),
}
CASES = [
    pytest.param(name, write, id=f"{name} {write.__name__}")
    for name, (_, writers) in FORMS.items()
    for write in writers
]


def as_eval(path: str) -> list[Sample]:
    return load_samples(task_of(path).data)


def as_pool(path: str) -> list[Sample]:
    return load_pool(task_of("eval.jsonl", {"input": "question", "target": "answer"}), path)


def as_training(path: str) -> list[Sample]:
    training = {"path": path, "review": {"behaviour": ["style"], "licences": {"data": "own"}}}
    return load_training_rows(task_of("eval.jsonl", training=training))


def task_of(path: str, columns: Mapping[str, str] | None = None, **more: Any) -> Any:
    data = {"path": path, **(columns or {})}
    return load_task({"name": "t", "model": "m", "data": data, "target": 0.8, **more})


@pytest.mark.parametrize("read", [as_eval, as_pool, as_training])
@pytest.mark.parametrize(("name", "write"), CASES)
def test_a_form_is_read_wherever_rows_are_read(
    tmp_path: Path, name: str, write: Write, read: Callable[[str], list[Sample]]
) -> None:
    path = write(tmp_path, FORMS[name][0])

    (sample,) = read(path)

    assert (sample.input, sample.targets[0]) == (ASK, ANSWER)
    assert sample.answer.turn == TURNS[1]
