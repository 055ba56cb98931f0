"""Faults are repaired, the repair is proven, and a sound setup is left alone."""

import dataclasses
from typing import Any

import pytest

from ladder.chat import (
    TemplateContext,
    Tokenizer,
    check_context,
    propose_repairs,
    render,
    show_repair,
)
from ladder.chat.probes.conversations import A1, A2, CONVERSATIONS
from ladder.chat.probes.probes import Probes
from ladder.chat.repairs.marks import mark_replies
from ladder.chat.sandbox.render import Job, render_with_spans
from ladder.spec.candidate import ChatSetup

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
GENERATION = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
INST = (
    "{% for m in messages %}{% if m.role == 'assistant' %} {{ m.content }}</s>"
    "{% else %}[INST] {{ m.content }} [/INST]{% endif %}{% endfor %}"
)
PLAIN = (
    "{% for m in messages %}{{ 'USER: ' if m.role == 'user' else 'ASSISTANT: ' }}{{ m.content }}\n"
    "{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
STRICT = "{% if messages[0].role == 'system' %}{{ raise_exception('none') }}{% endif %}" + CHATML
ASK = ({"role": "user", "content": "What is the code?"},)
RIGHT = "<|im_start|>user\nWhat is the code?<|im_end|>\n<|im_start|>assistant\n"


def edit(old: str, new: str) -> str:
    assert old in CHATML
    return CHATML.replace(old, new)


def situation_of(tokenizer: Tokenizer | None, **changes: Any) -> TemplateContext:
    setup = {k: changes.pop(k) for k in list(changes) if k in ChatSetup.model_fields}
    own = changes.pop("own", CHATML)
    plain = TemplateContext(
        setup=ChatSetup(**setup),
        template=own,
        tokenizer=tokenizer,
        stop_token_ids=(2,),
        context_tokens=2048,
        messages=(ASK,),
        targets=("512",),
    )
    return dataclasses.replace(plain, **changes)


def errors(context: TemplateContext, setup: ChatSetup) -> list[str]:
    findings = check_context(dataclasses.replace(context, setup=setup))
    return [f.code for f in findings if f.severity != "info"]


def prompt(context: TemplateContext, setup: ChatSetup) -> str:
    return render(
        setup.template if setup.template is not None else context.template or "",
        context.messages[0],
        special_tokens=context.tokenizer.special_tokens if context.tokenizer else {},
        add_generation_prompt=setup.add_generation_prompt,
        arguments=setup.template_arguments,
    )


def test_a_sound_situation_needs_no_repair(chatml_tokenizer: Tokenizer) -> None:
    assert propose_repairs(situation_of(chatml_tokenizer)) == []


REPAIRABLE: list[dict[str, Any]] = [
    {"own": edit(GENERATION, "")},
    {"own": edit(GENERATION, "") + "\n"},
    {"own": edit("add_generation_prompt", "false")},
    {"own": edit("add_generation_prompt", "add_generaton_prompt")},
    {"own": edit("assistant\n{% endif %}", "bot\n{% endif %}")},
    {"own": edit("message['content']", "message['contnet']")},
    {"add_generation_prompt": False},
    {"template": INST},
    {"template": PLAIN},
    {"template": "tool_use"},
    {"template": edit(GENERATION, "")},
    {"split_special_tokens": True},
    {"padding_side": "right"},
    {"stop_tokens": ("<|endoftext|>",)},
    {"stop_tokens": ("<eot>",)},
    {"stop_token_ids": (0,)},
    {"stop_token_ids": ()},
    {"template_arguments": {"thinking": True}},
    {"mode": "completion"},
    {"own": edit(GENERATION, ""), "padding_side": "right", "stop_token_ids": (0,)},
]


@pytest.mark.parametrize("changes", REPAIRABLE)
def test_a_fault_is_repaired_to_the_right_prompt(
    changes: dict[str, Any], chatml_tokenizer: Tokenizer
) -> None:
    context = situation_of(chatml_tokenizer, **changes)

    repairs = propose_repairs(context, model="m")

    right = [setup for setup in repairs if errors(context, setup) == []]
    assert right
    assert prompt(context, right[0]) == RIGHT
    assert right[0].mode == "chat"
    assert all(setup.model == "m" for setup in repairs)


@pytest.mark.parametrize("end", ["<|im_start|>assistant", "{{- '<|im_start|>assistant\\n' }}\n"])
def test_the_header_that_is_always_on_is_made_conditional(
    end: str, chatml_tokenizer: Tokenizer
) -> None:
    context = situation_of(chatml_tokenizer, own=edit(GENERATION, end))

    [setup] = propose_repairs(context)

    header = prompt(context, context.setup).removeprefix(
        RIGHT.removesuffix("<|im_start|>assistant\n")
    )
    assert prompt(context, setup).endswith(header)
    assert prompt(context, setup.replace(add_generation_prompt=False)) == RIGHT.removesuffix(
        "<|im_start|>assistant\n"
    )


def test_a_refused_system_message_is_folded(chatml_tokenizer: Tokenizer) -> None:
    messages = (({"role": "system", "content": "Be brief."}, *ASK),)
    context = situation_of(chatml_tokenizer, own=STRICT, messages=messages)

    [setup] = propose_repairs(context)

    assert setup.fold_system
    assert errors(context, setup) == []


def test_the_doubled_start_token_is_removed(llama_tokenizer: Tokenizer) -> None:
    own = "{{ bos_token }}" + INST
    by_call = situation_of(llama_tokenizer, own=own, add_special_tokens=True)
    by_template = situation_of(llama_tokenizer, own="{{ bos_token }}" + own)
    by_word = situation_of(llama_tokenizer, own="<s>" + own)

    for context in (by_call, by_template, by_word):
        [setup] = propose_repairs(context)

        assert not setup.add_special_tokens
        assert prompt(context, setup) == "<s>[INST] What is the code? [/INST]"


def test_the_missing_start_token_is_added_in_the_call(llama_tokenizer: Tokenizer) -> None:
    context = situation_of(llama_tokenizer, own=INST)

    [setup] = propose_repairs(context)

    assert setup.add_special_tokens
    assert setup.template is None


def test_the_models_own_template_is_an_alternative(chatml_tokenizer: Tokenizer) -> None:
    mine = edit("<|im_end|>\n{% endfor %}", "<|im_end|>{% endfor %}")
    context = situation_of(chatml_tokenizer, template=mine)

    repairs = propose_repairs(context)

    assert None in [setup.template for setup in repairs]


def test_a_missing_template_leads_to_completion(llama_tokenizer: Tokenizer) -> None:
    [setup] = propose_repairs(situation_of(llama_tokenizer, own=None))

    assert setup.mode == "completion"
    assert setup.add_special_tokens


def test_both_reasoning_modes_are_proposed(chatml_tokenizer: Tokenizer) -> None:
    own = (
        CHATML
        + "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>{% endif %}"
    )

    repairs = propose_repairs(situation_of(chatml_tokenizer, own=own))

    assert [setup.template_arguments for setup in repairs] == [
        {"enable_thinking": False},
        {"enable_thinking": True},
    ]


def test_nothing_is_proposed_that_raises_a_new_error(chatml_tokenizer: Tokenizer) -> None:
    hopeless = situation_of(chatml_tokenizer, own="{{ raise_exception('never') }}{{ messages }}")

    assert propose_repairs(hopeless) == []


def test_a_repair_is_shown_as_a_diff_with_both_digests(chatml_tokenizer: Tokenizer) -> None:
    context = situation_of(chatml_tokenizer, own=edit(GENERATION, ""), padding_side="right")
    [setup] = propose_repairs(context)

    lines = show_repair(context, setup).splitlines()

    assert lines[0].startswith("--- before ")
    assert lines[1].startswith("+++ after ")
    assert "-chat.padding_side: right" in lines
    assert "+chat.padding_side: left" in lines
    assert any(line.startswith("+") and "add_generation_prompt else" in line for line in lines)


def test_replies_are_marked_for_training_and_nothing_else_changes(
    chatml_tokenizer: Tokenizer,
) -> None:
    probes = Probes(situation_of(chatml_tokenizer, training=True))

    marked = mark_replies(probes)

    assert marked is not None
    text, spans = render_with_spans(Job(marked, CONVERSATIONS["uaua"][0]))
    assert text == probes.text("uaua")
    assert [text[start:end] for start, end in spans] == [f"{A1}<|im_end|>\n", f"{A2}<|im_end|>\n"]
    assert mark_replies(Probes(situation_of(None, own=marked))) is None


def test_layout_that_shows_is_trimmed_as_an_alternative(chatml_tokenizer: Tokenizer) -> None:
    loose = (
        "{% for message in messages %}\n{{ '<|im_start|>' + message['role'] + '\\n' }}\n"
        "{{ message['content'] + '<|im_end|>\\n' }}\n{% endfor %}\n"
        "{% if add_generation_prompt %}\n{{ '<|im_start|>assistant\\n' }}\n{% endif %}\n"
    )
    context = situation_of(chatml_tokenizer, own=loose)

    repairs = propose_repairs(context)

    assert "R18" in {code[:3] for code in errors(context, context.setup)}
    assert RIGHT in [prompt(context, setup) for setup in repairs]
