"""Every rule of the table: it fires on its fault, not on a sound setup, not behind its gate."""

from typing import Any

import pytest

from ladder.chat import Tokenizer
from ladder.chat.rules import RULES
from tests.chat.conftest import CharacterTokenizer
from tests.chat.rules.test_rules import (
    ASK,
    CHATML,
    FAULTS,
    LLAMA2,
    MARKED,
    NATIVE,
    TOOL,
    TOOL_FAULTS,
    TRAINING_FAULTS,
    WITH_SYSTEM,
    calls,
    codes,
    edit,
    sound,
)

Changes = dict[str, Any]
OTHER_TASK: Changes = {"messages": (ASK,), "tools": ()}
NO_CHAT: Changes = {"mode": "completion"}
NO_TOKENIZER: Changes = {"tokenizer": None}
LONG = (
    *ASK,
    {"role": "assistant", "content": "512 " * 5},
    *ASK,
    {"role": "assistant", "content": "7"},
)

BOS = CharacterTokenizer(
    ["<unk>", "<s>", "</s>"], bos="<s>", eos="</s>", pad="<unk>", adds_bos=True
)
EOS = CharacterTokenizer(["<s>", "<unk>", "</s>"], bos="<s>", eos="</s>", adds_eos=True)
PADLESS = CharacterTokenizer(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], eos="<|im_end|>")


class Swallowing(CharacterTokenizer):
    """Loses the line break after a control token, as some added tokens do."""

    def encode(self, text: str, *, add_special_tokens: bool = False) -> list[int]:
        return super().encode(text.replace("|>\n", "|>"), add_special_tokens=add_special_tokens)


class Deaf(CharacterTokenizer):
    """Cannot write the letter `W`."""

    def encode(self, text: str, *, add_special_tokens: bool = False) -> list[int]:
        return super().encode(text.replace("W", "?"), add_special_tokens=add_special_tokens)


class Merging(CharacterTokenizer):
    """Writes a line break and the letter after it as one token."""

    def encode(self, text: str, *, add_special_tokens: bool = False) -> list[int]:
        return super().encode(text.replace("\nw", "\x01"), add_special_tokens=add_special_tokens)


CHATML_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHATML_NAMED = {"eos": "<|im_end|>", "pad": "<|endoftext|>"}

REPLY = {"role": "assistant", "content": "The code is 512."}
LOSES_BESIDE_CALLS = NATIVE.replace(
    "{{ m.content }}{% for", "{% if not m.tool_calls %}{{ m.content }}{% endif %}{% for"
).replace("{% if not m.tool_calls %}", "{% if m.tool_calls %}{% else %}")

# Faults that the other tables do not hold.
MORE: dict[str, Changes] = {
    "K01": {"own": LLAMA2, "tokenizer": BOS, "add_special_tokens": True},
    "K02": {"own": LLAMA2.removeprefix("{{ bos_token }}"), "tokenizer": BOS},
    "K03": {"own": None, "tokenizer": EOS, "mode": "completion", "add_special_tokens": True},
    "K05": {"tokenizer": Swallowing(CHATML_TOKENS, eos="<|im_end|>", pad="<|endoftext|>")},
    "K07": {
        "tokenizer": Merging(CHATML_TOKENS, eos="<|im_end|>", pad="<|endoftext|>"),
        "training": True,
    },
    "K09": {"untrained_ids": frozenset({1})},
    "K10": {"tokenizer": Deaf(CHATML_TOKENS, eos="<|im_end|>", pad="<|endoftext|>")},
    "S03": {
        "own": edit(
            "{{ message['content'] }}",
            "{{ '<|endoftext|>' if message.role == 'assistant' }}{{ message['content'] }}",
        ),
        "stop_token_ids": (0, 2),
    },
    "B02": {"tokenizer": PADLESS},
    "F05": {
        "own": MARKED,
        "messages": (LONG,),
        "max_prompt_tokens": 50,
        "truncation_side": "left",
        "training": True,
        "transformers": (5, 23),
    },
    "R30": {"own": LOSES_BESIDE_CALLS, "messages": (calls({"id": 1}, "Let me look it up."),)},
    "R31": {"training": True, "rows": ((*ASK, {**REPLY, "reasoning_content": "It hangs there."}),)},
    "R32": {
        "own": LOSES_BESIDE_CALLS.replace("m.tool_calls %}", "m.tool_calls is defined %}"),
        "messages": ((*ASK, {**REPLY, "tool_calls": []}, *ASK),),
    },
}

# What closes each rule's gate, laid over its fault. Most rules are about a chat's rendered text.
GATES: dict[str, Changes] = {
    "L02": {"sources": {}},
    "L03": {"sources": {}, "named_templates": {}, "mode": "completion"},
    "L09": {"own": None},
    "R06": OTHER_TASK,
    "R07": OTHER_TASK,
    "R08": OTHER_TASK,
    "R09": {"messages": (WITH_SYSTEM,)},
    "R11": OTHER_TASK,
    "R12": OTHER_TASK,
    "R13": OTHER_TASK,
    "R14": OTHER_TASK,
    "R15": OTHER_TASK,
    "R16": OTHER_TASK,
    "R20": OTHER_TASK,
    "R21": OTHER_TASK,
    "R24": {"template_arguments": {}},
    "R27": OTHER_TASK,
    "R28": OTHER_TASK,
    "R30": OTHER_TASK,
    "R31": {"rows": ()},
    "R32": OTHER_TASK,
    "K02": NO_TOKENIZER,
    "K01": {"add_special_tokens": False},
    "K03": {"add_special_tokens": False},
    "K05": NO_TOKENIZER,
    "K06": {"split_special_tokens": True},
    "K07": {"training": False},
    "K08": {"embedding_rows": None},
    "K09": {"untrained_ids": None},
    "K10": NO_TOKENIZER,
    "S01": {"extra_stop_tokens": ("<|im_end|>",), "stop_tokens": None},
    "S03": {"stop_token_ids": (2,)},
    "S04": {"stop_token_ids": (2,), "extra_stop_tokens": ()},
    "S05": {"stop_strings": ("\n\n",)},
    "S06": {"stop_strings": ()},
    "B01": {"batch_size": 1},
    "B02": {"batch_size": 1},
    "B03": {"truncation_side": None},
    "B04": {"context_tokens": None},
    "B05": {"truncation_side": None},
    "B06": NO_TOKENIZER,
    **{f"F0{number}": {"training": False} for number in range(1, 9)},
}


def faults() -> dict[str, Changes]:
    """Return one fault for each rule, from all tables."""
    found = dict(MORE)
    for code, changes in FAULTS:
        found.setdefault(code, changes)
    for code, template in TRAINING_FAULTS:
        found.setdefault(code, {"own": template, "training": True})
    for code, template, arguments in TOOL_FAULTS:
        tools = {"own": template, "tools": (TOOL,), "messages": (calls(arguments),)}
        if code != "R16":
            found[code] = tools
    return found


def found(default: Tokenizer, changes: Changes) -> list[str]:
    return codes(
        sound(
            changes.get("tokenizer", default),
            **{k: v for k, v in changes.items() if k != "tokenizer"},
        )
    )


@pytest.mark.parametrize("code", [rule.code.split()[0] for rule in RULES])
def test_a_rule_fires_on_its_fault_alone_and_never_behind_its_gate(
    code: str, chatml_tokenizer: Tokenizer
) -> None:
    fault = faults().get(code)
    assert fault is not None, f"no fault is written down for {code}"

    fires = found(chatml_tokenizer, fault)
    silent = found(chatml_tokenizer, {})
    gated = found(chatml_tokenizer, {**fault, **GATES.get(code, NO_CHAT)})

    assert code in fires
    assert code not in silent
    assert code not in gated


def test_all_rules_of_the_design_are_here() -> None:
    # L09 and R30 to R32 are beyond the design's 68.
    numbers = {"L": 9, "R": 32, "K": 10, "S": 7, "B": 6, "F": 8}
    expected = {f"{group}{n:02}" for group, last in numbers.items() for n in range(1, last + 1)}

    assert {rule.code.split()[0] for rule in RULES} == expected


def test_a_template_with_its_own_tools_is_no_fault_for_a_task_with_tools(
    chatml_tokenizer: Tokenizer,
) -> None:
    task = {"own": NATIVE, "tools": (TOOL,), "messages": (calls({"id": 1}),)}

    assert not {"R12", "R13", "R14", "R15", "R16", "R27"} & set(found(chatml_tokenizer, task))
    assert found(chatml_tokenizer, {"own": CHATML}) == []
