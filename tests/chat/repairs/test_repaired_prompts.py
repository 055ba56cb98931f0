"""A repaired generation prompt is the one of the family: no space too many, no thought switched off."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.mutations import MUTATIONS
from benchmarks.templates import errors_of, probes_of, published
from ladder.chat import TemplateContext, check_context, propose_repairs
from ladder.chat.check import check_probes
from ladder.chat.probes.probes import Probes
from ladder.spec.candidate import ChatSetup

HISTORY = ("u", "ua", "uaua")


def turns(user: str, reply: str, prompt: str) -> str:
    """Return a template; `@` stands for the content."""
    written = f"{{% if m.role == 'user' %}}{user}{{% else %}}{reply}{{% endif %}}"
    loop = f"{{% for m in messages %}}{written.replace('@', '{{ m.content }}')}{{% endfor %}}"
    return f"{loop}{{% if add_generation_prompt %}}{prompt}{{% endif %}}"


def prompts_after_repair(template: str) -> list[str]:
    """Return how prompts end by each proposal."""
    context = TemplateContext(setup=ChatSetup(), template=template)
    setups = propose_repairs(context)
    return [Probes(context).with_setup(setup).tail or "" for setup in setups]


CHATML = ("<|im_start|>user\n@<|im_end|>\n", "<|im_start|>assistant\n{}@<|im_end|>\n")
EMPTY_THOUGHT = CHATML[1].format("<think>\n\n</think>\n\n")
HARMONY = (
    "<|start|>user<|message|>@<|end|>",
    "<|start|>assistant<|channel|>final<|message|>@<|end|>",
)


@pytest.mark.parametrize(
    ("user", "reply", "prompt", "wanted"),
    [
        # most tokens of words begin with the space
        ("USER: @ ", "ASSISTANT: @</s>", "", [" ASSISTANT:"]),
        ("USER: @ ", "ASSISTANT: @</s>", "SOMEBODY: ", [" ASSISTANT:"]),
        # the model opens its own thought; that it is closed at once is a second proposal
        (CHATML[0], EMPTY_THOUGHT, "", ["assistant\n", "assistant\n<think>\n\n</think>\n\n"]),
        # what the prompt says of thoughts stays
        (CHATML[0], EMPTY_THOUGHT, "<|im_start|>model\n<think>\n", ["assistant\n<think>\n"]),
        (CHATML[0], CHATML[1].format(""), "<|im_start|>model\n<think>\n", ["assistant\n<think>\n"]),
        # a model chooses its own channel
        (*HARMONY, "", ["<|start|>assistant", "<|channel|>final<|message|>"]),
    ],
)
def test_a_repaired_prompt_ends_as_the_family_has_it(
    user: str, reply: str, prompt: str, wanted: list[str]
) -> None:
    found = prompts_after_repair(turns(user, reply, prompt))

    assert len(found) == len(wanted)
    assert all(tail.endswith(end) for tail, end in zip(found, wanted, strict=True))


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "at_least"), [("generation prompt removed", 0.75), ("wrong role word in it", 0.85)]
)
def test_repairs_of_published_templates_write_their_own_prompt_again(
    kind: str, at_least: float, shared_data: Path
) -> None:
    mutation, count = MUTATIONS[kind], Counter[bool]()

    for text in list(published(shared_data / "templates").values())[::2]:
        clean = probes_of(text)
        mutant = mutation.mutate(text, clean)
        faulty = probes_of(mutant)
        if (
            mutant == text
            or errors_of(check_probes(clean))
            or not mutation.is_visible(clean, faulty)
        ):
            continue
        found = [faulty.with_setup(setup) for setup in propose_repairs(faulty.context)]
        count[any(each.text("uau+") == clean.text("uau+") for each in found)] += 1
        assert all(each.text(name) == faulty.text(name) for each in found[:1] for name in HISTORY)

    assert count.total() >= 40
    assert count[True] / count.total() >= at_least


def test_a_byte_order_mark_before_a_template_is_told_and_taken_out() -> None:
    context = TemplateContext(
        ChatSetup(), "\ufeff" + turns(CHATML[0], CHATML[1].format(""), "<|im_start|>assistant\n")
    )

    [found] = [each for each in check_context(context) if each.code.startswith("R18")]

    assert "\\ufeff" in found.evidence
    assert all("\ufeff" not in (each.template or "") for each in propose_repairs(context))
