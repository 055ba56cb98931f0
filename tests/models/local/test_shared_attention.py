"""A common beginning that is kept once gives the answers that a copy of it in each row gives."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.modeling_utils import AttentionInterface

from ladder.models import Message, Request
from ladder.models.local import shared_attention
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.local.prefix import PrefixMemory
from ladder.models.local.shared_attention import NAME
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from tests.models.local.small_configs import FAMILIES

BEGINNING = tuple(range(3, 40))


def small(name: str) -> Any:
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(FAMILIES[name], attn_implementation="sdpa").eval()


def logits_behind(memory: PrefixMemory, model: Any, length: int) -> torch.Tensor:
    ids = torch.tensor([[5, 9, 2, 7, 1], [0, 0, 4, 8, 6], [0, 3, 3, 2, 1]])
    mask = torch.ones(3, length + 5, dtype=torch.long)
    mask[1, length : length + 2] = mask[2, length] = 0
    places = (mask.cumsum(-1) - 1)[:, length:]
    options = {memory.argument: memory.copies(length, 3)}
    with torch.inference_mode():
        found = model(input_ids=ids, attention_mask=mask, position_ids=places, **options)
        more = torch.cat([mask, torch.ones(3, 1, dtype=torch.long)], dim=1)
        options = {memory.argument: getattr(found, memory.argument, None) or found.past_key_values}
        last = found.logits[:, -1:].argmax(-1)
        step = model(
            input_ids=last, attention_mask=more, position_ids=places[:, -1:] + 1, **options
        )
    return torch.cat([found.logits[:, 4:], step.logits], dim=1)


@pytest.mark.parametrize("name", FAMILIES)
def test_rows_behind_one_beginning_have_the_logits_that_rows_with_a_copy_have(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small(name)
    shared = PrefixMemory(model)
    assert shared.usable(BEGINNING, rows=3) == len(BEGINNING)
    assert model.config._attn_implementation == NAME
    found = logits_behind(shared, model, 30)
    monkeypatch.setattr(shared_attention, "can_share", lambda *_: False)
    model.set_attn_implementation("sdpa")
    plain = PrefixMemory(model)
    assert plain.usable(BEGINNING, rows=3) == len(BEGINNING)
    torch.testing.assert_close(found, logits_behind(plain, model, 30), rtol=1e-4, atol=1e-4)


def test_a_model_whose_attention_does_more_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def capped(*args: Any, **kwargs: Any) -> tuple[Any, None]:
        return shared_attention.attend(*args, **kwargs, softcap=30.0)

    model = small("llama")
    shared_attention._register()
    monkeypatch.setitem(AttentionInterface._global_mapping, NAME, capped)
    memory = PrefixMemory(model)
    assert memory.usable(BEGINNING, rows=3) == len(BEGINNING)
    assert model.config._attn_implementation == "sdpa"
    assert logits_behind(memory, model, 30).isfinite().all()


def test_a_model_that_would_answer_otherwise_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def far_off(query: torch.Tensor, *_: object) -> tuple[torch.Tensor, torch.Tensor]:
        return query * 9, query[..., :1] * 0

    model = small("llama")
    monkeypatch.setattr(shared_attention, "_looked", far_off)
    memory = PrefixMemory(model)
    assert memory.usable(BEGINNING, rows=3) == len(BEGINNING)
    assert model.config._attn_implementation == "sdpa"


@pytest.mark.slow
@pytest.mark.parametrize("beams", [1, 3])
def test_answers_are_those_of_prompts_asked_one_by_one(tiny: Path, beams: int) -> None:
    generator = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))
    decoding = Decoding(max_new_tokens=40, num_beams=beams)
    start = "All of these questions begin with the same long words, which are kept once. "
    asked = [
        Request((Message("user", start + "Question" + " again" * at),), ChatSetup(), decoding)
        for at in range(5)
    ]
    together = {at: answer.text for at, answer in generator.generate(asked)}
    on_a_processor = generator.model.device.type == "cpu"
    assert generator.model.config._attn_implementation == (NAME if on_a_processor else "sdpa")
    alone = []
    for request in asked:
        generator.forget_prefix()
        alone += [answer.text for _, answer in generator.generate([request])]
    assert [together[at] for at in range(5)] == alone


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("length", "is_masked"), [(1, True), (1, False), (6, True)])
def test_short_rows_find_by_products_what_transformers_attention_finds(
    dtype: torch.dtype, length: int, *, is_masked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    module = torch.nn.Module()
    module.num_key_value_groups = 3  # type: ignore[assignment] # as transformers keeps it
    query = torch.randn(5, 6, length, 8, dtype=dtype)
    key, value = (torch.randn(5, 2, 9, 8, dtype=dtype) for _ in "kv")
    mask = torch.ones(length, 9, dtype=torch.bool).tril(9 - length).repeat(5, 1, 1, 1)
    mask[0, :, :, :3] = False
    given = (module, query, key, value, mask if is_masked else None)
    expected, _ = sdpa_attention_forward(*given, scaling=0.3)

    monkeypatch.delattr(shared_attention, "sdpa_attention_forward")
    found, _ = shared_attention.attend(*given, scaling=0.3)

    close = 1e-5 if dtype == torch.float32 else 0.02
    torch.testing.assert_close(found, expected, rtol=close, atol=close)


@pytest.mark.parametrize("is_added", [True, False])
def test_a_row_of_padding_alone_finds_numbers(*, is_added: bool) -> None:
    query, key = torch.randn(4, 2, 3, 8), torch.randn(4, 2, 3, 8)
    mask = torch.ones(4, 1, 3, 3, dtype=torch.bool).tril()
    mask[0] = False
    if is_added:
        mask = torch.zeros(4, 1, 3, 3).masked_fill(~mask, -torch.inf)

    found, _ = shared_attention.attend(torch.nn.Module(), query, key, key, mask)

    assert found.isfinite().all()


def test_a_mask_of_keys_alone_is_left_to_transformers() -> None:
    module = torch.nn.Module()
    module.num_key_value_groups = 3  # type: ignore[assignment] # as transformers keeps it
    query, key = torch.randn(4, 6, 3, 8), torch.randn(4, 2, 3, 8)
    mask = torch.ones(4, 1, 1, 3, dtype=torch.bool)

    found, _ = shared_attention.attend(module, query, key, key, mask)

    torch.testing.assert_close(found, sdpa_attention_forward(module, query, key, key, mask)[0])


def test_long_rows_are_left_to_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_attention, "MOST_SCORES", 100)
    monkeypatch.delattr(shared_attention, "_by_products")
    query, key = torch.randn(4, 2, 6, 8), torch.randn(4, 2, 6, 8)
    mask = torch.ones(4, 1, 6, 6, dtype=torch.bool).tril()

    found, _ = shared_attention.attend(torch.nn.Module(), query, key, key, mask)

    assert found.shape == (4, 6, 2, 8)
