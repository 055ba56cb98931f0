"""The ways in which one call to an endpoint fails, and how often each is worth a retry."""

from ladder.errors import EndpointError


class CallError(EndpointError):
    """One call failed; other calls may go well.

    Args:
        problem: What happened.
        retry_after_seconds: How long the server asks to wait, if it says so.
    """

    attempts = 1

    def __init__(self, problem: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(problem, next_step="Run again: answers that came are kept.")
        self.retry_after_seconds = retry_after_seconds


class RefusedError(CallError):
    """The server refuses this request: too long, a field it does not take, no such path."""


class MalformedError(CallError):
    """The server sent something else than an answer."""

    attempts = 2

    def __init__(self, problem: str) -> None:
        super().__init__(f"The endpoint sent no valid answer: {problem}.")


class BusyError(CallError):
    """The server is overloaded, failed inside, was too slow, or broke off."""

    attempts = 6


class CrowdedError(BusyError):
    """The server takes fewer calls at once (429): waiting in line is no failure."""

    attempts = 12


class LostError(BusyError):
    """No connection to the server at all."""

    attempts = 4
