"""Show a prompt as the model sees it: plain text and special tokens told apart."""

from ladder.chat.context import Tokenizer
from ladder.chat.probes.control import any_of


def show_prompt(text: str, tokenizer: Tokenizer | None = None) -> list[tuple[str, bool]]:
    """Return the prompt in pieces, each with whether it is a special token.

    Without a tokenizer nothing is known to be special, and the text is one piece.

    >>> show_prompt("hello")
    [('hello', False)]
    """
    added = {} if tokenizer is None else tokenizer.added_tokens
    pattern = any_of(token for token in added if token.strip())
    if pattern is None:
        return [(text, False)] if text else []
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in pattern.finditer(text):
        if match.start() > end:
            pieces.append((text[end : match.start()], False))
        pieces.append((match.group(), True))
        end = match.end()
    if end < len(text):
        pieces.append((text[end:], False))
    return pieces


def show_token_ids(text: str, tokenizer: Tokenizer) -> list[tuple[int, str]]:
    """Return each token id of a prompt with its text, special tokens included."""
    return [(id_, tokenizer.decode([id_])) for id_ in tokenizer.encode(text)]
