"""The published format: its schema fits what is written, and its words are those of the search."""

import base64
import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

from ladder import decision
from ladder.gate import statement
from ladder.search import ledger
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
