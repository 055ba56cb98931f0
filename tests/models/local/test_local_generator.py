import math
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ladder.errors import InfrastructureError, SpecError
from ladder.models import Answer, Message, Request
from ladder.models.local.local_generator import LocalGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing import check_generator

GREEDY = Decoding(max_new_tokens=6)
WORDS = (
    "a",
    "the cat sat",
    "42 is the number",
    "x y z",
    "order 622: move it",
    "one two three four",
)


def asking(text: str, *, chat: ChatSetup | None = None, decoding: Decoding = GREEDY) -> Request:
    message = Message("user", f"Say what this is, in one word and nothing more: {text}")
    return Request((message,), chat or ChatSetup(), decoding)


def answers(generator: LocalGenerator, requests: list[Request]) -> list[Answer]:
    found = dict(generator.generate(requests))
    return [found[position] for position in range(len(requests))]


def texts(generator: LocalGenerator, requests: list[Request]) -> list[str]:
    return [answer.text for answer in answers(generator, requests)]


def by_transformers(generator: LocalGenerator, request: Request, **options: Any) -> str:
    raw = generator.tokenizer.raw
    ids = raw.apply_chat_template(
        [{"role": "user", "content": request.messages[0].content}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=False,
    )
    end = raw.eos_token_id
    output = generator.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=6,
        eos_token_id=end,
        pad_token_id=raw.pad_token_id,
        **options,
    )
    text: str = raw.decode(output[0, ids.shape[1] :], skip_special_tokens=True)
    return text


def test_a_local_model_keeps_what_every_generator_promises(generator: LocalGenerator) -> None:
    check_generator(generator, [asking(word) for word in WORDS])
    assert generator.answers_in_batches  # so a run asks it ahead for what its tests will read


def test_batches_with_a_shared_prefix_answer_as_transformers_does_one_by_one(
    generator: LocalGenerator,
) -> None:
    requests = [asking(word) for word in WORDS]

    found = texts(generator, requests)

    assert found == [by_transformers(generator, request) for request in requests]


def test_beams_and_penalty_answer_as_transformers_does(generator: LocalGenerator) -> None:
    decoding = GREEDY.replace(num_beams=3, repetition_penalty=1.3)
    requests = [asking(word, decoding=decoding) for word in WORDS]

    found = texts(generator, requests)

    expected = [
        by_transformers(generator, request, num_beams=3, repetition_penalty=1.3)
        for request in requests
    ]
    assert found == expected


def test_the_prompt_is_shown_with_its_special_tokens(generator: LocalGenerator) -> None:
    answer = answers(generator, [asking("a")])[0]

    assert answer.prompt is not None
    assert answer.prompt.startswith("<|im_start|>user\nSay what")
    assert answer.prompt.endswith("a<|im_end|>\n<|im_start|>assistant\n")
    assert answer.prompt_tokens == len(generator.tokenizer.encode(answer.prompt))


def test_each_fault_of_a_chat_setup_changes_the_prompt_as_it_says(
    generator: LocalGenerator,
) -> None:
    setups = [
        ChatSetup(add_generation_prompt=False),
        ChatSetup(template="[INST]{{ messages[0]['content'] }}[/INST]"),
        ChatSetup(mode="completion"),
    ]

    prompts = [answers(generator, [asking("a", chat=setup)])[0].prompt or "" for setup in setups]

    assert prompts[0].endswith("a<|im_end|>\n")
    assert prompts[1].startswith("[INST]Say")
    assert prompts[1].endswith("a[/INST]")
    assert prompts[2].startswith("Say")
    assert prompts[2].endswith("a")


def test_split_special_tokens_costs_more_tokens_than_markers_do(generator: LocalGenerator) -> None:
    right = answers(generator, [asking("a")])[0]
    split = answers(generator, [asking("a", chat=ChatSetup(split_special_tokens=True))])[0]

    assert split.prompt == right.prompt
    assert split.prompt_tokens > right.prompt_tokens + 20


def test_a_system_message_is_folded_into_the_user_turn_when_asked(
    generator: LocalGenerator,
) -> None:
    messages = (Message("system", "Be brief."), Message("user", "Hello"))

    folded = answers(generator, [Request(messages, ChatSetup(fold_system=True), GREEDY)])[0]

    assert (
        folded.prompt == "<|im_start|>user\nBe brief.\n\nHello<|im_end|>\n<|im_start|>assistant\n"
    )


def test_right_padding_harms_as_it_would_outside(generator: LocalGenerator) -> None:
    wrong = ChatSetup(padding_side="right")
    alone = texts(generator, [asking("a", chat=wrong)])
    long = asking("a much longer text that pads the short one " * 3, chat=wrong)

    together = texts(generator, [asking("a", chat=wrong), long])

    assert alone == texts(generator, [asking("a")])
    assert together[0] != alone[0]


def test_an_answer_cut_by_its_limit_says_so(generator: LocalGenerator) -> None:
    never = ChatSetup(stop_tokens=())

    answer = answers(generator, [asking("a", chat=never)])[0]

    assert (answer.finish_reason, answer.completion_tokens) == ("length", 6)


def test_a_stop_token_ends_the_answer_and_is_not_in_it(generator: LocalGenerator) -> None:
    every = tuple(generator.tokenizer.raw.get_vocab())

    stopped = answers(generator, [asking("a", chat=ChatSetup(extra_stop_tokens=every))])[0]

    assert (stopped.text, stopped.finish_reason, stopped.completion_tokens) == ("", "stop", 1)


def test_a_stop_string_ends_the_answer_and_is_not_in_it(generator: LocalGenerator) -> None:
    free = answers(generator, [asking("x y z", chat=ChatSetup(stop_tokens=()))])[0]
    end = free.text[2:4]
    decoding = GREEDY.replace(stop_strings=(end,))

    stopped = answers(
        generator, [asking("x y z", chat=ChatSetup(stop_tokens=()), decoding=decoding), asking("a")]
    )[0]

    assert stopped.text == free.text[: free.text.find(end)]
    assert stopped.finish_reason == "stop"


def test_an_unknown_stop_token_is_named(generator: LocalGenerator) -> None:
    with pytest.raises(SpecError, match="nowhere"):
        texts(generator, [asking("a", chat=ChatSetup(stop_tokens=("<|nowhere|>",)))])


def test_a_sampled_answer_depends_on_its_seed_and_not_on_its_batch(
    generator: LocalGenerator,
) -> None:
    hot = Decoding(max_new_tokens=6, temperature=1.0, top_p=0.9, top_k=50, min_p=0.001, seed=1)
    requests = [asking(word, decoding=hot) for word in WORDS]

    together = texts(generator, requests)

    assert together == [texts(generator, [request])[0] for request in requests]
    assert together == list(reversed(texts(generator, list(reversed(requests)))))
    other = [replace(request, decoding=hot.replace(seed=2)) for request in requests]
    assert together != texts(generator, other)


def test_the_log_likelihood_is_that_of_the_target_alone(generator: LocalGenerator) -> None:
    requests = [asking(word) for word in WORDS]
    targets = ["yes", "no", "forty two", "z", "é", "maybe so"]

    found = generator.log_likelihood(requests, targets)

    assert found is not None
    for request, target, value in zip(requests, targets, found, strict=True):
        prompt = generator.tokenizer.encode(answers(generator, [request])[0].prompt or "")
        whole = [*prompt, *generator.tokenizer.encode(target)]
        with torch.inference_mode():
            logs = (
                generator.model(torch.tensor([whole], device=generator.model.device))
                .logits[0]
                .log_softmax(-1)
            )
        places = range(len(prompt), len(whole))
        expected = sum(float(logs[at - 1, whole[at]]) for at in places) / len(places)
        assert value == pytest.approx(expected, abs=1e-4)


def test_an_empty_target_has_no_likelihood_to_lose(generator: LocalGenerator) -> None:
    assert generator.log_likelihood([asking("a"), asking("b")], ["", ""]) == [0.0, 0.0]


def test_a_prompt_that_does_not_fit_is_an_error_of_its_own(generator: LocalGenerator) -> None:
    found = answers(generator, [asking("long " * 200), asking("a")])

    assert found[0].finish_reason == "refused"
    assert "tokens" in (found[0].error or "")
    assert found[1].error is None


def test_a_model_without_a_template_says_what_to_do(tmp_path: Path) -> None:
    from ladder.testing import write_tiny_model

    base = LocalGenerator(ModelRef(id=str(write_tiny_model(tmp_path, template=None))))

    with pytest.raises(SpecError, match="no chat template") as caught:
        texts(base, [asking("a")])

    assert "completion" in caught.value.next_step


def test_dtype_and_weights_are_part_of_the_identity(tiny: Path, tmp_path: Path) -> None:
    from ladder.testing import write_tiny_model

    other = write_tiny_model(tmp_path, seed=1)
    refs = [
        ModelRef(id=str(tiny), dtype="float32"),
        ModelRef(id=str(tiny), dtype="bfloat16"),
        ModelRef(id=str(other), dtype="float32"),
    ]

    identities = {LocalGenerator(ref).identity for ref in refs}

    assert len(identities) == 3


@pytest.mark.slow
def test_a_batch_that_runs_out_of_memory_is_halved(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))
    requests = [asking(word) for word in WORDS]
    expected = texts(local, requests)
    whole = local.model.generate

    def small(**options: Any) -> Any:
        if len(options["input_ids"]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(**options)

    monkeypatch.setattr(local.model, "generate", small)

    assert texts(local, requests) == expected


def test_one_prompt_too_large_for_memory_ends_with_advice(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))

    def never(**_: Any) -> Any:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(local.model, "generate", never)

    with pytest.raises(InfrastructureError, match="single prompt"):
        texts(local, [asking("a")])


def test_sampling_with_beams_is_refused(generator: LocalGenerator) -> None:
    with pytest.raises(SpecError, match="num_beams"):
        texts(generator, [asking("a", decoding=Decoding(temperature=1.0, num_beams=2))])


@pytest.mark.parametrize("length", [600, 300_000, 2_000_000])
def test_a_row_that_does_not_fit_fails_alone_and_says_what_to_do(
    generator: LocalGenerator, length: int
) -> None:
    requests = [asking("short"), asking("a" * length)]

    fitting, long = answers(generator, requests)
    likelihoods = generator.log_likelihood(requests, ["x", "x"])

    assert fitting.error is None
    assert long.error is not None
    assert "Shorten this row" in long.error
    assert likelihoods is not None
    assert likelihoods[1] == pytest.approx(-math.log(len(generator.tokenizer.raw)))


def test_closing_frees_the_weights_even_where_they_refer_to_themselves(tiny: Path) -> None:
    for is_cyclic in (False, True):
        closing = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))
        answers(closing, [asking("a")])
        weights = weakref.ref(closing.model)
        if is_cyclic:
            closing.model.itself = [closing.model]

        closing.close()
        closing.close()

        assert weights() is None
