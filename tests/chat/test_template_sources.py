"""Every template of a model folder is found, with the ones that transformers would lose."""

import json
from pathlib import Path
from typing import Any

import pytest

from ladder.chat import TemplateContext, check_context, read_sources
from ladder.chat.template_sources import disagreement, vanished
from ladder.spec.candidate import ChatSetup
from tests.chat.rules.test_rules import CHATML, NATIVE, TOOL


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


@pytest.mark.parametrize(
    ("lost", "tools", "severity"),
    [
        ({"tokenizer_config.json: default": CHATML, "tokenizer_config.json: tool_use": NATIVE}, (), "info"),
        ({"tokenizer_config.json: tool_use": NATIVE}, (TOOL,), "error"),
        ({"tokenizer_config.json: default": NATIVE}, (), "error"),  # another one than is used
    ],
)  # fmt: skip
def test_a_lost_template_matters_where_the_task_would_use_it(
    lost: dict[str, str], tools: tuple[dict[str, Any], ...], severity: str
) -> None:
    context = TemplateContext(
        ChatSetup(), CHATML, sources={"chat_template.jinja": CHATML, **lost}, tools=tools
    )

    found = [each for each in check_context(context) if each.code.startswith("L03")]

    assert [each.severity for each in found] == [severity]
