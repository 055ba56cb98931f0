"""Local weights that can write nothing but what a constraint allows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import CandidateRefusedError, SpecError
from ladder.models.base import Answer, Message, Request
from ladder.models.local.local_generator import LocalGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.spec.constraint import Constraint
from ladder.testing import write_tiny_model

LABELS = Constraint(kind="labels", labels=("refund", "refund policy", "other"))
SCHEMA = {
    "type": "object",
    "properties": {"urgent": {"type": "boolean"}, "level": {"enum": [1, 2, 3]}},
    "required": ["urgent", "level"],
    "additionalProperties": False,
}
OBJECT = Constraint(kind="json_schema", json_schema=SCHEMA)
CODE = Constraint(kind="regex", regex=r"^[A-Z]{2}-\d{4}$")
CALL = Constraint(kind="grammar", grammar='root ::= "up " [0-9] | "down"')


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalGenerator]:
    folder: Path = write_tiny_model(tmp_path_factory.mktemp("tiny"))
    made = LocalGenerator(ModelRef(id=str(folder)))
    yield made
    made.close()


def answers_of(
    generator: LocalGenerator, constraint: Constraint, *, n: int = 6, **settings: Any
) -> list[Answer]:
    chat = settings.pop("chat", ChatSetup())
    decoding = Decoding(**{"max_new_tokens": 64, **settings}).held(constraint)
    asked = [Request((Message("user", f"{'Say ' * at}{at}."),), chat, decoding) for at in range(n)]
    found = dict(generator.generate(asked))
    return [found[at] for at in range(n)]


def has_form(constraint: Constraint, text: str) -> bool:
    said = text.strip()
    if constraint.kind == "labels":
        return said in constraint.labels
    if constraint.kind == "regex":
        return re.fullmatch(constraint.regex, said) is not None
    if constraint.kind == "grammar":
        return re.fullmatch("up [0-9]|down", said) is not None
    value = json.loads(said)
    return isinstance(value["urgent"], bool) and value["level"] in (1, 2, 3) and len(value) == 2


@pytest.mark.model
@pytest.mark.parametrize("settings", [{}, {"temperature": 1.0}, {"num_beams": 2}])
@pytest.mark.parametrize(
    "constraint", [LABELS, CODE, CALL, OBJECT, OBJECT.replace(white_space="compact")]
)
def test_random_weights_write_nothing_but_the_form(
    generator: LocalGenerator, constraint: Constraint, settings: dict[str, Any]
) -> None:
    for answer in answers_of(generator, constraint, **settings):
        assert answer.finish_reason == "stop"
        assert has_form(constraint, answer.text)
        assert constraint.white_space == "flexible" or " " not in answer.text.strip()


@pytest.mark.model
def test_a_row_that_goes_on_longer_than_a_step_keeps_its_place(generator: LocalGenerator) -> None:
    long = Constraint(kind="regex", regex="([ab]{40}c){2}")

    for answer in answers_of(generator, long, max_new_tokens=128, temperature=1.0):
        assert re.fullmatch(long.regex, answer.text.strip())


@pytest.mark.model
def test_the_beginning_of_an_answer_counts_as_a_part_of_it(generator: LocalGenerator) -> None:
    begun = ChatSetup(prefill='{"urgent": true,')
    fence = ChatSetup(prefill="```json\n")
    other = ChatSetup(prefill='{"other": ')

    assert all(
        json.loads(each.text)["urgent"] is True
        for each in answers_of(generator, OBJECT, chat=begun)
    )
    assert all(
        each.text.startswith("```json") for each in answers_of(generator, OBJECT, chat=fence)
    )
    with pytest.raises(SpecError, match=r"chat\.prefill"):
        answers_of(generator, OBJECT, chat=other)


@pytest.mark.model
def test_what_cannot_be_held_to_is_refused_for_that_candidate_alone(
    generator: LocalGenerator,
) -> None:
    with pytest.raises(CandidateRefusedError, match="look-around"):
        answers_of(generator, Constraint(kind="regex", regex="(?=a)b"))
    assert answers_of(generator, LABELS, n=1)[0].text.strip() in LABELS.labels
