"""`EncoderTokens`: how long texts are for an encoder, and how much of one it reads.

What is beyond is cut off by the library without a word, so it has to be counted here.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

import regex

from ladder.disk import read_json_object
from ladder.retrieval.model_folder import find_folder, is_here
from ladder.spec.encoder_spec import EncoderSpec, encoder_name
from ladder.text import encodable

_AT_ONCE = 512
_MOST_COUNTED, _SAMPLED, _MARGIN = 5_000, 1_000, 1.25
_NO_LIMIT = 1 << 20
"""What some tokenizers declare as their longest text means that they know none."""

_ROUGH = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]|\w+|[^\w\s]"
)
_ROUGH_ASCII = re.compile(r"\w+|[^\w\s]", re.ASCII)
"""The same of a text without such scripts, several times as fast."""

_LONG_WORD = 6
_NO_SPACE = re.sub(rb"\s", b"", bytes(range(128)))
_NO_MARK = re.sub(rb"[^\w\s]", b"", bytes(range(128)))

_PARTS = ("normalizer", "pre_tokenizer", "model")
_BERT = ("BertNormalizer", "BertPreTokenizer", "WordPiece")
_GAPS = re.compile(r"[\t\n\r]")
_MOST_KNOWN, _LONGEST_KEPT = 500_000, 40
"""Words whose counts are kept, and letters of the longest of them."""


class EncoderTokens:
    """The tokenizer of an encoder, without its weights.

    Attributes:
        limit: Tokens that the encoder reads of a text, its own marks at both ends included; None
            where its files name no limit.
    """

    def __init__(self, folder: Path, max_tokens: int | None = None) -> None:
        self._folder = folder
        self.limit = max_tokens or _declared_limit(folder)

    @classmethod
    def of(cls, encoder: str | EncoderSpec | None) -> Self:
        """Return the tokens of an encoder by its name.

        Raises:
            ModelLoadError: There is no such encoder.
        """
        wanted = encoder.max_tokens if isinstance(encoder, EncoderSpec) else None
        return cls(find_folder(encoder_name(encoder)), wanted)

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, the marks at both ends included."""
        if self._by_word is None:
            return self.encoded_counts(texts)
        return [self.marks + count for count in self._by_word.counts(texts)]

    def most_in(self, text: str) -> int:
        """Return how many tokens a text has at the most, without counting: none is shorter than a byte."""
        return len(text.encode("utf-8", "replace"))

    def encoded_counts(self, texts: Sequence[str], *, marks: bool = True) -> list[int]:
        """Return the same by encoding each text as a whole; without the marks if they are not wanted."""
        counts: list[int] = []
        for start in range(0, len(texts), _AT_ONCE):
            some = list(map(encodable, texts[start : start + _AT_ONCE]))
            encoded = self._tokenizer.encode_batch_fast(some, add_special_tokens=marks)
            counts += [len(each) for each in encoded]
        return counts

    @cached_property
    def marks(self) -> int:
        """Return the tokens that stand around every text."""
        return self.encoded_counts([""])[0]

    @cached_property
    def _by_word(self) -> "WordCounts | None":
        """Return what counts word by word, where no token spans a gap: in vocabularies of BERT."""
        parts = json.loads(self._tokenizer.to_str())
        kinds = tuple((parts[part] or {}).get("type") for part in _PARTS)
        has_gap = any(len(each["content"].split()) != 1 for each in parts["added_tokens"])
        if kinds != _BERT or has_gap:
            return None
        return WordCounts(lambda words: self.encoded_counts(words, marks=False))

    def too_long(self, texts: Sequence[str], prompt: str = "", *, room_for: int = 0) -> list[int]:
        """Return the positions of the texts that the encoder does not read to their end.

        Args:
            texts: The texts.
            prompt: What stands before each.
            room_for: Tokens of what it reads beside each.
        """
        if self.limit is None:
            return []
        limit = self.limit - room_for
        asked = self._doubtful(texts, limit - self.counts([prompt])[0])
        counts = self.counts([prompt + texts[at] for at in asked])
        return [at for at, count in zip(asked, counts, strict=True) if count > limit]

    def _doubtful(self, texts: Sequence[str], most: int) -> list[int]:
        """Return the positions of the texts that may have more tokens than that.

        No token is shorter than a byte. Where that leaves too many to count, a sample of them says
        how many tokens there are to a byte, and those far below the limit are passed over.
        """
        sizes = {at: n for at, text in enumerate(texts) if (n := _bytes(text)) > most}
        if len(sizes) <= _MOST_COUNTED:
            return list(sizes)
        some = list(sizes)[:: len(sizes) // _SAMPLED]
        counts = self.counts([texts[at] for at in some])
        densest = max(count / sizes[at] for at, count in zip(some, counts, strict=True))
        return [at for at, n in sizes.items() if n * densest * _MARGIN > most]

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - tokenizers has no types here
        from tokenizers import Tokenizer

        file = next(iter(sorted(self._folder.rglob("tokenizer.json"))), None)
        if file is None:
            return _slow_tokenizer(self._folder)
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer


class WordCounts:
    """Counts of texts as the sum over their words; each word is counted once, in whatever text."""

    def __init__(self, count: Callable[[Sequence[str]], list[int]]) -> None:
        self._count = count
        self._known: dict[str, int] = {}

    def counts(self, texts: Sequence[str]) -> list[int]:
        r"""Return the count of each text.

        >>> WordCounts(lambda words: [len(word) for word in words]).counts(["a bc", "bc\n  d"])
        [3, 3]
        """
        counts: list[int] = []
        for start in range(0, len(texts), _AT_ONCE):
            counts += self._of(
                [_GAPS.sub(" ", text).split(" ") for text in texts[start : start + _AT_ONCE]]
            )
        return counts

    def _of(self, texts: Sequence[Sequence[str]]) -> list[int]:
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        unknown = [word for word in set().union(*texts) if word not in self._known]
        self._known.update(zip(unknown, self._count(unknown), strict=True))
        counts = [sum(map(self._known.__getitem__, words)) for words in texts]
        for word in unknown:
            if len(word) > _LONGEST_KEPT:
                del self._known[word]
        return counts


class RoughTokens:
    """Counts for an encoder that is not on this machine: words and marks, on the safe side.

    >>> RoughTokens().counts(["The gate code of Mara is 512.", "金色的大门"])
    [8, 5]
    """

    limit: int | None = None
    marks = 0

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Return the number of words, marks and characters of scripts without gaps.

        A long word counts as several, as it is for most encoders.
        """
        return [_rough_count(text) for text in texts]

    def most_in(self, text: str) -> int:
        """Return how many there are at the most, in a tenth of the time that counting takes.

        >>> RoughTokens().most_in("The gate code of Mara is 512.")
        12
        """
        if not text.isascii():
            return len(text.encode("utf-8", "replace"))
        raw = text.encode()
        gaps, marks = len(raw.translate(None, _NO_SPACE)), len(raw.translate(None, _NO_MARK))
        return gaps + 1 + 2 * marks + (len(raw) - gaps - marks) // _LONG_WORD


def _rough_count(text: str) -> int:
    found = _ROUGH_ASCII.findall(text) if text.isascii() else _ROUGH.findall(text)
    sizes = list(map(len, found))
    return len(sizes) + sum((size - 1) // _LONG_WORD for size in sizes if size > _LONG_WORD)


@lru_cache(maxsize=4)
def tokens_of(encoder: str | EncoderSpec | None) -> EncoderTokens | RoughTokens:
    """Return how an encoder counts, or a rough count where it is not on this machine."""
    return EncoderTokens.of(encoder) if is_here(encoder_name(encoder)) else RoughTokens()


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _declared_limit(folder: Path) -> int | None:
    """Return how many tokens the files of a model say that it reads of a text.

    It is `max_seq_length` of sentence-transformers' own file; else the smaller one of what the
    network and its tokenizer were made for.
    """
    own = [read_json_object(path) for path in sorted(folder.rglob("sentence_*_config.json"))]
    given = [each["max_seq_length"] for each in own if isinstance(each.get("max_seq_length"), int)]
    if given:
        return int(given[0])
    network = read_json_object(folder / "config.json").get("max_position_embeddings")
    tokenizer = read_json_object(folder / "tokenizer_config.json").get("model_max_length")
    known = [
        int(n) for n in (network, tokenizer) if isinstance(n, int | float) and 0 < n < _NO_LIMIT
    ]
    return min(known, default=None)


def _slow_tokenizer(folder: Path) -> Any:  # noqa: ANN401 - tokenizers has no types here
    """Return the fast tokenizer that transformers makes out of a vocabulary file."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(
        str(folder), local_files_only=True, trust_remote_code=False
    ).backend_tokenizer
