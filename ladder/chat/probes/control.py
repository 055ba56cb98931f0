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

_OPENING = re.compile(r"(?<![a-zA-Z])(?:start|begin|START|BEGIN)(?![a-zA-Z])")
_CLOSING = re.compile(r"(?<![a-z])(?:end(?:of\w+)?|eo[tsmu])(?![a-z])", re.IGNORECASE)

_OWN_MARK = re.compile(r"think|thought|reason|tool|function|call|answer|channel", re.IGNORECASE)

# Start tokens: some templates repeat them before every user turn, where they open nothing.
TEXT_STARTS = frozenset({"<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "[BOS]"})


def any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds any of the words, the longest first; None for no words."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def closing_partner(token: str) -> str | None:
    """Return the token that closes what this one opens, by their names; None for any other.

    >>> closing_partner("[INST]"), closing_partner("<|im_start|>"), closing_partner("<|END|>")
    ('[/INST]', '<|im_end|>', None)
    """
    if closes(token):
        return None
    if re.fullmatch(r"\[\w+\]|<<\w+>>", token):
        return re.sub(r"(\w+)", r"/\1", token, count=1)
    partner = _OPENING.sub(lambda word: "END" if word.group().isupper() else "end", token)
    return None if partner == token else partner


def closes(token: str) -> bool:
    """Return whether a token says by its name that it closes something.

    >>> closes("[/INST]"), closes("<|eot_id|>"), closes("<|END_OF_TURN_TOKEN|>"), closes("<|user|>")
    (True, True, True, False)
    """
    return "/" in token or _CLOSING.search(token) is not None


def is_models_own_mark(token: str) -> bool:
    """Return whether a token is a mark that a model writes itself: of a thought, of a tool call.

    In a reply it is what it says, and no stranger's text that the model would obey.

    >>> is_models_own_mark("<think>"), is_models_own_mark("<|im_end|>")
    (True, False)
    """
    return _OWN_MARK.search(token) is not None
