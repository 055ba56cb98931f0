"""Calls of tools go into the prompts of published templates and are read again from their text."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ladder.chat import Job, render_job
from ladder.errors import RenderError
from ladder.models.template_turns import write_turns
from ladder.models.turn_forms import Turn
from ladder.scoring import load_metric
from ladder.spec.metric_spec import MetricSpec

pytestmark = pytest.mark.real

TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
PROPERTIES = {
    "city": {"type": "string", "description": "Which city."},
    "days": {"type": "number", "description": "How many."},
}
PARAMETERS = {"type": "object", "properties": PROPERTIES, "required": ["city"]}
WEATHER = {"name": "get_weather", "description": "Tell it.", "parameters": PARAMETERS}
TOOLS = [{"type": "function", "function": WEATHER}]
ARGUMENTS = (
    {"city": "Ulm", "days": 3},
    {"city": 'Köln "Süd"\nB', "days": 4.5, "nearby": [1, None]},
)
ASKED: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "What is the weather?"},
]
UNABLE = {
    "axolotl/command_a.jinja": "leaves out a call",
    "hfjs-e2e/fireworks-ai_firefunction-v1.jinja": "Expected either",
    "vllm/tool_chat_template_granite_20b_fc.jinja": "Unexpected combination",
}
"""Templates that take no such conversation, or no system text, in whatever form it comes."""

ROUND_TRIPS = (
    "hfjs-e2e/Qwen_Qwen2.5-7B-Instruct.jinja",
    "hfjs-e2e/Qwen_Qwen3.5-4B.jinja",
    "hfjs-e2e/mistralai_Mistral-Nemo-Instruct-2407.jinja",
    "hfjs-e2e/moonshotai_Kimi-K2-Thinking.jinja",
    "hfjs-e2e/zai-org_GLM-5.1.jinja",
    "hfjs-e2e/CohereLabs_c4ai-command-a-03-2025.jinja",
    "hfjs-e2e/openbmb_MiniCPM3-4B.jinja",
    "hfjs-e2e/deepseek-ai_DeepSeek-R1.jinja",
    "trl/diffusion_gemma.jinja",
    "vllm/tool_chat_template_deepseekv31.jinja",
    "vllm/tool_chat_template_granite.jinja",
    "vllm/tool_chat_template_hermes.jinja",
    "vllm/tool_chat_template_llama4_json.jinja",
    "vllm/tool_chat_template_xlam_qwen.jinja",
)
ONE_AT_A_TIME = (
    "hfjs-e2e/meta-llama_Llama-3.1-8B-Instruct.jinja",
    "trl/gptoss.jinja",
    "trl/lfm2_2_5.jinja",
    "vllm/tool_chat_template_llama4_pythonic.jinja",
)
"""Templates that write one call a turn, or texts with line breaks as they stand."""


def calling(n_calls: int, call_id: str) -> dict[str, Any]:
    calls = [
        {
            "id": f"{call_id}{at}",
            "type": "function",
            "function": {"name": "get_weather", "arguments": json.dumps(each)},
        }
        for at, each in enumerate(ARGUMENTS[:n_calls])
    ]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def written(template: str, turns: Sequence[Turn], *, is_prompt: bool) -> str:
    def write(turns: Sequence[Turn], /, *, keeps_null: bool = False) -> str:
        return render_job(Job(template, turns, is_prompt, TOKENS, {}, TOOLS, keeps_null))

    return write_turns(turns, write)


def test_each_published_template_that_knows_calls_gets_a_form_that_it_takes(
    shared_data: Path,
) -> None:
    folder = shared_data / "templates"
    failed = {}
    for path in sorted(folder.rglob("*.jinja")):
        template = path.read_text("utf-8")
        if "tool_calls" not in template:
            continue
        result = {"role": "tool", "tool_call_id": "call_a0", "content": "It is sunny."}
        try:
            written(template, [*ASKED, calling(1, "call_a"), result], is_prompt=True)
        except RenderError as error:
            failed[str(path.relative_to(folder))] = str(error)

    assert failed.keys() == UNABLE.keys()
    assert all(UNABLE[name] in told for name, told in failed.items())


@pytest.mark.parametrize(
    ("name", "n_calls"),
    [*((name, 2) for name in ROUND_TRIPS), *((name, 1) for name in ONE_AT_A_TIME)],
)
def test_calls_that_a_published_template_writes_are_read_again(
    name: str, n_calls: int, shared_data: Path
) -> None:
    template = (shared_data / "templates" / name).read_text("utf-8")
    turn = calling(n_calls, "call_1234567")

    prompt = written(template, ASKED, is_prompt=True)
    whole = written(template, [*ASKED, turn], is_prompt=False)
    answer = whole.removeprefix(prompt) if whole.startswith(prompt) else whole.split("weather?")[-1]

    target = [{"name": "get_weather", "arguments": each} for each in ARGUMENTS[:n_calls]]
    metric = load_metric(MetricSpec(name="tool_calls"))
    read = metric.lenient if "llama4_pythonic" in name else metric.score
    assert read(answer, [json.dumps(target)]) == 1
    assert metric.score(answer.replace("Ulm", "Rome"), [json.dumps(target)]) == 0
