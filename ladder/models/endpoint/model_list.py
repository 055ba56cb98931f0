"""`ModelList`: which models a server says it has, and whether it is one of models at all."""

import time
from contextlib import suppress

from ladder.errors import (
    BusyError,
    CallError,
    CallRefusedError,
    EndpointError,
    LostError,
    MalformedError,
)
from ladder.finding import Finding
from ladder.models.endpoint.address import check_reachable_address, other_base_urls
from ladder.models.endpoint.model_name import one_of
from ladder.models.endpoint.response import listed_models, read_models
from ladder.models.endpoint.server_speech import speech_at, wrong_scheme
from ladder.models.endpoint.throttled_calls import ThrottledCalls
from ladder.models.endpoint.unanswered_calls import lost_endpoint
from ladder.models.endpoint.wire import Wire

_CONTEXT = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx")
"""What servers call the longest text that a model takes."""


class ModelList:
    """Asks a server for its list of models, before the first call is paid for.

    The list is advice: aliases, deployments and routes of a gateway are often not on it.

    Args:
        wire: To the server. It goes on at another address where the list lies there.
        calls: Says how long a server that is gone is waited for.
        has_proxy: Whether a proxy stands between; then names need not resolve here.

    Attributes:
        base_url: As the spec names it.
        body: The list as it came.
        names: Those on it; None while nobody asked.
        fault: What lies there instead of a list; no call goes well then, most likely.
        notes: What a reader of the scores must know of it.
    """

    def __init__(self, wire: Wire, calls: ThrottledCalls, *, has_proxy: bool) -> None:
        self._wire = wire
        self._calls = calls
        self._has_proxy = has_proxy
        self.base_url = wire.base_url
        self.body = b""
        self.names: tuple[str, ...] | None = None
        self.fault: EndpointError | None = None
        self.notes: list[Finding] = []

    def ask(self) -> tuple[str, ...]:
        """Return the names that the server lists.

        Raises:
            EndpointError: Not reachable.
        """
        if not self._has_proxy:
            check_reachable_address(self.base_url)
        self.names = self._asked()
        return self.names

    def _asked(self) -> tuple[str, ...]:
        try:
            return read_models(self._waited_for())
        except LostError as error:
            raise lost_endpoint(self.base_url, error) from error
        except (MalformedError, CallRefusedError) as error:
            self._check_scheme(error)
            return self._elsewhere(error)
        except EndpointError as error:
            self._check_scheme(error)
            return ()  # some servers show their list to nobody, and answer all the same

    def _check_scheme(self, error: EndpointError) -> None:
        """Raise where calls break off, or are refused, as the server speaks https and is asked in http.

        Such a server says so with status 400, in words of its own, or says nothing.
        """
        is_refused = isinstance(error, CallRefusedError) and error.status == 400
        is_like_it = is_refused or (isinstance(error, BusyError) and "broke off" in str(error))
        is_asked_plainly = self.base_url.startswith("http:") and not self._has_proxy
        if is_like_it and is_asked_plainly and speech_at(self.base_url) == "https":
            raise wrong_scheme(self.base_url, "https") from error

    def _waited_for(self) -> bytes:
        """Return the list, as soon as the server is there where the user waits for it."""
        started = time.monotonic()
        while True:
            try:
                self.body = self._wire.get("/models")
            except BusyError:
                if not self._calls.is_waited_for(time.monotonic() - started):
                    raise
                self._calls.pause(1.0)
            else:
                return self.body

    def _elsewhere(self, error: CallError) -> tuple[str, ...]:
        """Return the list that lies with `/v1`, or without it, and go on there; else none."""
        for place in other_base_urls(self.base_url):
            with suppress(EndpointError):
                self.body = self._wire.get("/models", base_url=place)
                names = read_models(self.body)
                self.notes.append(_completed(self.base_url, place))
                self._wire.base_url = place
                return names
        if isinstance(error, MalformedError):
            self.fault = EndpointError(
                f"{self.base_url}/models is not that of an OpenAI-compatible server: {error}",
                next_step="Check model.base_url; it ends in /v1 for most servers.",
            )
        return ()  # some servers have no list, and answer all the same


def _completed(base_url: str, place: str) -> Finding:
    return Finding(
        code="N03 base-url-completed",
        severity="info",
        problem=f"Nothing of an OpenAI-compatible server lies at {base_url}; it was asked at "
        f"{place}.",
        next_step=f"Write {place} as model.base_url.",
    )


def context_in(models: bytes, name: str) -> int | None:
    """Return the longest text that a list of models names for one of them, in tokens.

    >>> context_in(b'{"data": [{"id": "m", "max_model_len": 4096}]}', "m")
    4096
    """
    try:
        listed = listed_models(models)
    except CallError:
        return None
    own = one_of((str(each.get("id")) for each in listed), name)
    for entry in listed:
        if entry.get("id") == own:
            meta = entry.get("meta")
            both = {**(meta if isinstance(meta, dict) else {}), **entry}
            found = (both.get(key) for key in _CONTEXT)
            return next((each for each in found if isinstance(each, int)), None)
    return None
