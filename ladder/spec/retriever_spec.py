"""`RetrieverSpec`: a search that exists already: a service over HTTP, or a function of one's own."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator

from ladder.errors import SpecError
from ladder.frozen import Count, Frozen, FrozenWithMappings, Number, added
from ladder.spec.encoder_spec import AnyEncoder
from ladder.spec.secrets import VariableName, secret_in_address

QUESTION, TOP_K, VECTOR = "$question", "$top_k", "$vector"
"""What stands in a body for the question, the number of passages, and the question's vector."""

_PLAIN_BODY = {"question": QUESTION, "top_k": TOP_K}


class PassageFields(Frozen):
    """Where an answer holds its passages, and a passage its parts, as keys with dots between them.

    `passages` is looked for in the whole answer; `id`, `text`, `where` and `metadata` in each passage.
    Whatever is left out is looked for under its usual names.
    """

    passages: str | None = None
    id: str | None = None
    text: str | None = None
    where: str | None = None
    metadata: str | None = None


class RetrieverSpec(FrozenWithMappings):
    """A search that somebody else runs: `url` is asked by POST, `function` is Python.

    `version` names the state of what is searched: results are kept for one version, and without any
    for one run. `body` is what is sent, with `$question`, `$top_k` and `$vector` in it (the question
    encoded by `encoder`); `fields` say where its answer holds what. Values of `headers` are names of
    environment variables. `ca_file` holds the certificates of a private authority, and `proxy` is
    `env` or a URL. `concurrency` questions are asked side by side.

    `function` is `module:function` or `file.py:function`, takes a question and `top_k`, and returns
    passages; it is called from one thread.
    """

    url: str | None = None
    function: str | None = None
    version: str = added("")
    body: dict[str, Any] = added({})
    fields: PassageFields = added(PassageFields())
    encoder: AnyEncoder | None = added(None)
    headers: dict[str, VariableName] = added({})
    ca_file: str | None = added(None)
    proxy: str | None = added(None)
    timeout_seconds: Number = Field(default=30.0, gt=0)
    concurrency: Count = 4

    @model_validator(mode="before")
    @classmethod
    def _holds_no_secret(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a spec holds
        """Refuse an address with a key, before another refusal repeats it.

        Raises:
            SpecError: It holds one; it is never repeated.
        """
        url = given.get("url") if isinstance(given, dict) else None
        secret = secret_in_address(url) if isinstance(url, str) else ""
        if secret:
            raise SpecError(
                f"retriever.url holds {secret}.",
                next_step="Put it into an environment variable and name that in retriever.headers, "
                "such as {api-key: SEARCH_KEY}.",
            )
        return given

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "RetrieverSpec":
        """Refuse a retriever that is nowhere, or in two places."""
        if (self.url is None) == (self.function is None):
            raise ValueError("needs a url or a function, and one of them only")
        if self.url is not None and not _is_address(self.url):
            raise ValueError("needs a url that begins with http:// or https:// and names a host")
        if self.function is not None and not is_function_name(self.function):
            raise ValueError("needs a function written as module:function or file.py:function")
        if self.url is None and (self.body or self.headers):
            raise ValueError("body and headers are for a url: a function gets question and top_k")
        if VECTOR in _texts(self.body) and self.encoder is None:
            raise ValueError(
                f"{VECTOR} stands in body: name the encoder of the questions as encoder"
            )
        if self.body and QUESTION not in _texts(self.body) and VECTOR not in _texts(self.body):
            raise ValueError(
                f"body holds neither {QUESTION} nor {VECTOR}: each question finds the same"
            )
        return self

    @property
    def name(self) -> str:
        """Return how a person knows it: its address without a query, or its function.

        >>> RetrieverSpec(url="http://localhost:6333/collections/docs/points/query?wait=1").name
        'localhost:6333/collections/docs/points/query'
        """
        if self.url is None:
            return str(self.function)
        parts = urlsplit(self.url)
        return f"{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"

    def request_of(self, question: str, top_k: int, vector: list[float] | None = None) -> Any:  # noqa: ANN401 - a JSON value
        """Return what is sent for one question.

        >>> RetrieverSpec(url="http://host").request_of("Who?", 3)
        {'question': 'Who?', 'top_k': 3}
        """
        values = {QUESTION: question, TOP_K: top_k, VECTOR: vector}
        return _filled(self.body or _PLAIN_BODY, values)

    @property
    def needs_vector(self) -> bool:
        """Return whether questions are encoded here."""
        return VECTOR in _texts(self.body)


def is_function_name(text: str) -> bool:
    """Return whether a text names a function: `module:function` or `file.py:function`.

    >>> is_function_name("my.search:find"), is_function_name("search.py:find"), is_function_name("x")
    (True, True, False)
    """
    place, mark, name = text.rpartition(":")
    return bool(mark and place and name) and "//" not in text


def _lengthened(value: Any) -> Any:  # noqa: ANN401 - whatever the spec holds
    """Let an address, or the name of a function, stand for a retriever.

    >>> _lengthened("http://host/search"), _lengthened("search.py:find")
    ({'url': 'http://host/search'}, {'function': 'search.py:find'})
    """
    if not isinstance(value, str):
        return value
    return {"url" if "://" in value else "function": value}


AnyRetriever = Annotated[
    RetrieverSpec, BeforeValidator(_lengthened, json_schema_input_type=str | RetrieverSpec)
]
"""A retriever, or its address or function alone."""


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - a JSON value
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def _filled(value: Any, values: dict[str, Any]) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, dict):
        return {key: _filled(each, values) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(each, values) for each in value]
    return values.get(value, value) if isinstance(value, str) else value
