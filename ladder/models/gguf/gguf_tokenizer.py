"""Write the tokenizer of a byte-level GGUF without transformers and torch, which take seconds.

Only where nothing is left to judgement: a GPT-2 vocabulary with merges, split as GPT-2 splits, with
named tokens that are control tokens. There the files equal those that transformers writes; every
other file goes its way.
"""

import json
from pathlib import Path
from typing import Any

from ladder.models.gguf.header import Header

_PLAIN_SPLITS = frozenset({"smollm", "gpt-2", "default"})
_CONTROL, _USER_DEFINED = 3, 4
_NAMED = {
    "bos_token": "bos_token_id",
    "eos_token": "eos_token_id",
    "pad_token": "padding_token_id",
    "unk_token": "unknown_token_id",
}
_GPT2_END = "<|endoftext|>"  # transformers adds it to a vocabulary that lacks it
_NO_LIMIT = int(1e30)


def write_byte_level(header: Header, folder: Path) -> bool:
    """Write tokenizer and config of a header; return False where that is left to transformers."""
    if not _is_byte_level(header):
        return False
    named = _named_tokens(header)
    _tokenizer(header, named).save(str(folder / "tokenizer.json"))
    _write_json(folder / "tokenizer_config.json", _tokenizer_config(named))
    _write_json(folder / "config.json", _config(header))
    _write_json(folder / "generation_config.json", _ids(header))
    template = header.get("tokenizer.chat_template")
    if template is not None:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    return True


def _is_byte_level(header: Header) -> bool:
    ggml = "tokenizer.ggml"
    kinds, tokens = header.get(f"{ggml}.token_type", ()), header.get(f"{ggml}.tokens", ())
    places = [header.get(f"{ggml}.{key}") for key in _NAMED.values()]
    places.append(tokens.index(_GPT2_END) if _GPT2_END in tokens else len(tokens))
    added = [token for token, kind in zip(tokens, kinds, strict=False) if kind in (3, 4)]
    return (
        header.get("general.architecture") == "llama"
        and header.get(f"{ggml}.model") == "gpt2"
        and header.get(f"{ggml}.pre") in _PLAIN_SPLITS
        and not any(header.get(f"{ggml}.add_{end}_token") for end in ("bos", "eos"))
        and bool(header.get(f"{ggml}.merges"))
        and len(kinds) == len(tokens) == len(set(tokens))
        and None not in (places[0], places[1])
        and all(place is None or kinds[place : place + 1] == [_CONTROL] for place in places)
        and set("".join(added)) <= _ALPHABET
    )


def _tokenizer(header: Header, named: dict[str, str]) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers, processors
    from tokenizers.models import BPE

    tokens, kinds = (header.get(f"tokenizer.ggml.{key}") for key in ("tokens", "token_type"))
    merges = [tuple(pair.split(" ")) for pair in header.get("tokenizer.ggml.merges")]
    model = BPE(
        vocab={_spelled(token): place for place, token in enumerate(tokens)},
        merges=merges,
        continuing_subword_prefix="",
        end_of_word_suffix="",
        fuse_unk=False,
    )
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    pairs = list(zip(tokens, kinds, strict=True))
    control = [
        AddedToken(t, normalized=False, special=True) for t, kind in pairs if kind == _CONTROL
    ]
    defined = [AddedToken(t, normalized=False) for t, kind in pairs if kind == _USER_DEFINED]
    tokenizer.add_special_tokens([*control, *named.values()])
    tokenizer.add_tokens(defined)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A:0", pair="$A:0 $B:1", special_tokens=[]
    )
    return tokenizer


def _named_tokens(header: Header) -> dict[str, str]:
    tokens = header.get("tokenizer.ggml.tokens")
    places = {name: header.get(f"tokenizer.ggml.{key}") for name, key in _NAMED.items()}
    return {name: tokens[place] for name, place in places.items() if place is not None}


def _tokenizer_config(named: dict[str, str]) -> dict[str, Any]:
    plain = {"backend": "tokenizers", "is_local": True, "local_files_only": True}
    kind = {"model_max_length": _NO_LIMIT, "tokenizer_class": "TokenizersBackend"}
    return {**plain, **kind, **dict.fromkeys(_NAMED), **named}


def _ids(header: Header) -> dict[str, Any]:
    names = {"bos_token_id": "bos", "eos_token_id": "eos", "pad_token_id": "padding"}
    ids = {name: header.get(f"tokenizer.ggml.{key}_token_id") for name, key in names.items()}
    return {name: id_ for name, id_ in ids.items() if id_ is not None}


def _config(header: Header) -> dict[str, Any]:
    """Return what is read of a config where no weights are: its kind, lengths and token ids."""
    rows = header.get("llama.vocab_size", len(header.get("tokenizer.ggml.tokens")))
    context = header.get("llama.context_length")
    lengths = {"max_position_embeddings": context, "vocab_size": rows}
    return {"model_type": "llama", **lengths, **_ids(header)}


def _write_json(path: Path, value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def byte_letters() -> list[str]:
    """Return the letter with which GPT-2's vocabulary writes each byte (Radford et al. 2019)."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return [chr(byte) if byte in shown else chr(256 + hidden.index(byte)) for byte in range(256)]


_LETTERS = byte_letters()
_ALPHABET = frozenset(_LETTERS)


def _spelled(token: str) -> str:
    r"""Return a token in the byte alphabet; some files hold a few that are not.

    >>> _spelled("Ġa"), _spelled("\n")
    ('Ġa', 'Ċ')
    """
    if set(token) <= _ALPHABET:
        return token
    return "".join(_LETTERS[byte] for byte in token.encode("utf-8"))
