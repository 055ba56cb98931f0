"""Which addresses an endpoint may have."""

import ipaddress
import socket
from urllib.parse import urlsplit

from ladder.errors import EndpointError, SpecError, UnsafeError

# Cloud machines hand out credentials at these; the first two ranges are link-local.
_REFUSED = tuple(
    ipaddress.ip_network(net)
    for net in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32")
)


def checked_base_url(base_url: str) -> str:
    """Return the URL under which `/chat/completions` lies; `/v1` is added to a bare host.

    Raises:
        SpecError: Not an http or https URL, or it holds a password.

    >>> checked_base_url("http://localhost:8000")
    'http://localhost:8000/v1'
    >>> checked_base_url("https://api.example.com/openai/v1/")
    'https://api.example.com/openai/v1'
    """
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SpecError(
            f"model.base_url: {base_url!r} is not an http or https address.",
            next_step="Write it as http://host:port/v1.",
        )
    if parts.username or parts.password or parts.query:
        raise SpecError(
            f"model.base_url of {parts.hostname} holds a user name, password or query.",
            next_step="Put the key into an environment variable and name it in model.api_key_env.",
        )
    path = parts.path.rstrip("/") or "/v1"
    return f"{parts.scheme}://{parts.netloc}{path}"


def check_reachable_address(base_url: str) -> None:
    """Resolve the host and refuse addresses at which machines hand out credentials.

    Raises:
        EndpointError: The name does not resolve.
        UnsafeError: A link-local or metadata address.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise EndpointError(
            f"model.base_url: the host {host!r} cannot be resolved ({error.strerror or error}).",
            next_step="Check the name and the network.",
        ) from error
    for *_, place in found:
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        plain = getattr(address, "ipv4_mapped", None) or address
        if any(plain in net for net in _REFUSED if net.version == plain.version):
            raise UnsafeError(
                f"model.base_url: {host!r} is {plain}, a link-local or metadata address.",
                next_step="Give the address of a model server.",
            )
