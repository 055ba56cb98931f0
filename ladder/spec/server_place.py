"""`server_place`: where a server is, one text for all the ways in which people write its address."""

import re
from urllib.parse import urlsplit

_THIS_MACHINE = ("127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - nothing is bound to it
_PORTS = {"http": 80, "https": 443}
_CALLS = re.compile(r"(?:/chat/completions|/completions|/models)?/*$")


def server_place(base_url: str) -> str:
    """Return one text for every spelling of an address that reaches the same server.

    Letter case of the host, a usual port, slashes at the end and the path of a call do not count; nor
    does `/v1`, with or without which a server is asked. This machine has one name.

    >>> spellings = "http://localhost:8000/v1", "http://127.0.0.1:8000", "HTTP://LocalHost:8000/v1/"
    >>> {server_place(each) for each in spellings}
    {'http://localhost:8000'}
    >>> server_place("https://API.example.com:443/openai/v1?a=1"), server_place("no address")
    ('https://api.example.com/openai?a=1', 'no address')
    """
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return base_url
    if not host or parts.scheme not in _PORTS:
        return base_url
    host = "localhost" if host in _THIS_MACHINE else host.rstrip(".")
    host = f"[{host}]" if ":" in host else host
    shown = f":{port}" if port not in (None, _PORTS[parts.scheme]) else ""
    path = _CALLS.sub("", parts.path).rstrip("/").removesuffix("/v1").rstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{shown}{path}{query}"


def usual_address(base_url: str) -> str:
    """Return the address of the same server as ladder's documents write it, for digests.

    >>> usual_address("http://127.0.0.1:8000"), usual_address("https://host/openai?api-version=1")
    ('http://localhost:8000/v1', 'https://host/openai/v1?api-version=1')
    """
    place, mark, query = server_place(base_url).partition("?")
    return f"{place}/v1{mark}{query}" if "://" in place else base_url
