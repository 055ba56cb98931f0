"""`Connection`: how one endpoint is reached: headers, query, proxy and certificates."""

import os
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ladder.errors import EndpointError, SpecError
from ladder.models.endpoint.address import environment_proxy, key_headers
from ladder.models.endpoint.redaction import SHORTEST_SECRET, Redaction
from ladder.spec.candidate import ModelRef

_SECRET_NAME = re.compile(
    r"key|token|secret|sig|pass|auth|credential|cookie|session", re.IGNORECASE
)
_NO_HEADER = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade"})


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything that a call needs beside its address and body.

    Attributes:
        headers: Those that carry keys among them.
        query: What is added to the address of each call.
        proxy: The address of the proxy, where there is one.
        certificates: What the server's certificate is checked against; None stands for the usual.
        redaction: Knows every secret among these.
        key_env: The variable that holds the key, for advice.
    """

    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    proxy: str | None = field(repr=False)
    certificates: ssl.SSLContext | None
    redaction: Redaction
    key_env: str | None


def connection_to(base_url: str, ref: ModelRef, *, place: str = "model") -> Connection:
    """Return how the endpoint of a ModelRef is reached; values come from the environment.

    Args:
        base_url: As `checked_base_url` gives it.
        ref: Whose `api_key_env`, `headers`, `query`, `proxy` and `ca_file` are read.
        place: The section of the spec that says them, for messages.

    Raises:
        EndpointError: A named variable is not set, or holds what no header can.
        SpecError: A header that HTTP itself needs, or a file of certificates that is none.
    """
    key = (
        None if ref.api_key_env is None else read_variable(ref.api_key_env, f"{place}.api_key_env")
    )
    own = {name: _header(name, variable, place) for name, variable in ref.headers.items()}
    query = {name: _query_value(name, value) for name, value in ref.query.items()}
    proxy = _proxy(base_url, ref.proxy)
    headers = {**(key_headers(base_url, key) if key else {}), **own}
    named = {name: value for name, value in query.items() if ref.query[name].startswith("$")}
    secrets = [*([key] if key else []), *_secret_parts({**own, **named}), *_passwords(proxy)]
    return Connection(
        headers=headers,
        query=query,
        proxy=proxy,
        certificates=_certificates(ref.ca_file, place),
        redaction=Redaction(secrets),
        key_env=ref.api_key_env,
    )


def read_variable(name: str, place: str, *, spaces: bool = False) -> str:
    """Return the value of an environment variable that holds a key or a header.

    Args:
        name: Of the variable.
        place: The field of the spec that names it.
        spaces: Whether the value may hold spaces.

    Raises:
        EndpointError: It is not set, or no header can carry it. The value is never repeated.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        raise EndpointError(
            f"{place}: the environment variable {name} is not set, or is empty.",
            next_step=f"export {name}=..., or leave {place.rpartition('.')[2]} out if it is not "
            "needed.",
        )
    if not value.isascii() or not value.isprintable() or (" " in value and not spaces):
        raise EndpointError(
            f"{place}: the value of {name} holds a space, a line break or a letter that no key has.",
            next_step=f"Set {name} again, to the key and nothing else.",
        )
    return value


def _header(name: str, variable: str, place: str) -> str:
    if name.lower() in _NO_HEADER or not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name):
        raise SpecError(
            f"{place}.headers: {name!r} is no header that a call can be given.",
            next_step="Leave it out.",
        )
    return read_variable(variable.removeprefix("$"), f"{place}.headers.{name}", spaces=True)


def _query_value(name: str, value: str) -> str:
    if not value.startswith("$"):
        return value
    return read_variable(value.removeprefix("$"), f"model.query.{name}")


def _secret_parts(named: Mapping[str, str]) -> Iterator[str]:
    """Yield what is secret among values: not a plain word, which a header may hold as well.

    >>> list(_secret_parts({"X-Stage": "production", "X-Auth": "Bearer production"}))
    ['Bearer production', 'production']
    """
    for name, value in named.items():
        for part in dict.fromkeys((value, *value.split())):
            is_word = part.isalpha() and not _SECRET_NAME.search(name)
            if len(part) >= SHORTEST_SECRET and not is_word:
                yield part


def _proxy(base_url: str, asked: str | None) -> str | None:
    """Return the proxy for an address: the one named, or that of the environment."""
    return environment_proxy(base_url) if asked == "env" else asked


def _passwords(proxy: str | None) -> Iterator[str]:
    parts = urlsplit(proxy or "")
    if parts.password:
        yield from {parts.password, unquote(parts.password)}


def _certificates(ca_file: str | None, place: str) -> ssl.SSLContext | None:
    if ca_file is None:
        return None
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=Path(ca_file).expanduser())
    except (OSError, ssl.SSLError) as error:
        raise SpecError(
            f"{place}.ca_file: {ca_file!r} holds no certificates that can be read ({error}).",
            next_step="Name a PEM file with the certificate of the authority that signed the "
            "server's.",
        ) from error
    return context
