"""A conversation with tools comes back whole in prompt, journal, training row and export."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ladder.api import check_task
from ladder.finetune.export import export
from ladder.finetune.permit import training_of
from ladder.finetune.rows.row_parts import load_training_rows, split_rows
from ladder.finetune.training.encode_rows import RowEncoder
from ladder.measure import TaskData, Workbench
from ladder.measure.journal import request_key
from ladder.models import load_tokenizer
from ladder.models.endpoint.payload import payload_of
from ladder.models.prompt import tokenise
from ladder.spec.candidate import ChatSetup, Decoding
from ladder.spec.task import TaskSpec
from ladder.testing import CHATML
from tests.finetune.conftest import MakePermit, MakeTask

pytestmark = pytest.mark.slow
TEMPLATE = (
    "{% if tools %}<tools>{{ tools | tojson }}</tools>{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content or '' }}"
    "{% for call in m.tool_calls or [] %}<call>{{ call.function.name }} "
    "{{ call.function.arguments | tojson }}</call>{% endfor %}"
    "{% if m.tool_call_id %} for {{ m.tool_call_id }}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TOOLS = [{"type": "function", "function": {"name": "wiegt", "parameters": {"type": "object"}}}]


def turns_of(number: int, part: str) -> list[dict[str, Any]]:
    arguments = json.dumps({"was": f"{part} Nr. {number}", "wie": "größer"}, ensure_ascii=False)
    call = {"name": "wiegt", "arguments": arguments}
    colour = ("red", "blue", "green")[number % 3]
    return [
        {"role": "system", "content": "Be brief, please."},
        {"role": "user", "content": f"Good morning {part} {number}, whatever comes?"},
        {"role": "assistant", "content": f"Hello {number * 7}."},
        {"role": "user", "content": f"What of the {part} item {number * 31}?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": f"c{number}", "type": "function", "function": call}],
        },
        {"role": "tool", "tool_call_id": f"c{number}", "content": f"{number * 13} g"},
        {"role": "assistant", "content": f"{colour} {number}"},
    ]


def write(path: Path, part: str, n: int) -> None:
    rows = [{"messages": turns_of(at, part), "tools": TOOLS} for at in range(n)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


@pytest.fixture
def task(make_task: MakeTask) -> TaskSpec:
    made = make_task(replay_share=0)
    write(Path(made.data.path), "eval", 40)
    write(Path(training_of(made).path), "training", 60)
    return made.replace(
        chat=made.chat.replace(template=TEMPLATE), generation=Decoding(max_new_tokens=16)
    )


def test_turns_and_tools_come_back_from_prompt_journal_training_and_export_without_loss(
    task: TaskSpec, make_permit: MakePermit, tmp_path: Path
) -> None:
    rows = load_training_rows(task)
    tokenizer = load_tokenizer(task.model)
    with Workbench(TaskData(task, rows)) as bench:
        [request] = bench.requests(task.baseline(), [0])

    turns = turns_of(0, "training")
    assert json.dumps([each.turn for each in request.messages]) == json.dumps(turns[:-1])
    assert json.loads(request.tools) == TOOLS
    sent = payload_of(replace(request, chat=ChatSetup()), model="m")
    assert json.dumps(sent["messages"]) == json.dumps(turns[:-1])
    assert sent["tools"] == TOOLS

    prompt = tokenise(request, tokenizer)
    arguments = '{"was": "training Nr. 0", "wie": "größer"}'
    assert f"<call>wiegt {arguments}</call>" in prompt.text
    assert prompt.text.startswith(f"<tools>{json.dumps(TOOLS)}</tools>")
    assert " for c0<|im_end|>" in prompt.text

    encoder = RowEncoder(tokenizer, [tokenizer.encode("<|im_end|>")[0]])
    row = encoder.encode(rows[0].id, request, rows[0].answer)
    assert tokenizer.decode(row.ids) == f"{prompt.text}red 0<|im_end|>"

    export(make_permit(task), task, tmp_path / "out", form="trl")
    kept = {row.id for row in split_rows(rows, training_of(task)).train}
    lines = (tmp_path / "out" / "data" / "train.jsonl").read_text("utf-8").splitlines()
    exported = {line["completion"][0]["content"]: line for line in map(json.loads, lines)}
    wanted = [at for at in range(60) if rows[at].id in kept]
    assert len(exported) == len(lines) == len(wanted)
    for at in wanted:
        whole = turns_of(at, "training")
        call = whole[4]["tool_calls"][0]["function"]
        call["arguments"] = json.loads(call["arguments"])  # as templates of transformers want it
        line = exported[whole[-1]["content"]]
        assert json.dumps(line) == json.dumps(
            {"prompt": whole[:-1], "completion": whole[-1:], "tools": TOOLS}
        )
    first = exported["red 0"]
    assert f"{prompt.text}red 0<|im_end|>\n" == tokenizer.raw.apply_chat_template(
        first["prompt"] + first["completion"],
        tools=first["tools"],
        chat_template=TEMPLATE,
        tokenize=False,
    )


def test_a_key_in_the_journal_knows_tools_and_calls(task: TaskSpec) -> None:
    rows = load_training_rows(task)
    with Workbench(TaskData(task, rows)) as bench:
        [request] = bench.requests(task.baseline(), [0])

    keys = {request_key("m", each) for each in (request, *_changed(request))}

    assert len(keys) == 3


@pytest.mark.parametrize(
    ("template", "codes"), [(TEMPLATE, set()), (CHATML, {"R01", "R12", "R13"})]
)
def test_a_template_that_drops_tools_or_calls_of_the_rows_is_named(
    task: TaskSpec, template: str, codes: set[str]
) -> None:
    plain = task.replace(chat=task.chat.replace(template=template), training=None)

    found = {each.code[:3] for each in check_task(plain) if each.severity == "error"}

    assert found == codes


def _changed(request: Any) -> list[Any]:
    bare = tuple(replace(each, given=None) for each in request.messages)
    return [replace(request, tools=""), replace(request, messages=bare)]
