"""Templates of many families, written by hand: clean ones are silent, faults named, pairs of faults too."""

import itertools

import pytest

from benchmarks.mutations import MUTATIONS, Mutation
from benchmarks.templates import new_findings, probes_of
from ladder.chat import TemplateContext, check_context
from ladder.chat.check import check_probes
from ladder.spec.candidate import ChatSetup
from tests.chat.conftest import CharacterTokenizer


def turns(user: str, assistant: str, system: str, prompt: str, *, start: str = "") -> str:
    """Return a template with one branch a role; `@` stands for the content."""
    branches = "".join(
        f"{{% {word} m['role'] == '{role}' %}}{text}"
        for word, role, text in (
            ("if", "user", user),
            ("elif", "assistant", assistant),
            ("elif", "system", system),
        )
    ).replace("@", "{{ m['content'] }}")
    loop = f"{{% for m in messages %}}{branches}{{% endif %}}{{% endfor %}}"
    return f"{start}{loop}{{% if add_generation_prompt %}}{prompt}{{% endif %}}"


def named(turn: str, prompt: str, *, start: str = "") -> str:
    """Return a template that writes the role's own name; `@` stands for the content."""
    loop = turn.replace("#", "{{ m['role'] }}").replace("@", "{{ m['content'] }}")
    return f"{start}{{% for m in messages %}}{loop}{{% endfor %}}{{% if add_generation_prompt %}}{prompt}{{% endif %}}"


BOS = "{{ bos_token }}"
START, END = "<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>"
FAMILIES = {
    "phi-4": named("<|im_start|>#<|im_sep|>@<|im_end|>", "<|im_start|>assistant<|im_sep|>"),
    "command-r": turns(
        f"{START}<|USER_TOKEN|>@{END}",
        f"{START}<|CHATBOT_TOKEN|>@{END}",
        f"{START}<|SYSTEM_TOKEN|>@{END}",
        f"{START}<|CHATBOT_TOKEN|>",
        start="<BOS_TOKEN>",
    ),
    "granite": named(
        "<|start_of_role|>#<|end_of_role|>@<|end_of_text|>\n",
        "<|start_of_role|>assistant<|end_of_role|>",
    ),
    "deepseek": turns(
        "<｜User｜>@", "<｜Assistant｜>@<｜end▁of▁sentence｜>", "@", "<｜Assistant｜>", start=BOS
    ),
    "llama-3": named(
        "<|start_header_id|>#<|end_header_id|>\n\n@<|eot_id|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        start=BOS,
    ),
    "zephyr": turns(
        "<|user|>\n@{{ eos_token }}\n",
        "<|assistant|>\n@{{ eos_token }}\n",
        "<|system|>\n@{{ eos_token }}\n",
        "<|assistant|>\n",
    ),
    "vicuna": turns("USER: @ ", "ASSISTANT: @</s>", "@ ", "ASSISTANT:"),
    "alpaca": turns(
        "### Instruction:\n@\n\n", "### Response:\n@{{ eos_token }}\n\n", "@\n\n", "### Response:\n"
    ),
    "exaone": turns(
        "[|user|]@\n", "[|assistant|]@[|endofturn|]\n", "[|system|]@\n", "[|assistant|]"
    ),
    "jamba": named("<|bom|><|#|> @<|eom|>", "<|bom|><|assistant|> ", start=BOS),
    "harmony": turns(
        "<|start|>user<|message|>@<|end|>",
        "<|start|>assistant<|channel|>final<|message|>@{{ '<|return|>' if loop.last else '<|end|>' }}",
        "<|start|>system<|message|>@<|end|>",
        "<|start|>assistant",
    ),
    "many lines": """{{- bos_token }}
{%- for m in messages %}
    {%- if m['role'] == 'user' %}
        {{- '<|user|>' + m['content'] + '<|end|>' }}
    {%- elif m['role'] == 'assistant' %}
        {{- '<|assistant|>' + m['content'] + '<|end|>' }}
    {%- else %}
        {{- '<|system|>' + m['content'] + '<|end|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>' }}
{%- endif %}""",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_sound_template_of_any_family_has_no_error_or_warning(family: str) -> None:
    findings = check_probes(probes_of(FAMILIES[family]))

    assert [each for each in findings if each.severity != "info"] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_each_fault_is_named_by_its_own_rule(family: str) -> None:
    clean = probes_of(FAMILIES[family])
    made = 0
    for kind, fault in MUTATIONS.items():
        text = fault.mutate(FAMILIES[family], clean)
        broken = probes_of(text, system=fault.system)
        if text != FAMILIES[family] and fault.is_visible(clean, broken):
            assert is_named(family, text, fault, system=fault.system), kind
            made += 1

    assert made >= 7


@pytest.mark.parametrize(
    ("family", "end"), [("phi-4", "<|im_end|>"), ("command-r", END), ("harmony", "<|end|>")]
)
def test_a_user_turn_that_is_not_closed_is_told(family: str, end: str) -> None:
    shown = "{{ m['content'] }}"
    closed = f"{shown}{end}"
    assert closed in FAMILIES[family]
    only = f"{shown}{{{{ '{end}' if m['role'] == 'assistant' }}}}"

    findings = check_probes(probes_of(FAMILIES[family].replace(closed, only)))

    assert "S02" in [each.code[:3] for each in findings if each.severity == "warning"]


PAIRS = [kind for kind in MUTATIONS if kind != "loop unclosed"]


@pytest.mark.parametrize("family", ["command-r", "deepseek", "llama-3", "vicuna", "many lines"])
@pytest.mark.slow
def test_two_faults_at_once_are_both_named(family: str) -> None:
    sound = FAMILIES[family]
    made = 0
    for first, second in itertools.combinations(PAIRS, 2):
        faults = MUTATIONS[first], MUTATIONS[second]
        system = any(fault.system for fault in faults)
        one = faults[0].mutate(sound, probes_of(sound))
        other = faults[1].mutate(sound, probes_of(sound))
        both = faults[1].mutate(one, probes_of(sound))
        texts = [probes_of(text, system=system) for text in (one, other, both)]
        if faults[0].is_visible(texts[1], texts[2]) and faults[1].is_visible(texts[0], texts[2]):
            for kind, fault in zip((first, second), faults, strict=True):
                assert is_named(family, both, fault, system=system), f"{first}, {second}: {kind}"
            made += 1

    assert made >= 12


def is_named(family: str, text: str, fault: Mutation, *, system: bool) -> bool:
    """Return whether a rule of the fault's own says something that the sound template has not."""
    before = check_probes(probes_of(FAMILIES[family], system=system))
    new = new_findings(before, check_probes(probes_of(text, system=system)), fault)
    return any(finding.code[:3] in fault.codes for finding in new)


@pytest.mark.parametrize(
    ("reply", "is_sound"),
    [
        ("<|START_RESPONSE|>@<|END_RESPONSE|><|END_OF_TURN_TOKEN|>", True),
        ("<|START_RESPONSE|>@<|END_RESPONSE|>{{ '<|END_OF_TURN_TOKEN|>' if loop.last }}", False),
    ],
)
def test_what_closes_a_response_may_stand_before_what_closes_the_turn(
    reply: str, *, is_sound: bool
) -> None:
    tokens = [START, END, "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>"]  # fmt: skip
    template = turns(
        f"{START}<|USER_TOKEN|>@{END}",
        f"{START}<|CHATBOT_TOKEN|>{reply}",
        "",
        f"{START}<|CHATBOT_TOKEN|>",
    )
    context = TemplateContext(
        ChatSetup(), template, tokenizer=CharacterTokenizer(tokens, eos=END), stop_token_ids=(1,)
    )

    codes = [each.code[:3] for each in check_context(context)]

    assert ("S01" not in codes) == is_sound
