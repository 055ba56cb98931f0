"""The schema and the example agree with the loader."""

import json
from pathlib import Path

from ladder.spec.example import EXAMPLE
from ladder.spec.field_guide import ANYWHERE, FIELDS, json_schema
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.load_task import load_task
from ladder.spec.task import TaskSpec


def test_the_example_loads_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "task.yaml"
    path.write_text(EXAMPLE, encoding="utf-8")

    task = load_task(path)

    assert task.prompt.user == "{{ input }}"
    assert task.levers.prompt.prompts[0].user.endswith("\n\nReply with the answer only.")
    assert task.levers.rag.not_applicable == "no documents"


def test_the_example_tells_the_editor_where_the_schema_is() -> None:
    assert EXAMPLE.splitlines()[0] == "# yaml-language-server: $schema=task.schema.json"


def test_the_example_names_every_lever() -> None:
    assert all(f"  {name}:" in EXAMPLE for name in LEVER_NAMES)


def test_the_schema_knows_every_field_and_refuses_others() -> None:
    schema = json.loads(json.dumps(json_schema()))

    assert set(schema["properties"]) == {*TaskSpec.model_fields, "$schema"} - {"written"}
    assert schema["additionalProperties"] is False


def test_the_schema_takes_the_shorthands() -> None:
    kinds = [choice.get("type") for choice in json_schema()["properties"]["model"]["anyOf"]]

    assert "string" in kinds


def test_every_key_of_the_schema_has_a_meaning_an_example_and_its_allowed_values() -> None:
    from jsonschema import Draft202012Validator

    schema = json_schema()
    sections = {"TaskSpec": schema, **schema["$defs"]}
    for section, part in sections.items():
        for name, key in part.get("properties", {}).items():
            place = f"{section}.{name}"
            if name == "$schema":
                continue
            assert key.get("description", "").endswith("."), f"{place} has no description"
            assert key.get("examples"), f"{place} has no example"
            assert {"enum", "type", "anyOf", "$ref", "const"} & key.keys(), (
                f"{place} allows anything"
            )
            whole = Draft202012Validator({**key, "$defs": schema["$defs"]})
            for example in key["examples"]:
                assert not list(whole.iter_errors(example)), f"{place}: {example!r}"


def test_the_guide_describes_no_key_that_is_gone() -> None:
    sections = {"TaskSpec": json_schema(), **json_schema()["$defs"]}
    known = {f"{at}.{name}" for at, part in sections.items() for name in part.get("properties", {})}

    assert set(FIELDS) - known == set()
    assert {
        name for name in ANYWHERE if not any(each.endswith(f".{name}") for each in known)
    } == set()
