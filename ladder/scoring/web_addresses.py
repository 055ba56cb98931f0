"""`address_of` and `addresses_in`: web addresses in the one form that makes them comparable."""

import re
from urllib.parse import unquote

from ladder.scoring.denials import is_denied

_HOST = r"(?:[A-Za-z0-9\u00c0-\uffef](?:[\w-]{0,62}\w)?\.){1,8}[A-Za-z\u00c0-\uffef]{2,24}"
_ADDRESS = re.compile(
    rf"(?<![\w@./-])(?:(?P<scheme>https?|ftp)://)?(?P<host>(?:localhost|\d{{1,3}}(?:\.\d{{1,3}}){{3}}|{_HOST}))"
    r"(?P<port>:\d{1,5})?(?P<path>[/?#][^\s<>\"'`|\\^{}\[\]\u3002\uff0c]*)?(?![@\w-])",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"[.,;:!?*_~'\"»”’]+\Z")
_SLASH = re.compile(r"/+(?=[?#]|\Z)")
_PORTS = {"http": ":80", "https": ":443"}
_MOST_CHARACTERS = 20_000


def address_of(text: str) -> str:
    """Return the address that a text is, without what makes no difference; nothing if it is none.

    What makes none: the scheme of the web, `www.`, the case of the host, a slash at the end, the
    standard port and escapes (RFC 3986, section 6).

    >>> address_of("https://www.Example.com:443/a%20b/"), address_of("www.example.com")
    ('example.com/a b', 'example.com')
    >>> address_of("Dr. Who"), address_of("3.14"), address_of("See https://example.com")
    ('', '', '')
    """
    clean = text.strip().strip("<>")
    found = _ADDRESS.fullmatch(clean.rstrip(".") if clean.count(".") > 1 else clean)
    if found is None or not (found["scheme"] or found["path"] or found["host"].startswith("www.")):
        return ""
    return _compared(found)


def addresses_in(text: str) -> set[str]:
    """Return the addresses of a text that it does not deny, in the same form.

    >>> sorted(addresses_in("See [this](https://example.com/a/) or www.example.org."))
    ['example.com/a', 'example.org']
    """
    near = text[-_MOST_CHARACTERS:]
    return {
        _compared(found)
        for found in _ADDRESS.finditer(near)
        if not is_denied(near, found.start(), found.end())
    }


def _compared(found: re.Match[str]) -> str:
    host = found["host"].casefold().removeprefix("www.")
    path = _TRAILING.sub("", found["path"] or "")
    while path.endswith(")") and path.count(")") > path.count("("):
        path = _TRAILING.sub("", path[:-1])
    port = found["port"] or ""
    is_standard = port == _PORTS.get((found["scheme"] or "https").casefold())
    return host + ("" if is_standard else port) + _SLASH.sub("", unquote(path))
