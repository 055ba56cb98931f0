"""What is offered for each kind of fault is checked again, and brings nothing of its own."""

import dataclasses
from typing import Any

import pytest

from ladder.chat import TemplateContext, Tokenizer, check_context, propose_repairs
from ladder.chat.probes.probes import Probes
from ladder.chat.repairs.marks import mark_replies
from ladder.chat.repairs.propose import left_over
from ladder.models.template_turns import write_turns
from ladder.spec.candidate import ChatSetup
from ladder.spec.training import Trainer
from tests.chat.conftest import CharacterTokenizer
from tests.chat.rules.test_rules import ASK, CHATML, MARKED, NATIVE, TOOL, calls, edit, sound

SAYS = {"role": "assistant", "content": "It is 512."}
LATE = (*ASK, SAYS, {"role": "system", "content": "Answer in Norwegian."}, *ASK)
V31 = edit("{{ message['content'] }}", "{{ '</think>' if message.role == 'assistant' }}{{ message['content'] }}").replace("assistant\n{% endif %}", "assistant\n{{ '<think>' if thinking else '</think>' }}{% endif %}")  # fmt: skip
NO_LATE = "{% for m in messages if m.role == 'system' %}{% if messages[0].role != 'system' %}{{ raise_exception('first') }}{% endif %}{% endfor %}" + CHATML  # fmt: skip
MODES = "{% if thinking_mode == 'off' %}{% elif thinking_mode == 'on' %}<think>{% endif %}"
DATED = "{% if date_string is not defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}{{ date_string }}"
ONLY_PARTS = edit("{{ message['content'] }}", "{% for p in message['content'] if p.type == 'text' %}{{ p.text }}{% endfor %}")  # fmt: skip
COUNTS = edit("message['content'] }}", "message['content'] }}{{ '[]' if message.tool_calls is defined }}")  # fmt: skip
FOUR_ROLES = "{% for m in messages if m.role not in ['system', 'user', 'assistant'] %}{{ raise_exception('odd') }}{% endfor %}" + CHATML  # fmt: skip


def repaired(context: TemplateContext) -> ChatSetup:
    """Return the first repair, proven: it adds no error or warning, and some finding goes."""
    setup = propose_repairs(context)[0]
    before, after = (
        {f.code for f in check_context(dataclasses.replace(context, setup=each)) if f.severity != "info"}
        for each in (context.setup, setup)
    )  # fmt: skip
    assert after < before
    return setup


@pytest.mark.parametrize(
    ("own", "given", "wanted"),
    [
        (V31, {"enable_thinking": True}, {"thinking": True}),
        (V31, {"enable_thinking": False}, {"thinking": False}),
        (CHATML + MODES, {"enable_thinking": False}, {"thinking_mode": "off"}),
        (CHATML + "{% if enable_thinking %}{% endif %}", {"thinking": True, "x": 1}, {"enable_thinking": True}),
        (CHATML, {"thinking": True}, {}),
    ],
)  # fmt: skip
def test_a_reasoning_switch_gets_the_name_that_the_template_reads(
    own: str, given: dict[str, Any], wanted: dict[str, Any], chatml_tokenizer: Tokenizer
) -> None:
    context = sound(chatml_tokenizer, own=own, template_arguments=given)

    assert repaired(context).template_arguments == wanted


@pytest.mark.parametrize("thinking", [True, False])
def test_a_prompt_that_opens_or_closes_the_thought_is_right(
    thinking: bool,  # noqa: FBT001 - a table
    chatml_tokenizer: Tokenizer,
) -> None:
    context = sound(chatml_tokenizer, own=V31, template_arguments={"thinking": thinking})

    assert [each.code for each in check_context(context) if each.severity != "info"] == []
    assert propose_repairs(context) == []


def test_marks_of_thoughts_are_the_models_own_in_its_turn_and_a_strangers_in_another(
    tokenizer_of: Any,
) -> None:
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
    tokenizer: CharacterTokenizer = tokenizer_of(tokens, eos="<|im_end|>", pad="<|endoftext|>")

    def told(role: str, text: str) -> bool:
        turns = (*ASK, {"role": role, "content": text}, *ASK)
        found = check_context(sound(tokenizer, messages=(turns,)))
        return any(each.code.startswith("K06") for each in found)

    thought = "<think>Two gates.</think>It is 512."
    assert (told("assistant", thought), told("user", thought)) == (False, True)
    assert told("assistant", "It is 512.<|im_end|>")


@pytest.mark.parametrize(
    ("own", "messages", "wanted"),
    [
        (NO_LATE, LATE, {"fold_system": True}),
        (DATED + CHATML, ASK, {"template_arguments": {"date_string": "01 Jan 2026"}}),
    ],
)
def test_a_setting_of_the_call_repairs(
    own: str, messages: Any, wanted: dict[str, Any], chatml_tokenizer: Tokenizer
) -> None:
    setup = repaired(sound(chatml_tokenizer, own=own, messages=(messages,)))

    assert {name: getattr(setup, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("own", "turns"),
    [
        (ONLY_PARTS, ASK),
        (CHATML, ({"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},)),
        (COUNTS, (*ASK, {**SAYS, "tool_calls": []}, *ASK)),
        (FOUR_ROLES, ({"role": "developer", "content": "Be brief."}, *ASK)),
    ],
)  # fmt: skip
def test_messages_are_given_in_a_form_that_the_template_takes(
    own: str, turns: Any, chatml_tokenizer: Tokenizer
) -> None:
    context = sound(chatml_tokenizer, own=own, messages=(turns,))

    setup = repaired(context)

    assert own in (setup.template or "")
    assert left_over(context, setup) == []


@pytest.mark.parametrize(
    ("sources", "own", "wanted"),
    [
        ({"chat_template.json": CHATML}, None, CHATML),
        ({"tokenizer_config.json": CHATML, "additional_chat_templates/rag.jinja": "{{ messages }}"}, None, CHATML),
        ({"chat_template.jinja": edit("assistant\n{% endif %}", "bot\n{% endif %}"), "tokenizer_config.json": CHATML}, edit("assistant\n{% endif %}", "bot\n{% endif %}"), CHATML),
    ],
)  # fmt: skip
def test_the_template_of_the_right_file_is_offered(
    sources: dict[str, str], own: str | None, wanted: str, chatml_tokenizer: Tokenizer
) -> None:
    context = sound(chatml_tokenizer, own=own, sources=sources)

    assert wanted in [setup.template for setup in propose_repairs(context)]


def test_a_folder_of_mistral_common_is_named_and_never_sent_to_completion() -> None:
    context = TemplateContext(ChatSetup(), is_mistral_common=True, messages=(ASK,))

    [found] = [each for each in check_context(context) if each.severity == "error"]

    assert (found.code, "tekken.json" in found.evidence) == ("L01 template-missing", True)
    assert propose_repairs(context) == []


def test_the_token_that_ends_a_tool_call_stops_too(tokenizer_of: Any) -> None:
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|eom|>", "</tool_call>"]
    own = NATIVE.replace("<|im_end|>", "{{ '<|eom|>' if m.tool_calls else '<|im_end|>' }}")
    own = own.replace("{% endfor %}{{ '<|eom|>'", "</tool_call>{% endfor %}{{ '<|eom|>'")
    task = {"own": own, "tools": (TOOL,), "messages": (calls({"id": 1}),)}
    context = sound(tokenizer_of(tokens, eos="<|im_end|>", pad="<|endoftext|>"), **task)

    assert repaired(context).extra_stop_tokens == ("<|eom|>",)


@pytest.mark.parametrize(
    "marks",
    [
        MARKED.replace("<|im_end|>{% endgeneration %}", "{% endgeneration %}<|im_end|>"),
        edit("{% for message in messages %}", "{% for message in messages %}{% generation %}").replace("{% endfor %}", "{% endgeneration %}{% endfor %}"),
        MARKED.replace("<|im_start|>{{", "{% generation %}<|im_start|>{{").replace("{% generation %}{{ message['content'] }}", "{{ message['content'] }}").replace("{% endgeneration %}{% else %}", "{% else %}").replace("<|im_end|>{% endif %}\n", "<|im_end|>{% endif %}{% endgeneration %}\n"),
    ],
)  # fmt: skip
def test_marks_that_sit_wrong_are_redone(marks: str, chatml_tokenizer: Tokenizer) -> None:
    probes = Probes(sound(chatml_tokenizer, own=marks, training=True))

    again = mark_replies(probes)

    assert again is not None
    redone = probes.with_setup(probes.setup.replace(template=again))
    assert redone.outcomes == probes.outcomes
    assert {each.code[:3] for each in check_context(redone.context)} & {
        "F03",
        "F04",
        "F06",
    } == set()


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        (MARKED.replace("<|im_end|>{% endgeneration %}", "{% endgeneration %}<|im_end|>"), True),
        (MARKED.replace("<|im_end|>{% endgeneration %}", "{% endgeneration %}{% generation %}<|im_end|>{% endgeneration %}"), False),
        (MARKED, False),
    ],
)  # fmt: skip
def test_a_bare_template_is_asked_for_its_end_token_as_well(marks: str, found: bool) -> None:  # noqa: FBT001
    told = check_context(TemplateContext(ChatSetup(), marks, training=True))

    assert any(each.code.startswith("F03") for each in told) is found


@pytest.mark.parametrize(
    ("trainer", "codes"),
    [
        (Trainer(loss="assistant_only"), {"F02"}),
        (Trainer(loss="completion_only"), set()),
        (Trainer(collator="language_modeling"), {"F01"}),
        (Trainer(collator="language_modeling", packing=True), set()),
        (Trainer(truncation_side="left"), {"B05"}),
    ],
)
def test_what_trains_on_the_rows_decides_which_rules_count(
    trainer: Trainer, codes: set[str], tokenizer_of: Any
) -> None:
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer = tokenizer_of(tokens, eos="<|im_end|>", pad="<|im_end|>")

    found = check_context(sound(tokenizer, training=True, trainer=trainer))

    assert {each.code[:3] for each in found} == codes


def test_a_mask_that_is_cut_is_right_from_transformers_5_24(chatml_tokenizer: Tokenizer) -> None:
    row = (*ASK, {"role": "assistant", "content": "512 " * 5}, *ASK, SAYS)
    trainer = Trainer(loss="assistant_only", max_tokens=50, truncation_side="left")

    def told(version: tuple[int, ...]) -> bool:
        context = sound(chatml_tokenizer, own=MARKED, rows=(row,), training=True, trainer=trainer, transformers=version)  # fmt: skip
        return any(each.code.startswith("F05") for each in check_context(context))

    assert (told((5, 23, 1)), told((5, 24, 0))) == (True, False)


def test_what_no_program_repairs_is_left_over(chatml_tokenizer: Tokenizer) -> None:
    silent = NATIVE.replace(
        "{{ m.content }}{% for", "{{ '' if m.tool_calls else m.content }}{% for"
    )
    task = {"own": silent, "tools": (TOOL,), "messages": (calls({"id": 1}, "Let me look it up."),)}
    context = sound(chatml_tokenizer, **task, write_turns=write_turns)

    [left] = left_over(context, context.setup)

    assert propose_repairs(context) == []
    assert (left.code, "no program" in left.next_step) == ("R30 own-text-lost", True)
