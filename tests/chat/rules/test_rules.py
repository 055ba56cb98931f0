"""Each rule fires on its fault, is silent on a sound setup, and silent where its gate is closed."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.chat import TemplateContext, Tokenizer, check_context
from ladder.chat.rules import RULES
from ladder.spec.candidate import ChatSetup

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA2 = (
    "{{ bos_token }}{% for message in messages %}{% if message.role == 'user' %}"
    "[INST] {{ message.content }} [/INST]{% elif message.role == 'assistant' %}"
    " {{ message.content }} {{ eos_token }}{% else %}{{ raise_exception('no system') }}{% endif %}"
    "{% endfor %}"
)
PLAIN = (
    "{% for m in messages %}{{ 'USER: ' if m.role == 'user' else 'ASSISTANT: ' }}{{ m.content }}\n"
    "{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
ASK = ({"role": "user", "content": "What is the code?"},)
WITH_SYSTEM = ({"role": "system", "content": "Be brief."}, *ASK)
WITH_REPLY = (*ASK, {"role": "assistant", "content": "512"}, *ASK)


def codes(context: TemplateContext, level: str | None = None) -> list[str]:
    findings = check_context(context)
    return [f.code.split()[0] for f in findings if level is None or f.severity == level]


def sound(tokenizer: Tokenizer | None, **changes: Any) -> TemplateContext:
    setup = {k: changes.pop(k) for k in list(changes) if k in ChatSetup.model_fields}
    own = changes.pop("own", CHATML)
    plain = TemplateContext(
        setup=ChatSetup(**setup),
        template=own,
        tokenizer=tokenizer,
        stop_token_ids=(2,),
        context_tokens=2048,
        embedding_rows=5000,
        messages=(ASK,),
        targets=("512",),
    )
    return dataclasses.replace(plain, **changes)


def test_a_sound_chatml_setup_has_no_finding(chatml_tokenizer: Tokenizer) -> None:
    assert check_context(sound(chatml_tokenizer)) == []


def test_a_sound_llama_setup_has_no_error_or_warning(llama_tokenizer: Tokenizer) -> None:
    assert codes(sound(llama_tokenizer, own=LLAMA2), "error") == []
    assert codes(sound(llama_tokenizer, own=LLAMA2), "warning") == []


def test_a_sound_completion_setup_has_no_finding(llama_tokenizer: Tokenizer) -> None:
    context = sound(llama_tokenizer, own=None, mode="completion", add_special_tokens=True)

    assert check_context(context) == []


def test_messages_in_another_order_are_told(chatml_tokenizer: Tokenizer) -> None:
    findings = check_context(
        sound(chatml_tokenizer, own=edit("in messages", "in messages|reverse"))
    )

    [error] = [each for each in findings if each.severity == "error"]
    assert (error.code, "order" in error.problem) == ("R05 content-dropped", True)


def test_a_random_text_is_not_also_called_a_matter_of_the_date(chatml_tokenizer: Tokenizer) -> None:
    own = CHATML + "{{ range(99999) | random }}"

    assert {"R22", "R23"} & set(codes(sound(chatml_tokenizer, own=own))) == {"R23"}


DEVELOPER = ({"role": "developer", "content": "Be brief."}, *ASK)


def test_an_odd_role_is_lost_or_written_as_if_known_or_known(chatml_tokenizer: Tokenizer) -> None:
    only = "{% if message.role in ['user', 'assistant'] %}"
    dropping = CHATML.replace("<|im_start|>{{", f"{only}<|im_start|>{{{{", 1).replace(
        "<|im_end|>\n{% endfor", "<|im_end|>\n{% endif %}{% endfor"
    )
    knowing = "{% if messages[0].role == 'developer' %}{% endif %}" + CHATML

    def told(own: str) -> str:
        findings = check_context(sound(chatml_tokenizer, own=own, messages=(DEVELOPER,)))
        return "".join(each.evidence for each in findings if each.code.startswith("R11"))

    assert "as if it knew" in told(CHATML)
    assert "lost" in told(dropping)
    assert told(knowing) == ""


def test_messages_of_another_form_are_named_by_their_keys(chatml_tokenizer: Tokenizer) -> None:
    shared = ({"from": "human", "value": "What is the code?"},)

    findings = check_context(sound(chatml_tokenizer, messages=(shared,)))

    [found] = [each for each in findings if each.code.startswith("R11")]
    assert (found.severity, found.evidence) == ("error", "keys: from, value")
    assert "from becomes role" in found.next_step


@pytest.mark.parametrize("used", ["tools|tojson(indent=2)", "messages[0].content.zfill(3)"])
def test_what_other_engines_lack_is_listed(used: str, chatml_tokenizer: Tokenizer) -> None:
    own = CHATML + f"{{% if false %}}{{{{ {used} }}}}{{% endif %}}"

    assert codes(sound(chatml_tokenizer, own=own)) == ["L07"]


def test_every_code_is_unique_and_every_rule_says_what_to_do() -> None:
    numbers = [rule.code.split()[0] for rule in RULES]

    assert len(set(numbers)) == len(numbers) >= 55
    assert all(rule.problem.endswith(".") and rule.repair.endswith(".") for rule in RULES)


def edit(old: str, new: str) -> str:
    assert old in CHATML
    return CHATML.replace(old, new)


GENERATION = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("L01", {"own": None}),
    ("L02", {"sources": {"chat_template.jinja": CHATML, "tokenizer_config.json": PLAIN}}),
    ("L03", {"sources": {"chat_template.jinja": CHATML, "tokenizer_config.json: rag": PLAIN}}),
    ("L03", {"own": None, "named_templates": {"rag": CHATML}}),
    ("L04", {"template": "tool_use"}),
    ("L04", {"template": ""}),
    ("L05", {"own": edit("{% endfor %}", "")}),
    ("L05", {"own": CHATML + "{{ messages|fromjson }}"}),
    ("L06", {"own": CHATML + "{{ ''.__class__ }}"}),
    ("L06", {"own": CHATML + "{{ messages.append(1) }}"}),
    ("L07", {"own": edit("{% endfor %}", "{% if loop.last %}{% break %}{% endif %}{% endfor %}")}),
    ("L08", {"template": PLAIN}),
    ("L09", {"mode": "completion"}),
    ("R01", {"own": CHATML + "{{ raise_exception('no') }}"}),
    ("R02", {"own": edit(GENERATION, "")}),
    ("R02", {"own": edit("add_generation_prompt", "false")}),
    ("R02", {"add_generation_prompt": False}),
    ("R03", {"own": edit("add_generation_prompt", "true")}),
    ("R04", {"own": edit("assistant\n{% endif %}", "bot\n{% endif %}")}),
    ("R05", {"own": edit("message['content']", "message['text']")}),
    ("R06", {"own": "{% set messages = messages|rejectattr('role', 'equalto', 'system')|list %}" + CHATML, "messages": (WITH_SYSTEM,)}),
    ("R07", {"own": LLAMA2, "messages": (WITH_SYSTEM,)}),
    ("R08", {"own": LLAMA2.replace("{% else %}{{ raise_exception('no system') }}", "{% else %}[INST] {{ message.content }}\n").replace("'user' %}[INST] ", "'user' %}{{ '' if messages[0].role == 'system' else '[INST] ' }}"), "messages": (WITH_SYSTEM,)}),
    ("R09", {"own": "<|im_start|>system\nYou are a very helpful machine.<|im_end|>\n" + CHATML}),
    ("R10", {"own": "{% if messages[0].role != 'user' %}{{ raise_exception('alternate') }}{% endif %}" + CHATML}),
    ("R11", {"messages": (({"role": "developer", "content": "x"}, *ASK),)}),
    ("R12", {"tools": ({"type": "function", "function": {"name": "find_order"}},)}),
    ("R16", {"own": CHATML.replace("{% if add", "{{ tools }}{% if add"), "tools": ({"type": "function", "function": {"name": "f"}},)}),
    ("R17", {"own": edit("message['content']", "message['content']|trim")}),
    ("R18", {"own": "\n\n" + CHATML}),
    ("R19", {"own": edit("{{ message['content'] }}", "{{ message['content'] }}{{ null }}")}),
    ("R19", {"own": edit("add_generation_prompt", "add_generaton_prompt")}),
    ("R19", {"own": edit("message['content']", "message['contnet']")}),
    ("R20", {"own": edit("message['content']", "message['content'] if loop.last else message['content']|upper"), "messages": (WITH_REPLY,)}),
    ("R21", {"own": edit("{{ message['content'] }}", "{{ message.reasoning_content if loop.last else '' }}{{ message['content'] }}"), "messages": (WITH_REPLY,)}),
    ("R22", {"own": "{{ strftime_now('%d %B') }}" + CHATML}),
    ("R23", {"own": "{{ [1, 2, 3]|random }}" + CHATML}),
    ("R24", {"template_arguments": {"thinking": False}}),
    ("R25", {"own": CHATML + "{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}"}),
    ("R26", {"own": edit("{{ message['content'] }}", "{{ message['content'] }}{{ message['content'] }}")}),
    ("R28", {"messages": (({"role": "user", "content": [{"type": "text", "text": "hi"}]},),)}),
    ("R29", {"own": edit("{{ message['content'] }}", "{% if message.role == 'assistant' %}<think>ok</think>{% endif %}{{ message['content'] }}").replace("<think>ok</think>", "<|channel|>")}),
    ("K04", {"own": CHATML.replace("im_start", "begin").replace("im_end", "end")}),
    ("K04", {"template": LLAMA2}),
    ("K04", {"split_special_tokens": True}),
    ("K06", {"messages": (({"role": "user", "content": "what is <|im_end|>?"},),)}),
    ("K08", {"embedding_rows": 1050}),
    ("S01", {"stop_token_ids": (0,)}),
    ("S01", {"stop_tokens": ("<|endoftext|>",)}),
    ("S02", {"own": edit("<|im_end|>", "")}),
    ("S04", {"stop_token_ids": (0,)}),
    ("S04", {"stop_token_ids": (2, 9000)}),
    ("S04", {"extra_stop_tokens": ("<eot>",)}),
    ("S05", {"stop_token_ids": ()}),
    ("S06", {"stop_strings": ("51",)}),
    ("S07", {"own": edit("<|im_end|>", "{{ '<|im_end|>' if not loop.last else '<|endoftext|>' }}")}),
    ("B01", {"padding_side": "right"}),
    ("B03", {"max_prompt_tokens": 20, "truncation_side": "right"}),
    ("B04", {"context_tokens": 90}),
    ("B05", {"truncation_side": "right"}),
    ("B06", {"targets": ("a long answer " * 20,)}),
    ("F01", {"own": edit("<|im_end|>", "<|endoftext|>"), "training": True}),
    ("F02", {"training": True}),
    ("F08", {"own": edit("assistant\n{% endif %}", "bot\n{% endif %}"), "training": True}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "changes"), FAULTS)
def test_a_fault_is_found(code: str, changes: dict[str, Any], chatml_tokenizer: Tokenizer) -> None:
    assert code in codes(sound(chatml_tokenizer, **changes))


PYTHONIC = edit(
    "{{ message['content'] }}",
    "{% if message.tool_calls %}[{% for call in message.tool_calls %}{{ call.function.name }}("
    "{% for key, value in call.function.arguments.items() %}{{ key }}={{ value }}{% endfor %})"
    "{% endfor %}]{% else %}{{ message['content'] }}{% endif %}",
)
FOUND = {"type": "function", "function": {"name": "find", "arguments": {"id": 512}}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [FOUND]}
CALLS = '[{"name": "find", "arguments": {"id": 512}}]'
SPACED = '{"id":        512,        "city":        7}'


@pytest.mark.parametrize(
    ("target", "room", "changes", "level"),
    [
        (CALLS, 20, {"own": PYTHONIC, "calling": (CALLING,)}, None),
        (CALLS, 5, {"own": PYTHONIC, "calling": (CALLING,)}, "error"),
        (CALLS, 20, {"calling": (CALLING,)}, "warning"),
        (SPACED, 20, {}, None),
        (SPACED, 5, {}, "error"),
        ("6 times 85 and 2 more: 512", 5, {}, "error"),
        ("6 times 85 and 2 more: 512", 5, {"is_answer_whole": False}, "warning"),
    ],
)
def test_room_is_measured_by_the_shortest_right_answer(
    target: str, room: int, changes: dict[str, Any], level: str | None, chatml_tokenizer: Tokenizer
) -> None:
    whole = sound(chatml_tokenizer, targets=(target,), max_new_tokens=room, **changes)

    told = [each.severity for each in check_context(whole) if each.code.startswith("B06")]
    assert told == ([] if level is None else [level])


MARKED = edit(
    "{{ message['content'] }}<|im_end|>\n",
    "{% if message.role == 'assistant' %}{% generation %}{{ message['content'] }}<|im_end|>"
    "{% endgeneration %}{% else %}{{ message['content'] }}<|im_end|>{% endif %}\n",
)
TRAINING_FAULTS = [
    ("F03", MARKED.replace("<|im_end|>{% endgeneration %}", "{% endgeneration %}<|im_end|>")),
    ("F04", edit("{% for message in messages %}", "{% for message in messages %}{% generation %}").replace("{% endfor %}", "{% endgeneration %}{% endfor %}")),
    ("F06", edit("{% for message in messages %}", "{% for message in messages %}{% generation %}").replace("{% endfor %}", "{% endgeneration %}{% endfor %}")),
    ("F07", "{% set x %}{% generation %}y{% endgeneration %}{% endset %}" + MARKED),
]  # fmt: skip


@pytest.mark.parametrize(("code", "template"), TRAINING_FAULTS)
def test_a_training_fault_is_found_only_where_training_is_planned(
    code: str, template: str, chatml_tokenizer: Tokenizer
) -> None:
    assert code in codes(sound(chatml_tokenizer, own=template, training=True))
    assert code not in codes(sound(chatml_tokenizer, own=template))


def test_a_marked_template_trains_without_an_error(chatml_tokenizer: Tokenizer) -> None:
    assert codes(sound(chatml_tokenizer, own=MARKED, training=True), "error") == []


TOOL = {"type": "function", "function": {"name": "find_order", "parameters": {}}}
NATIVE = (
    "{% if tools %}{{ tools|tojson }}{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function.name }}"
    "{{ c.function.arguments|tojson }}{% endfor %}<|im_end|>\n{% endfor %}" + GENERATION
)


def calls(arguments: Any, text: str = "") -> tuple[dict[str, Any], ...]:
    call = {"type": "function", "function": {"name": "find_order", "arguments": arguments}}
    asked = {"role": "assistant", "content": text, "tool_calls": [call]}
    return (*ASK, asked, {"role": "tool", "name": "find_order", "content": "622"})


TOOL_FAULTS: list[tuple[str, str, Any]] = [
    ("R12", NATIVE.replace("{{ tools|tojson }}", ""), {"id": 1}),
    ("R13", NATIVE.replace("{{ c.function.arguments|tojson }}", ""), {"id": 1}),
    ("R14", NATIVE.replace("{{ m.content }}", "{{ m.content if m.role != 'tool' }}"), {"id": 1}),
    ("R15", NATIVE, '{"id": 1}'),
    ("R15", NATIVE.replace("c.function.arguments|tojson", "'x' + c.function.arguments"), {"id": 1}),
    ("R16", NATIVE.replace("tools|tojson", "tools"), {"id": 1}),
    ("R27", NATIVE.replace("tools|tojson", "tools|tojson(ensure_ascii=true)"), {"id": 1}),
]


@pytest.mark.parametrize(("code", "template", "arguments"), TOOL_FAULTS)
def test_a_tool_fault_is_found_only_where_tools_are_used(
    code: str, template: str, arguments: Any, chatml_tokenizer: Tokenizer
) -> None:
    task = sound(chatml_tokenizer, own=template, tools=(TOOL,), messages=(calls(arguments),))

    assert code in codes(task)
    assert code not in codes(sound(chatml_tokenizer, own=template))


def test_a_template_that_knows_tools_has_no_error(chatml_tokenizer: Tokenizer) -> None:
    task = sound(chatml_tokenizer, own=NATIVE, tools=(TOOL,), messages=(calls({"id": 1}),))

    assert codes(task, "error") == []


GATED: list[tuple[str, dict[str, Any]]] = [
    ("R06", {"own": "{% set messages = messages|rejectattr('role', 'equalto', 'system')|list %}" + CHATML}),
    ("R07", {"own": LLAMA2}),
    ("R07", {"own": LLAMA2, "messages": (WITH_SYSTEM,), "fold_system": True}),
    ("R09", {"own": "<|im_start|>system\nYou are a very helpful machine.<|im_end|>\n" + CHATML, "messages": (WITH_SYSTEM,)}),
    ("R20", {"own": edit("message['content']", "message['content'] if loop.last else message['content']|upper")}),
    ("R28", {}),
    ("L01", {"own": None, "mode": "completion"}),
    ("B01", {"padding_side": "right", "batch_size": 1}),
    ("B04", {"context_tokens": None}),
    ("S06", {"stop_strings": ("\n\n",)}),
    ("S01", {"stop_token_ids": (0,), "extra_stop_tokens": ("<|im_end|>",)}),
    ("F02", {}),
    ("F08", {"own": edit("assistant\n{% endif %}", "bot\n{% endif %}")}),
    ("K08", {"embedding_rows": None}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "changes"), GATED)
def test_a_gate_silences_its_rule(
    code: str, changes: dict[str, Any], chatml_tokenizer: Tokenizer
) -> None:
    assert code not in codes(sound(chatml_tokenizer, **changes))


def test_the_doubled_start_token_is_found(llama_tokenizer: Tokenizer) -> None:
    assert "K01" in codes(sound(llama_tokenizer, own=LLAMA2, add_special_tokens=True))
    assert "K01" in codes(sound(llama_tokenizer, own="{{ bos_token }}" + LLAMA2))
    assert "K01" in codes(sound(None, own="{{ bos_token }}" + LLAMA2))
    assert "K01" not in codes(sound(None, own=LLAMA2))


def test_the_missing_start_token_is_found(llama_tokenizer: Tokenizer) -> None:
    without = LLAMA2.removeprefix("{{ bos_token }}")

    assert "K02" in codes(sound(llama_tokenizer, own=without), "warning")
    assert "K02" not in codes(sound(llama_tokenizer, own=LLAMA2))
    assert "K02" in codes(sound(llama_tokenizer, own=None, mode="completion"))


def test_the_appended_end_token_is_found(tokenizer_of: Any) -> None:
    tokenizer = tokenizer_of(["<s>", "<unk>", "</s>"], bos="<s>", eos="</s>", adds_eos=True)

    assert "K03" in codes(sound(tokenizer, own=None, mode="completion", add_special_tokens=True))
    assert "K03" not in codes(sound(tokenizer, own=None, mode="completion"))


def test_a_missing_pad_token_is_told_but_no_error(tokenizer_of: Any) -> None:
    tokenizer = tokenizer_of(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], eos="<|im_end|>")

    assert codes(sound(tokenizer)) == ["B02"]
    assert "B02" in codes(sound(tokenizer, training=True), "error")


@pytest.mark.slow
def test_a_hostile_template_is_a_finding_and_not_an_exception() -> None:
    endless = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"

    assert "L06" in codes(sound(None, own=CHATML + endless), "error")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_template_at_all_makes_the_check_raise(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([CHATML, LLAMA2, PLAIN, NATIVE, MARKED]))
    cut = slice(data.draw(st.integers(0, 80)), data.draw(st.integers(0, len(whole))))
    template = whole[cut] + data.draw(st.text(max_size=20)) + whole[cut.stop :]
    content = data.draw(st.one_of(st.text(), st.none(), st.integers()))

    context = sound(None, own=template, messages=(({"role": "user", "content": content},),))

    assert isinstance(check_context(context), list)


def test_findings_come_worst_first(chatml_tokenizer: Tokenizer) -> None:
    context = sound(chatml_tokenizer, own="\n\n" + edit(GENERATION, ""), padding_side="right")

    severities = [finding.severity for finding in check_context(context)]

    assert severities == sorted(severities, key=["error", "warning", "info"].index)
