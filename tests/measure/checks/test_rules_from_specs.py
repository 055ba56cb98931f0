"""Every template rule fires for a user: from a task file, its data, its training plan, a model folder."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ladder.chat import check_context
from ladder.chat.rules import RULES
from ladder.data import load_samples
from ladder.measure import TaskData
from ladder.measure.checks.before_calls import check_template
from ladder.measure.template_situation import situation_of
from ladder.spec import load_task
from ladder.testing import write_tiny_model
from tests.chat.rules.test_rules import (
    CHATML,
    GENERATION,
    LLAMA2,
    MARKED,
    NATIVE,
    PLAIN,
    PYTHONIC,
    edit,
)

pytestmark = pytest.mark.slow

Case = dict[str, Any]
ASK = {"role": "user", "content": "What is the code of the gate?"}
REPLY = {"role": "assistant", "content": "The code is 512, as the sign says."}
SYSTEM = {"role": "system", "content": "Answer in one short sentence."}
TOOL = {
    "type": "function",
    "function": {
        "name": "find_order",
        "description": "Finds it, caf\u00e9 included.",
        "parameters": {"type": "object", "properties": {"id": {"type": "string"}}},
    },
}


def talk(*turns: Mapping[str, Any], **more: Any) -> Case:
    return {"messages": [*turns, REPLY], **more}


def called(arguments: Any, text: str | None = "") -> Case:
    function = {"name": "find_order", "arguments": arguments}
    call = {"id": "abcde1234", "type": "function", "function": function}
    asked = {"role": "assistant", "content": text, "tool_calls": [call]}
    result = {"role": "tool", "tool_call_id": "abcde1234", "content": "622 is on its way."}
    return talk(ASK, asked, result, tools=[TOOL])


PLAIN_ROWS = [talk({**ASK, "content": f"What is the code of gate {n}?"}) for n in range(4)]
AS_TEXT, AS_OBJECT = [called('{"id": "A"}')], [called({"id": "A"})]
LONG = talk(ASK, {**REPLY, "content": "It is 512. " * 20}, ASK)
TRAINS = {"training": {"path": "train.jsonl"}}
DROPS_SYSTEM = "{% set messages = messages|rejectattr('role', 'equalto', 'system')|list %}" + CHATML
TWO_TURNS = [talk(ASK, REPLY, ASK)]


def trained_by(**trainer: Any) -> Case:
    return {"training": {"path": "train.jsonl", "trainer": trainer}}


def processed(*pieces: str) -> Case:
    """Return a change of tokenizer.json: what the tokenizer itself adds to a text."""
    tokens = {"<|pad|>": 0, "<|im_start|>": 1, "<|im_end|>": 2}
    special = {name: {"id": name, "ids": [tokens[name]], "tokens": [name]} for name in tokens}
    single = [
        {"Sequence": {"id": "A", "type_id": 0}}
        if each == "A"
        else {"SpecialToken": {"id": each, "type_id": 0}}
        for each in pieces
    ]
    kind = {
        "type": "TemplateProcessing",
        "single": single,
        "pair": single,
        "special_tokens": special,
    }
    return {"post_processor": kind}


BOS = {"tokenizer": processed("<|pad|>", "A"), "config": {"bos_token": "<|pad|>"}}
EOS = {"tokenizer": processed("A", "<|im_end|>")}

CASES: dict[str, Case] = {
    "L01": {"template": None},
    "L02": {"files": {"tokenizer_config.json": {"chat_template": PLAIN}}},
    "L03": {"template": None, "files": {"additional_chat_templates/rag.jinja": PLAIN, "tokenizer_config.json": {"chat_template": CHATML}}},
    "L04": {"spec": {"chat": {"template": "tool_use"}}},
    "L05": {"template": edit("{% endfor %}", "")},
    "L06": {"template": CHATML + "{{ ''.__class__ }}"},
    "L07": {"template": edit("{% endfor %}", "{% if loop.last %}{% break %}{% endif %}{% endfor %}")},
    "L08": {"spec": {"chat": {"template": PLAIN}}},
    "L09": {"spec": {"chat": {"mode": "completion"}}},
    "R01": {"template": CHATML + "{{ raise_exception('no') }}"},
    "R02": {"template": edit(GENERATION, "")},
    "R03": {"template": edit("add_generation_prompt", "true")},
    "R04": {"template": edit("assistant\n{% endif %}", "bot\n{% endif %}")},
    "R05": {"template": edit("message['content']", "message['text']")},
    "R06": {"template": DROPS_SYSTEM, "rows": [talk(SYSTEM, ASK)]},
    "R07": {"template": LLAMA2, "spec": {"prompt": {"user": "{{ input }}", "system": "Be brief."}}},
    "R08": {"template": "{% set ns = namespace(s='') %}{% for m in messages %}{% if m.role == 'system' %}{% set ns.s = m.content + '\n' %}{% else %}<|im_start|>{{ m.role }}\n{{ ns.s if loop.index0 < 2 }}{{ m.content }}<|im_end|>\n{% endif %}{% endfor %}" + GENERATION, "rows": [talk(SYSTEM, ASK)]},
    "R09": {"template": "<|im_start|>system\nYou are a very helpful machine.<|im_end|>\n" + CHATML},
    "R10": {"template": "{% if messages[0].role != 'user' %}{{ raise_exception('alternate') }}{% endif %}" + CHATML},
    "R11": {"rows": [talk({**SYSTEM, "role": "developer"}, ASK)]},
    "R12": {"rows": AS_OBJECT},
    "R13": {"template": NATIVE.replace("{{ c.function.arguments|tojson }}", ""), "rows": AS_OBJECT},
    "R14": {"template": NATIVE.replace("{{ m.content }}", "{{ m.content if m.role != 'tool' }}"), "rows": AS_OBJECT},
    "R15": {"template": NATIVE, "rows": AS_TEXT},
    "R16": {"template": NATIVE.replace("tools|tojson", "tools"), "rows": AS_OBJECT},
    "R17": {"template": edit("message['content']", "message['content']|trim")},
    "R18": {"template": "\n\n" + CHATML},
    "R19": {"template": edit("message['content']", "message['contnet']")},
    "R20": {"template": edit("message['content']", "message['content'] if loop.last else message['content']|upper"), "rows": TWO_TURNS},
    "R21": {"template": edit("{{ message['content'] }}", "{{ message.reasoning_content if loop.last else '' }}{{ message['content'] }}"), "rows": TWO_TURNS},
    "R22": {"template": "{{ strftime_now('%d %B') }}" + CHATML},
    "R23": {"template": "{{ [1, 2, 3]|random }}" + CHATML},
    "R24": {"spec": {"chat": {"template_arguments": {"thinking": False}}}},
    "R25": {"template": CHATML + "{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}"},
    "R26": {"template": edit("{{ message['content'] }}", "{{ message['content'] }}{{ message['content'] }}")},
    "R27": {"template": NATIVE.replace("tools|tojson", "tools|tojson(ensure_ascii=true)"), "rows": AS_OBJECT},
    "R28": {"rows": [talk({**ASK, "content": [{"type": "text", "text": "What is the code of the gate?"}]})]},
    "R29": {"template": edit("{{ message['content'] }}", "{% if message.role == 'assistant' %}<|channel|>{% endif %}{{ message['content'] }}")},
    "R30": {"template": NATIVE.replace("{{ m.content }}{% for", "{{ '' if m.tool_calls else m.content }}{% for"), "rows": [called({"id": "A"}, "Let me look that order up.")]},
    "R31": {"spec": TRAINS, "train": [{"messages": [ASK, {**REPLY, "reasoning_content": "The sign hangs there."}]}]},
    "R32": {"template": edit("{{ message['content'] }}", "{% if message.tool_calls is defined %}[calls]{% endif %}{{ message['content'] }}"), "rows": [talk(ASK, {**REPLY, "tool_calls": []}, ASK)]},
    "K01": {**BOS, "template": "{{ bos_token }}" + CHATML, "spec": {"chat": {"add_special_tokens": True}}},
    "K02": BOS,
    "K03": {**EOS, "template": None, "spec": {"chat": {"mode": "completion", "add_special_tokens": True}}},
    "K04": {"spec": {"chat": {"template": LLAMA2}}},
    "K05": {"added": {"<|im_end|>": {"rstrip": True}}},
    "K06": {"rows": [talk({**ASK, "content": "What does <|im_end|> mean?"})]},
    "K07": {"spec": TRAINS, "merge": ("\u010a", "w")},
    "K08": {"files": {"config.json": {"vocab_size": 90}}},
    "K09": {"untrained": True},
    "K10": {"tokenizer": {"normalizer": {"type": "Lowercase"}}},
    "S01": {"files": {"generation_config.json": {"eos_token_id": 0}}},
    "S02": {"template": edit("<|im_end|>", "")},
    "S03": {"template": edit("{{ message['content'] }}", "{{ '<|pad|>' if message.role == 'assistant' }}{{ message['content'] }}"), "files": {"generation_config.json": {"eos_token_id": [2, 0]}}},
    "S04": {"spec": {"chat": {"extra_stop_tokens": ["<eot>"]}}},
    "S05": {"files": {"generation_config.json": {"eos_token_id": None}, "config.json": {"eos_token_id": None}}},
    "S06": {"spec": {"generation": {"stop_strings": ["sign"]}}},
    "S07": {"template": edit("<|im_end|>", "{{ '<|im_end|>' if not loop.last else '<|pad|>' }}")},
    "B01": {"spec": {"chat": {"padding_side": "right"}}},
    "B02": {"config": {"pad_token": None}},
    "B03": {"served": {"extra_body": {"truncate_prompt_tokens": 20}}},
    "B04": {"files": {"config.json": {"max_position_embeddings": 90}}},
    "B05": {"served": {"extra_body": {"truncation_side": "left"}}},
    "B06": {"spec": {"generation": {"max_new_tokens": 5}}},
    "F01": {"template": edit("<|im_end|>", "<|pad|>"), "spec": trained_by(collator="language_modeling")},
    "F02": {"spec": trained_by(loss="assistant_only")},
    "F03": {"template": MARKED.replace("<|im_end|>{% endgeneration %}", "{% endgeneration %}<|im_end|>"), "spec": trained_by(loss="assistant_only")},
    "F04": {"template": edit("{% for message in messages %}", "{% for message in messages %}{% generation %}").replace("{% endfor %}", "{% endgeneration %}{% endfor %}"), "spec": trained_by(loss="assistant_only")},
    "F05": {"template": MARKED, "spec": trained_by(loss="assistant_only", max_tokens=120, truncation_side="left"), "train": [LONG], "transformers": (5, 23)},
    "F06": {"template": edit("{% for message in messages %}", "{% for message in messages %}{% generation %}").replace("{% endfor %}", "{% endgeneration %}{% endfor %}"), "spec": TRAINS},
    "F07": {"template": "{% set x %}{% generation %}y{% endgeneration %}{% endset %}" + MARKED, "spec": TRAINS},
    "F08": {"template": edit("assistant\n{% endif %}", "bot\n{% endif %}"), "spec": trained_by(loss="completion_only")},
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


def write_model(folder: Path, tiny: Path, case: Case) -> None:
    """Write a model folder without weights, with what the case changes."""
    folder.mkdir()
    for path in tiny.iterdir():
        if path.suffix in {".json", ".jinja"}:
            (folder / path.name).write_bytes(path.read_bytes())
    jinja = folder / "chat_template.jinja"
    template = case.get("template", CHATML)
    jinja.unlink() if template is None else jinja.write_text(template)
    tokenizer = json.loads((folder / "tokenizer.json").read_text()) | case.get("tokenizer", {})
    added = case.get("added", {})
    tokenizer["added_tokens"] = [
        {**token, **added.get(token["content"], {})} for token in tokenizer["added_tokens"]
    ]
    if "merge" in case:
        left, right = case["merge"]
        tokenizer["model"]["vocab"][left + right] = 259
        tokenizer["model"]["merges"].append([left, right])
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    changes = {"tokenizer_config.json": case.get("config", {}), **case.get("files", {})}
    for name, change in changes.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(change, str):
            path.write_text(change)
        else:
            path.write_text(json.dumps(json.loads(path.read_text()) | change))


def codes_of(case: Case, folder: Path, tiny: Path, *, level: str = "") -> set[str]:
    """Return the rules that fire (at this level) for the task file that a case writes."""
    write_model(folder / "model", tiny, case)
    for name, rows in (
        ("eval", case.get("rows", PLAIN_ROWS)),
        ("train", case.get("train", PLAIN_ROWS)),
    ):
        text = "\n".join(
            json.dumps(row).replace("gate", f"gate {n}") for n in range(6) for row in rows
        )
        (folder / f"{name}.jsonl").write_text(text)
    served = case.get("served")
    model = (
        {"id": "model"}
        if served is None
        else {"id": "m", "base_url": "http://127.0.0.1:1/v1", "tokenizer": "model", **served}
    )
    spec = {
        "name": "t",
        "model": model,
        "data": {"path": "eval.jsonl", "input": "messages"},
        "target": 0.8,
        **case.get("spec", {}),
    }
    (folder / "task.yaml").write_text(json.dumps(spec))
    task = load_task(folder / "task.yaml")
    data = TaskData(task, load_samples(task.data))
    if "transformers" not in case and "untrained" not in case:
        found = check_template(data)
        return {each.code[:3] for each in found if level in ("", each.severity)}
    situation = situation_of(task, task.baseline(), data.samples)
    assert situation is not None
    seen = dataclasses.replace(
        situation,
        transformers=case.get("transformers"),
        # Only `ladder check --measure` loads weights, which says this.
        untrained_ids=frozenset({1}) if "untrained" in case else None,
    )
    return {finding.code[:3] for finding in check_context(seen)}


def test_every_rule_has_a_spec_that_fires_it() -> None:
    assert set(CASES) == {rule.code[:3] for rule in RULES}


@pytest.mark.parametrize("code", CASES)
def test_a_rule_fires_for_a_users_spec(code: str, tmp_path: Path, tiny: Path) -> None:
    assert code in codes_of(CASES[code], tmp_path, tiny)


def test_a_sound_spec_fires_no_rule(tmp_path: Path, tiny: Path) -> None:
    assert codes_of({}, tmp_path, tiny) == set()


def asked_for(spec: Case, *rows: Case, template: str = CHATML) -> Case:
    return {
        "spec": {"generation": {"max_new_tokens": 30}, **spec},
        "rows": rows,
        "template": template,
    }


CALLS = {"messages": AS_TEXT[0]["messages"][:2], "tools": [TOOL]}
LABELLED = {"messages": [ASK], "label": ["It is 512, as the sign at the gate says.", "512"]}
WORKED = {**LABELLED, "label": "It says so at the gate, and thus it is 512."}
BY_LABEL = {"data": {"path": "eval.jsonl", "input": "messages", "target": "label"}}


@pytest.mark.parametrize(
    "case",
    [
        asked_for({"metric": "tool_calls"}, CALLS, template=PYTHONIC),
        asked_for(BY_LABEL, LABELLED),
        asked_for({**BY_LABEL, "metric": "numeric"}, WORKED),
    ],
    ids=["calls that the template writes shorter", "one of two targets", "a number"],
)
def test_room_for_the_shortest_right_answer_is_no_error(
    case: Case, tmp_path: Path, tiny: Path
) -> None:
    assert "B06" not in codes_of(case, tmp_path, tiny, level="error")
