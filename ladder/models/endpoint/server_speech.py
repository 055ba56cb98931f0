"""Whether http or https is spoken at an address, where calls to it fail before any reply."""

import socket
import ssl
from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit

from ladder.errors import EndpointError
from ladder.models.endpoint.address import check_address

_SECONDS = 3.0
_ASKED = b"GET / HTTP/1.0\r\n\r\n"

Speech = Literal["https", "http", "neither"]


def speech_at(base_url: str) -> Speech | None:
    """Return what is spoken at the address of a server; None where no connection comes about.

    Nothing of the user's is sent there, and a certificate is not looked at.
    """
    parts = urlsplit(base_url)
    place = parts.hostname or "", parts.port or {"http": 80}.get(parts.scheme, 443)
    try:
        return "https" if _shakes_hands(place) else "http" if _answers_plainly(place) else "neither"
    except OSError:
        return None


def wrong_scheme(base_url: str, speech: Speech) -> EndpointError:
    """Return what is to be done where a server speaks otherwise than its address says.

    >>> wrong_scheme("https://localhost:8000/v1", "http").next_step
    'Write http://localhost:8000/v1 as model.base_url.'
    """
    parts = urlsplit(base_url)
    if speech == "neither":
        return EndpointError(
            f"Something takes connections at {parts.netloc} and speaks neither http nor https.",
            next_step="Correct the port in model.base_url, or see to what runs there.",
        )
    other = f"{speech}{base_url.removeprefix(parts.scheme)}"
    return EndpointError(
        f"model.base_url: the server at {parts.netloc} speaks {speech}, and {base_url!r} says "
        f"{parts.scheme}.",
        next_step=f"Write {other} as model.base_url.",
    )


def _shakes_hands(place: tuple[str, int]) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with _connected(place) as connection, suppress(OSError):  # ssl.SSLError is one
        context.wrap_socket(connection, server_hostname=place[0]).close()
        return True
    return False


def _answers_plainly(place: tuple[str, int]) -> bool:
    with _connected(place) as connection, suppress(OSError):
        connection.sendall(_ASKED)
        return connection.recv(5) == b"HTTP/"
    return False


def _connected(place: tuple[str, int]) -> socket.socket:
    connection = socket.create_connection(place, timeout=_SECONDS)
    check_address(place[0], str(connection.getpeername()[0]))
    return connection
