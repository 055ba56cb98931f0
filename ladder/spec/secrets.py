"""Refuse keys and passwords written into a spec before anything echoes them."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field

from ladder.errors import SpecError
from ladder.spec.document import Document, Place

_KEY_NAMES = re.compile(
    r"^(api_?key|(access|auth|hf|api|bearer)_?token|token|secret|password|authorization)$",
    re.IGNORECASE,
)
_KEY_TEXTS = re.compile(
    r"""\bsk-(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{16,}   # OpenAI, Anthropic and their kin
      | \bhf_[A-Za-z0-9]{16,}                          # Hugging Face
      | \bgh[pousr]_[A-Za-z0-9]{20,}                   # GitHub
      | \bAKIA[A-Z0-9]{16}\b                           # AWS
      | \bxox[abprs]-[A-Za-z0-9-]{10,}                 # Slack
      | \bAIza[A-Za-z0-9_-]{30,}                       # Google
      | https?://[^\s/@:]+:[^\s/@]+@                   # a password in a URL
    """,
    re.VERBOSE,
)
_VARIABLE = re.compile(r"\$?[A-Z_][A-Z0-9_]*")
_PERHAPS_KEYS = re.compile(
    r"""\b(?:sk|pk|rk|gsk|xai|hf|gh[pousr])[-_][\w*.-]*[\w*] | \bAIza[\w-]+ | \bAKIA[A-Z0-9]{16}\b
      | (?<=://)[^\s/@]+(?=@)                          # a user and a password in a URL
    """,
    re.VERBOSE,
)
_KEY_OF_QUERY = re.compile(
    r"key(?!word)|token|secret|sig|pass(?!age)|auth(?!ors?(?![a-z]))|(?<!en)(?<!de)code|credential",
    re.IGNORECASE,
)

VariableName = Annotated[str, Field(pattern=r"^\$?[A-Z_][A-Z0-9_]*$")]
"""The name of an environment variable, in capital letters: a value by mistake is seldom so."""


def holds_secret(text: str) -> bool:
    """Return whether a text looks like a key, or holds one.

    >>> holds_secret("sk-proj-abcdefgh12345678"), holds_secret("sk-learn-contributions")
    (True, False)
    """
    return _KEY_TEXTS.search(text) is not None


def masked(text: str) -> str:
    """Return what a server said, without anything that may be a key or a part of one.

    >>> masked("bad key sk-abc")
    'bad key ***'
    >>> masked("cannot reach postgresql://ann:pw@db/manual")
    'cannot reach postgresql://***@db/manual'
    """
    return _PERHAPS_KEYS.sub("***", text)


def secret_in_address(url: str) -> str:
    """Return what in an address lets somebody in, never the value; an empty text where nothing does.

    >>> secret_in_address("http://abc@host/search"), secret_in_address("http://host?api_key=abc")
    ('a user name or password', "the query 'api_key'")
    >>> secret_in_address("http://host/search?api-version=1&keywords=yes")
    ''
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address
        return "a user name or password" if "@" in url else ""
    names = [name for name, _ in parse_qsl(parts.query) if _KEY_OF_QUERY.search(name)]
    if names:
        return f"the query {names[0]!r}"
    return "a user name or password" if parts.username or parts.password else ""


def refuse_secrets(document: Document) -> None:
    """Refuse a spec that holds a key, naming the place and never the value.

    Raises:
        SpecError: A value looks like a key, or stands under a name such as `api_key`.
    """
    for place, value in _texts(document.value, ()):
        named = bool(value) and _KEY_NAMES.match(str(place[-1])) if place else False
        if len(place) > 1 and place[-2] == "headers":  # Authorization: NAME_OF_A_VARIABLE
            named = False
        if named or holds_secret(value) or _is_header_value(place, value):
            dotted = ".".join(map(str, place))
            raise SpecError(
                f"{document.at(place)} {dotted} holds a secret.",
                next_step=(
                    "Put it into an environment variable, write the name of that instead "
                    "(`api_key_env: NAME_OF_IT`; model.headers holds such names too), "
                    "and revoke the key if this file was ever shared."
                ),
            )


def _is_header_value(place: Place, value: str) -> bool:
    """Return whether a header stands in the spec by its value, and not by a variable's name."""
    return len(place) > 1 and place[-2] == "headers" and not _VARIABLE.fullmatch(value)


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:  # noqa: ANN401 - any value
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str) and holds_secret(key):
                yield (*place, "(a key)"), key
            yield from _texts(item, (*place, key))
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield from _texts(item, (*place, position))
