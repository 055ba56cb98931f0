"""What published templates lose of a task's own text: as their authors say, and with repairs proven."""

import json
from pathlib import Path

import pytest

from benchmarks.template_losses import TASKS, context_of, has_forms, loss_of, repairs_that_add
from benchmarks.templates import published
from ladder.chat import check_context

pytestmark = [pytest.mark.real, pytest.mark.slow]

READ_BY_HAND = {
    ("hfjs-e2e/meta-llama_Llama-3.1-8B-Instruct.jinja", "text beside it"): "the reply",
    ("vllm/tool_chat_template_mistral.jinja", "text beside it"): "the reply",
    ("trl/qwen3.jinja", "text beside it"): "kept",
    ("trl/gptoss.jinja", "text beside it"): "kept",
    ("trl/gptoss.jinja", "late system text"): "system text",
    ("trl/glm4moe.jinja", "reasoning before it"): "kept",
    ("axolotl/exaone4.jinja", "reasoning before it"): "reasoning",
    ("hfjs-e2e/deepseek-ai_DeepSeek-R1.jinja", "reasoning learnt"): "reasoning",
    ("hfjs-e2e/HuggingFaceTB_SmolLM3-3B.jinja", "text beside it"): "the arguments",
    ("hfjs-e2e/Qwen_Qwen2.5-VL-7B-Instruct.jinja", "second text part"): "kept",
    ("trl/lfm2_2_5.jinja", "`tool_calls: []`"): "changes the prompt",
    ("hfjs-e2e/Qwen_Qwen3-0.6B.jinja", "`tool_calls: []`"): "kept",
    ("trl/gemma3.jinja", "late system text"): "raises",
}
"""What a person saw in the prompts."""


@pytest.mark.parametrize(("name", "task"), READ_BY_HAND)
def test_the_table_says_what_a_person_saw(name: str, task: str, shared_data: Path) -> None:
    template = (shared_data / "templates" / name).read_text()

    assert READ_BY_HAND[name, task] in loss_of(template, TASKS[task])


def test_calls_are_dropped_where_the_authors_say_so(shared_data: Path) -> None:
    folder = shared_data / "templates"
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    told = [each for each in labels if each["property"] == "assistant_tool_calls_dropped"]

    for label in told:
        context = context_of((folder / label["file"]).read_text(), TASKS["text beside it"])
        codes = {finding.code[:3] for finding in check_context(context)}
        assert ("R13" in codes) is label["value"], label["file"]
    assert told


def test_no_repair_brings_a_finding_of_its_own(shared_data: Path) -> None:
    templates = published(shared_data / "templates").items()
    some = [(name, text) for name, text in templates if has_forms(text)][::14]

    assert len(some) > 6
    for name, text in some:
        assert [repairs_that_add(text, task) for task in TASKS.values()] == [[]] * len(TASKS), name
