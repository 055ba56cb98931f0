"""The demo model: a GGUF file, converted once, that reads order numbers."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ladder.errors import ModelLoadError
from ladder.models import Message, Request, converted_folder
from ladder.models.gguf.convert import tokenizer_folder
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.tokenizer import tokenizer_of
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef

NUMBERS = [100 + 37 * step for step in range(24)]
PROMPT = "Extract the order number from the ticket. Reply with the number only.\n\nTicket: "
INST = (
    "{% for m in messages %}{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]"
    "{% else %}{{ m['content'] }}{% endif %}{% endfor %}"
)


@pytest.fixture(scope="module")
def demo(demo_ref: ModelRef) -> Iterator[LocalGenerator]:
    generator = LocalGenerator(demo_ref)
    yield generator
    generator.close()


def ticket(number: int) -> str:
    return f"hello, order {number}: move to the bigger plan. it is urgent."


def requests(*, shots: int = 0, chat: ChatSetup | None = None) -> list[Request]:
    before: list[Message] = []
    for number in (555, 817)[:shots]:
        before += [Message("user", PROMPT + ticket(number)), Message("assistant", str(number))]
    return [
        Request(
            (*before, Message("user", PROMPT + ticket(number))),
            chat or ChatSetup(),
            Decoding(max_new_tokens=8),
        )
        for number in NUMBERS
    ]


def shares(generator: LocalGenerator, asked: list[Request]) -> tuple[float, float]:
    found = dict(generator.generate(asked))
    texts = [found[position].text for position in range(len(asked))]
    pairs = list(zip(NUMBERS, texts, strict=True))
    strict = sum(text.strip() == str(number) for number, text in pairs)
    lenient = sum(bool(re.search(rf"\b{number}\b", text)) for number, text in pairs)
    return strict / len(pairs), lenient / len(pairs)


@pytest.mark.model
def test_a_gguf_is_converted_once_and_then_loads_quickly(demo_ref: ModelRef) -> None:
    folder = converted_folder(demo_ref)
    started = time.monotonic()

    again = converted_folder(demo_ref)

    assert again == folder == tokenizer_folder(demo_ref)
    assert time.monotonic() - started < 1
    assert (folder / "model.safetensors").is_file()
    assert "quantization_config" not in (folder / "config.json").read_text()


@pytest.mark.model
def test_the_demo_model_finds_the_order_number_without_shots(demo: LocalGenerator) -> None:
    strict, lenient = shares(demo, requests())

    assert strict == 0
    assert lenient >= 0.85


@pytest.mark.model
def test_two_shots_make_it_answer_with_the_number_only(demo: LocalGenerator) -> None:
    strict, _ = shares(demo, requests(shots=2))

    assert strict >= 0.9


@pytest.mark.model
def test_another_familys_template_ruins_it(demo: LocalGenerator) -> None:
    _, lenient = shares(demo, requests(chat=ChatSetup(template=INST)))

    assert lenient <= 0.1


@pytest.mark.model
def test_two_shots_make_the_target_likely(demo: LocalGenerator) -> None:
    targets = [str(number) for number in NUMBERS]

    without = demo.log_likelihood(requests(), targets)
    shown = demo.log_likelihood(requests(shots=2), targets)

    assert without is not None
    assert shown is not None
    assert sum(shown) / len(shown) > sum(without) / len(without) + 1


@pytest.mark.model
def test_tokenizer_and_config_of_a_gguf_come_without_its_weights(
    demo_ref: ModelRef, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LADDER_CACHE", str(tmp_path))

    folder = tokenizer_folder(demo_ref)

    assert folder.is_relative_to(tmp_path)
    assert not list(folder.glob("*.safetensors"))
    assert "<|im_start|>" in (tokenizer_of(folder).template or "")


def test_a_file_that_is_no_gguf_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LADDER_CACHE", str(tmp_path / "cache"))
    for name in ("model.gguf", "model.txt"):
        (tmp_path / name).write_bytes(b"not a model")

        with pytest.raises(ModelLoadError, match=re.escape(name)):
            converted_folder(ModelRef(id=str(tmp_path / name)))

    assert [path.suffix for path in (tmp_path / "cache" / "gguf").iterdir()] == [".lock"]
