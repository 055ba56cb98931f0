"""What to do about a call that no other try makes better, by the status and words of its reply."""

from urllib.parse import urljoin, urlsplit

from ladder.models.endpoint.address import is_azure
from ladder.models.endpoint.error_body import PAGE

_CALLS = ("/chat/completions", "/completions", "/models")

OF_A_PAGE = (
    "A proxy, a firewall or a page to sign in answers in the server's place: give what it asks for "
    "(model.api_key_env, model.headers, model.proxy), or name the address of the API itself as "
    "model.base_url (it ends in /v1 for most servers)."
)

OF_A_GATEWAY = (
    "A proxy answers, as the server behind it is down or too slow: see to that server and to the proxy's "
    "own timeout, then run the same command again; model.wait_minutes waits for a server that comes back."
)


def advice_on(status: int, said: str, *, base_url: str, key_env: str | None) -> str:
    """Return what to do about a status under which no call goes well.

    Args:
        status: Of the reply.
        said: What is told of the reply.
        base_url: Where was asked.
        key_env: The variable that holds the key, where one is named.

    >>> advice_on(401, "", base_url="http://h/v1", key_env="MY_KEY")
    'Put a valid key into $MY_KEY.'
    """
    if PAGE in said:
        return OF_A_PAGE
    if status in (401, 403):
        return (
            f"Put a valid key into ${key_env}."
            if key_env
            else "Name the environment variable that holds the key in model.api_key_env."
        )
    if status == 407:
        return "Give the proxy of model.proxy its user and password, in the environment."
    if 200 <= status < 300:
        return (
            "It takes calls in and gives no answer to them: name an address that answers in the same "
            "call as model.base_url."
        )
    if status == 404 and is_azure(base_url):
        host = urlsplit(base_url).hostname
        return (
            f"Write https://{host}/openai/v1 as model.base_url and the name of your deployment as "
            f"model.id, or https://{host}/openai/deployments/NAME?api-version=VERSION."
        )
    return "Check model.base_url (it ends in /v1 for most servers) and the model's name."


def where_to(place: str, location: str) -> str:
    """Return where a redirect leads, in full and without its query, which may hold what is private.

    >>> where_to("http://host/v1/models", "/login?from=/v1")
    'http://host/login'
    """
    return urljoin(place, location).partition("?")[0].partition("#")[0]


def advice_on_redirect(target: str) -> str:
    """Return what to do about a call that is led elsewhere.

    >>> advice_on_redirect("https://host/v1/chat/completions")
    'Redirects are not followed; if you trust it, set model.base_url to https://host/v1.'
    """
    plain = target.rstrip("/")
    base = next((plain.removesuffix(call) for call in _CALLS if plain.endswith(call)), None)
    if base is not None:
        return f"Redirects are not followed; if you trust it, set model.base_url to {base}."
    return f"Redirects are not followed, and {target} is no address of calls. {OF_A_PAGE}"


def is_same_but_for_slash(place: str, target: str) -> bool:
    """Return whether a redirect stays at the same path of the same server, but for a slash at its end.

    >>> is_same_but_for_slash("http://host:80/v1/models", "http://host/v1/models/")
    True
    >>> is_same_but_for_slash("http://host/v1/models", "https://host/v1/models/")
    False
    """
    paths = {urlsplit(url).path.rstrip("/") for url in (place, target)}
    return _origin(place) == _origin(target) and len(paths) == 1


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port
