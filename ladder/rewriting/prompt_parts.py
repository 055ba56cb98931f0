"""`PromptParts`: the instruction of a prompt, which a rewriter may change, and what stands around it."""

import re
from collections import Counter
from dataclasses import dataclass

from ladder.levers.prompt_edits import is_cue
from ladder.spec.candidate import Prompt
from ladder.spec.prompt_text import COLUMN, escaped

LONGEST = 6_000
"""Characters of an instruction; a longer one would crowd out the sample."""


@dataclass(frozen=True, slots=True)
class PromptParts:
    """A prompt in two parts: columns are never in the one that is rewritten.

    Attributes:
        prompt: The whole prompt.
        instruction: The text without columns; empty where each paragraph holds one.
        frame: The rest of the user's text.
        place: Where the instruction stands: before or after the frame, or as the system message.
    """

    prompt: Prompt
    instruction: str
    frame: str
    place: str

    def with_instruction(self, text: str) -> Prompt | None:
        r"""Return the prompt with another instruction, or None where it would lose a column.

        What a model wrote is text: of braces only the prompt's own columns keep their meaning.

        >>> parts = parts_of(Prompt(user="Which city?\n\n{{ input }}"))
        >>> parts.with_instruction("Name the {{ capital }}.").user
        "Name the {{ '{{' }} capital }}.\n\n{{ input }}"
        >>> parts.with_instruction("Read this:\n{{ input }}\nWhich city is meant?").user
        'Read this:\n{{ input }}\nWhich city is meant?'
        """
        text = text.strip()
        if not text or len(text) > LONGEST:
            return None
        if self.place == "system":
            return self.prompt.replace(system=escaped(text))
        named, own = _columns(text), _columns(self.frame)
        if not named & own:
            new = escaped(text)
            order = (new, self.frame) if self.place == "before" else (self.frame, new)
            return self.prompt.replace(user="\n\n".join(order))
        if "{%" in self.frame or any(named[each] != own[each] for each in own):
            return None
        return self.prompt.replace(user=_escaped_but(text, own))


def parts_of(prompt: Prompt) -> PromptParts:
    r"""Return the parts of a prompt.

    >>> parts_of(Prompt(user="Which city?\n\nTicket: {{ input }}")).instruction
    'Which city?'
    >>> parts_of(Prompt(user="Which city? {{ input }}")).frame
    'Which city? {{ input }}'
    """
    if "{%" in prompt.user:
        return PromptParts(prompt, "", prompt.user, "before")
    for gap in (r"\n\s*\n", r"\n"):
        pieces = [piece.strip() for piece in re.split(gap, prompt.user) if piece.strip()]
        kept = [bool(COLUMN.search(piece)) or is_cue(piece) for piece in pieces]
        if any(kept) and not all(kept):
            said, frame = (
                [piece for piece, is_frame in zip(pieces, kept, strict=True) if is_frame is wanted]
                for wanted in (False, True)
            )
            joint = "\n\n" if "\\s" in gap else "\n"
            place = "after" if kept[0] else "before"
            return PromptParts(prompt, joint.join(said), joint.join(frame), place)
    if prompt.system and not COLUMN.search(prompt.system) and "{%" not in prompt.system:
        return PromptParts(prompt, prompt.system, prompt.user, "system")
    return PromptParts(prompt, "", prompt.user, "before")


def _columns(text: str) -> Counter[str]:
    """Return how often each column stands in a text, however it is written."""
    return Counter("".join(found[0].split()).strip("{}-") for found in COLUMN.finditer(text))


def _escaped_but(text: str, columns: Counter[str]) -> str:
    pieces, at = [], 0
    for found in COLUMN.finditer(text):
        if "".join(found[0].split()).strip("{}-") in columns:
            pieces += [escaped(text[at : found.start()]), found[0]]
            at = found.end()
    return "".join([*pieces, escaped(text[at:])])
