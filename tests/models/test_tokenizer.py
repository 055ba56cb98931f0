from pathlib import Path

import pytest
from transformers import AutoTokenizer

from ladder.chat.context import Tokenizer
from ladder.errors import ModelLoadError
from ladder.models import ChatTokenizer, load_tokenizer
from ladder.spec.candidate import ModelRef
from ladder.testing import CHATML, write_tiny_model


def test_it_answers_what_the_chat_rules_ask(tiny: Path) -> None:
    tokenizer = load_tokenizer(ModelRef(id=str(tiny)))
    asked: Tokenizer = tokenizer

    ids = asked.encode("<|im_start|>é")

    assert asked.decode(ids) == "<|im_start|>é"
    assert tokenizer.decode(ids, skip_special_tokens=True) == "é"
    assert asked.special_tokens["eos_token"] == tokenizer.raw.eos_token
    assert asked.added_tokens["<|im_start|>"] == ids[0]
    assert tokenizer.template == CHATML
    assert tokenizer.token_id("<|im_end|>") == tokenizer.raw.eos_token_id
    assert tokenizer.token_id("no token") is None


def test_named_templates_are_shown_and_the_default_is_the_template(tiny: Path) -> None:
    tokenizer = ChatTokenizer(AutoTokenizer.from_pretrained(tiny))
    tokenizer.raw.chat_template = {"default": "plain", "tool_use": "tools"}

    assert tokenizer.template == "plain"
    assert tokenizer.named_templates == {"default": "plain", "tool_use": "tools"}


def test_a_tokenizer_is_read_once_and_again_when_its_files_change(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path)
    first = load_tokenizer(ModelRef(id=str(folder)))

    assert load_tokenizer(ModelRef(id=str(folder))) is first

    (folder / "chat_template.jinja").write_text("another {{ messages }}")

    assert load_tokenizer(ModelRef(id=str(folder))).template == "another {{ messages }}"


def test_an_endpoint_shows_no_tokenizer() -> None:
    with pytest.raises(ModelLoadError, match="endpoint"):
        load_tokenizer(ModelRef(id="m", base_url="http://localhost:1"))


def test_a_folder_without_a_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="tokenizer"):
        load_tokenizer(ModelRef(id=str(tmp_path)))


@pytest.mark.real
@pytest.mark.parametrize("name", ["llama-2", "minimind", "gpt-2"])
def test_published_tokenizers_load(shared_data: Path, name: str) -> None:
    tokenizer = load_tokenizer(ModelRef(id=str(shared_data / "tokenizers" / name)))

    assert "hello" in tokenizer.decode(tokenizer.encode("hello world"))
    assert tokenizer.added_tokens
