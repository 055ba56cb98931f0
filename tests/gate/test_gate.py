"""The gate fails closed: whatever is wrong with the record, training does not start."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.errors import EvidenceError
from ladder.gate import check_gate
from ladder.testing import Scripted, register_scripted

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a task that no lever can help."""
    monkeypatch.chdir(tmp_path)
    rows = [{"input": str(i), "target": str(i * 3)} for i in range(1, 161)]
    pool = [{"input": str(i), "target": str(i * 3)} for i in range(1000, 1020)]
    for name, some in (("eval.jsonl", rows), ("pool.jsonl", pool)):
        Path(name).write_text("".join(json.dumps(row) + "\n" for row in some))
    declared = {each: {"not_applicable": "no"} for each in ("template", "model", "rag", "rerank")}
    model = register_scripted(Scripted(lambda _: "no idea", name=tmp_path.name))
    task = {
        "name": "hopeless",
        "model": model,
        "data": "eval.jsonl",
        "target": 0.8,
        "levers": {**declared, "few_shot": {"pool": "pool.jsonl", "methods": ["random"]}},
    }
    Path("task.json").write_text(json.dumps(task))
    return Path("task.json")


@pytest.fixture
def record(spec: Path) -> Path:
    """Return the record of a run that justifies fine-tuning."""
    assert ladder.run(spec).verdict == "fine_tune"
    (path,) = Path("runs").glob("*/decision.json")
    return path


def test_a_justified_run_opens_the_gate_for_its_own_spec_and_data(spec: Path, record: Path) -> None:
    result = check_gate(record.parent, spec=spec)

    assert result.exit_code == 0
    assert result.message.startswith("Allowed. ")


def set_verdict(document: dict[str, Any]) -> None:
    document["verdict"] = "already_good"


def set_target(document: dict[str, Any]) -> None:
    document["schema_version"] = 2


def add_key(document: dict[str, Any]) -> None:
    document["approved_by"] = "me"


def drop_ledger(document: dict[str, Any]) -> None:
    del document["ledger"]


def close_open_run(document: dict[str, Any]) -> None:
    document["ledger"]["ending"] = "reached"


@pytest.mark.parametrize("edit", [set_verdict, set_target, add_key, drop_ledger, close_open_run])
def test_an_edited_record_is_refused(record: Path, edit: Edit) -> None:
    document = json.loads(record.read_text())
    edit(document)
    record.write_text(json.dumps(document))

    with pytest.raises(EvidenceError) as caught:
        check_gate(record)

    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[]",
        b"\xff\xfe",
        b'{"verdict": "fine_tune", "verdict": "fine_tune"}',
        b'{"target": NaN}',
        b"[" * 50_000,
    ],
    ids=["empty", "text", "list", "no text", "a key twice", "NaN", "deep"],
)
def test_what_is_no_record_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "decision.json"
    path.write_bytes(content)

    with pytest.raises(EvidenceError):
        check_gate(path)


def test_a_key_that_stands_twice_in_a_good_record_is_refused(record: Path) -> None:
    text = record.read_text()
    record.write_text(text.replace("{", '{"verdict": "inconclusive",', 1))

    with pytest.raises(EvidenceError, match="twice"):
        check_gate(record)


def test_a_record_of_another_target_is_refused(spec: Path, record: Path) -> None:
    spec.write_text(spec.read_text().replace("0.8", "0.7"))

    with pytest.raises(EvidenceError, match="another spec"):
        check_gate(record, spec=spec)


def test_a_record_of_other_eval_data_is_refused(spec: Path, record: Path) -> None:
    with Path("eval.jsonl").open("a") as rows:
        rows.write('{"input": "999", "target": "2997"}\n')

    with pytest.raises(EvidenceError, match="another eval data"):
        check_gate(record, spec=spec)
