"""A prompt of which something was read before is answered as one that is read whole."""

import functools
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    GPTNeoConfig,
    LlamaConfig,
    MptConfig,
    PreTrainedConfig,
)

from ladder.models import Message, Request
from ladder.models.local import prompt_memory
from ladder.models.local.likelihood import mean_log_likelihoods
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.local.prefix import PrefixMemory
from ladder.models.local.prompt_memory import PromptMemory, ReadBatch
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef

GREEDY = Decoding(max_new_tokens=6)
START = "All of these begin with the same words. "
WORDS = ("a", "the cat sat", "42 is the number", "order 622: move it")
QUESTIONS = tuple(START + word for word in WORDS)


def asking(questions: tuple[str, ...], decoding: Decoding = GREEDY) -> list[Request]:
    return [Request((Message("user", q),), ChatSetup(), decoding) for q in questions]


def texts(generator: LocalGenerator, requests: list[Request]) -> list[str]:
    found = dict(generator.generate(requests))
    return [found[at].text for at in range(len(requests))]


def fresh(generator: LocalGenerator, requests: list[Request]) -> list[str]:
    generator.forget_prefix()
    return [dict(generator.generate_anew([each]))[0].text for each in requests]


@pytest.fixture
def columns(generator: LocalGenerator, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many columns went through the model in each pass."""
    seen: list[int] = []
    whole = generator.model.forward

    @functools.wraps(whole)  # `generate` looks at what a model takes
    def counted(input_ids: Any = None, **options: Any) -> Any:
        seen.append(int(input_ids.shape[1]))
        return whole(input_ids=input_ids, **options)

    monkeypatch.setattr(generator.model, "forward", counted)
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("questions", [QUESTIONS, tuple(f"{word}. {START}" for word in WORDS)])
def test_what_was_read_is_not_read_again_and_no_answer_changes(
    generator: LocalGenerator, columns: list[int], questions: tuple[str, ...]
) -> None:
    setups = [asking(questions), asking(questions, GREEDY.replace(repetition_penalty=1.3))]
    longer = asking((*(f"{q} and more" for q in questions), "new"))
    expected = [fresh(generator, each) for each in (*setups, longer)]
    generator.forget_prefix()
    texts(generator, setups[0])

    columns.clear()
    found = [texts(generator, each) for each in setups]

    assert set(columns) == {1}
    assert found == expected[:2]
    assert texts(generator, longer) == expected[2]


def test_the_likelihood_behind_an_answered_prompt_reads_the_target_alone(
    generator: LocalGenerator, columns: list[int]
) -> None:
    requests, targets = asking(QUESTIONS), ["yes", "no", "forty two", ""]
    generator.forget_prefix()
    expected = generator.log_likelihood(requests, targets)
    generator.forget_prefix()
    texts(generator, requests)

    columns.clear()
    found = generator.log_likelihood(requests, targets)

    assert found == pytest.approx(expected, abs=1e-4)
    assert max(columns) <= 1 + len("forty two")


def test_second_answers_read_every_prompt(generator: LocalGenerator, columns: list[int]) -> None:
    requests = asking(QUESTIONS)
    generator.forget_prefix()
    first = texts(generator, requests)

    columns.clear()
    again = dict(generator.generate_anew(requests))

    assert max(columns) > 1
    assert [again[at].text for at in range(len(requests))] == first


@pytest.mark.slow
def test_what_is_kept_gives_way_where_memory_runs_out(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))
    requests = asking(QUESTIONS)
    expected = texts(local, requests)
    whole = local.model.generate
    sizes = []

    def small(**options: Any) -> Any:
        sizes.append(len(options["input_ids"]))
        if len(local._prefix.prompts):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(**options)

    monkeypatch.setattr(local.model, "generate", small)

    assert texts(local, requests) == expected
    assert sizes == [len(QUESTIONS)] * 2


SMALL = {"vocab_size": 60, "hidden_size": 16}
LLAMA = {**SMALL, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
STRETCHED = {"rope_theta": 10_000.0, "factor": 8.0}
LONGROPE = {
    **STRETCHED,
    "rope_type": "longrope",
    "short_factor": [1.0] * 4,
    "long_factor": [1.0, 2.0, 4.0, 8.0],
    "original_max_position_embeddings": 24,
}
UNLIKE: dict[str, PreTrainedConfig] = {
    "longrope": LlamaConfig(**LLAMA, rope_parameters=LONGROPE, max_position_embeddings=192),
    "dynamic": LlamaConfig(
        **LLAMA, rope_parameters={**STRETCHED, "rope_type": "dynamic"}, max_position_embeddings=24
    ),
    "local windows": GPTNeoConfig(
        **SMALL,
        num_layers=2,
        num_heads=2,
        attention_types=[[["global", "local"], 1]],
        window_size=8,
        bos_token_id=0,
        eos_token_id=0,
    ),
    "columns": MptConfig(vocab_size=60, d_model=16, n_layers=2, n_heads=2),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_no_prompt_is_read_by_keys_that_are_not_its_own(name: str) -> None:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(UNLIKE[name], attn_implementation="eager").eval()
    with torch.no_grad():
        for each in model.parameters():
            each.mul_(6)
    short = [tuple(range(1, 21)), tuple(range(1, 15))]
    long = [(*range(1, 19), *range(30, 50)), (*range(1, 13), *range(20, 30))]

    def likely(memory: PrefixMemory, prompts: list[tuple[int, ...]]) -> list[float]:
        return mean_log_likelihoods(memory, prompts, [(*ids, 5, 6) for ids in prompts])

    alone = [likely(PrefixMemory(model), [ids])[0] for ids in long]
    memory = PrefixMemory(model)
    likely(memory, short)

    by_itself = [likely(memory, [ids])[0] for ids in long]
    # What a batch fills up counts as text in none of these, but stretched positions follow its width.
    together = by_itself if name in ("longrope", "dynamic") else likely(memory, long)
    assert by_itself == pytest.approx(alone, abs=1e-4)
    assert together == pytest.approx(alone, abs=1e-4)


def read(*prompts: tuple[int, ...]) -> ReadBatch:
    """Return prompts of which each takes four bytes a token, keys and values together eight."""
    longest = max(map(len, prompts))
    pair = (torch.zeros(len(prompts), 1, longest, 1), torch.zeros(len(prompts), 1, longest, 1))
    columns = tuple(torch.arange(longest - len(each), longest) for each in prompts)
    return ReadBatch(prompts, None, 0, (pair,), columns)


def test_the_longest_beginning_that_was_read_is_known() -> None:
    memory = PromptMemory("cpu")
    memory.keep(read((1, 2, 3), (1, 2, 4, 5), (9, 9)))

    found = [memory.known(ids) for ids in ((1, 2, 4, 7), (1, 2), (9, 9, 9), (2,), (1, 2, 3))]

    assert found == [3, 2, 2, 0, 3]


def test_what_was_used_longest_ago_goes_where_there_is_no_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prompt_memory, "MOST_BYTES", 2 * 8 * 3)
    memory = PromptMemory("cpu")
    for prompt in ((1, 1, 1), (2, 2, 2)):
        memory.keep(read(prompt))
    list(memory.tokens((1, 1, 1), 0, 2))

    memory.keep(read((3, 3, 3)))
    memory.keep(read(tuple(range(100))))

    assert [memory.known((n, n, n)) for n in (1, 2, 3)] == [3, 0, 3]
    assert (len(memory), memory.known(range(100))) == (2, 0)
