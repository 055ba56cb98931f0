"""What a file format left in targets is named before any call, with the line that mends it."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from ladder.api import check_task
from ladder.data.format_residue import RESIDUES
from ladder.data.load_samples import load_samples
from ladder.finding import Finding
from ladder.spec import load_task
from ladder.testing import write_task

STEPS = {residue.code[:3]: residue.step for residue in RESIDUES}


def findings(folder: Path, targets: list[Any], **fields: Any) -> dict[str, Finding]:
    """Return the findings about residue in a task with these targets, by code."""
    rows = [
        {"input": f"What is asked in question {at}?", "target": target}
        for at, target in enumerate(targets)
    ]
    path = write_task(folder, lambda _: "no", rows=rows, **fields)
    found = {each.code[:3]: each for each in check_task(path)}
    return {code: each for code, each in found.items() if "D31" <= code <= "D41" or code == "D46"}


@pytest.mark.parametrize(
    ("code", "written", "meant"),
    [
        ("D31", ["0.0", "1.0", "2.0"], ["0", "1", "2"]),
        ("D31", ["10.00", "-3.0"], ["10", "-3"]),
        ("D31", [1.0, 2.0, 14.0], ["1", "2", "14"]),
        ("D32", ["['Paris']", "['Ulm']"], ["Paris", "Ulm"]),
        ("D32", ['["Paris"]', '["Ulm"]'], ["Paris", "Ulm"]),
        ("D32", ["{'text': ['Paris'], 'start': [3]}", "{'text': ['Ulm']}"], ["Paris", "Ulm"]),
        ("D32", ["array(['Paris'], dtype=object)", "['Ulm' 'Bern']"], ["Paris", "Ulm"]),
        ("D32", ["('Paris',)", "('Ulm',)"], ["Paris", "Ulm"]),
        ("D33", ['="007"', '="012"'], ["007", "012"]),
        ("D33", ["'007", "'012"], ["007", "012"]),
        ("D34", ["Paris\u200b", "\ufeffUlm"], ["Paris", "Ulm"]),
        ("D34", ["Pa\u00adris", "\u202aUlm\u202c"], ["Paris", "Ulm"]),
        ("D35", [unicodedata.normalize("NFD", each) for each in ("Zürich", "Köln")], ["Zürich", "Köln"]),
        ("D36", ["Tom &amp; Jerry", "Salt &#38; Pepper"], ["Tom & Jerry", "Salt & Pepper"]),
        ("D37", ["Paris<|im_end|>", "Ulm<|im_end|>\n"], ["Paris", "Ulm"]),
        ("D37", ["<s>Paris</s>", "Ulm</s>"], ["Paris", "Ulm"]),
        ("D46", [" Paris END", " Ulm END"], ["Paris", "Ulm"]),
        ("D46", ["Paris\n\n###\n\n", "Ulm ###"], ["Paris", "Ulm"]),
        ("D38", ["Paris,", "Ulm,"], ["Paris", "Ulm"]),
        ("D38", ["Paris\\n", "Ulm\\n"], ["Paris", "Ulm"]),
    ],
)  # fmt: skip
def test_residue_in_every_target_is_named_and_its_line_mends_it(
    tmp_path: Path, code: str, written: list[Any], meant: list[str]
) -> None:
    before = findings(tmp_path, written * 10)
    data = {"path": "eval.jsonl", "clean": [STEPS[code]]}
    after = findings(tmp_path, written * 10, data=data)

    assert f"data.clean: [{STEPS[code]}]" in before[code].next_step
    assert code not in after
    assert "D39" in after
    samples = load_samples(load_task(tmp_path / "task.json").data)
    assert [sample.targets[0] for sample in samples[: len(meant)]] == meant


@pytest.mark.parametrize(
    "targets",
    [
        ["1.0", "2.5", "3.0"],
        ["1", "2", "3"],
        ["[1, 2]", "[3, 4]"],
        ['{"name": "Ulm"}', '{"name": "Bern"}'],
        ["It's late.", "'Tis so, isn't it?"],
        ['"A" and "B"', '"C" or "D"'],
        ["[unknown]", "[none of them]"],
        ["version 2.0", "version 3.0"],
        ["AT&T", "R&D"],
        ["मैं\u200dक", "नमस्ते"],
        ["👩\u200d💻", "👍"],
        ["Yes.", "No!"],
        ["a, b", "c, d"],
        ["x < 5", "y > 3"],
    ],
)
def test_answers_that_are_meant_so_raise_nothing(tmp_path: Path, targets: list[str]) -> None:
    assert findings(tmp_path, targets * 10) == {}


def test_what_no_answer_can_match_is_an_error_and_what_the_metric_reads_is_none(
    tmp_path: Path,
) -> None:
    written = ["0.0", "1.0", "2.0"] * 10

    assert findings(tmp_path, written)["D31"].severity == "error"
    assert findings(tmp_path, written, metric="numeric") == {}


def test_residue_in_some_targets_is_a_warning(tmp_path: Path) -> None:
    found = findings(tmp_path, ["Tom &amp; Jerry", *"abcdefgh"] * 3)

    assert found["D36"].severity == "warning"


def test_a_spec_can_say_that_all_is_meant_as_written(tmp_path: Path) -> None:
    data = {"path": "eval.jsonl", "clean": ["as_written"]}

    assert findings(tmp_path, ["0.0", "1.0"] * 10, data=data) == {}


def test_a_step_that_finds_nothing_to_do_is_told(tmp_path: Path) -> None:
    data = {"path": "eval.jsonl", "clean": ["strip_quotes"]}

    assert findings(tmp_path, ["a", "b"] * 10, data=data)["D39"].severity == "warning"


def test_cleaning_is_part_of_the_specs_digest(tmp_path: Path) -> None:
    plain = load_task(write_task(tmp_path, lambda _: "no"))
    data = {"path": "eval.jsonl", "clean": ["compose"]}
    clean = load_task(write_task(tmp_path, lambda _: "no", data=data))

    assert plain.digest != clean.digest
    assert "clean" not in json.loads(plain.model_dump_json())["data"]


def test_json_in_a_quoted_cell_of_a_csv_file_is_no_quote_after_a_blank(tmp_path: Path) -> None:
    path = write_task(tmp_path, lambda _: "no", data={"path": "e.csv"})
    cell = '"{""name"": ""Hugo"", ""order"": ""7""}"'
    rows = "".join(f'"Who, ""{at}""?",{cell}\n' for at in range(40))
    (tmp_path / "e.csv").write_text("input,target\n" + rows, encoding="utf-8")

    assert not [each for each in check_task(path) if each.code.startswith("D41")]


def test_invisible_characters_in_inputs_are_told(tmp_path: Path) -> None:
    rows = [{"input": f"ques\u200btion {at}", "target": str(at)} for at in range(40)]

    found = check_task(write_task(tmp_path, lambda _: "no", rows=rows))

    assert [each.severity for each in found if each.code.startswith("D34")] == ["info"]


@pytest.mark.parametrize(
    ("text", "code", "n_rows"),
    [
        ("sep=;\ninput;target\n{rows;}", "D40", 40),
        ('\ufeff"sep=;"\r\ninput;target\r\n{rows;}', "D40", 40),
        ("sep=|\ninput|target\n{rows|}", "D40", 40),
        ("sep=\t\ninput\ttarget\n{rows\t}", "D40", 40),
        ('input,target\n{rows, "}', "D41", 40),
        ('input, "target"\n{rows, "}', "D41", 40),
        ("input;target,\n{rows;}", "D40", 40),
        ("input|target\n{rows|}", "D40", 40),
    ],
)
def test_how_a_csv_file_is_written_is_found_in_its_records(
    tmp_path: Path, text: str, code: str, n_rows: int
) -> None:
    start, _, mark = text.partition("{rows")
    mark = mark.removesuffix("}")
    close = '"' if mark.endswith('"') else ""
    rows = "".join(f"What is asked in {at}?{mark}x{at}{close}\n" for at in range(n_rows))
    path = write_task(
        tmp_path,
        lambda _: "no",
        data={"path": "e.csv", "target": "target," if "target," in start else "target"},
    )
    (tmp_path / "e.csv").write_text(start + rows, encoding="utf-8", newline="")

    codes = {each.code[:3] for each in check_task(path)}

    assert code in codes
    assert len(load_samples(load_task(path).data)) == n_rows
