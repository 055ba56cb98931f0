"""Every template of a model folder is found, with the ones that transformers would lose."""

import json
from pathlib import Path

from ladder.chat import read_sources
from ladder.chat.template_sources import disagreement, vanished


def test_every_place_of_a_template_is_read(tmp_path: Path) -> None:
    (tmp_path / "additional_chat_templates").mkdir()
    (tmp_path / "additional_chat_templates" / "rag.jinja").write_text("rag")
    (tmp_path / "chat_template.jinja").write_text("jinja")
    named = [{"name": "default", "template": "listed"}, {"name": "tool_use", "template": "tools"}]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": named}))
    (tmp_path / "chat_template.json").write_text("not json")

    sources = read_sources(tmp_path)

    assert sources == {
        "chat_template.jinja": "jinja",
        "additional_chat_templates/rag.jinja": "rag",
        "tokenizer_config.json: default": "listed",
        "tokenizer_config.json: tool_use": "tools",
    }
    assert disagreement(sources) == ["chat_template.jinja", "tokenizer_config.json: default"]
    assert vanished(sources) == [
        "tokenizer_config.json: default",
        "tokenizer_config.json: tool_use",
    ]


def test_an_empty_folder_has_no_template(tmp_path: Path) -> None:
    assert read_sources(tmp_path) == {}
