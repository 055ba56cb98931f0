"""What becomes of calls that fail: an answer that stands for none, the end of a run, or a wait."""

import math
from collections.abc import Sequence
from urllib.parse import urlsplit

import tenacity

from ladder.errors import CallError, CallRefusedError, CrowdedError, EndpointError, LostError
from ladder.finding import Finding
from ladder.models.base import Answer, FinishReason
from ladder.models.endpoint.address import or_by_proxy
from ladder.models.endpoint.error_body import is_filtered, is_too_long
from ladder.models.endpoint.server_speech import speech_at, wrong_scheme
from ladder.text import one_line

LONGEST_WAIT_SECONDS = 60.0

REFUSES_REQUEST = frozenset({400, 413, 422, 501})
"""Statuses that are about the request itself, where the same server has answered others."""


def lost_endpoint(base_url: str, error: LostError) -> EndpointError:
    """Return what is to be done where no server answers, by what stands in the way."""
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return EndpointError(said, next_step=_advice_on_certificate(said))
    if "by way of the proxy" in said:
        return EndpointError(
            said, next_step="Correct model.proxy, or the proxy that the environment names."
        )
    speech = speech_at(base_url)
    if speech is not None and speech != urlsplit(base_url).scheme:
        return wrong_scheme(base_url, speech)
    return EndpointError(
        f"No server answers at {base_url}.",
        next_step=f"Start the server, or correct model.base_url.{or_by_proxy(base_url)}",
    )


def _advice_on_certificate(said: str) -> str:
    if "mismatch" in said:
        return "Write a name that the server's certificate holds as the host of model.base_url."
    if "expired" in said or "not yet valid" in said:
        return "Renew the server's certificate, and see that the clock of this machine is right."
    return "Name the file of your authority's certificates in model.ca_file."


def renamed_model(asked: str, name: str) -> Finding:
    """Return what is told where a server knows the model by a longer name."""
    return Finding(
        code="N04 model-name-completed",
        severity="info",
        problem=f"The server does not know {asked!r}; it answers as {name!r}.",
        next_step=f"Write {name!r} as model.id before the next run; this one goes on as it is.",
    )


def unanswered(error: CallError, shown: str | None, *, has_answered: bool) -> Answer:
    """Return what stands for an answer that did not come.

    A server that has answered other requests and does not take this one refuses what it asks for.
    """
    if not isinstance(error, CallRefusedError):
        return Answer("", prompt=shown, finish_reason="error", error=str(error))
    if is_filtered(error.body):
        return Answer("", prompt=shown, finish_reason="filtered")
    is_refused = is_too_long(error.body) or (has_answered and error.status in REFUSES_REQUEST)
    reason: FinishReason = "refused" if is_refused else "error"
    return Answer("", prompt=shown, finish_reason=reason, error=str(error))


def n_broken(failed: Sequence[tuple[int, Answer]]) -> int:
    """Return how many calls failed without a refusal that says why."""
    return sum(answer.finish_reason == "error" for _, answer in failed)


def all_failed(n: int, last: Answer, *, next_step: str = "") -> EndpointError:
    """Return the error of an endpoint of which no call went well."""
    return EndpointError(
        f"All {n} calls failed; the last: {last.error}",
        next_step=next_step
        or "Check model.base_url and the server's log; answers that came are kept.",
    )


def wait_seconds(state: tenacity.RetryCallState) -> float:
    """Return how long to wait before the next try: what the server asks, else ever longer."""
    asked = error_of(state).retry_after_seconds
    longer = float(tenacity.wait_random_exponential(multiplier=0.5, max=20)(state))
    if asked is None:
        return longer
    # Some gateways ask for no wait at all, again and again.
    return max(asked, longer) if asked < 1 and state.attempt_number > 1 else asked


def check_wait(error: CallError, longest_seconds: float) -> None:
    """Raise EndpointError where the server asks to wait longer than the user would."""
    asked = error.retry_after_seconds
    if asked is not None and asked > longest_seconds:
        minutes = math.ceil(asked / 60)
        raise EndpointError(
            f"The endpoint asks to wait {asked:.0f} s. {error}",
            next_step="Run the same command again later, answers that came are kept; or let ladder "
            f"wait so long: model.wait_minutes: {minutes}.",
        )


def why_waited(error: CallError) -> str:
    """Return in words why the next try of a call is not made at once.

    >>> why_waited(CrowdedError("status 429", retry_after_seconds=12.0))
    'the server asks to wait, as it gets more calls than it takes (429)'
    """
    asks = "asks to wait" if error.retry_after_seconds is not None else "is asked again soon"
    if isinstance(error, CrowdedError):
        return f"the server {asks}, as it gets more calls than it takes (429)"
    if isinstance(error, LostError):
        return f"no connection to the server, which {asks}"
    return f"the server {asks}: {one_line(str(error), 60)}"


def error_of(state: tenacity.RetryCallState) -> CallError:
    """Return the error that the last try of a call ended in."""
    error = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(error, CallError):
        raise TypeError(error)
    return error
