"""`EndpointGenerator`: answers from an OpenAI-compatible server."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any

import tenacity

from ladder.errors import (
    CallError,
    CallRefusedError,
    CrowdedError,
    EndpointError,
    EvidenceError,
    LostError,
    MalformedError,
)
from ladder.frozen import digest_of
from ladder.models.base import Answer, Message, Request
from ladder.models.endpoint.address import check_reachable_address, checked_base_url
from ladder.models.endpoint.payload import payload_of
from ladder.models.endpoint.response import Reply, read_completion, read_models
from ladder.models.endpoint.throttle import Throttle
from ladder.models.endpoint.wire import Wire
from ladder.models.stop_strings import first_stop
from ladder.spec.candidate import ModelRef

LONGEST_WAIT_SECONDS = 60.0
# English has about 4 letters a token; beyond 12 the server has thrown part of the prompt away.
_LETTERS_A_TOKEN = 12

ENOUGH_CALLS = 8
"""Failed calls, and none that went well, from which a whole endpoint counts as out of order."""


class EndpointGenerator:
    """Asks a server for each answer, a few at a time.

    The server renders the chat template itself, so a ChatSetup that changes the rendering cannot
    be honoured and is refused. Likelihoods are not available.

    Args:
        ref: With `base_url`; the key comes from the environment only.
        sleep: How to wait between two tries; tests pass their own.
    """

    is_local = False

    def __init__(self, ref: ModelRef, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._base_url = checked_base_url(ref.base_url or "")
        self._ref = ref
        self._sleep = sleep
        self._wire = Wire(
            self._base_url,
            key_env=ref.api_key_env,
            timeout_seconds=float(ref.timeout_seconds),
            connections=ref.concurrency,
        )
        self.identity = digest_of(
            {"backend": "endpoint", "base_url": self._base_url, "model": ref.id}
        )
        self._throttle = Throttle(ref.concurrency)
        self._limit_field = "max_tokens"
        self._answering_model: str | None = None
        self._is_probed = False
        self._has_answered = False
        self._n_failed = 0

    def note_answered(self) -> None:
        """Know that this endpoint answered in an earlier process."""
        self._has_answered = True

    def probe(self) -> None:
        """Ask once what the server serves, before the first call is paid for.

        Raises:
            EndpointError: Not reachable, no permission, or it does not serve the model.
        """
        check_reachable_address(self._base_url)
        try:
            served = read_models(self._wire.get("/models"))
        except LostError as error:
            raise EndpointError(
                f"No server answers at {self._base_url}.",
                next_step="Start the server, or correct model.base_url.",
            ) from error
        except MalformedError as error:
            raise EndpointError(
                f"{self._base_url}/models is not that of an OpenAI-compatible server: {error}",
                next_step="Check model.base_url; it ends in /v1 for most servers.",
            ) from error
        except CallError:
            return  # some servers have no list, or fail on it, and answer all the same
        if served and self._ref.id not in served:
            raise EndpointError(
                f"model.id: {self._base_url} does not serve {self._ref.id!r}; "
                f"it serves {', '.join(served[:8])}.",
                next_step="Write one of these names as model.id.",
            )

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer all requests; yield each as it comes.

        A request that fails for itself gives an Answer with `error`. Where none ever went well,
        or the server is gone, there is no point in going on.

        Raises:
            EndpointError: The server is gone, refuses everything, or asks to wait too long.
            EvidenceError: Another model answers than before.
            SpecError: A chat setup or decoding that an endpoint cannot honour.
        """
        payloads = [payload_of(request, model=self._ref.id) for request in requests]
        if not payloads:
            return
        if not self._is_probed:
            self.probe()
            self._is_probed = True
        pool = ThreadPoolExecutor(self._ref.concurrency, thread_name_prefix="endpoint")
        try:
            futures = {
                pool.submit(self._answer, request, payload): position
                for position, (request, payload) in enumerate(zip(requests, payloads, strict=True))
            }
            yield from self._as_they_come(futures)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def log_likelihood(
        self, requests: Sequence[Request], targets: Sequence[str]
    ) -> list[float] | None:
        """Return None: servers do not score a given text in a way that all agree on."""
        del requests, targets
        return None

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def _as_they_come(self, futures: dict[Future[Answer], int]) -> Iterator[tuple[int, Answer]]:
        failed: list[tuple[int, Answer]] = []
        for future in as_completed(futures):
            answer = future.result()
            if answer.error is None:
                self._has_answered = True
                yield futures[future], answer
            else:
                failed.append((futures[future], answer))
        self._n_failed += len(failed)
        if failed and not self._has_answered and self._n_failed >= ENOUGH_CALLS:
            raise EndpointError(
                f"All {self._n_failed} calls failed; the last: {failed[-1][1].error}",
                next_step="Check model.base_url and the server's log; answers that came are kept.",
            )
        yield from failed

    def _answer(self, request: Request, payload: dict[str, Any]) -> Answer:
        started = time.monotonic()
        shown = payload.get("prompt")
        try:
            reply = self._tried(payload, request.decoding.max_new_tokens)
        except LostError as error:
            raise EndpointError(
                f"The connection to {self._base_url} is lost: {error}",
                next_step="Start the server again and repeat the command; answers are kept.",
            ) from error
        except CallError as error:
            return Answer("", prompt=shown, finish_reason="error", error=str(error))
        self._check_same_model(reply)
        cut_prompt = _cut_prompt(request.messages, reply.prompt_tokens)
        if cut_prompt:
            return Answer("", prompt=shown, finish_reason="error", error=cut_prompt)
        at = first_stop(reply.text, request.decoding.stop_strings)
        return Answer(
            text=reply.text[:at],
            prompt=shown,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            finish_reason=reply.finish_reason if at is None else "stop",
            seconds=time.monotonic() - started,
        )

    def _tried(self, payload: dict[str, Any], max_new_tokens: int) -> Reply:
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(CallError),
            stop=_is_enough,
            wait=_wait_seconds,
            sleep=self._sleep,
            reraise=True,
        ):
            with attempt:
                return self._once(payload, max_new_tokens)
        raise AssertionError  # reraise above leaves no other way out

    def _once(self, payload: dict[str, Any], max_new_tokens: int) -> Reply:
        chat = "messages" in payload
        path = "/chat/completions" if chat else "/completions"
        limited = {**payload, self._limit_field: max_new_tokens}
        try:
            body = self._posted(path, limited)
        except CallRefusedError as error:
            # OpenAI's newer models take the limit under this name only.
            if self._limit_field == "max_tokens" and "max_completion_tokens" in str(error):
                self._limit_field = "max_completion_tokens"
                return self._once(payload, max_new_tokens)
            raise
        return read_completion(body, chat=chat)

    def _posted(self, path: str, payload: dict[str, Any]) -> bytes:
        with self._throttle.slot() as ticket:
            try:
                body = self._wire.post(path, payload)
            except CrowdedError:
                self._throttle.refused(ticket)
                raise
        self._throttle.answered()
        return body

    def _check_same_model(self, reply: Reply) -> None:
        if not reply.model:
            return
        if self._answering_model is None:
            self._answering_model = reply.model
        if reply.model != self._answering_model:
            raise EvidenceError(
                f"{self._base_url} answered as {self._answering_model!r} and now as "
                f"{reply.model!r}.",
                next_step="Pin the model on the server, and start the run again.",
            )


def _cut_prompt(messages: Sequence[Message], counted: int) -> str | None:
    letters = sum(len("".join(message.content.split())) for message in messages)
    if counted and letters > 8_000 and letters > counted * _LETTERS_A_TOKEN:
        return (
            f"The endpoint counted {counted} tokens for {letters} characters: it cut the prompt. "
            "Raise its context length."
        )
    return None


def _is_enough(state: tenacity.RetryCallState) -> bool:
    error = _error_of(state)
    return state.attempt_number >= error.attempts


def _wait_seconds(state: tenacity.RetryCallState) -> float:
    asked = _error_of(state).retry_after_seconds
    if asked is None:
        return float(tenacity.wait_random_exponential(multiplier=0.5, max=20)(state))
    if asked > LONGEST_WAIT_SECONDS:
        raise EndpointError(
            f"The endpoint asks to wait {asked:.0f} s.",
            next_step="Run the same command again later; answers that came are kept.",
        )
    return asked


def _error_of(state: tenacity.RetryCallState) -> CallError:
    error = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(error, CallError):
        raise TypeError(error)
    return error
