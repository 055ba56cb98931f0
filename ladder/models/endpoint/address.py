"""The address of an endpoint: which are refused, where a call goes, how the key is sent."""

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from ladder.errors import EndpointError, SpecError, UnsafeError
from ladder.spec.secrets import secret_in_address

# Cloud machines hand out credentials at these; the first two ranges are link-local.
_REFUSED = tuple(
    ipaddress.ip_network(net)
    for net in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32")
)

_CALLS = ("/chat/completions", "/completions", "/models", "/responses", "/embeddings")
_OF_OLLAMA = re.compile(r"/api/(?:chat|generate|tags)$")
"""Calls of Ollama's own protocol, which its manual shows first; OpenAI's lies at `/v1`."""


def checked_base_url(base_url: str) -> str:
    """Return the URL under which `/chat/completions` lies; `/v1` is added to a bare host.

    A query stays (`?api-version=` of an Azure deployment), and goes with every call.

    Raises:
        SpecError: Not an http or https URL, or it holds a password, which is never repeated.

    >>> checked_base_url("http://localhost:8000")
    'http://localhost:8000/v1'
    >>> checked_base_url("https://api.example.com/openai/v1/")
    'https://api.example.com/openai/v1'
    >>> checked_base_url("http://localhost:8000/v1/chat/completions")
    'http://localhost:8000/v1'
    >>> checked_base_url("https://x.azure.com/openai/deployments/d/chat/completions?api-version=1")
    'https://x.azure.com/openai/deployments/d?api-version=1'
    >>> checked_base_url("http://localhost:11434/api/chat")
    'http://localhost:11434/v1'
    """
    parts = _parts(base_url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        shown = re.sub(r"//[^/]*@", "//…@", base_url)
        raise SpecError(
            f"model.base_url: {shown!r} is not an http or https address.",
            next_step=f"Write it as {_with_scheme(base_url) or 'http://host:port/v1'}.",
        )
    secret = secret_in_address(base_url)
    if secret:
        raise SpecError(
            f"model.base_url of {parts.hostname} holds {secret}.",
            next_step="Put the key into an environment variable and name it in model.api_key_env.",
        )
    path = _OF_OLLAMA.sub("/v1", parts.path.rstrip("/"))
    for call in _CALLS:
        path = path.removesuffix(call)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{path or '/v1'}{query}"


def other_base_url(base_url: str) -> str:
    """Return the same address with `/v1`, or without it: servers differ, and so do their manuals.

    >>> other_base_url("http://host/api"), other_base_url("http://host/api/v1?a=1")
    ('http://host/api/v1', 'http://host/api?a=1')
    """
    place, mark, query = base_url.partition("?")
    other = place.removesuffix("/v1") if place.endswith("/v1") else f"{place}/v1"
    return f"{other}{mark}{query}"


def other_base_urls(base_url: str) -> tuple[str, ...]:
    """Return where else the same server may be meant: people write Ollama's own `/api` for `/v1`.

    >>> other_base_urls("http://localhost:11434/api")
    ('http://localhost:11434/api/v1', 'http://localhost:11434/v1')
    """
    place, mark, query = base_url.partition("?")
    beside = (f"{place.removesuffix('/api')}/v1{mark}{query}",) if place.endswith("/api") else ()
    return (other_base_url(base_url), *beside)


def call_url(base_url: str, path: str) -> str:
    """Return the URL of one call: the path goes before the query.

    >>> call_url("https://host/openai/deployments/d?api-version=1", "/chat/completions")
    'https://host/openai/deployments/d/chat/completions?api-version=1'
    """
    place, mark, query = base_url.partition("?")
    return f"{place}{path}{mark}{query}"


def key_headers(base_url: str, key: str) -> dict[str, str]:
    """Return the header that carries the key: `api-key` at Azure, else `Authorization`.

    >>> list(key_headers("https://mine.openai.azure.com/openai/v1", "k"))
    ['api-key']
    >>> key_headers("https://api.example.com/v1", "k")
    {'Authorization': 'Bearer k'}
    """
    if is_azure(base_url) or "/openai/deployments/" in urlsplit(base_url).path:
        return {"api-key": key}
    return {"Authorization": f"Bearer {key}"}


def is_azure(base_url: str) -> bool:
    """Return whether a host is one of Azure's."""
    host = urlsplit(base_url).hostname or ""
    return host.endswith((".azure.com", ".azure-api.net", ".azure.us", ".azure.cn"))


def environment_proxy(base_url: str) -> str | None:
    """Return the proxy that the environment names for an address (`HTTPS_PROXY` and its kin)."""
    parts = urlsplit(base_url)
    if proxy_bypass(parts.hostname or ""):
        return None
    found = getproxies()
    proxy = found.get(parts.scheme) or found.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def or_by_proxy(base_url: str) -> str:
    """Return the advice to take the proxy of the environment, where it names one that is not taken."""
    if environment_proxy(base_url) is None:
        return ""
    return " The environment names a proxy: model.proxy: env takes it."


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
            next_step=f"Check the name and the network.{or_by_proxy(base_url)}",
        ) from error
    for *_, place in found:
        check_address(host, str(place[0]))


def check_address(host: str, text: str) -> None:
    """Raise UnsafeError for an address at which machines hand out credentials.

    Args:
        host: The name that led there.
        text: The address, IPv4 or IPv6.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    plain = getattr(address, "ipv4_mapped", None) or address
    if any(plain in net for net in _REFUSED if net.version == plain.version):
        raise UnsafeError(
            f"model.base_url: {host!r} is {plain}, a link-local or metadata address.",
            next_step="Give the address of a model server.",
        )


def _with_scheme(given: str) -> str | None:
    """Return an address with the scheme that it lacks; None where it lacks more.

    >>> _with_scheme("localhost:8000"), _with_scheme("api.example.com/v1"), _with_scheme("m")
    ('http://localhost:8000/v1', 'https://api.example.com/v1', None)
    """
    found = re.fullmatch(r"([\w.-]+)(:\d{1,5})?(/[\w./-]*)?", given.strip())
    if found is None or not (found[2] or "." in found[1]):
        return None
    scheme = "http" if found[2] else "https"
    return f"{scheme}://{found[1]}{found[2] or ''}{(found[3] or '').rstrip('/') or '/v1'}"


def _parts(url: str) -> SplitResult | None:
    """Return the parts of a URL, or None where it is none: a port of 99999, half an IPv6 address."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
