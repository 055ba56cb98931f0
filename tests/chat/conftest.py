"""A tokenizer small enough to read: added tokens are one id, everything else one id a character."""

import re
from collections.abc import Callable, Sequence

import pytest


class CharacterTokenizer:
    """Knows its added tokens, adds `bos` and `eos` where it is told to."""

    def __init__(
        self,
        added: Sequence[str],
        *,
        bos: str | None = None,
        eos: str | None = None,
        pad: str | None = None,
        adds_bos: bool = False,
        adds_eos: bool = False,
    ) -> None:
        self.added_tokens = {token: number for number, token in enumerate(added)}
        named = {"bos_token": bos, "eos_token": eos, "pad_token": pad}
        self.special_tokens = {name: token for name, token in named.items() if token}
        self.adds_bos, self.adds_eos = adds_bos, adds_eos
        longest_first = sorted(added, key=len, reverse=True)
        self._pattern = re.compile("|".join([*map(re.escape, longest_first), r"[\s\S]"]))

    def encode(self, text: str, *, add_special_tokens: bool = False) -> list[int]:
        ids = [
            self.added_tokens.get(piece, 1000 + ord(piece[0]))
            for piece in self._pattern.findall(text)
        ]
        if add_special_tokens and self.adds_bos:
            ids.insert(0, self.added_tokens[self.special_tokens["bos_token"]])
        if add_special_tokens and self.adds_eos:
            ids.append(self.added_tokens[self.special_tokens["eos_token"]])
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        names = {number: token for token, number in self.added_tokens.items()}
        return "".join(names[id_] if id_ in names else chr(id_ - 1000) for id_ in ids)


@pytest.fixture
def tokenizer_of() -> Callable[..., CharacterTokenizer]:
    return CharacterTokenizer


@pytest.fixture
def chatml_tokenizer() -> CharacterTokenizer:
    return CharacterTokenizer(
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], eos="<|im_end|>", pad="<|endoftext|>"
    )


@pytest.fixture
def llama_tokenizer() -> CharacterTokenizer:
    return CharacterTokenizer(
        ["<unk>", "<s>", "</s>"], bos="<s>", eos="</s>", pad="<unk>", adds_bos=True
    )
