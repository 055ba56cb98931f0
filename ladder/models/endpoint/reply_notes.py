"""`ReplyNotes`: what all replies of a server together leave to be told."""

from collections.abc import Iterator

from ladder.finding import Finding
from ladder.models.endpoint.response import Reply


class ReplyNotes:
    """Knows which words of a server are not known, and whether it counts tokens. Threads may share it.

    >>> notes = ReplyNotes()
    >>> notes.add(Reply("4", "stop", prompt_tokens=0, completion_tokens=0, model="m"))
    >>> [each.code for each in notes.findings()]
    ['N16 tokens-not-counted']
    """

    def __init__(self) -> None:
        self._unknown_reasons: set[str] = set()
        self._is_counted = False
        self._is_uncounted = False

    def add(self, reply: Reply) -> None:
        """Take one more reply into account."""
        if reply.unknown_reason:
            self._unknown_reasons.add(reply.unknown_reason)
        if reply.prompt_tokens or reply.completion_tokens:
            self._is_counted = True
        else:
            self._is_uncounted = True

    def findings(self) -> Iterator[Finding]:
        """Yield what a reader of the scores must know of it."""
        unknown = ", ".join(map(repr, sorted(self._unknown_reasons)))
        if unknown:
            yield Finding(
                code="N02 unknown-finish-reason",
                severity="info",
                problem=f"The server gives {unknown} as the reason why answers ended, which ladder does "
                "not know; it takes such answers as whole.",
                next_step="Look at some of them with `ladder show`.",
            )
        if self._is_uncounted and not self._is_counted:
            yield Finding(
                code="N16 tokens-not-counted",
                severity="info",
                problem="The server does not say how many tokens its prompts and answers have (usage), "
                "so no cost in tokens or money is known, and budget.tokens ends nothing.",
                next_step="Limit budget.calls or budget.minutes in the place of tokens, or let the server "
                "send usage.",
            )
