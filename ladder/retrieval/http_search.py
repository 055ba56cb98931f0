"""`HttpSearch`: asks a search service over HTTP, a few questions at a time."""

import dataclasses
import json
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from contextlib import closing
from typing import Any

from ladder.data.passage import Passage
from ladder.data.passage_forms import is_partial, passages_in
from ladder.errors import (
    BusyError,
    CallRefusedError,
    DataError,
    EndpointError,
    LostError,
    MalformedError,
    RetrieverError,
)
from ladder.frozen import digest_of
from ladder.models.endpoint.address import check_reachable_address
from ladder.models.endpoint.connection import connection_to
from ladder.models.endpoint.error_body import error_text
from ladder.models.endpoint.throttled_calls import ThrottledCalls
from ladder.models.endpoint.wire import Wire
from ladder.retrieval.kept_passages import FoundOutside
from ladder.retrieval.load_encoder import load_encoder
from ladder.spec.candidate import ModelRef
from ladder.spec.retriever_spec import RetrieverSpec
from ladder.spec.secrets import masked

PLACE = "retriever"


class HttpSearch:
    """A service that answers a POST with passages.

    Calls are limited in time and size, follow no redirects, and are made again, with longer and longer
    waits, where a server is overloaded or broke off, as those to endpoints are. A server that never
    answered is not waited for.

    Args:
        spec: Address, body, headers, and where the answer holds what.
        name: What messages call it.
    """

    def __init__(self, spec: RetrieverSpec, name: str) -> None:
        self._spec = spec
        self._name = name
        self._url = str(spec.url)
        self._has_answered = False

    @property
    def digest(self) -> str:
        """Return the sha256 of the address, the version, and what is sent and read.

        Of headers the names of their variables count, as one may say whose passages are searched.
        Their values do not: a hash of a key is no thing to keep in a file.
        """
        spec = self._spec
        parts = [self._url, spec.version, spec.body, spec.fields.model_dump(mode="json")]
        encoder = load_encoder(spec.encoder).digest if spec.needs_vector else ""
        named = [sorted(spec.headers.items())] if spec.headers else []
        return digest_of(["search over http", *parts, encoder, *named])

    def ask(self, questions: Sequence[str], top_k: int) -> Iterator[FoundOutside]:
        """Yield each question with the passages that the service gives, as they come.

        Raises:
            RetrieverError: It is unreachable, refuses, or answers with something else than passages.
        """
        bodies = self._bodies(questions, top_k)
        ref = self._as_endpoint()
        try:
            connection = connection_to(self._url, ref, place=PLACE)
            if connection.proxy is None:
                check_reachable_address(self._url)
        except EndpointError as error:
            raise RetrieverError(
                str(error).replace("model.base_url", f"{PLACE}.url"),
                next_step=error.next_step.replace("model.proxy", f"{PLACE}.proxy"),
            ) from error
        if connection.proxy is None and self._url.startswith("http:"):
            # To read the certificates of all authorities takes 30 ms, and nothing is checked by them.
            plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            connection = dataclasses.replace(connection, certificates=plain)
        wire = Wire(
            self._url,
            connection,
            timeout_seconds=float(self._spec.timeout_seconds),
            connections=self._spec.concurrency,
        )
        with closing(wire):
            calls = ThrottledCalls(wire, ref)
            calls.has_answered = self._has_answered
            try:
                with calls.threads() as pool:
                    futures = {
                        pool.submit(self._answer, calls, body): question
                        for question, body in zip(questions, bodies, strict=True)
                    }
                    yield from self._as_they_come(futures)
            finally:
                calls.close()

    def _bodies(self, questions: Sequence[str], top_k: int) -> list[Any]:
        spec = self._spec
        if not spec.needs_vector:
            return [spec.request_of(each, top_k) for each in questions]
        vectors = load_encoder(spec.encoder).query_vectors(questions).tolist()
        return [
            spec.request_of(each, top_k, vector)
            for each, vector in zip(questions, vectors, strict=True)
        ]

    def _as_endpoint(self) -> ModelRef:
        """Return what a call needs to know, in the words of an endpoint."""
        spec = self._spec
        return ModelRef(
            id=PLACE,
            base_url=self._url,
            headers=spec.headers,
            proxy=spec.proxy,
            ca_file=spec.ca_file,
            timeout_seconds=spec.timeout_seconds,
            concurrency=spec.concurrency,
        )

    def _as_they_come(
        self, futures: Mapping[Future[tuple[list[Passage], float]], str]
    ) -> Iterator[FoundOutside]:
        """Yield what was found, until a call failed for good."""
        for future in as_completed(futures):
            try:
                found, seconds = future.result()
            except (EndpointError, DataError) as error:
                raise self._told(futures[future], error) from error
            yield FoundOutside(futures[future], found, seconds)

    def _answer(
        self, calls: ThrottledCalls, body: Mapping[str, Any]
    ) -> tuple[list[Passage], float]:
        """Return what is found, and the seconds of the call that gave it."""

        def once() -> tuple[list[Passage], float]:
            started = time.monotonic()
            try:
                found = self._read(calls.post("", body))
            except LostError as error:
                if self._has_answered:
                    raise
                raise EndpointError(str(error), next_step="") from error
            calls.has_answered = self._has_answered = True
            return found, time.monotonic() - started

        return calls.again(once)

    def _read(self, body: bytes) -> list[Passage]:
        """Return the passages of an answer.

        Raises:
            BusyError: The answer says itself that it is not complete.
            MalformedError: It is no JSON.
            DataError: It holds no passages, or says that the search failed.
        """
        try:
            value = json.loads(body)
        except ValueError as error:
            raise MalformedError(f"it is no JSON ({error})") from error
        if is_partial(value):
            # What it holds is then no evidence of what the search would find.
            raise BusyError("The endpoint searched a part of the index alone.")
        return passages_in(value, self._spec.fields)

    def _told(self, question: str, error: EndpointError | DataError) -> RetrieverError:
        """Return a failed call in the words of who wrote the spec."""
        name = self._name
        asked = f"for the question {question[:60]!r}"
        if isinstance(error, CallRefusedError):
            said = masked(error_text(error.body))
            return RetrieverError(
                f"The retriever {name} refused the search {asked}: {error.status}"
                f"{f' ({said})' if said else ''}.",
                next_step=_step_of(error.status),
            )
        if isinstance(error, MalformedError | DataError):
            problem = str(error).removeprefix("The endpoint sent no valid answer: ").rstrip(".")
            return RetrieverError(
                f"The retriever {name} gave no passages {asked}: {problem}.",
                next_step="Correct its url or body, or say in retriever.fields where its answer holds "
                "what: {passages: …, text: …, id: …}.",
            )
        if isinstance(error, BusyError):
            problem = str(error).replace("The endpoint", "it").rstrip(".")
            return RetrieverError(
                f"The retriever {name} failed {asked}: {problem}.",
                next_step="Look at its log, raise retriever.timeout_seconds or lower its concurrency; "
                "then run the same command again.",
            )
        return RetrieverError(
            f"The retriever {name} cannot be searched: {str(error).rstrip('.')}.",
            next_step="Start it, or correct its url, its headers or its proxy.",
        )


def _step_of(status: int) -> str:
    if status in (401, 403):
        return (
            "Name the environment variable that holds its key in retriever.headers, such as "
            "{api-key: SEARCH_KEY}."
        )
    if status in (404, 405):
        return "Correct retriever.url: the whole address that takes the POST, with index or collection."
    return "Correct retriever.body: $question, $top_k and $vector stand in it for what is asked."
