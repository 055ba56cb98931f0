"""The schema and the example agree with the loader."""

import json
from pathlib import Path

from ladder.spec.example import EXAMPLE, example_task
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.load_task import load_task
from ladder.spec.schema import json_schema
from ladder.spec.task import TaskSpec


def test_the_example_loads_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "task.yaml"
    path.write_text(EXAMPLE, encoding="utf-8")

    task = load_task(path)

    assert task.prompt.user == "{{ input }}"
    assert task.levers.prompt.prompts[0].user.endswith("\n\nReply with the answer only.")
    assert task.levers.rag.not_applicable == "no documents"


def test_the_example_tells_the_editor_where_the_schema_is() -> None:
    first = example_task("here.json").splitlines()[0]

    assert first == "# yaml-language-server: $schema=here.json"


def test_the_example_names_every_lever() -> None:
    assert all(f"  {name}:" in example_task() for name in LEVER_NAMES)


def test_the_schema_knows_every_field_and_refuses_others() -> None:
    schema = json.loads(json.dumps(json_schema()))

    assert set(schema["properties"]) == {*TaskSpec.model_fields, "$schema"} - {"written"}
    assert schema["additionalProperties"] is False


def test_the_schema_takes_the_shorthands() -> None:
    kinds = [choice.get("type") for choice in json_schema()["properties"]["model"]["anyOf"]]

    assert "string" in kinds
