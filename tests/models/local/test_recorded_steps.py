"""A batch whose steps are recorded once and played again gets the answers that it gets without."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    GenerationConfig,
    MistralConfig,
)
from transformers.cache_utils import DynamicCache

from ladder.models import Message, Request
from ladder.models.local import shared_attention
from ladder.models.local.growing_layer import GrowingLayer, empty_cache
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.local.prefix import cache_argument
from ladder.models.local.recorded_steps import StepRecorder
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from tests.models.local.small_configs import FAMILIES, SMALL

Run = Callable[[], Any]

NOT_RECORDED = {
    "keys of a window": MistralConfig(**SMALL, sliding_window=6),
    "places from the mask": BloomConfig(vocab_size=97, hidden_size=32, n_layer=2, n_head=4),
}
IDS = torch.randint(3, 97, (4, 11), generator=torch.Generator().manual_seed(0))
MASK = torch.ones_like(IDS)
MASK[1, :4] = MASK[3, :1] = 0


class Played:
    """Counts what is recorded and played; instead of a recording the step runs again."""

    def __init__(self) -> None:
        self.recorded = self.played = 0

    def __call__(self, run: Run) -> Run:
        self.recorded += 1

        def play() -> Any:
            self.played += 1
            return run()

        return play


def small(config: Any) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    model.generation_config = GenerationConfig()
    return model


def answered(
    model: Any, record: Callable[[Run], Run] | None, *, tokens: int = 20
) -> tuple[list[list[int]], Any]:
    """Return the ids and the cache after an answer of so many tokens."""
    argument = cache_argument(model.forward)
    recorder = StepRecorder(model, argument, record)
    cache = empty_cache(model) or DynamicCache(config=model.config)
    options = {"max_new_tokens": tokens, "do_sample": False, "pad_token_id": 0}
    with torch.inference_mode(), recorder.used(cache, tokens):
        ids = model.generate(input_ids=IDS, attention_mask=MASK, **options, **{argument: cache})
    return ids.tolist(), cache


@pytest.mark.parametrize("name", FAMILIES)
def test_an_answer_and_its_keys_are_those_of_steps_that_are_not_recorded(name: str) -> None:
    model, played = small(FAMILIES[name]), Played()

    expected, kept = answered(model, None)
    found, left = answered(model, played)

    assert found == expected
    assert played.recorded == 2  # when it is tried, and for the batch
    assert played.played == 7 + 18
    assert [type(layer) for layer in left.layers] == [GrowingLayer] * 2
    for one, other in zip(kept.layers, left.layers, strict=True):
        assert torch.allclose(one.keys, other.keys, atol=1e-5)
        assert torch.allclose(one.values, other.values, atol=1e-5)


@pytest.mark.parametrize("name", NOT_RECORDED)
def test_a_model_whose_steps_need_more_than_their_place_answers_as_ever(name: str) -> None:
    model, played = small(NOT_RECORDED[name]), Played()

    assert answered(model, played)[0] == answered(model, None)[0]
    assert played.recorded <= 1  # when it is tried


def test_a_recording_that_gives_other_logits_is_not_used() -> None:
    def stale(run: Run) -> Run:
        found = run()
        return lambda: found

    model = small(FAMILIES["llama"])

    assert answered(model, stale)[0] == answered(model, None)[0]


def test_a_short_answer_is_not_recorded() -> None:
    played = Played()

    answered(small(FAMILIES["llama"]), played, tokens=4)

    assert played.recorded == 0


def test_a_batch_that_cannot_be_recorded_is_answered_as_ever() -> None:
    played = Played()

    def once(run: Run) -> Run:
        if played.recorded:
            raise RuntimeError("operation not permitted when stream is capturing")
        return played(run)

    model = small(FAMILIES["llama"])

    expected, kept = answered(model, None)
    found, left = answered(model, once)

    assert found == expected
    assert torch.equal(left.layers[1].keys, kept.layers[1].keys)


def test_where_memory_runs_out_for_a_recording_whoever_halves_the_batch_is_told() -> None:
    played = Played()

    def once(run: Run) -> Run:
        if played.recorded:
            raise RuntimeError("CUDA out of memory.")
        return played(run)

    with pytest.raises(RuntimeError, match="out of memory"):
        answered(small(FAMILIES["llama"]), once)


def test_a_forward_pass_of_the_models_own_stays() -> None:
    model, seen = small(FAMILIES["llama"]), []
    whole = model.forward

    def hooked(**given: Any) -> Any:
        seen.append(given["input_ids"].shape[1])
        return whole(**given)

    model.forward = hooked
    StepRecorder(model, cache_argument(whole), Played())._can_record()

    assert model.forward is hooked
    assert set(seen) == {8, 1}


def test_a_model_that_is_not_told_places_is_not_recorded() -> None:
    model, played = small(FAMILIES["llama"]), Played()
    argument = cache_argument(model.forward)
    cache = empty_cache(model)
    with torch.inference_mode(), StepRecorder(model, argument, played).used(cache, 20):
        for ids in (IDS, IDS[:, :1], IDS[:, :1]):
            model(input_ids=ids, use_cache=True, **{argument: cache})

    assert played.recorded == 1  # when it is tried


def test_what_another_batch_is_given_is_not_played() -> None:
    model, played = small(FAMILIES["llama"]), Played()
    argument = cache_argument(model.forward)
    cache, other = empty_cache(model), IDS[:1]
    with torch.inference_mode(), StepRecorder(model, argument, played).used(cache, 20):
        expected = model(input_ids=other).logits
        for at, ids in enumerate((IDS, IDS[:, :1], IDS[:, :1])):
            places = torch.arange(ids.shape[1]).expand_as(ids) + 11 * at
            model(input_ids=ids, position_ids=places, use_cache=True, **{argument: cache})
        found = model(input_ids=other).logits

    assert played.recorded == 2
    assert torch.equal(found, expected)


def test_rows_that_leave_the_batch_change_no_answer(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_attention, "can_share", lambda *_: False)  # as on a GPU
    plain = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))
    other = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))
    played = Played()
    other._prefix.recorder = StepRecorder(other.model, other._prefix.argument, played)
    raw = plain.tokenizer.raw
    ending = ChatSetup(stop_tokens=tuple(raw.convert_ids_to_tokens(range(7, len(raw), 50))))
    words = ("a", "the cat sat", "42 is the number", "x y z", "order 622: move it")
    asked = [Request((Message("user", w),), ending, Decoding(max_new_tokens=70)) for w in words]

    expected = dict(plain.generate(asked))
    found = dict(other.generate(asked))

    assert {at: each.text for at, each in found.items()} == {
        at: each.text for at, each in expected.items()
    }
    assert played.recorded > 2


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_on_a_gpu_a_step_is_played_and_the_answers_are_the_same(tiny: Path, dtype: str) -> None:
    generator = LocalGenerator(ModelRef(id=str(tiny), dtype=dtype))
    recorder = generator._prefix.recorder
    decoding = Decoding(max_new_tokens=70)
    words = ("a", "the cat sat", "42 is the number", "x y z", "order 622: move it")
    asked = [Request((Message("user", w),), ChatSetup(), decoding) for w in words]

    found = {at: each.text for at, each in generator.generate(asked)}
    assert recorder._can_record()
    recorder._is_possible = False
    generator.forget_prefix()

    assert found == {at: each.text for at, each in generator.generate(asked)}


def test_on_a_processor_nothing_is_recorded(tiny: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny)

    assert not StepRecorder(model, cache_argument(model.forward))._can_record()
