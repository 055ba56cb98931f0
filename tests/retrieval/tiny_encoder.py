"""The folder of an encoder for tests: its tokenizer and its settings, without weights."""

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing


def encoder_folder(place: Path, **config: Any) -> Path:
    """Return the folder of an encoder that reads four tokens, its two marks included."""
    place.mkdir()
    words = {word: at for at, word in enumerate(["[X]", "a", "b", "c"])}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[X]"))  # noqa: S106 - no password
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing("[X] $0 [X]", special_tokens=[("[X]", 0)])
    tokenizer.enable_truncation(3)
    tokenizer.save(str(place / "tokenizer.json"))
    (place / "config.json").write_text('{"max_position_embeddings": 8}')
    (place / "sentence_bert_config.json").write_text('{"max_seq_length": 4}')
    (place / "config_sentence_transformers.json").write_text(json.dumps(config))
    return place
