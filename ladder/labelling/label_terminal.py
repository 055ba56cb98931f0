"""`label_in_terminal`: labels answers in a terminal, one key an answer."""

from collections.abc import Callable

from ladder.labelling.label_item import Choice, LabelItem
from ladder.labelling.label_session import LabelSession
from ladder.labelling.label_words import FEWEST, agreement_words, how_many
from ladder.text import visible

KEYS: dict[str, Choice] = {
    "y": "good",
    "n": "bad",
    "u": "unsure",
    "1": "first",
    "2": "second",
    "=": "equal",
}
"""What a key says of an answer."""

WORDS: dict[Choice, str] = {
    "good": "y yes",
    "bad": "n no",
    "first": "1 the first",
    "second": "2 the second",
    "equal": "= equal",
    "unsure": "u unsure",
}


def label_in_terminal(
    session: LabelSession, *, read: Callable[[str], str] = input, say: Callable[[str], None] = print
) -> bool:
    """Ask for labels until no more are needed; return whether that is so.

    Args:
        session: What is labelled.
        read: Asks for a line; the end of the input stops the labelling, which goes on next time.
        say: Shows a text.
    """
    say(f"{how_many(session)}\nThe rubric: {session.rubric}\n")
    told_at, item = session.n_labelled, session.next()
    while item is not None:
        key = _ask(session, item, read, say)
        if key is None:
            say(f"Stopped after {session.n_labelled}. The same command goes on.")
            return False
        if key == "z":
            item = session.undo() or item
            continue
        session.say(item, KEYS[key])
        item = session.next()
        if session.n_labelled >= told_at + FEWEST:
            told_at = session.n_labelled
            say(agreement_words(session.agreement()))
    return True


def _ask(
    session: LabelSession, item: LabelItem, read: Callable[[str], str], say: Callable[[str], None]
) -> str | None:
    """Return the key that somebody pressed; None where they stop."""
    say(f"--- {session.n_labelled + 1}\n{visible(item.asked)}\n")
    if item.reference:
        say(f"A good answer, for comparison: {visible(item.reference)}\n")
    for name, text in zip(("first", "second"), item.answers, strict=False):
        say(f"{'Answer' if len(item.answers) == 1 else f'The {name}'}: {visible(text)}\n")
    keys = {key for key, choice in KEYS.items() if choice in item.choices}
    offered = ", ".join(WORDS[choice] for choice in item.choices)
    while True:
        try:
            pressed = read(f"{offered}, z undo, q stop: ").strip().lower()
        except EOFError:
            return None
        if pressed == "q":
            return None
        if pressed == "z" or pressed in keys:
            return pressed
