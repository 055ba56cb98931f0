"""`Redaction`: strikes keys out of what a server sent, before anything keeps or shows it."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST_SECRET = 8
"""A shorter one is a word such as `EMPTY` that stands in for a key, and that an answer may hold."""

_STRUCK = b"***"


class Redaction:
    """Knows the secrets of one connection by value, in every form in which a server echoes one.

    Raw, as JSON, HTML or a URL would write it, and in base64 wherever it begins.

    Args:
        secrets: The values; those of less than eight letters are left alone.

    >>> Redaction(["canary-7"]).struck(b"no such key: canary-7")
    b'no such key: ***'
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        long = {each for each in secrets if len(each) >= SHORTEST_SECRET}
        forms = {form for each in long for form in _forms(each)}
        self._forms = [form.encode() for form in sorted(forms, key=len, reverse=True)]

    def struck(self, body: bytes) -> bytes:
        """Return a body without any of the secrets."""
        if not self._forms:
            return body
        body = self._replaced(body)
        return body if b"\\" not in body else self._without_escaped(body)

    def struck_text(self, text: str) -> str:
        """Return a text without any of the secrets."""
        return self._replaced(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")

    def _without_escaped(self, body: bytes) -> bytes:
        r"""Return a body in which no secret is hidden by escapes of JSON: `\u0063anary`, `a\/b`."""
        plain = _ESCAPED.sub(_unescaped, body)
        struck = self._replaced(plain)
        return body if struck == plain else struck

    def _replaced(self, body: bytes) -> bytes:
        for form in self._forms:
            body = body.replace(form, _STRUCK)
        return body


_ESCAPED = re.compile(rb"\\(?:\\|/|u00[2-7][0-9a-fA-F])")
"""What JSON may write otherwise, and an escaped backslash, which escapes nothing after it."""


def _unescaped(escape: re.Match[bytes]) -> bytes:
    r"""Return what an escape stands for; as JSON's own escape where it needs one.

    >>> _ESCAPED.sub(_unescaped, rb"\u0063anary \/ \u0022 \\u0063").decode()
    'canary / \\" \\\\u0063'
    """
    said = escape.group()[1:]
    letter = bytes([int(said[3:], 16)]) if said[:1] == b"u" else said
    return b"\\" + letter if letter in (b'"', b"\\") else letter


def _forms(secret: str) -> Iterator[str]:
    once = json.dumps(secret)[1:-1]
    yield from (secret, once, json.dumps(once)[1:-1])
    yield from (html.escape(secret), html.escape(secret, quote=False))
    for quoted in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield from (quoted, quote(quoted, safe=""), _small_hex(quoted))
    for text in (secret, f"Bearer {secret}"):
        yield base64.b64encode(text.encode()).decode()
    for inner in _inside_base64(secret.encode()):
        yield from (inner, inner.translate(str.maketrans("+/", "-_")))


def _inside_base64(secret: bytes) -> Iterator[str]:
    """Yield what a secret becomes inside a longer text in base64: it may begin at three places.

    >>> [each in base64.b64encode(b"user:canary-7!").decode() for each in _inside_base64(b"canary-7")]
    [False, False, True]
    """
    for before, skipped in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(b"\0" * before + secret).decode()
        yield encoded[skipped : 8 * (before + len(secret)) // 6]


def _small_hex(quoted: str) -> str:
    """Return a URL's escapes in small letters.

    >>> _small_hex("A%2FB")
    'A%2fB'
    """
    parts = quoted.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])
