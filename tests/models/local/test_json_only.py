"""Local weights that can write one JSON object or list and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ladder.models.base import Message, Request
from ladder.models.local.json_only import json_state
from ladder.models.local.local_generator import LocalGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing import write_tiny_model

WHOLE = [
    '{"a": 1}',
    '[1, {"b": [true, null]}]',
    '{"text": "a } in \\"quotes\\" ]"}',
    '\n {"é": "東京"}\n',
    "[]",
]
BROKEN = ["Sure", '{"a": 1} and', '{"a": 1]', "{'a'", '{"a" 1', '{"a": 1,}', '"text"', "12", "}{"]


@pytest.mark.parametrize("text", WHOLE)
def test_every_beginning_of_json_is_open_and_the_whole_is_complete(text: str) -> None:
    whole = text.rstrip()

    assert json_state(text) == "complete"
    assert all(json_state(whole[:end]) == "open" for end in range(len(whole)))


@pytest.mark.parametrize("text", BROKEN)
def test_what_can_no_longer_become_json_is_broken(text: str) -> None:
    assert json_state(text) == "broken"


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalGenerator]:
    folder: Path = write_tiny_model(tmp_path_factory.mktemp("tiny"))
    made = LocalGenerator(ModelRef(id=str(folder)))
    yield made
    made.close()


@pytest.mark.model
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_random_weights_write_nothing_but_json(
    generator: LocalGenerator, temperature: float
) -> None:
    decoding = Decoding(max_new_tokens=24, temperature=temperature, response_format="json")
    requests = [Request((Message("user", f"Say {at}."),), ChatSetup(), decoding) for at in range(4)]

    answers = [answer for _, answer in generator.generate(requests)]

    for answer in answers:
        is_ended = answer.finish_reason == "stop" and json_state(answer.text) == "complete"
        assert is_ended or json_state(answer.text) == "open"
        if is_ended:
            json.loads(answer.text)


def test_a_setting_that_changes_nothing_leaves_earlier_digests_as_they_were() -> None:
    assert "response_format" not in Decoding().model_dump(mode="json")
    assert Decoding(response_format="json").digest != Decoding().digest
