"""One HTTP call with hard limits: total time, size, no redirects."""

import email.utils
import re
import socket
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ladder.errors import (
    BusyError,
    CallRefusedError,
    CrowdedError,
    EndpointError,
    LostError,
    MalformedError,
    StartingError,
    UnsafeError,
)
from ladder.models.endpoint.address import call_url, check_address
from ladder.models.endpoint.call_advice import (
    advice_on,
    advice_on_redirect,
    is_same_but_for_slash,
    where_to,
)
from ladder.models.endpoint.connection import Connection
from ladder.models.endpoint.deadlines import Deadlines, shut
from ladder.models.endpoint.error_body import (
    error_in,
    error_text,
    is_crowd,
    is_starting,
    is_too_large,
    is_used_up,
    page_in,
    parsed,
    status_told,
    told_wait,
)
from ladder.spec.secrets import masked

MAX_BODY_BYTES = 8 * 2**20
MAX_STREAM_BYTES = 64 * 2**20
"""A stream takes some hundred bytes a token, and thoughts are long."""

_BUSY = frozenset({408, 409, 424, 425, 429, 499, *range(500, 600)}) - {501, 505, 511}
"""Statuses under which another try may go well: those of proxies (499, 520 to 529) and TGI's 424 among them."""

_INFLATED = ("gzip", "x-gzip", "deflate")
"""Encodings that some proxies put on bodies, whatever was asked for."""

_NO_ENCODING = frozenset({"", "identity", "none", "utf-8", "utf8"})
"""What stands for no encoding; some gateways name that of the letters there."""

_DONE = frozenset({200, 201, 203})
_ENDS_ALL = frozenset({401, 402, 407})


class Wire:
    """Sends JSON to one server and returns checked bodies. Threads may share it.

    Args:
        base_url: As `checked_base_url` gives it.
        connection: Headers, query, proxy and certificates.
        timeout_seconds: For one call as a whole.
        connections: How many calls run at once.

    Attributes:
        base_url: Where calls go from now on.
        server: What the last reply says is the server's software; empty where it does not.
        n_calls: Calls that were begun.
    """

    def __init__(
        self, base_url: str, connection: Connection, *, timeout_seconds: float, connections: int
    ) -> None:
        import httpx2

        self.base_url = base_url
        self._connection = connection
        self._redaction = connection.redaction
        self._timeout_seconds = timeout_seconds
        self._plugs: deque[socket.socket] = deque(maxlen=4 * connections)
        self._is_cut_off = False
        self._deadlines = Deadlines()
        self._urls: dict[str, httpx2.URL] = {}
        self.server = ""
        self.n_calls = 0
        self._counting = threading.Lock()
        self._client = httpx2.Client(
            headers={
                "Accept": "application/json",
                **connection.headers,
                "Accept-Encoding": "identity",
            },
            proxy=connection.proxy,
            verify=connection.certificates or True,
            limits=httpx2.Limits(max_connections=connections),
            follow_redirects=False,
            trust_env=False,
        )

    def get(self, path: str, *, base_url: str | None = None) -> bytes:
        """Return the body of a GET, elsewhere where an address is given; raises like `post`."""
        return self._call("GET", path, None, base_url=base_url)

    def post(
        self, path: str, payload: Mapping[str, Any], *, within_seconds: float | None = None
    ) -> bytes:
        """Return the body of a POST.

        Args:
            path: Behind the base URL.
            payload: What is sent as JSON.
            within_seconds: Less time than calls have otherwise.

        Raises:
            CallError: This call failed; see its subclasses.
            EndpointError: Every call will fail: no valid key, no credit, a redirect.
        """
        return self._call("POST", path, payload, within_seconds=within_seconds)

    def post_beside(self, path: str, payload: Mapping[str, Any]) -> bytes:
        """Return the body of a POST to a path beside `/v1`; raises like `post`."""
        return self._call("POST", path, payload, base_url=self.base_url.removesuffix("/v1"))

    def get_beside(self, path: str) -> bytes:
        """Return the body of a GET of a path beside `/v1`; raises like `post`."""
        return self._call("GET", path, None, base_url=self.base_url.removesuffix("/v1"))

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Break off all calls that are under way; in the block, each ends in an error at once."""
        self._is_cut_off = True
        while self._plugs:
            shut(self._plugs.pop())
        try:
            yield
        finally:
            self._is_cut_off = False

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
        self._deadlines.close()

    def _call(
        self,
        method: str,
        path: str,
        payload: Mapping[str, Any] | None,
        *,
        base_url: str | None = None,
        within_seconds: float | None = None,
    ) -> bytes:
        import httpx2

        with self._counting:
            self.n_calls += 1
        seconds = min(self._timeout_seconds, within_seconds or self._timeout_seconds)
        deadline = time.monotonic() + seconds
        place = call_url(base_url or self.base_url, path)
        url = self._urls.get(place)
        if url is None:
            url = httpx2.URL(place).copy_merge_params(dict(self._connection.query))
            self._urls[place] = url
        try:
            body, moved = self._exchanged(method, url, payload, deadline)
            if moved is not None:
                self._urls[place] = moved
                body, _ = self._exchanged(method, moved, payload, deadline, may_move=False)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            why = self._redaction.struck_text(str(error))
            by = " by way of the proxy" if self._connection.proxy else ""
            raise LostError(f"No connection to {self.base_url}{by} ({why}).") from error
        except (httpx2.TimeoutException, httpx2.TransportError, OSError) as error:
            if isinstance(error, httpx2.TimeoutException) or time.monotonic() >= deadline:
                raise self._too_slow() from error
            raise BusyError(f"{place} broke off ({type(error).__name__}).") from error
        return body

    def _exchanged(
        self,
        method: str,
        url: Any,
        payload: Mapping[str, Any] | None,
        deadline: float,
        *,
        may_move: bool = True,
    ) -> tuple[bytes, Any]:
        """Return the body of a reply; or where else at the same server the call belongs."""
        import httpx2

        seconds = max(0.001, deadline - time.monotonic())
        with self._client.stream(
            method,
            url,
            json=payload,
            timeout=httpx2.Timeout(seconds, connect=min(10.0, seconds)),
            extensions={"trace": self._check_peer},
        ) as response:
            with self._deadlines.cut_off(_plug_of(response), deadline):
                body = self._redaction.struck(self._body(response, deadline))
            self.server = self._redaction.struck_text(response.headers.get("server", ""))
            if may_move and 300 <= response.status_code < 400:
                target = self._target(response)
                if is_same_but_for_slash(str(url), target):
                    return b"", url.copy_with(path=urlsplit(target).path)
            self._check_status(response, body)
            return body, None

    def _check_peer(self, event: str, told: Mapping[str, Any]) -> None:
        """Refuse a connection by where it really leads, before anything is sent on it.

        A name that was harmless when it was looked up may lead elsewhere the next time.
        """
        if event != "connection.connect_tcp.complete":
            return
        stream = told["return_value"]
        try:
            check_address(urlsplit(self.base_url).hostname or "", _peer_of(stream))
        except UnsafeError:
            stream.close()
            raise
        plug = stream.get_extra_info("socket")
        if plug is not None:
            self._plugs.append(plug)
            if self._is_cut_off:
                shut(plug)

    def _body(self, response: Any, deadline: float) -> bytes:
        encodings = _encodings(response.headers.get("content-encoding", ""))
        kind = response.headers.get("content-type", "")
        most = MAX_STREAM_BYTES if kind.startswith("text/event-stream") else MAX_BODY_BYTES
        parts: list[bytes] = []
        size = 0
        for part in response.iter_raw():
            size += len(part)
            if size > most:
                raise _too_large(most)
            if time.monotonic() >= deadline:
                raise self._too_slow()
            parts.append(part)
        if time.monotonic() >= deadline:
            raise self._too_slow()
        body = b"".join(parts)
        for _ in encodings:
            body = _inflated(body)
        return body

    def _too_slow(self) -> BusyError:
        return BusyError(
            f"No whole answer from {self.base_url} within {self._timeout_seconds:g} s."
        )

    def _check_status(self, response: Any, body: bytes) -> None:
        status = response.status_code
        is_told = status in _DONE and b'"error"' in body
        if status in _DONE and not is_told:
            return
        value = parsed(body)
        if is_told:
            told = status_told(value)
            if told is None:
                return
            status, value = told, {"error": error_in(value)}
        said = f"{' with status 200' if is_told else ''}{self._said(value)}"
        if is_used_up(value, status=status):
            raise EndpointError(
                f"The quota or credit at {self.base_url} is used up: {status}{said}.",
                next_step="See to the plan and its billing at the provider, or wait until the "
                "quota is renewed; then run the same command again: answers that came are kept.",
            )
        if status == 429 and is_too_large(value):
            raise CallRefusedError(
                f"The endpoint refused the request: {status}{said}.", status=413, body=value
            )
        if status in _BUSY or (
            status not in _ENDS_ALL and status >= 400 and is_crowd(value, status=status)
        ):
            kind = _busy_kind(status, value)
            asked = _asked_wait(response.headers)
            wait = told_wait(value) if asked is None else asked
            raise kind(f"The endpoint answered {status}{said}.", retry_after_seconds=wait)
        if 300 <= status < 400:
            target = self._redaction.struck_text(self._target(response))
            raise EndpointError(
                f"{self.base_url} answered {status}{said}, which leads to {target}.",
                next_step=advice_on_redirect(target),
            )
        if status in _ENDS_ALL:
            raise EndpointError(
                f"{self.base_url} answered {status}{said}.", next_step=self.advice(status, said)
            )
        what = "gave no answer" if status < 300 else "refused the request"
        raise CallRefusedError(f"The endpoint {what}: {status}{said}.", status=status, body=value)

    def _target(self, response: Any) -> str:
        """Return where a redirect leads."""
        return where_to(str(response.url), response.headers.get("location", ""))

    def advice(self, status: int, said: str = "") -> str:
        """Return what to do about a status under which no call goes well."""
        key_env = self._connection.key_env
        return advice_on(status, said, base_url=self.base_url, key_env=key_env)

    def _said(self, value: object) -> str:
        said = error_text(value) or (page_in(value) if isinstance(value, str) else "")
        return f" ({masked(said)})" if said else ""


def _busy_kind(status: int, value: object) -> type[BusyError]:
    if status == 503 and is_starting(value):
        return StartingError
    return CrowdedError if status == 429 or is_crowd(value, status=status) else BusyError


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return how long a reply asks to wait; OpenAI and Azure say it in milliseconds as well."""
    exact = headers.get("retry-after-ms", "").strip()
    if exact.isascii() and exact.isdigit():
        return float(exact) / 1000
    return retry_after_seconds(headers.get("retry-after"), now=headers.get("date"))


def retry_after_seconds(header: str | None, *, now: str | None = None) -> float | None:
    """Return how long a Retry-After header asks to wait; None where it says nothing usable.

    Args:
        header: Seconds, or a date.
        now: The date that the server wrote at; its clock may be wrong, and is then so twice.

    >>> retry_after_seconds("7"), retry_after_seconds("0.5"), retry_after_seconds("soon")
    (7.0, 0.5, None)
    >>> moments = ("Wed, 01 Jan 2020 00:00:05 GMT", "Wed, 01 Jan 2020 00:00:00 GMT")
    >>> retry_after_seconds(moments[0], now=moments[1])
    5.0
    """
    if header is None:
        return None
    if re.fullmatch(r"\s*[0-9]+(?:\.[0-9]+)?\s*", header):
        return float(header)
    moment = _moment(header)
    if moment is None:
        return None
    started = None if now is None else _moment(now)
    return max(0.0, moment - (time.time() if started is None else started))


def _moment(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None


def _encodings(header: str) -> list[str]:
    """Return the encodings that were put on a body, one after the other; raise for one not known.

    >>> _encodings("gzip, identity"), _encodings("utf-8")
    (['gzip'], [])
    """
    named = [each.strip().lower() for each in header.split(",")]
    found = [each for each in named if each not in _NO_ENCODING]
    unknown = [each for each in found if each not in _INFLATED]
    if unknown or len(found) > 2:
        raise MalformedError(
            f"compressed ({header}) although none was asked for; let the server or the gateway before "
            "it answer without, or with gzip"
        )
    return found


def _inflated(body: bytes) -> bytes:
    """Return what a compressed body holds; raise where it swells beyond all measure, or is cut."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip and zlib alike
    try:
        found = unpacking.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise MalformedError(f"compressed, and cannot be unpacked ({error})") from error
    if len(found) > MAX_BODY_BYTES:
        raise _too_large(MAX_BODY_BYTES)
    if body and not unpacking.eof:
        raise MalformedError("compressed, and cut before its end")
    return found


def _too_large(most: int) -> MalformedError:
    return MalformedError(f"larger than {most >> 20} MiB")


def _peer_of(stream: Any) -> str:
    return str(stream.get_extra_info("server_addr")[0])


def _plug_of(response: Any) -> socket.socket | None:
    stream = response.extensions.get("network_stream")
    plug: socket.socket | None = stream.get_extra_info("socket") if stream is not None else None
    return plug
