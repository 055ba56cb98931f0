"""`ChatTokenizer`: a model's tokenizer and chat template, loaded without its weights."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from ladder.errors import ModelLoadError
from ladder.models.gguf.convert import tokenizer_folder
from ladder.models.quiet import quiet_transformers
from ladder.spec.candidate import ModelRef

_NAMED = ("bos_token", "eos_token", "pad_token", "unk_token")


class ChatTokenizer:
    """transformers' tokenizer behind the four questions of `ladder.chat.context.Tokenizer`."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def encode(
        self, text: str, *, add_special_tokens: bool = False, split_special_tokens: bool = False
    ) -> list[int]:
        """Return token ids."""
        encoded = self.raw(
            text,
            add_special_tokens=add_special_tokens,
            split_special_tokens=split_special_tokens,
            return_attention_mask=False,
            verbose=False,  # no note on long texts; to set the level of logs took longer than this
        )
        return list(encoded["input_ids"])

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool = False) -> str:
        """Return the text of token ids, special tokens included unless told otherwise."""
        text: str = self.raw.decode(
            list(ids), skip_special_tokens=skip_special_tokens, clean_up_tokenization_spaces=False
        )
        return text

    @property
    def special_tokens(self) -> dict[str, str]:
        """Return the named special tokens that the model has."""
        named = {name: getattr(self.raw, name, None) for name in _NAMED}
        return {name: str(token) for name, token in named.items() if token is not None}

    @property
    def added_tokens(self) -> dict[str, int]:
        """Return every added or control token's text with its id."""
        return {token.content: index for index, token in self.raw.added_tokens_decoder.items()}

    @property
    def control_tokens(self) -> tuple[str, ...]:
        """Return the tokens that steer the model, and that no quoted text may hold."""
        added = self.raw.added_tokens_decoder.values()
        return tuple(token.content for token in added if token.special and token.content.strip())

    @property
    def template(self) -> str | None:
        """Return the model's own chat template; of several, the one called `default`."""
        found = self.raw.chat_template
        return found.get("default") if isinstance(found, dict) else found

    @property
    def named_templates(self) -> dict[str, str]:
        """Return the further chat templates by name, where the model has several."""
        found = self.raw.chat_template
        return dict(found) if isinstance(found, dict) else {}

    @property
    def pad_token_id(self) -> int | None:
        """Return the id that fills up shorter rows of a batch, as configured."""
        return None if self.raw.pad_token_id is None else int(self.raw.pad_token_id)

    def token_id(self, token: str) -> int | None:
        """Return the id of one token's text, or None when the vocabulary lacks it."""
        return self._vocabulary.get(token)

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        return dict(self.raw.get_vocab())


def load_tokenizer(ref: ModelRef) -> ChatTokenizer:
    """Load a model's tokenizer and template, without the weights.

    Raises:
        ModelLoadError: The ref is an endpoint that names no tokenizer, or a folder holds none.
    """
    files = ref.tokens_from
    if files is None:
        raise ModelLoadError(
            f"{ref.id!r} is behind an endpoint, which shows no tokenizer.",
            next_step="Name the model's own files in model.tokenizer, or leave out what needs them.",
        )
    return tokenizer_of(tokenizer_folder(files))


def tokenizer_of(folder: Path) -> ChatTokenizer:
    """Return the tokenizer that lies in a model folder: the same one until its files change."""
    return _read(folder, _state_of(folder))


def _state_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what tells the files of a folder from those that lay there before."""
    files = (*folder.glob("*"), *folder.glob("additional_chat_templates/*"))
    states = ((str(each), each.stat()) for each in sorted(files) if each.is_file())
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in states)


@lru_cache(maxsize=2)  # a run asks for it four times, and reading takes half a second
def _read(folder: Path, state: tuple[tuple[str, int, int], ...]) -> ChatTokenizer:
    from transformers import AutoTokenizer

    del state  # when it is another one, the files are read again

    try:
        with quiet_transformers():
            raw = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        if (folder / "tekken.json").is_file():
            raise ModelLoadError(
                f"{folder} holds mistral-common's tokenizer (tekken.json), which stands in no form "
                "that transformers loads here.",
                next_step="Take a copy of the model with tokenizer.json and chat_template.jinja (its "
                "Hugging Face form); mode completion would be wrong.",
            ) from error
        raise ModelLoadError(
            f"{folder} holds no tokenizer that can be loaded "
            f"({type(error).__name__}: {str(error)[:200]}).",
            next_step="Copy tokenizer.json and tokenizer_config.json beside the weights.",
        ) from error
    return ChatTokenizer(raw)
