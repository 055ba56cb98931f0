"""A tokenizer read from `tokenizer.json` alone, without loading transformers and torch.

Only for folders that ladder wrote itself from a GGUF file and that name no setting beyond the
special tokens: there transformers adds nothing of its own, so the ids are the same.
"""

import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

_NAMED = ("bos_token", "eos_token", "pad_token", "unk_token")
_HARMLESS = frozenset(
    {*_NAMED, "backend", "is_local", "local_files_only", "model_max_length", "tokenizer_class"}
)


class PlainTokenizer:
    """What the chat rules ask of a tokenizer, answered by the `tokenizers` library."""

    def __init__(self, folder: Path) -> None:
        file = folder / "tokenizer.json"
        state = file.stat()
        self.raw: Any = _read(str(file), (state.st_mtime_ns, state.st_size))
        self._config = _config(folder)
        jinja = folder / "chat_template.jinja"
        self.template = jinja.read_text(encoding="utf-8") if jinja.is_file() else None
        self.named_templates: dict[str, str] = {}

    def encode(
        self, text: str, *, add_special_tokens: bool = False, split_special_tokens: bool = False
    ) -> list[int]:
        """Return token ids."""
        self.raw.encode_special_tokens = split_special_tokens
        return list(self.raw.encode(text, add_special_tokens=add_special_tokens).ids)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of token ids, special tokens included."""
        return str(self.raw.decode(list(ids), skip_special_tokens=False))

    @cached_property
    def special_tokens(self) -> dict[str, str]:
        """Return the named special tokens that the model has."""
        return {name: str(self._config[name]) for name in _NAMED if self._config.get(name)}

    @cached_property
    def added_tokens(self) -> dict[str, int]:
        """Return every added or control token's text with its id."""
        return {token.content: id_ for id_, token in self.raw.get_added_tokens_decoder().items()}

    def token_id(self, token: str) -> int | None:
        """Return the id of one token's text, or None when the vocabulary lacks it."""
        found = self.raw.token_to_id(token)
        return None if found is None else int(found)


@lru_cache(maxsize=4)  # a run asks for it at each candidate, and reading takes a tenth of a second
def _read(file: str, state: tuple[int, int]) -> Any:
    from tokenizers import Tokenizer

    del state  # of the file: when it is another one, it is read again
    raw = Tokenizer.from_file(file)
    raw.no_truncation()
    raw.no_padding()
    return raw


def is_plain(folder: Path) -> bool:
    """Return whether the folder's tokenizer is its `tokenizer.json` and nothing more."""
    config = _config(folder)
    is_generic = config.get("tokenizer_class") == "TokenizersBackend"
    return is_generic and set(config) <= _HARMLESS and (folder / "tokenizer.json").is_file()


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "tokenizer_config.json"
    value = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return value if isinstance(value, dict) else {}
