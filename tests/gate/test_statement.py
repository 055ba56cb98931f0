"""The published format: its schema fits what is written, and its words are those of the search."""

import base64
import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

import ladder
from ladder import decision
from ladder.gate import statement
from ladder.gate.record import write_record
from ladder.search import ledger
from ladder.testing import write_task
from ladder.testing.task_files import answer_right, triples
from tests.gate.conftest import Case

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "record.schema.json"


def test_a_records_payload_fits_the_published_schema(case: Case) -> None:
    payload = json.loads(base64.b64decode(json.loads(case.record.read_text())["payload"]))
    schema = json.loads(SCHEMA.read_text())

    jsonschema.Draft202012Validator(schema).validate(payload)
    del payload["predicate"]["looks"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(payload)


def test_the_formats_words_are_those_of_the_search() -> None:
    assert get_args(statement.Verdict) == get_args(decision.Verdict)
    recorded = [each for each in get_args(ledger.AttemptStatus) if each != "set_aside"]
    assert list(get_args(statement.LeverStatus)) == recorded  # set_aside is recorded as no_gain


def test_the_record_names_what_it_is_about(case: Case) -> None:
    payload = json.loads(base64.b64decode(json.loads(case.record.read_text())["payload"]))

    assert payload["_type"] == "https://in-toto.io/Statement/v1"
    assert [each["name"] for each in payload["subject"]] == [
        "spec", "eval_data", "base", "code", "train_data", "train_config",
    ]  # fmt: skip
    assert payload["predicate"]["journal"]["rows"] > 1000
    assert payload["predicate"]["looks"]["justified_left"] == pytest.approx(0.015)


@pytest.mark.slow
def test_the_record_of_a_sealed_verdict_does_not_tell_where_its_test_ended(tmp_path: Path) -> None:
    task = write_task(tmp_path, answer_right, rows=triples(60), confirmation="sealed")
    run = ladder.run(task, runs_folder=tmp_path / "runs")
    envelope = write_record(ladder.run_folder_of(task, tmp_path / "runs"), [])

    predicate = json.loads(envelope.payload)["predicate"]
    assert run.ledger.is_sealed
    assert predicate["confirmation"] is None
    assert predicate["journal"].keys() == {"sha256"}
