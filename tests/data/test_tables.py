"""Tables in memory and folders of text files are data like any file."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ladder.data import digest_file, load_samples
from ladder.data.tables import with_files
from ladder.errors import DataError
from ladder.spec.data_source import DataSource

ROWS = [{"input": "2 + 2", "target": "4", "tag": None}, {"input": "ü", "target": 5, "tag": "x"}]


def frame(rows: list[dict[str, Any]]) -> Any:
    return pytest.importorskip("pandas").DataFrame(rows)


def dataset(rows: list[dict[str, Any]]) -> Any:
    whole = [{**row, "target": str(row["target"])} for row in rows]
    return pytest.importorskip("datasets").Dataset.from_list(whole)


@pytest.mark.parametrize("make", [list, tuple, frame, dataset])
@pytest.mark.parametrize("place", ["data", "path", "pool", "training"])
def test_a_table_becomes_a_file_that_its_rows_name(tmp_path: Path, make: Any, place: str) -> None:
    table = make(ROWS)
    tasks: dict[str, Any] = {
        "data": {"data": table},
        "path": {"data": {"path": table, "target": "target"}},
        "pool": {"data": "eval.jsonl", "levers": {"few_shot": {"pool": table}}},
        "training": {"data": "eval.jsonl", "training": {"path": table}},
    }

    one, again = (with_files(tasks[place], tmp_path / "data") for _ in range(2))
    (file,) = (tmp_path / "data").iterdir()
    samples = load_samples(DataSource(path=str(file)))

    assert one == again
    assert str(file) in json.dumps(one)
    assert [(each.input, each.targets) for each in samples] == [("2 + 2", ("4",)), ("ü", ("5",))]


def test_cells_of_numpy_and_dates_are_written_as_what_they_mean(tmp_path: Path) -> None:
    row = {
        "input": "x",
        "target": np.int64(7),
        "messages": np.array(["a", "b"]),
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "gone": float("nan"),
    }

    made = with_files({"data": [row]}, tmp_path)

    assert json.loads(Path(made["data"]).read_text("utf-8")) == {
        "input": "x",
        "target": 7,
        "messages": ["a", "b"],
        "at": "2026-01-02T00:00:00+00:00",
        "gone": None,
    }
    with pytest.raises(DataError, match="neither text nor a number"):
        with_files({"data": [{"input": object()}]}, tmp_path)


def test_a_folder_of_text_files_has_its_folders_as_labels(tmp_path: Path) -> None:
    for label, text in (("good", "I like it.\n"), ("good", "Fine"), ("bad", "No.\n")):
        (tmp_path / label).mkdir(exist_ok=True)
        (tmp_path / label / f"{len(text)}.txt").write_text(text, "utf-8")
    (tmp_path / ".DS_Store").write_text("x")
    before = digest_file(tmp_path)

    samples = load_samples(DataSource(path=str(tmp_path)))

    assert [(each.input, each.targets) for each in samples] == [
        ("No.", ("bad",)),
        ("I like it.", ("good",)),
        ("Fine", ("good",)),
    ]
    (tmp_path / "bad" / "4.txt").rename(tmp_path / "good" / "4.txt")
    assert digest_file(tmp_path) != before


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], "without text files"),
        (["eval.jsonl"], "stands in it without a label"),
        (["a/b/c.txt"], "more than one folder deep"),
        (["a/c.png"], "no text file by its ending"),
    ],
)
def test_a_folder_without_labels_is_refused_by_name(
    tmp_path: Path, names: list[str], words: str
) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")

    with pytest.raises(DataError, match=words):
        load_samples(DataSource(path=str(tmp_path)))


def test_several_splits_are_refused_with_the_one_to_give(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = datasets.Dataset.from_dict({"input": ["a"], "target": ["b"]})
    splits = datasets.DatasetDict({"test": rows, "train": rows})

    with pytest.raises(DataError) as caught:
        with_files({"data": splits}, tmp_path)

    assert caught.value.next_step == "Give one of them: data['test']."
