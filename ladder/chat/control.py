"""Control tokens as they are written: what they look like, and which belong together."""

import re
from collections.abc import Iterable

# A bare `.jinja` has no tokenizer; these names stand in for its special tokens.
PLACEHOLDERS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}

CONTROL = re.compile(
    r"<\|[^<>|\s]{1,60}\|?>|<\w{1,60}\|>|<\uff5c[^<>\uff5c]{1,60}\uff5c>"
    r"|</?(?:s|bos|eos|pad|unk)>|<(?:start|end|begin|beginning)_of_[a-z]{1,30}>"
    r"|<(?:SPECIAL_\d+|reserved_\d+|bot|eot|eoa|eoh|eom)>"
    r"|\[/?[A-Z_]{3,30}\]|\[\|\w{1,30}\|\]|<</?SYS>>"
)

# Start tokens: some templates repeat them before every user turn, where they open nothing.
TEXT_STARTS = frozenset({"<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "[BOS]"})


def any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds any of the words, the longest first; None for no words."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
