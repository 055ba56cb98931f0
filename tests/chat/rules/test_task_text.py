"""The content rule: each text of the task, of every role and part, is looked for in its own prompt."""

import json
from typing import Any

import pytest

from ladder.chat import Tokenizer, check_context, propose_repairs
from ladder.models.template_turns import write_turns
from tests.chat.rules.test_rules import ASK, CHATML, NATIVE, TOOL, edit, sound

SAYS = {"role": "assistant", "content": "It hangs beside the northern gate."}
LATE = {"role": "system", "content": "From now on answer in Norwegian."}
LATE_LOST = edit("{{ message['content'] }}", "{{ message['content'] if message.role != 'system' or loop.first }}")  # fmt: skip
CUTS = edit("message['content']", "message['content'].split('</think>')[-1]")
FIRST_PART = edit("{{ message['content'] }}", "{{ message['content'] if message['content'] is string else message['content'][0].text }}")  # fmt: skip


def called(text: str | None, result: str = "Seven of them.") -> tuple[dict[str, Any], ...]:
    function = {"name": "find_order", "arguments": {"id": "ABC in full"}}
    call = {"type": "function", "id": "abcde1234", "function": function}
    asked = {"role": "assistant", "content": text, "tool_calls": [call]}
    return (*ASK, asked, {"role": "tool", "tool_call_id": "abcde1234", "content": result})


def parts(*texts: str) -> tuple[dict[str, Any], ...]:
    return ({"role": "user", "content": [{"type": "text", "text": each} for each in texts]},)


SILENT = NATIVE.replace("{{ m.content }}{% for", "{{ '' if m.tool_calls else m.content }}{% for")
CASES: list[tuple[str, str, tuple[dict[str, Any], ...], str]] = [
    ("a reply beside its call", SILENT, called("Let me look it up first."), "beside its tool call"),
    ("a short one", SILENT, called("Hm."), "beside its tool call"),
    ("no text beside the call", SILENT, called(None), ""),
    ("a tool result", NATIVE.replace("{{ m.content }}", "{{ m.content if m.role != 'tool' }}"), called("", "Seven lie in the harbour."), "a tool result"),
    ("a result as JSON", NATIVE.replace("m.content }}", "m.content | tojson }}"), called("", 'He said "no"\nand left.'), ""),
    ("arguments", NATIVE.replace("{{ c.function.arguments|tojson }}", ""), called(""), "the arguments"),
    ("a late system text", LATE_LOST, (*ASK, SAYS, LATE, *ASK), "a late system message"),
    ("an early one", LATE_LOST, (LATE, *ASK), ""),
    ("a second part", FIRST_PART, parts("Look at the map first.", "Where is the gate?"), "text part 2"),
    ("one part", FIRST_PART, parts("Where is the northern gate?"), ""),
    ("text that is trimmed", edit("message['content']", "message['content']|trim"), ({"role": "user", "content": "  Where is  it? \n"},), ""),
    ("the same question twice", CHATML, (*ASK, SAYS, *ASK), ""),
    ("only its last one", edit("message['content']", "message['content'] if loop.last or message.role != 'user' else ''"), (*ASK, SAYS, *ASK), "a user message"),
    ("a reply of one letter", edit("message['content']", "message['content'] if message.role == 'user' else ''"), (*ASK, {"role": "assistant", "content": "a"}, *ASK), "a reply"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "turns", "lost"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_text_that_the_prompt_lacks_is_named(
    template: str, turns: tuple[dict[str, Any], ...], lost: str, chatml_tokenizer: Tokenizer
) -> None:
    tools = (TOOL,) if any("tool_calls" in turn for turn in turns) else ()
    context = sound(chatml_tokenizer, own=template, messages=(turns,), tools=tools)

    told = [each.evidence for each in check_context(context) if each.code.startswith("R30")]

    assert (lost in "".join(told), bool(told)) == (True, bool(lost))


@pytest.mark.parametrize(
    "reply",
    [
        {**SAYS, "content": f"<think>First I count the gates.</think>{SAYS['content']}"},
        {**SAYS, "reasoning_content": "First I count the gates."},
    ],
)
def test_reasoning_that_is_cut_from_training_rows_is_an_error(
    reply: dict[str, Any], chatml_tokenizer: Tokenizer
) -> None:
    row = ({"role": "user", "content": "Where is it?"}, reply)

    learnt = check_context(sound(chatml_tokenizer, own=CUTS, rows=(row,), training=True))
    earlier = check_context(sound(chatml_tokenizer, own=CUTS, messages=((*row, *ASK),)))

    assert [each.severity for each in learnt if each.code.startswith("R31")] == ["error"]
    assert [each.severity for each in earlier if each.code.startswith("R31")] == ["info"]


def test_a_late_system_text_is_folded_and_the_repair_is_silent(chatml_tokenizer: Tokenizer) -> None:
    context = sound(chatml_tokenizer, own=LATE_LOST, messages=((*ASK, SAYS, LATE, *ASK),))

    assert propose_repairs(context)[0].fold_system


def test_an_image_that_leaves_no_trace_is_lost(chatml_tokenizer: Tokenizer) -> None:
    turns = (
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is it?"}]},
    )
    texts = edit("{{ message['content'] }}", "{% for p in message['content'] if p.type == 'text' %}{{ p.text }}{% endfor %}")  # fmt: skip

    found = check_context(sound(chatml_tokenizer, own=texts, messages=(turns,)))

    assert any("the image in a user message" in each.evidence for each in found)


def test_typed_parts_alone_are_no_fault_of_a_vision_template(chatml_tokenizer: Tokenizer) -> None:
    own = edit("{{ message['content'] }}", "{% for p in message['content'] %}{% if p.type == 'text' %}{{ p.text }}{% endif %}{% endfor %}")  # fmt: skip
    typed = parts("Where is the northern gate?")

    as_parts = sound(chatml_tokenizer, own=own, messages=(typed,), write_turns=write_turns)
    as_text = sound(chatml_tokenizer, own=own)
    [repaired] = propose_repairs(as_text)

    assert [each.code for each in check_context(as_parts) if each.severity == "error"] == []
    assert "R05" in {each.code[:3] for each in check_context(as_text)}
    assert "'type': 'text'" in (repaired.template or "")


def test_what_ladder_brings_into_form_itself_is_no_error(chatml_tokenizer: Tokenizer) -> None:
    function = {"name": "find_order", "arguments": json.dumps({"id": "ABC in full"})}
    turns = (*ASK, {"role": "assistant", "content": "", "tool_calls": [{"function": function}]})

    def told(**changes: Any) -> list[str]:
        found = check_context(sound(chatml_tokenizer, own=NATIVE, tools=(TOOL,), messages=(turns,), **changes))  # fmt: skip
        return [each.severity for each in found if each.code.startswith("R15")]

    assert (told(), told(write_turns=write_turns)) == (["error"], ["info"])
