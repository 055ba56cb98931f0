"""Data come in verbatim, or are refused with the place of what is wrong."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from ladder.data import Sample, load_passages, load_samples
from ladder.data.readers.delimited import read_delimited
from ladder.data.readers.hub import named_label
from ladder.errors import DataError, InfrastructureError, LadderError, UnsafeError
from ladder.spec.data_source import DataSource


def written(folder: Path, name: str, content: str | bytes) -> str:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def loaded(folder: Path, name: str, content: str | bytes, **columns: Any) -> list[Sample]:
    """Write data and load them."""
    return load_samples(DataSource(path=written(folder, name, content), **columns))


def refused(folder: Path, name: str, content: str | bytes, **columns: Any) -> str:
    """Return message and next step with which data are refused."""
    with pytest.raises(LadderError) as caught:
        loaded(folder, name, content, **columns)
    return f"{caught.value} | {caught.value.next_step}"


VERBATIM = [
    "007",
    "NA",
    "None",
    "True",
    "1e5",
    "123456789012345678901234567890",
    "nan",
    "-0",
    "=1+1",
]


def test_csv_answers_are_kept_verbatim(tmp_path: Path) -> None:
    rows = "".join(f"q{at},{text}\n" for at, text in enumerate(VERBATIM))

    samples = loaded(tmp_path, "e.csv", "input,target\n" + rows)

    assert [sample.targets[0] for sample in samples] == VERBATIM


def test_json_numbers_are_kept_as_they_are_written(tmp_path: Path) -> None:
    numbers = ["1.10", "1e5", "123456789012345678901234567890", "7", "true"]
    rows = "".join(f'{{"input": "q", "target": {number}}}\n' for number in numbers)

    samples = loaded(tmp_path, "e.jsonl", rows)

    assert [sample.targets[0] for sample in samples] == numbers


def test_parquet_gives_the_same_samples_as_jsonl(tmp_path: Path) -> None:
    rows = [{"input": f"q{at}", "target": f"00{at}", "lang": "de"} for at in range(3)]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "e.parquet")

    from_parquet = load_samples(DataSource(path=str(tmp_path / "e.parquet")))

    assert from_parquet == loaded(tmp_path, "e.jsonl", "\n".join(map(json.dumps, rows)))
    assert from_parquet[0].columns["lang"] == "de"


def test_a_list_is_several_answers_and_a_dot_looks_inside(tmp_path: Path) -> None:
    row = json.dumps({"question": "q", "answers": {"text": ["a", "b", "a"], "start": [1, 2, 3]}})

    samples = loaded(tmp_path, "e.jsonl", row, input="question", target="answers.text")

    assert samples[0].targets == ("a", "b")
    assert "answers" not in samples[0].columns


def test_a_struct_as_target_says_how_to_name_its_part(tmp_path: Path) -> None:
    row = json.dumps({"input": "q", "target": {"text": ["a"]}})

    assert "such as target.text" in refused(tmp_path, "e.jsonl", row)


def test_columns_hold_everything_but_the_answer(tmp_path: Path) -> None:
    samples = loaded(tmp_path, "e.csv", "q,a,user\nx,y,u1\n", input="q", target="a", cluster="user")

    assert samples[0].columns == {"q": "x", "user": "u1"}
    assert samples[0].cluster == "u1"


def test_a_missing_column_names_those_that_exist_and_the_nearest(tmp_path: Path) -> None:
    told = refused(tmp_path, "e.csv", "question,answer\nx,y\n", input="qestion", target="answer")

    assert "e.csv:2 has no column 'qestion'; it has: question, answer." in told
    assert "Write data.input: question." in told


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("e.jsonl", "", "is empty"),
        ("e.csv", "input,target\n", "has no rows"),
        ("e.jsonl", "\n\n", "has no rows"),
        ("e.jsonl", '{"input": "a", "target": "b"}\n{"input": \n', "e.jsonl:2 is not JSON"),
        ("e.jsonl", '{"input": "a", "input": "b", "target": "c"}\n', "the key 'input' twice"),
        ("e.jsonl", '[{"input": "a"}]\n[{"input": "b"}]\n', "is an array, not an object"),
        ("e.json", '{"data": [{"input": "a"}]}', "jq -c '.data[]' e.json"),
        (
            "e.json",
            '{"rows": [{"row_idx": 0, "row": {"input": "a"}}]}',
            "jq -c '.rows[].row' e.json",
        ),
        ("e.json", '{"input": {"0": "a"}, "target": {"0": "b"}}', 'orient="records"'),
        ("e.json", '{"columns": ["input"], "index": [0], "data": [["a"]]}', 'orient="records"'),
        ("e.json", '{"input": ["a", "c"], "target": ["b", "d"]}', 'orient="records"'),
        ("e.json", '{"x": {"input": "a"}, "y": {"input": "b"}}', "jq -c '.[]' e.json"),
        ("e.jsonl", '{"question": "a", "answer": "b"}\n', "input: question, target: answer}"),
        ("e.csv", "text,label\na,1\n", "input: text, target: label}"),
        (
            "e.jsonl",
            '{"query": "a", "answers": "b", "tools": "[]"}\n',
            "target: answers, tools: tools}",
        ),
        ("e.jsonl", '{"text": "[INST] a [/INST] b"}\n', "Write question and answer apart"),
        ("e.json", '{"train": [{"input": "a"}], "test": [{"input": "b"}]}', "jq -c '.t"),
        ("e.jsonl", "3\n", "is not an object"),
        ("e.json", '"x"', "not an array of objects"),
        ("e.jsonl", '{"input": "\\ud800", "target": "c"}\n', "half of a surrogate"),
        ("e.csv", "input,target\na,b\na,b,c\n", "e.csv:3 has 3 cells, and the header has 2"),
        ("e.csv", "input,target\na\n", "e.csv:2 has 1 cells"),
        ("e.csv", "input,input\na,b\n", "the column 'input' more than once"),
        ("e.csv", 'input,target\n"a,b\n', "e.csv:2 cannot be read"),
        ("e.csv", "input,target\nцифшы,b\n".encode("cp1251"), "e.csv:2 is not UTF-8"),
        ("e.csv", "input,target\na,b\n".encode("utf-16")[:-1], "e.csv:2 is not UTF-16"),
        ("e.parquet", "no parquet", "not a readable Parquet"),
        ("e.jsonl.gz", "x", "Unpack it first"),
        ("e.docx", "x", "no ending that ladder reads"),
    ],
)
def test_broken_files_are_named_with_their_line(
    tmp_path: Path, name: str, content: str | bytes, part: str
) -> None:
    assert part in refused(tmp_path, name, content)


def test_rows_without_an_answer_are_listed(tmp_path: Path) -> None:
    rows = ['{"input": "a", "target": null}', '{"input": "b", "target": "x"}']
    rows += ['{"input": "c", "target": " "}', '{"input": "d", "target": NaN}']
    rows += ['{"input": "e", "target": []}', '{"input": "f", "target": ["x", null]}']

    told = refused(tmp_path, "e.jsonl", "\n".join(rows))

    assert "5 rows have an empty" in told
    assert "e.jsonl:1, e.jsonl:3, e.jsonl:4, e.jsonl:5, e.jsonl:6" in told


def test_rows_without_question_or_answer_are_left_out_where_the_spec_says_so(
    tmp_path: Path,
) -> None:
    rows = ['{"input": "a", "target": "x"}', '{"input": "b", "target": " "}', '{"input": "c"}']
    rows += ['{"input": "", "target": "y"}', '{"input": "d", "target": ["y", null]}']
    text, left = "\n".join(rows), list[str]()

    kept = loaded(tmp_path, "e.jsonl", text, on_empty="exclude")
    load_samples(DataSource(path=str(tmp_path / "e.jsonl"), on_empty="exclude"), left_out=left)

    assert [each.input for each in kept] == ["a"]
    assert sorted(left) == [f"e.jsonl:{line}" for line in (2, 3, 4, 5)]
    with pytest.raises(DataError, match="an empty 'input' or 'target'"):
        loaded(tmp_path, "none.jsonl", rows[1], on_empty="exclude")


def test_chat_rows_with_an_empty_answer_are_left_out_where_the_spec_says_so(tmp_path: Path) -> None:
    talks = [
        [{"role": "user", "content": "q"}, {"role": "assistant", "content": a}] for a in ("x", "")
    ]
    text = "\n".join(json.dumps({"messages": talk}) for talk in talks)

    assert len(loaded(tmp_path, "e.jsonl", text, on_empty="exclude")) == 1
    with pytest.raises(DataError, match="its answer is empty") as error:
        loaded(tmp_path, "e.jsonl", text)
    assert "data.on_empty: exclude" in error.value.next_step


def test_a_row_of_more_than_ten_mebibytes_is_refused(tmp_path: Path) -> None:
    row = json.dumps({"input": "x" * 11_000_000, "target": "y"})

    assert "longer than 10 MiB" in refused(tmp_path, "e.jsonl", row)
    assert "e.csv:2 is longer than 10 MiB" in refused(
        tmp_path, "e.csv", "input,target\na," + "é" * 6_000_000 + "\n"
    )


def test_repeated_ids_are_refused_with_both_lines(tmp_path: Path) -> None:
    told = refused(tmp_path, "e.csv", "id,input,target\n1,a,b\n1,c,d\n", id="id")

    assert "e.csv:3 has the id '1' of e.csv:2." in told


def test_rows_without_ids_get_stable_ids_of_their_content(tmp_path: Path) -> None:
    one = loaded(tmp_path, "e.csv", "input,target\na,b\nc,d\na,b\n")
    other = loaded(tmp_path, "f.csv", "input,target\nc,d\na,b\n")

    assert len({sample.id for sample in one}) == 3
    assert {sample.id for sample in other} < {sample.id for sample in one}


def test_quotes_newlines_semicolons_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    samples = loaded(tmp_path, "e.csv", '\ufeffinput;target\n"a ""b""\nc; d";e\n')

    assert samples[0].input == 'a "b"\nc; d'
    assert samples[0].targets == ("e",)


def test_control_and_invisible_characters_are_kept(tmp_path: Path) -> None:
    text = "a\u0000b\u200bc\u202ed"

    samples = loaded(tmp_path, "e.jsonl", json.dumps({"input": text, "target": text}))

    assert samples[0].input == samples[0].targets[0] == text


def test_places_that_are_no_file_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "eval.jsonl", "x")
    os.mkfifo(tmp_path / "pipe.jsonl")

    with pytest.raises(DataError) as absent:
        load_samples(DataSource(path=str(tmp_path / "evl.jsonl")))
    with pytest.raises(DataError, match="is a folder"):
        load_samples(DataSource(path=str(tmp_path)))
    with pytest.raises(UnsafeError, match="a pipe"):
        load_samples(DataSource(path=str(tmp_path / "pipe.jsonl")))
    for address in ("http://host/e.jsonl", "file:///etc/passwd"):
        with pytest.raises(UnsafeError, match="is an address"):
            load_samples(DataSource(path=address))
    with pytest.raises(UnsafeError, match="is an address"):
        load_passages("https://host/corpus.txt")

    assert absent.value.next_step == f"Did you mean {tmp_path / 'eval.jsonl'}?"


def test_a_json_array_and_lines_named_json_are_read(tmp_path: Path) -> None:
    row = {"input": "a", "target": "b"}

    array = loaded(tmp_path, "a.json", json.dumps([row, {**row, "input": "c"}]))
    lines = loaded(tmp_path, "b.json", json.dumps(row) + "\n" + json.dumps({**row, "input": "c"}))

    assert array == lines


def test_a_hub_id_without_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")

    def offline(*_: object, **__: object) -> None:
        raise ConnectionError("Couldn't reach 'org/set' on the Hub (OfflineModeIsEnabled)")

    monkeypatch.setattr(datasets, "load_dataset", offline)

    with pytest.raises(InfrastructureError) as caught:
        load_samples(DataSource(path="org/set", revision="abc"))

    assert "hf download org/set --repo-type dataset" in caught.value.next_step


def test_a_data_set_made_by_a_script_is_refused_as_unsafe(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("Dataset scripts are no longer supported, but found set.py")

    monkeypatch.setattr(datasets, "load_dataset", refuse)

    with pytest.raises(UnsafeError, match="a script of its own"):
        load_samples(DataSource(path="org/set"))


def test_class_labels_of_a_hub_data_set_are_read_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    label = datasets.ClassLabel(names=["negative", "positive"])
    features = datasets.Features({"text": datasets.Value("string"), "label": label})
    rows = datasets.Dataset.from_dict({"text": ["good"], "label": [1]}, features=features)
    asked: list[object] = []

    def load_dataset(*names: object, **options: object) -> object:
        asked.extend([names, options])
        return rows

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)

    samples = load_samples(
        DataSource(path="org/set:en", input="text", target="label", revision="abc")
    )

    assert samples[0].targets == ("positive",)
    assert asked == [("org/set", "en"), {"split": "test", "revision": "abc"}]


def test_class_labels_in_a_parquet_file_are_read_by_name_and_none_is_no_answer(
    tmp_path: Path,
) -> None:
    datasets = pytest.importorskip("datasets")
    label = datasets.ClassLabel(names=["negative", "positive"])
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": label, "all": datasets.List(label)}
    )
    columns = {"text": ["good", "bad"], "label": [1, -1], "all": [[1, 0], [0]]}
    rows = datasets.Dataset.from_dict(columns, features=features)
    rows.to_parquet(str(tmp_path / "e.parquet"))
    source = DataSource(path=str(tmp_path / "e.parquet"), input="text", target="label")

    with pytest.raises(DataError, match="row 2"):
        load_samples(source)
    rows.select([0]).to_parquet(str(tmp_path / "e.parquet"))

    assert load_samples(source)[0].targets == ("positive",)
    assert named_label([1, 0], features["all"]) == ["positive", "negative"]


def test_passages_come_from_rows_and_from_paragraphs(tmp_path: Path) -> None:
    rows = load_passages(written(tmp_path, "c.csv", "id,text\np1,one\np2,two\n"))
    paragraphs = load_passages(written(tmp_path, "c.txt", "one\nstill one\n\n \r\ntwo\n\ntwo\n"))

    (tmp_path / "w.txt").write_bytes("Straße".encode("utf-16"))

    assert [each.text for each in load_passages(str(tmp_path / "w.txt"))] == ["Straße"]
    assert [(passage.id, passage.text) for passage in rows] == [("p1", "one"), ("p2", "two")]
    assert [passage.text for passage in paragraphs] == ["one\nstill one", "two", "two"]
    assert len({passage.id for passage in paragraphs}) == 3


def test_a_corpus_without_the_column_or_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no column 'text'") as caught:
        load_passages(written(tmp_path, "c.csv", "id,texts\n1,a\n"))
    with pytest.raises(DataError, match="has no passages"):
        load_passages(written(tmp_path, "d.txt", "\n\n \n"))

    with pytest.raises(DataError) as named:
        load_passages(written(tmp_path, "b.csv", "id,title,Body\n1,a,b\n"))

    assert caught.value.next_step == "Write levers.rag.passage_column: texts."
    assert named.value.next_step == "Write levers.rag.passage_column: Body."


@pytest.mark.parametrize("name", ["e.jsonl", "e.csv"])
@given(content=st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_ladder_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    path = written(tmp_path_factory.mktemp("any"), name, content)
    try:
        told = str(load_samples(DataSource(path=path))[0].id)
    except LadderError as error:
        told = error.next_step

    assert told


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=2, max_size=2
        ).filter(lambda row: any(cell.strip() for cell in row)),  # a blank line is no row
        min_size=1,
    )
)
def test_csv_cells_survive_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "e.csv"
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path.write_bytes("\n".join(["a,b", *quoted, ""]).encode())

    assert [[*row.columns.values()] for row in read_delimited(path)] == rows


@pytest.mark.real
@pytest.mark.parametrize(
    ("path", "columns"),
    [
        ("nq_open/NQ-open.dev.jsonl", {"input": "question", "target": "answer"}),
        ("gsm8k/test.jsonl", {"input": "question", "target": "answer"}),
        ("banking77/test.csv", {"input": "text", "target": "category"}),
    ],
)
def test_real_data_load_without_a_broken_row(
    shared_data: Path, path: str, columns: dict[str, str]
) -> None:
    file = shared_data / "datasets" / path

    samples = load_samples(DataSource(path=str(file), **columns))

    assert len(samples) > 1000
    assert len({sample.id for sample in samples}) == len(samples)
